"""What changes during a stage, each as a function of the update's number: a resumed run needs no other state."""

from collections.abc import Sequence
from random import Random

from seamless_retail.training.clara.config import RateStep


def rates_at(update: int, steps: Sequence[RateStep], rates: Sequence[int]) -> Sequence[int]:
    """The rates that may be drawn at ``update``: those of the step it falls into, after the last step ``rates``."""
    for step in steps:
        if update < step.updates:
            return step.rates
        update -= step.updates
    return rates


def draw(choices: Sequence[int], *key: int) -> int:
    """One of ``choices``, the same for the same key."""
    return Random(repr(key)).choice(choices)


def fade(update: int, fade_updates: int) -> float:
    """How much of the encoder's states enters the memories: from ``1 / fade_updates`` up to 1."""
    return min(1.0, (update + 1) / fade_updates) if fade_updates else 1.0
