"""Which items are bought near which: what a customer buys in one go, counted from purchases in their order."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


class Neighbours(NamedTuple):
    """The items bought near each item, nearest first; unused places hold weight 0."""

    numbers: NDArray[np.int32]
    """``[items + 1, m]``."""
    weights: Floats
    """``[items + 1, m]``."""


def count_neighbours(
    sequences: Sequence[Sequence[int]], items: int, *, window: int = 20, kept: int = 64, before: float = 0.5
) -> Neighbours:
    """The items bought near each item.

    A pair at distance ``s`` counts ``1 / s`` forwards and ``before / s`` backwards; the sums are damped by the
    popularity of both items, so that best sellers are not everybody's neighbours.

    Args:
        sequences: Item numbers in the order of purchase.
        items: How many items there are.
        window: Largest distance that counts.
        kept: Neighbours kept of each item, ``m``.
        before: What a pair counts in the other direction.
    """
    size = items + 1
    numbers, weights = np.zeros((size, kept), np.int32), np.zeros((size, kept), np.float32)
    firsts, seconds, values = _pairs(sequences, window, before)
    bought = np.bincount([number for sequence in sequences for number in sequence], minlength=size) + 1.0
    keys, places = np.unique(firsts * size + seconds, return_inverse=True)
    rows, columns = np.divmod(keys, size)
    damped = np.bincount(places, values, len(keys)) / bought[columns] ** 0.3 / bought[rows] ** 0.5
    bounds = np.searchsorted(rows, np.arange(size + 1))
    for row, (start, end) in enumerate(pairwise(bounds.tolist())):
        best = start + np.argsort(-damped[start:end], kind="stable")[:kept]
        numbers[row, : len(best)], weights[row, : len(best)] = columns[best], damped[best]
    return Neighbours(numbers, weights)


def _pairs(sequences: Sequence[Sequence[int]], window: int, before: float) -> tuple[Ints, Ints, Floats]:
    """Both items of every pair within the window, in both directions, and what it counts; no item with itself."""
    firsts, seconds, values = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0)]
    for sequence in map(np.asarray, sequences):
        for distance in range(1, min(window, len(sequence) - 1) + 1):
            earlier, later = sequence[:-distance], sequence[distance:]
            different = earlier != later
            earlier, later = earlier[different], later[different]
            firsts += [earlier, later]
            seconds += [later, earlier]
            values += [np.full(len(later), 1 / distance), np.full(len(later), before / distance)]
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(values)
