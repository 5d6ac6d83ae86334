"""Which row of an index holds an id: texts and sorted hashes, in a quarter of the memory of a dict."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_UNSORTED = 4096
"""Ids kept in a dict until so many, or an eighth of all, are new; then they are sorted in."""


class RowIds:
    """The ids of rows ``0, 1, …`` in the order they were added; one that is added again means its last row."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._ends = np.zeros(0, dtype=np.int64)
        self._hashes = np.zeros(0, dtype=np.int64)
        self._rows = np.zeros(0, dtype=np.int32)
        self._new: list[str] = []
        self._new_rows: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._ends) + len(self._new)

    def __getitem__(self, row: int) -> str:
        sorted_in = len(self._ends)
        if row >= sorted_in:
            return self._new[row - sorted_in]
        start = int(self._ends[row - 1]) if row else 0
        return self._content[start : int(self._ends[row])].decode()

    def extend(self, ids: Sequence[str]) -> None:
        """Add rows."""
        start = len(self)
        self._new.extend(ids)
        self._new_rows.update({id_: start + place for place, id_ in enumerate(ids)})
        if len(self._new) > max(_UNSORTED, len(self._ends) // 8):
            self._sort_in()

    def find(self, ids: Sequence[str]) -> list[int]:
        """The rows of ids, each id's last one; unknown ids are left out."""
        hashes = np.fromiter(map(hash, ids), dtype=np.int64, count=len(ids))
        first, last = (np.searchsorted(self._hashes, hashes, side) for side in ("left", "right"))
        found = [self._new_rows.get(id_, -1) for id_ in ids]
        for place in np.flatnonzero(last > first).tolist():
            if found[place] < 0:
                same = (row for row in self._rows[first[place] : last[place]][::-1] if self[row] == ids[place])
                found[place] = next(map(int, same), -1)
        return [row for row in found if row >= 0]

    def _sort_in(self) -> None:
        names = [id_.encode() for id_ in self._new]
        rows = np.arange(len(self._ends), len(self), dtype=np.int32)
        hashes = np.fromiter(map(hash, self._new), dtype=np.int64, count=len(names))
        ends = len(self._content) + np.cumsum([len(name) for name in names], dtype=np.int64)
        self._content += b"".join(names)
        self._ends = np.concatenate([self._ends, ends])
        merged: NDArray[np.int64] = np.concatenate([self._hashes, hashes])
        order = np.argsort(merged, kind="stable")  # rows of one id stay in their order
        self._hashes, self._rows = merged[order], np.concatenate([self._rows, rows])[order]
        self._new, self._new_rows = [], {}
