"""Says a text again in the manner that the dials ask for, with a blend of adapters over any causal language model.

The model sees the text as a frame: names, prices, numbers and citation marks are placeholders. What it makes of the
frame is checked word by word (``core/style_check.py``), the facts are put back, and the whole is compared with the text
before; where anything is at fault, the text before is said. So facts are the same at every setting.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from seamless_retail.core.personality import ClaraSpec
from seamless_retail.core.protected_spans import Protected
from seamless_retail.core.style_check import Allowance, faults, frame, restored
from seamless_retail.models.adapters import AdapterShelf, blend, open_model
from seamless_retail.models.persona_prompt import Wording, fits, prompt_tokens, read_reply, request_of

MOST_WORDS = 40
"""Of an opening that is reworded; the adapters learn from shorter ones."""
MORE_TOKENS = 56
"""What a reworded frame may be longer than the frame."""
BATCH = 32
_OPENING = re.compile(r"[^\n]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Reworded:
    """A text in the manner asked for, or as it was."""

    text: str
    faults: tuple[str, ...] = ()
    """Why what the model said was dropped; empty where it was taken."""
    said: str = ""
    """What the model made of the frame."""


class PersonaWriter:
    """A base model with blended adapters.

    Args:
        model: A causal language model, with the blend at work.
        tokenizer: Its own.
        allowance: What the adapters at work may add and leave out; ``None``: no adapter is at work and texts stay.
        wording: How the adapters were trained to be asked.
    """

    def __init__(self, model: Any, tokenizer: Any, allowance: Allowance | None, wording: Wording = "plain") -> None:
        self._model, self._tokenizer, self._allowance, self._wording = model, tokenizer, allowance, wording

    @classmethod
    def open(cls, spec: ClaraSpec, shelf: AdapterShelf | None = None, *, download: bool = False) -> "PersonaWriter":
        """Load base and adapters and blend them.

        Args:
            spec: Dials, base and method.
            shelf: Instead of the one that the specification names.
            download: Whether a base that is not in the local cache may be fetched.

        Raises:
            ModelFileError: A file is missing or damaged.
            PersonalityError: A dial is turned for which there is no adapter.
        """
        shelf = shelf or AdapterShelf.of(spec)
        weights = shelf.weights(spec)
        if not weights:
            return cls(None, None, None)
        model, tokenizer = open_model(spec.base_model, download=download)
        blended = blend(model, shelf, weights, spec.merge)
        return cls(blended, tokenizer, shelf.allowance(weights), shelf.wording)

    def reword(self, texts: Sequence[str], names: Collection[str] = ()) -> list[Reworded]:
        """Say the beginning of each text again: its first paragraph, or the first sentence of a long one.

        Args:
            texts: Answers, in the order given.
            names: Products, brands and stores that stand in them.
        """
        if self._allowance is None:
            return [Reworded(text) for text in texts]
        openings = [opening(text) for text in texts]
        frames = [frame(first, names) for first, _ in openings]
        said = self.say([protected.text for protected in frames])
        return [
            self._checked(text, first, rest, protected, words, names)
            for text, (first, rest), protected, words in zip(texts, openings, frames, said, strict=True)
        ]

    def say(self, frames: Sequence[str]) -> list[str]:
        """What the model makes of frames, unchecked, by greedy choice."""
        found = list(frames)
        asked = [place for place, text in enumerate(frames) if fits(text, self._wording)]
        for start in range(0, len(asked), BATCH):
            places = asked[start : start + BATCH]
            said = self._generate([frames[place] for place in places])
            for place, text in zip(places, said, strict=True):
                found[place] = text
        return found

    def _checked(
        self, text: str, first: str, rest: str, protected: Protected, said: str, names: Collection[str]
    ) -> Reworded:
        wrong = faults(protected.text, said, self._allowance or Allowance())
        after, lost = restored(protected, said, first, names)
        return Reworded(text, (*wrong, *lost), said) if wrong or lost else Reworded(after + rest, (), said)

    def _generate(self, frames: Sequence[str]) -> list[str]:
        import torch

        prompts = [prompt_tokens(self._tokenizer, request_of(text, self._wording)) for text in frames]
        longest = max(map(len, prompts))
        pad = self._tokenizer.pad_token_id
        device = next(self._model.parameters()).device
        ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts], device=device)
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts], device=device)
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=longest + MORE_TOKENS,
                do_sample=False,
                pad_token_id=pad,
                eos_token_id=self._tokenizer.eos_token_id,
            )
        said = self._tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
        return [read_reply(text, reply, self._wording) for text, reply in zip(frames, said, strict=True)]


def opening(text: str) -> tuple[str, str]:
    """What is reworded of a text, and the rest, which stays as it is."""
    found = _OPENING.match(text)
    if not found:
        return text, ""
    first = found[0]
    if len(first.split()) > MOST_WORDS:
        first = _SENTENCE.split(first, maxsplit=1)[0]
    return first, text[len(first) :]
