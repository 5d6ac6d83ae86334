"""The learning rate as a function of the update's number: a resumed run needs no other state."""

import math

from seamless_retail.training.run.settings import Descent


def learning_rate(update: int, updates: int, settings: Descent) -> float:
    """Share of the full learning rate at ``update`` (from 0): linear warm-up, then as the schedule says."""
    warm = math.ceil(settings.warmup * updates)
    if update < warm:
        return (update + 1) / warm
    if settings.schedule == "constant":
        return 1.0
    if settings.schedule == "trapezoid":
        left = (updates - update) / (settings.decay * updates)
        return settings.final_share + (1 - settings.final_share) * min(1.0, left)
    done = (update - warm) / max(1, updates - warm)
    return settings.final_share + (1 - settings.final_share) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))
