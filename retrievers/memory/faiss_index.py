"""Vectors in FAISS, in the memory of one process: exact while few, inverted lists with 8-bit codes when many."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError, SearchIndexError
from seamless_retail.retrievers.filters import Filter, Mask
from seamless_retail.retrievers.memory import inverted_lists
from seamless_retail.retrievers.memory.codec import metadata_json
from seamless_retail.retrievers.memory.columns import MetadataColumns
from seamless_retail.retrievers.memory.entry import Floats
from seamless_retail.retrievers.memory.ledger_reading import IndexRows
from seamless_retail.retrievers.memory.precision import unit
from seamless_retail.retrievers.memory.row_ids import RowIds
from seamless_retail.retrievers.memory.vector_index import IndexRow

FLAT_LIMIT = 50_000
"""Above so many rows an inverted file of 8-bit codes is faster than looking at every vector, and a quarter the size."""

_PROBED = 0.5
"""Part of the inverted lists that a search without a narrow filter looks at."""
_NARROW = 0.1
"""A search over less than this part of the rows looks at all lists: FAISS skips the other rows at little cost."""
_UNSORTED = 4
"""Times the limit that may wait for the next search to be sorted into lists: all at once is quicker and smaller."""
_MASKS_KEPT = 64


@dataclass(frozen=True)
class _Selected:
    """The rows a search may return."""

    count: int
    selector: Any
    """FAISS's, or ``None`` for all rows."""
    bitmap: NDArray[np.uint8] | None
    """What the selector reads; it does not own it."""


