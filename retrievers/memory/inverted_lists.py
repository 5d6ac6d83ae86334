"""FAISS inverted lists over 8-bit codes: trained on vectors, taken apart into arrays, and put together again.

FAISS's own reader trusts the bytes it is given; these arrays are checked before FAISS sees them.
"""

from collections.abc import Mapping
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from seamless_retail.retrievers.memory.entry import Floats

Arrays = dict[str, NDArray[Any]]


def train(vectors: Floats) -> Any:
    """Inverted lists that hold unit vectors ``[n, d]``, in 8-bit codes of what the centroids leave.

    As many lists as the root of the rows, the order of size of the FAISS guidelines.
    """
    index = _empty(vectors.shape[1], max(1, int(len(vectors) ** 0.5)))
    index.cp.niter = 6
    index.cp.max_points_per_centroid = 64
    index.cp.spherical = True
    index.set_direct_map_type(faiss.DirectMap.Array)
    index.train(vectors)
    index.add(vectors)
    return index


def arrays(index: Any, kept: NDArray[np.bool_]) -> Arrays:
    """The parts of an index, with the rows of ``kept`` only, numbered anew in their order."""
    sizes = [index.invlists.list_size(number) for number in range(index.nlist)]
    filled = [number for number, size in enumerate(sizes) if size]
    codes = [_codes(index, number, sizes[number]) for number in filled]
    rows = [faiss.rev_swig_ptr(index.invlists.get_ids(number), sizes[number]).copy() for number in filled]
    lists = np.repeat(np.arange(index.nlist), sizes)
    all_rows = np.concatenate(rows)
    mask = kept[all_rows]
    return {
        "centroids": index.quantizer.reconstruct_n(0, index.nlist),
        "ranges": faiss.vector_to_array(index.sq.trained),
        "sizes": np.bincount(lists[mask], minlength=index.nlist).astype(np.int64),
        "rows": (np.cumsum(kept) - 1)[all_rows[mask]].astype(np.int32),
        "codes": np.concatenate(codes)[mask],
    }


def assemble(parts: Mapping[str, NDArray[Any]], dimension: int, count: int) -> Any:
    """The index of :func:`arrays`.

    Raises:
        ValueError: The arrays are not those of ``count`` rows of this dimension.
    """
    centroids, sizes = parts["centroids"], parts["sizes"]
    lists = len(sizes)
    _expect(centroids, np.float32, (lists, dimension))
    _expect(parts["ranges"], np.float32, (2 * dimension,))
    _expect(sizes, np.int64, (lists,))
    _expect(parts["rows"], np.int32, (count,))
    _expect(parts["codes"], np.uint8, (count, dimension))
    if not lists or sizes.min() < 0 or sizes.max() > count or sizes.sum() != count:
        raise ValueError("the lists do not hold the rows")
    rows = parts["rows"].astype(np.int64)
    if not np.array_equal(np.sort(rows), np.arange(count)):
        raise ValueError("the rows are not numbered")
    if not (np.isfinite(centroids).all() and np.isfinite(parts["ranges"]).all()):
        raise ValueError("numbers are not finite")
    index = _empty(dimension, lists)
    index.quantizer.add(centroids)
    faiss.copy_array_to_vector(parts["ranges"], index.sq.trained)
    index.is_trained = True
    _fill(index, sizes, rows, np.ascontiguousarray(parts["codes"]))
    index.set_direct_map_type(faiss.DirectMap.Array)
    return index


def _empty(dimension: int, lists: int) -> Any:
    quantizer = faiss.IndexFlatIP(dimension)
    kind = faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, kind, faiss.METRIC_INNER_PRODUCT, True)
    index.own_fields = True
    quantizer.this.disown()
    return index


def _fill(index: Any, sizes: NDArray[np.int64], rows: NDArray[np.int64], codes: NDArray[np.uint8]) -> None:
    start = 0
    for number, size in enumerate(sizes.tolist()):
        if size:
            part, content = rows[start : start + size], codes[start : start + size]
            index.invlists.add_entries(number, size, faiss.swig_ptr(part), faiss.swig_ptr(content))
        start += size
    index.ntotal = start


def _codes(index: Any, number: int, size: int) -> NDArray[np.uint8]:
    flat: NDArray[np.uint8] = faiss.rev_swig_ptr(index.invlists.get_codes(number), size * index.code_size)
    return flat.reshape(size, index.code_size).copy()


def _expect(array: NDArray[Any], dtype: Any, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(f"an array is {array.dtype} {array.shape}, not {np.dtype(dtype)} {shape}")
