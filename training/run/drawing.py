"""Records by number: every micro-batch of a training is a function of its number, so that a resumed run is exact."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


class Order:
    """``size`` records in another order each epoch.

    Args:
        size: Records of an epoch.
        seed: Of the order.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size, self._seed = size, seed
        self._epoch = lru_cache(maxsize=2)(self._shuffled)

    def draw(self, number: int, count: int) -> NDArray[np.intp]:
        """Places ``[count]`` of micro-batch ``number``, of ``count`` records each; an epoch may end inside it."""
        places = number * count + np.arange(count)
        epochs, rows = np.divmod(places, self.size)
        return np.array([self._epoch(int(e))[r] for e, r in zip(epochs, rows, strict=True)], dtype=np.intp)

    def _shuffled(self, epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng([self._seed, epoch]).permutation(self.size)