class FaissIndex:
    """A :class:`~seamless_retail.retrievers.memory.vector_index.VectorIndex` in memory; may be used by many threads.

    Args:
        dimension: Of the vectors.
        flat_limit: Rows up to which the search is exact.
    """

    name = "faiss"

    def __init__(self, dimension: int, flat_limit: int = FLAT_LIMIT) -> None:
        self.dimension = dimension
        self._flat_limit = flat_limit
        self._lock = threading.RLock()
        self._reset()

    def _reset(self) -> None:
        self._ids = RowIds()
        self._owners: dict[str, int] = {}
        self._owner_of = np.zeros(0, dtype=np.int32)
        self._alive = np.zeros(0, dtype=np.bool_)
        self._count = 0
        self._metadata = MetadataColumns()
        self._selected: dict[frozenset[str], _Selected] = {}
        self._index: Any = faiss.IndexFlatIP(self.dimension)
        self._limit = self._flat_limit

    def __len__(self) -> int:
        return self._count

    @property
    def kind(self) -> str:
        """How it searches: ``flat``, or ``ivf-sq8``."""
        return "flat" if isinstance(self._index, faiss.IndexFlat) else "ivf-sq8"

    def ids(self) -> set[str]:
        """The ids of all rows."""
        with self._lock:
            return {self._ids[row] for row in np.flatnonzero(self._alive).tolist()}

    def upsert(self, rows: Sequence[IndexRow]) -> None:
        """Add rows; a row whose id is there is replaced.

        Raises:
            SearchIndexError: A vector has another dimension.
            InvalidQueryError: Metadata is not JSON data.
        """
        if rows:
            last = list({row.id: row for row in rows}.values())
            texts = [metadata_json(row.metadata) for row in last]
            vectors = self._unit_rows(np.stack([row.vector for row in last]))
            self.extend(IndexRows([row.id for row in last], [row.owner for row in last], texts, vectors))

    def extend(self, rows: IndexRows) -> None:
        """Add rows, as a ledger hands them over: ids are different from each other and vectors are unit vectors."""
        with self._lock:
            self.delete(rows.keys)
            self._ids.extend(rows.keys)
            self._count += len(rows.keys)
            codes = [self._owners.setdefault(owner, len(self._owners)) for owner in rows.owners]
            self._owner_of = np.concatenate([self._owner_of, np.asarray(codes, dtype=np.int32)])
            self._alive = np.concatenate([self._alive, np.ones(len(codes), dtype=np.bool_)])
            self._metadata.extend(rows.metadata)
            self._selected.clear()
            self._index.add(rows.vectors)
            if len(self) > _UNSORTED * self._limit:
                self._sort()

    def delete(self, ids: Sequence[str]) -> None:
        """Take rows out; unknown ids are ignored."""
        with self._lock:
            gone = [row for row in self._ids.find(ids) if self._alive[row]]
            if not gone:
                return
            self._alive[gone] = False
            self._count = int(self._alive.sum())
            self._selected.clear()
            if not self._count:
                self._reset()
            elif len(self._ids) > 1000 and len(self) < 0.75 * len(self._ids):
                self._compact()

    def search(self, vector: Floats, k: int, owners: frozenset[str], filter: Filter | None) -> list[tuple[str, float]]:
        """Ids and cosines of the ``k`` nearest rows of the owners that the filter admits, best first.

        Raises:
            InvalidQueryError: The filter is malformed, or ``k`` is not positive.
            SearchIndexError: The vector has another dimension.
        """
        if k < 1:
            raise InvalidQueryError(f"k must be at least 1, not {k}.", "Ask for one or more entries.")
        query = self._unit_rows(np.asarray(vector, dtype=np.float32)[None])
        with self._lock:
            if len(self) > self._limit:
                self._sort()
            selected = self._select(owners, filter)
            if not selected.count:
                return []
            rows, scores = self._nearest(query, min(k, selected.count), selected)
            return [(self._ids[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]

    def clear(self) -> None:
        """Take all rows out."""
        with self._lock:
            self._reset()

    def close(self) -> None:
        """Free the memory."""
        self.clear()

    def _sort(self) -> None:
        self._index = inverted_lists.train(self._vectors(np.arange(len(self._ids))))
        self._limit = 4 * len(self)  # by then there are too few lists

    def _nearest(self, query: Floats, k: int, selected: _Selected) -> tuple[NDArray[np.int64], Floats]:
        if self.kind == "flat":
            parameters = faiss.SearchParameters(sel=selected.selector) if selected.selector else None
            scores, rows = self._index.search(query, k, params=parameters)
            return rows[0], scores[0]
        lists = self._index.nlist
        narrow = selected.count < _NARROW * len(self)
        for probes in [lists] if narrow else [max(1, round(_PROBED * lists)), lists]:
            parameters = faiss.SearchParametersIVF(sel=selected.selector, nprobe=probes)
            scores, rows = self._index.search(query, k, params=parameters)
            if rows[0, -1] >= 0:  # as many as asked for
                break
        return rows[0], scores[0]

    def _select(self, owners: frozenset[str], where: Filter | None) -> _Selected:
        if where:
            return _selected(self._mask(owners) & self._metadata.mask(where))
        found = self._selected.pop(owners, None)
        if found is None:
            found = _selected(self._mask(owners))
        self._selected[owners] = found
        if len(self._selected) > _MASKS_KEPT:
            self._selected.pop(next(iter(self._selected)))
        return found

    def _mask(self, owners: frozenset[str]) -> Mask:
        wanted = np.zeros(len(self._owners), dtype=np.bool_)
        wanted[[self._owners[owner] for owner in owners if owner in self._owners]] = True
        mask: Mask = wanted[self._owner_of] & self._alive
        return mask

    def _compact(self) -> None:
        """Make the index anew of the rows that are left."""
        kept = np.flatnonzero(self._alive)
        vectors, ids = self._vectors(kept), [self._ids[row] for row in kept.tolist()]
        names = list(self._owners)
        owners = [names[code] for code in self._owner_of[kept]]
        texts = self._metadata.texts()
        metadata = [texts[row] for row in kept]
        self._reset()
        self.extend(IndexRows(ids, owners, metadata, vectors))

    def _vectors(self, rows: NDArray[np.intp]) -> Floats:
        found: Floats = self._index.reconstruct_batch(rows.astype(np.int64))
        return found

    def _unit_rows(self, vectors: Floats) -> Floats:
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise SearchIndexError(
                f"The index holds vectors of {self.dimension} dimensions, not {vectors.shape[-1]}.",
                "Use the compressor that the memory was written with.",
            )
        return np.ascontiguousarray(unit(vectors.astype(np.float32)))


def _selected(mask: Mask) -> _Selected:
    count = int(mask.sum())
    if count in (0, len(mask)):
        return _Selected(count, None, None)
    bitmap = np.packbits(mask, bitorder="little")
    return _Selected(count, faiss.IDSelectorBitmap(bitmap), bitmap)
