"""Vectors on their way into an index."""

from collections.abc import Sequence

import numpy as np

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.retrievers.memory.entry import Floats
from seamless_retail.retrievers.memory.precision import unit


def unit_rows(vectors: Sequence[Floats], dimension: int) -> Floats:
    """Vectors scaled to length 1, ``[n, dimension]``.

    Raises:
        SearchIndexError: One of them has another dimension, or numbers that are not finite.
    """
    for vector in vectors:
        if np.shape(vector) != (dimension,) or not np.isfinite(vector).all():
            raise SearchIndexError(
                f"The index holds finite vectors of {dimension} dimensions, not of shape {np.shape(vector)}.",
                "Use the compressor that the memory was written with.",
            )
    return unit(np.asarray(vectors, dtype=np.float32))
