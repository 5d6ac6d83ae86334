"""The port of the vector indexes of a compressed memory. An index is derived from the ledger and may be rebuilt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.entry import MemoryEntry


@dataclass(frozen=True, eq=False)
class IndexRow:
    """What an index holds of one entry."""

    id: str
    """Unique over all owners: a store gives :func:`~seamless_retail.retrievers.memory.entry.entry_key`."""
    owner: str
    vector: NDArray[np.float32]
    """``[v]``, of length 1."""
    metadata: Mapping[str, Any]
    """JSON data, for filters."""

    @classmethod
    def of(cls, entry: MemoryEntry) -> "IndexRow":
        """The row of an entry."""
        return cls(id=entry.key, owner=entry.owner, vector=entry.vector, metadata=entry.metadata)


class VectorIndex(Protocol):
    """Nearest vectors among the rows of given owners that a filter admits."""

    name: str
    """The backend: ``faiss``, ``chroma``, ``qdrant`` …"""

    def upsert(self, rows: Sequence[IndexRow]) -> None:
        """Add rows; a row whose id is there is replaced, owner and all. Of rows with the same id the last counts."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Take rows out; unknown ids are ignored."""
        ...

    def search(
        self, vector: NDArray[np.float32], k: int, owners: frozenset[str], filter: Filter | None
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the ``k`` nearest rows, best first: exactly ``k`` whenever that many rows match.

        Owners and filter act inside the query. No owners, no results.

        Args:
            vector: ``[v]``, of any length but 0.
            k: At least 1.
            owners: Whose rows are looked at.
            filter: See :mod:`seamless_retail.retrievers.filters`.

        Raises:
            InvalidQueryError: The filter is malformed, or ``k`` is not positive.
            SearchIndexError: The vector has another dimension than the index, or the backend cannot be reached.
        """
        ...

    def ids(self) -> set[str]:
        """The ids of all rows."""
        ...

    def __len__(self) -> int: ...

    def clear(self) -> None:
        """Take all rows out."""
        ...

    def close(self) -> None:
        """Free what the index holds; it is not used afterwards."""
        ...
