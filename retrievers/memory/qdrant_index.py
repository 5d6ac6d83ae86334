"""Memories in Qdrant: its local mode for one process and some 20,000 rows, a sharded cluster for very many.

Owners and filters are part of Qdrant's query, over the facts of :mod:`.flat_filters`; neither texts nor metadata are
given to it. A point's id is the UUID 5 of the row's id, which its payload holds. A cluster's search is approximate;
where it finds fewer rows than match, it is asked for an exact one.
"""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.flat_filters import NEVER, condition, facts
from seamless_retail.retrievers.memory.qdrant_connection import QdrantConnection, cluster, local
from seamless_retail.retrievers.memory.unit_rows import unit_rows
from seamless_retail.retrievers.memory.vector_index import IndexRow

_BATCH = 500
"""Rows per request: some 5 MB of JSON, below Qdrant's 32 MB."""
_NAMESPACE = uuid.UUID("8f0a3c1e-6f55-5d0b-9a55-2f3a5b1c7d42")
"""Of the UUIDs of our ids; chosen once, never to change."""


class QdrantIndex:
    """A collection of Qdrant, see :class:`~seamless_retail.retrievers.memory.vector_index.VectorIndex`.

    Made by :meth:`local` or :meth:`cluster`.
    """

    def __init__(self, connection: QdrantConnection) -> None:
        self._connection = connection
        self._collection = connection.place.collection
        self.name = connection.place.name

    @classmethod
    def embedded(cls, directory: Path | None, dimension: int) -> "QdrantIndex":
        """Qdrant's local mode: exact, without a server, for one process.

        Args:
            directory: Of Qdrant alone, for one process at a time; ``None``: in memory only.
            dimension: Of the vectors.

        Raises:
            MissingExtraError: Qdrant's client is not installed.
            SearchIndexError: Another process has the folder open, or it holds what is not ours.
        """
        return cls(QdrantConnection(local(directory), dimension))

    @classmethod
    def server(
        cls,
        url: str,
        dimension: int,
        collection: str,
        api_key: str | None = None,
        shards: int = 1,
        replicas: int = 1,
    ) -> "QdrantIndex":
        """A collection on a Qdrant server or cluster, made if there is none.

        Args:
            url: Such as ``https://qdrant.example.com:6333``.
            dimension: Of the vectors.
            collection: Of one memory alone.
            api_key: Of the server.
            shards: Into how many parts a new collection is divided; two per node is usual.
            replicas: Copies of each part of a new collection.

        Raises:
            MissingExtraError: Qdrant's client is not installed.
            SearchIndexError: The server does not answer, or refuses.
        """
        return cls(QdrantConnection(cluster(url, collection, api_key, shards, replicas), dimension))

    def upsert(self, rows: Sequence[IndexRow]) -> None:
        """Add or replace rows."""
        from qdrant_client import models

        latest = list({row.id: row for row in rows}.values())
        for start in range(0, len(latest), _BATCH):
            part = latest[start : start + _BATCH]
            vectors = unit_rows([row.vector for row in part], self._connection.dimension)
            points = models.Batch(
                ids=[_point(row.id) for row in part], vectors=vectors.tolist(), payloads=[_payload(row) for row in part]
            )
            with self._connection.answers():
                self._connection.client.upsert(self._collection, points=points, wait=True)

    def delete(self, ids: Sequence[str]) -> None:
        """Take rows out of every search; their bytes leave a folder with :meth:`clear`."""
        from qdrant_client import models

        points: list[Any] = [_point(id_) for id_ in dict.fromkeys(ids)]
        for start in range(0, len(points), _BATCH):
            selector = models.PointIdsList(points=points[start : start + _BATCH])
            with self._connection.answers():
                self._connection.client.delete(self._collection, points_selector=selector, wait=True)

    def search(
        self, vector: NDArray[np.float32], k: int, owners: frozenset[str], filter: Filter | None
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the nearest rows, best first."""
        if k < 1:
            raise InvalidQueryError(f"k is {k}.", "Ask for at least one result.")
        wanted = condition(filter)
        if wanted == NEVER or not owners:
            return []
        from seamless_retail.retrievers.memory.qdrant_conditions import rendered

        conditions = rendered(wanted, [_stored(owner) for owner in sorted(owners)])
        query = unit_rows([vector], self._connection.dimension)[0].tolist()
        hits = self._near(query, k, conditions, exact=False)
        if len(hits) < k and self._connection.place.cluster is not None:
            hits = self._near(query, k, conditions, exact=True)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))

    def ids(self) -> set[str]:
        """The ids of all rows."""
        found: set[str] = set()
        offset: Any = None
        while True:
            with self._connection.answers():
                page, offset = self._connection.client.scroll(
                    self._collection, limit=1000, offset=offset, with_payload=["id"]
                )
            found |= {unquote((point.payload or {})["id"], errors="surrogatepass") for point in page}
            if offset is None:
                return found

    def __len__(self) -> int:
        with self._connection.answers():
            return self._connection.client.count(self._collection, exact=True).count

    def clear(self) -> None:
        """Take all rows out, and every byte of them out of a folder.

        A cluster cleans its own files as its optimizer merges them.
        """
        self._connection.clear()

    def drop(self) -> None:
        """Delete the collection, or the folder, and end the connection."""
        self._connection.drop()

    def close(self) -> None:
        """End the connection; the folder is free for other processes."""
        self._connection.client.close()

    def _near(self, query: list[float], k: int, conditions: Any, exact: bool) -> list[tuple[str, float]]:
        from qdrant_client import models

        with self._connection.answers():
            answer = self._connection.client.query_points(
                self._collection,
                query=query,
                limit=k,
                query_filter=conditions,
                with_payload=["id"],
                search_params=models.SearchParams(exact=exact),
            )
        return [(unquote((p.payload or {})["id"], errors="surrogatepass"), float(p.score)) for p in answer.points]


def _payload(row: IndexRow) -> dict[str, Any]:
    known = facts(row.metadata)
    return {"id": _stored(row.id), "owner": _stored(row.owner), "terms": known.terms, **known.numbers}


def _stored(text: str) -> str:
    """Any text as valid Unicode."""
    return quote(text, errors="surrogatepass")


def _point(id_: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, _stored(id_)))
