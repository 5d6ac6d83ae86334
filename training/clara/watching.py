"""Questions answered during training: the share answered exactly, at several rates."""

from collections.abc import Sequence
from random import Random
from typing import Any

import torch
from torch import nn

from seamless_retail.training.clara.collation import FULL_TEXT, Batch, Candidates, Collator
from seamless_retail.training.clara.recipe import Recipe
from seamless_retail.training.clara.records import Record


class Watch:
    """The same records at every look.

    Args:
        recipe: Says how they are collated and at which rates.
        collator: Of the model's own thread.
        records: To answer.
        micro_batch: Records per forward pass.
    """

    def __init__(self, recipe: Recipe, collator: Collator, records: Sequence[Record], micro_batch: int) -> None:
        random = Random(0)
        chosen = [recipe.sample(record, random) for record in records]
        collator.learn(chosen)
        chosen.sort(key=collator.length)
        chunks = [chosen[start : start + micro_batch] for start in range(0, len(chosen), micro_batch)]
        self._batches: dict[int, list[Batch | Candidates]] = {
            rate: [recipe.collate(collator, chunk, rate, 0) for chunk in chunks] for rate in recipe.watched_rates()
        }

    def look(self, objective: nn.Module, device: torch.device) -> dict[str, float]:
        """``exact@16`` and whatever else the objective measures, for each rate; ``exact@text`` for full text."""
        found: dict[str, float] = {}
        for rate, batches in self._batches.items():
            for name, value in self._mean(objective, batches, device).items():
                found[f"watched {name}@{'text' if rate == FULL_TEXT else rate}"] = value
        return found

    def _mean(self, objective: Any, batches: Sequence[Any], device: torch.device) -> dict[str, float]:
        sums: dict[str, list[float]] = {}
        for batch in batches:
            for name, value in objective(batch.to(device)).items():
                sums.setdefault(name, []).append(float(value))
        kept = {name: values for name, values in sums.items() if name not in ("loss", "alignment")}
        return {name: sum(values) / len(values) for name, values in kept.items()}
