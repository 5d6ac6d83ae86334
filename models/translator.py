"""Translation by any sequence-to-sequence checkpoint that is told its languages: NLLB-200, M2M100, mBART-50, Marian.

Beam search over sentences: NLLB was trained on single sentences and leaves out some of a longer text, so a text is cut
at line ends and sentence ends and joined again. An output that does not end is an error, never a shortened translation.
NLLB Team 2022, "No Language Left Behind"; Fan et al. 2020, "Beyond English-Centric Multilingual Machine Translation".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from seamless_retail.core.errors import TranslationError
from seamless_retail.models.translation_checkpoint import Precision, load_checkpoint
from seamless_retail.models.translation_codes import LanguageCodes

_PIECES = re.compile(r"(\n+)|(?<=[!?؟۔।॥])\s+|(?<=\.)\s+(?![a-z])|(?<=[。！？])")
_UNSPACED = ("jpn_Jpan", "zho_Hans", "zho_Hant")


@dataclass(frozen=True, slots=True)
class Decoding:
    """How a translation is searched for."""

    beams: int = 4
    batch: int = 16
    """Sentences at once."""
    max_source_tokens: int = 512
    """Of a sentence; a longer one is refused."""
    max_target_tokens: int = 512
    """Beside the checkpoint's own limit, and ``2 · source + 16``."""
    no_repeat_ngram: int = 6
    """No sequence of so many tokens is written twice; 0 for no such guard."""
    allow_cut: bool = False
    """Return outputs that ran into the limit; for judging a half-trained model."""


class CheckpointTranslator:
    """Implements :class:`seamless_retail.core.ports.Translator`; usable from several threads.

    Args:
        model: A Hugging Face model with ``generate``, in evaluation mode.
        tokenizer: Its tokenizer.
        name: For messages.
        decoding: How it searches.

    Raises:
        ModelFileError: The tokenizer names no languages.
    """

    def __init__(self, model: Any, tokenizer: Any, name: str, decoding: Decoding | None = None) -> None:
        self._model, self._tokenizer, self._name = model, tokenizer, name
        self.codes = LanguageCodes(tokenizer)
        self.decoding = decoding or Decoding()
        self._positions = int(getattr(model.config, "max_position_embeddings", 0) or self.decoding.max_source_tokens)

    @classmethod
    def load(
        cls,
        name: str | Path,
        adapter: str | Path = "",
        *,
        precision: Precision = "auto",
        device: str = "auto",
        decoding: Decoding | None = None,
    ) -> "CheckpointTranslator":
        """A checkpoint by name or folder.

        Args:
            name: Of a checkpoint, or a folder; one with a LoRA adapter brings its base.
            adapter: A LoRA adapter to be merged into it.
            precision: ``auto`` is bfloat16 on a GPU that has it, else float32; ``int8`` is for the CPU.
            device: ``auto``, ``cpu``, ``cuda`` …
            decoding: How it searches.

        Raises:
            ModelFileError: It cannot be loaded, the adapter does not fit, or it is told no languages.
            MissingExtraError: The tokenizer needs SentencePiece, and it is not installed.
        """
        checkpoint = load_checkpoint(name, adapter, precision=precision, device=device)
        shown = f"{name} with {adapter}" if adapter else str(name)
        return cls(checkpoint.model, checkpoint.tokenizer, shown, decoding)

    @property
    def name(self) -> str:
        """Of the checkpoint, as it was given."""
        return self._name

    @property
    def languages(self) -> frozenset[str]:
        """NLLB codes."""
        return self.codes.languages

    def supports(self, source: str, target: str) -> bool:
        """Whether the checkpoint translates from the one NLLB code to the other."""
        return self.codes.supports(source, target)

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """The texts in the target language; texts without a letter come back as they are.

        Raises:
            TranslationError: The checkpoint lacks a language, a sentence is too long, or the output does not end.
        """
        self.codes.check(source, target, self.name)
        cut = [list(_pieces(text)) for text in texts]
        sentences = list(dict.fromkeys(piece for pieces in cut for piece in pieces if _speaks(piece)))
        sentences.sort(key=len)
        known: dict[str, str] = {}
        for at in range(0, len(sentences), self.decoding.batch):
            batch = sentences[at : at + self.decoding.batch]
            known.update(zip(batch, self._translated(batch, source, target), strict=True))
        return [_joined([known.get(piece, piece) for piece in pieces], target) for pieces in cut]

    @torch.inference_mode()
    def _translated(self, sentences: Sequence[str], source: str, target: str) -> list[str]:
        ids, mask = self._encoded(sentences, source)
        longest = min(2 * ids.shape[1] + 16, self.decoding.max_target_tokens, self._positions - 2)
        written = self._model.generate(
            input_ids=ids,
            attention_mask=mask,
            forced_bos_token_id=self.codes.start(target),
            num_beams=self.decoding.beams,
            max_new_tokens=longest,
            max_length=None,
            no_repeat_ngram_size=self.decoding.no_repeat_ngram,
            do_sample=False,
        )
        ended = (written[:, 1:] == self._tokenizer.eos_token_id).any(dim=1)
        if not (self.decoding.allow_cut or bool(ended.all())):
            raise TranslationError(
                f"{self.name} wrote a translation into {target} without an end.",
                "Translate shorter sentences, or use a better checkpoint.",
            )
        return [text.strip() for text in self._tokenizer.batch_decode(written, skip_special_tokens=True)]

    def _encoded(self, sentences: Sequence[str], source: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and mask, ``[b, n]``."""
        plain = self._tokenizer(list(sentences), add_special_tokens=False)["input_ids"]
        rows = [self.codes.source(row, source) for row in plain]
        longest = max(map(len, rows))
        if longest > (limit := min(self.decoding.max_source_tokens, self._positions - 2)):
            raise TranslationError(
                f"A sentence of {longest} tokens is too long for {self.name}, which takes {limit}.",
                "Put line ends or full stops between its parts.",
            )
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows], device=self._model.device)
        lengths = torch.tensor([[len(row)] for row in rows], device=ids.device)
        return ids, (torch.arange(longest, device=ids.device) < lengths).long()


def _pieces(text: str) -> Iterator[str]:
    """Sentences and, as pieces of their own, line ends."""
    return (piece for piece in _PIECES.split(text) if piece and (piece.strip() or "\n" in piece))


def _speaks(piece: str) -> bool:
    return any(character.isalpha() for character in piece)


def _joined(pieces: Sequence[str], target: str) -> str:
    space = "" if target in _UNSPACED else " "
    text = ""
    for piece in pieces:
        between = "" if not text or text.endswith("\n") or not piece.strip() else space
        text += between + (piece if not piece.strip() else piece.strip())
    return text
