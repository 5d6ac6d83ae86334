"""What changes during a stage, each as a function of the update's number: a resumed run needs no other state."""

import math
from collections.abc import Sequence
from random import Random

from seamless_retail.training.clara.config import RateStep, Stage


def learning_rate(update: int, updates: int, stage: Stage) -> float:
    """Share of the full learning rate at ``update`` (from 0): linear warm-up, then as the schedule says."""
    warm = math.ceil(stage.warmup * updates)
    if update < warm:
        return (update + 1) / warm
    if stage.schedule == "constant":
        return 1.0
    if stage.schedule == "trapezoid":
        left = (updates - update) / (stage.decay * updates)
        return stage.final_share + (1 - stage.final_share) * min(1.0, left)
    done = (update - warm) / max(1, updates - warm)
    return stage.final_share + (1 - stage.final_share) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


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
