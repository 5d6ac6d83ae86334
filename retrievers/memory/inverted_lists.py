"""FAISS inverted lists over 8-bit codes."""

from typing import Any

import faiss
import numpy as np

from seamless_retail.retrievers.memory.entry import Floats

_FITTED_TO = 64
"""Vectors for each centroid."""


def train(vectors: Floats) -> Any:
    """Inverted lists that hold unit vectors ``[n, d]``, in 8-bit codes of what the centroids leave.

    As many lists as the root of the rows, the order of size of the FAISS guidelines.
    """
    dimension, lists = vectors.shape[1], max(1, int(len(vectors) ** 0.5))
    quantizer = faiss.IndexFlatIP(dimension)
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, kind, faiss.METRIC_INNER_PRODUCT, True)
    index.own_fields = True
    quantizer.this.disown()
    index.cp.niter = 4
    index.cp.spherical = True
    index.set_direct_map_type(faiss.DirectMap.Array)
    index.train(vectors[:: max(1, len(vectors) // (_FITTED_TO * lists))])
    _, nearest = quantizer.search(vectors, 1)
    for number, size in enumerate(np.bincount(nearest[:, 0], minlength=lists).tolist()):
        index.invlists.resize(number, size)  # room for exactly so many, where growing would take up to twice as much
        index.invlists.resize(number, 0)
    index.add_core(len(vectors), faiss.swig_ptr(vectors), None, faiss.swig_ptr(nearest))
    return index
