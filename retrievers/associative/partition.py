"""The facts of one owner: record hypervectors and item memory, each in a binary FAISS index.

Owners do not share an index, so a search over a user's partition and the shop's cannot touch anybody else's bits.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import faiss
import numpy as np
from numpy.typing import NDArray

from seamless_retail.models.hypervectors import Bits

IndexKind = Literal["flat", "hnsw"]
_FIRST_ROWS = 16
"""Facts that the table has room for at first; the room doubles."""
_HNSW_NEIGHBOURS = 32
_HNSW_BREADTH = 256
"""Wider than FAISS's 16: hypervectors are almost equally far from each other, so the graph leads astray."""


class Partition:
    """Records ``[n, d]`` over items ``[m, d]``; not thread-safe, the memory that owns it locks.

    Args:
        owner: Whose facts these are.
        roles: How many roles a fact has.
        dimension: Elements of a hypervector.
        kind: ``flat`` searches records exactly, ``hnsw`` approximately (Malkov and Yashunin 2018).
    """

    def __init__(self, owner: str, roles: int, dimension: int, kind: IndexKind = "flat") -> None:
        self.owner = owner
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.dimension = dimension
        self._kind = kind
        self._table = np.empty((_FIRST_ROWS, roles), dtype=np.int32)
        self._item_rows: dict[str, int] = {}
        self._rows: dict[str, int] = {}
        self._items = faiss.IndexBinaryFlat(dimension)
        self._records = self._new_records()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def fillers(self) -> NDArray[np.int32]:
        """Rows of the item memory, for each fact and role: a view ``[n, roles]`` until the next change."""
        return self._table[: len(self)]

    def __contains__(self, fact_id: str) -> bool:
        return fact_id in self._rows

    def row(self, fact_id: str) -> int:
        """The row of a fact that exists."""
        return self._rows[fact_id]

    def item(self, text: str) -> int | None:
        """The row of an item by its exact text, or ``None``."""
        return self._item_rows.get(text)

    def unknown(self, texts: Iterable[str]) -> list[str]:
        """The texts that are not items yet, each once, in order."""
        return [text for text in dict.fromkeys(texts) if text not in self._item_rows]

    def items(self, texts: Iterable[str]) -> Iterator[int]:
        """Rows of texts that are items."""
        return (self._item_rows[text] for text in texts)

    def add_items(self, texts: Sequence[str], bits: Sequence[Bits] | Bits) -> None:
        """Remember texts that are unknown, with their hypervectors ``[n, d / 8]``."""
        if texts:
            self._item_rows.update((text, len(self.texts) + number) for number, text in enumerate(texts))
            self.texts.extend(texts)
            self._items.add(np.ascontiguousarray(bits, dtype=np.uint8))

    def add_records(self, fillers: NDArray[np.int32], bits: Bits) -> None:
        """Store facts ``[n, roles]`` that are not stored yet, with their record hypervectors ``[n, d / 8]``."""
        if not len(fillers):
            return
        start, stop = len(self), len(self) + len(fillers)
        if stop > len(self._table):
            self._table = np.resize(self._table, (max(stop, 2 * len(self._table)), self._table.shape[1]))
        self._table[start:stop] = fillers
        self.ids.extend(self.fact_id(row) for row in fillers)
        self._rows.update((self.ids[row], row) for row in range(start, stop))
        self._records.add(np.ascontiguousarray(bits))

    def fact_id(self, fillers: Iterable[int]) -> str:
        """The id of a fact: of its owner and texts, so that storing a fact twice is storing it once."""
        parts = [self.owner, *(self.texts[row] for row in fillers)]
        digest = hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode())
        return digest.hexdigest()[:32]

    def without(self, fact_ids: Iterable[str]) -> "Partition":
        """A partition without these facts, and without the items that no other fact holds."""
        kept = np.ones(len(self), dtype=np.bool_)
        kept[[self._rows[id_] for id_ in fact_ids]] = False
        items, fillers = np.unique(self.fillers[kept], return_inverse=True)
        smaller = Partition(self.owner, self._table.shape[1], self.dimension, self._kind)
        smaller.add_items([self.texts[item] for item in items], self.item_bits[items])
        smaller.add_records(fillers.reshape(-1, self._table.shape[1]).astype(np.int32), self.record_bits[kept])
        return smaller

    @property
    def item_bits(self) -> Bits:
        """Hypervectors of the items, a view ``[m, d / 8]`` until the next change."""
        return _bits(self._items)

    @property
    def record_bits(self) -> Bits:
        """Hypervectors of the facts, a view ``[n, d / 8]`` until the next change."""
        return _bits(self._records if self._kind == "flat" else faiss.downcast_IndexBinary(self._records.storage))

    def nearest_records(self, cue: Bits, count: int) -> list[int]:
        """Rows of the facts nearest to a cue ``[d / 8]`` by Hamming distance, best first."""
        count = min(count, len(self))
        if not count:
            return []
        if self._kind == "hnsw":
            self._records.hnsw.efSearch = max(_HNSW_BREADTH, count)
        rows: list[int] = self._records.search(cue[None], count)[1][0].tolist()
        return [row for row in rows if row >= 0]

    def nearest_items(self, noisy: Bits) -> NDArray[np.int64]:
        """The items nearest to noisy hypervectors ``[n, d / 8]``: rows ``[n]``. There must be one."""
        rows: NDArray[np.int64] = self._items.search(np.ascontiguousarray(noisy), 1)[1][:, 0]
        return rows

    def _new_records(self) -> Any:
        if self._kind == "flat":
            return faiss.IndexBinaryFlat(self.dimension)
        return faiss.IndexBinaryHNSW(self.dimension, _HNSW_NEIGHBOURS)


def _bits(index: Any) -> Bits:
    width = index.d // 8
    if not index.ntotal:
        return np.empty((0, width), dtype=np.uint8)
    bits: Bits = faiss.rev_swig_ptr(index.xb.data(), index.ntotal * width).reshape(-1, width)
    return bits
