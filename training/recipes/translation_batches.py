"""Batches of translation pairs, and the loss of one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seamless_retail.models.translation_codes import LanguageCodes
from seamless_retail.training.data.translation_pairs import Pair
from seamless_retail.training.recipes.translation_settings import TranslationSettings
from seamless_retail.training.run import Order

IGNORED = -100
"""Label of padding."""
WINDOW = 32
"""Micro-batches that are sorted by length together; fewer where they are more than the records."""


class Encoded(NamedTuple):
    """One pair as tokens."""

    source: list[int]
    """With the language's own tokens."""
    target: list[int]
    """From the target language's token to the end token."""


class Batches:
    """Micro-batches of encoded pairs, each a function of its number.

    Args:
        pairs: The training side.
        tokenizer: Of the checkpoint.
        settings: Of the recipe.
        start: The token that the decoder reads first.
    """

    def __init__(self, pairs: Sequence[Pair], tokenizer: Any, settings: TranslationSettings, start: int) -> None:
        self._pad, self._unknown, self._start = tokenizer.pad_token_id, tokenizer.unk_token_id, start
        self._dropout, self._seed = settings.word_dropout, settings.seed
        rows = encode(pairs, tokenizer)
        self.rows = [row for row in rows if max(map(len, row)) <= settings.max_tokens]
        self.left_out = len(rows) - len(self.rows)
        self._count = settings.optimisation.micro_batch or settings.optimisation.batch
        self._order = Order(max(1, len(self.rows)), settings.seed)
        self._window = max(1, min(WINDOW, len(self.rows) // self._count))

    def __call__(self, number: int, device: torch.device) -> dict[str, Tensor]:
        """``input_ids`` and ``attention_mask`` ``[b, n]``, ``decoder_input_ids`` and ``labels`` ``[b, m]``."""
        rows = self._drawn(number)
        source = _padded([row.source for row in rows], self._pad)
        labels = _padded([row.target for row in rows], IGNORED)
        read = functional.pad(labels[:, :-1], (1, 0), value=self._start)
        read = read.masked_fill(read == IGNORED, self._pad)
        batch = {
            "input_ids": self._forgotten(source, 1),
            "attention_mask": (source != self._pad).long(),
            "decoder_input_ids": self._forgotten(read, 2),
            "labels": labels,
        }
        return {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}

    def _drawn(self, number: int) -> list[Encoded]:
        """Rows of like length: a window of the order is sorted by length, and its parts are taken in random order."""
        window, part = divmod(number, self._window)
        rows = [self.rows[place] for place in self._order.draw(window, self._window * self._count)]
        rows.sort(key=lambda row: (len(row.source), len(row.target)))
        at = int(np.random.default_rng([self._seed, window]).permutation(self._window)[part]) * self._count
        return rows[at : at + self._count]

    def _forgotten(self, ids: Tensor, kept: int) -> Tensor:
        """Some words unknown, but none of the first ``kept`` columns."""
        if not self._dropout:
            return ids
        gone = (torch.rand(ids.shape) < self._dropout) & (ids != self._pad)
        gone[:, :kept] = False
        return ids.masked_fill(gone, self._unknown)


def encode(pairs: Sequence[Pair], tokenizer: Any) -> list[Encoded]:
    """Every pair as tokens.

    Raises:
        TranslationError: The tokenizer lacks a language.
    """
    codes = LanguageCodes(tokenizer)
    for source, target in {pair.direction for pair in pairs}:
        codes.check(source, target, tokenizer.name_or_path or "The tokenizer")
    sources = tokenizer([pair.source_text for pair in pairs], add_special_tokens=False)["input_ids"]
    targets = tokenizer([pair.target_text for pair in pairs], add_special_tokens=False)["input_ids"]
    return [
        Encoded(codes.source(source, pair.source_lang), codes.target(target, pair.target_lang))
        for pair, source, target in zip(pairs, sources, targets, strict=True)
    ]


def loss_of(
    batches: Batches, smoothing: float, device: torch.device
) -> Callable[[nn.Module, int], Mapping[str, Tensor]]:
    """Cross-entropy with label smoothing (Szegedy et al. 2016); ``perplexity`` is of the labels themselves."""

    def loss(model: nn.Module, number: int) -> dict[str, Tensor]:
        batch = batches(number, device)
        labels = batch.pop("labels").flatten()
        logits = model(**batch, use_cache=False).logits.flatten(0, 1).float()
        smoothed = functional.cross_entropy(logits, labels, ignore_index=IGNORED, label_smoothing=smoothing)
        plain = functional.cross_entropy(logits.detach(), labels, ignore_index=IGNORED)
        return {"loss": smoothed, "perplexity": plain.exp()}

    return loss


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])
