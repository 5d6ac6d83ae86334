"""Memories in Chroma: embedded in a folder for one process, or on a Chroma server (``chroma run``) for many.

Owners and filters are part of Chroma's query, over the facts of :mod:`.flat_filters`; neither texts nor metadata are
given to it. Its search is approximate (HNSW); where it finds fewer rows than match, the matching ones are compared one
by one, so that ``k`` rows come whenever ``k`` match.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.chroma_connection import ChromaConnection, folder, server
from seamless_retail.retrievers.memory.chroma_where import HELD, Where, rendered
from seamless_retail.retrievers.memory.flat_filters import NEVER, condition, facts
from seamless_retail.retrievers.memory.unit_rows import unit_rows
from seamless_retail.retrievers.memory.vector_index import IndexRow

_BATCH = 1000
"""Rows per request; Chroma takes about 5,000."""
_NO_ID = "%"
"""Chroma refuses empty ids; no quoted text is this one."""


class ChromaIndex:
    """A collection of Chroma, see :class:`~seamless_retail.retrievers.memory.vector_index.VectorIndex`.

    Made by :meth:`embedded` or :meth:`server`. May be used from many threads.
    """

    def __init__(self, connection: ChromaConnection, dimension: int) -> None:
        self._connection = connection
        self._dimension = dimension
        self.name = connection.place.name

    @classmethod
    def embedded(cls, directory: Path, dimension: int) -> "ChromaIndex":
        """A folder of this machine, made if there is none. One process at a time.

        Args:
            directory: Of Chroma alone.
            dimension: Of the vectors.

        Raises:
            MissingExtraError: Chroma is not installed.
            SearchIndexError: Another process has the folder open, or it cannot be read or written.
        """
        return cls(ChromaConnection(folder(directory)), dimension)

    @classmethod
    def server(cls, url: str, dimension: int, collection: str, api_key: str | None = None) -> "ChromaIndex":
        """A collection on a Chroma server, made if there is none.

        Args:
            url: Such as ``http://127.0.0.1:8000``.
            dimension: Of the vectors.
            collection: 3 to 512 of ``a-zA-Z0-9._-``; of one memory alone.
            api_key: Sent as ``X-Chroma-Token``.

        Raises:
            MissingExtraError: Chroma is not installed.
            SearchIndexError: The server does not answer, or refuses.
        """
        return cls(ChromaConnection(server(url, collection, api_key)), dimension)

    def upsert(self, rows: Sequence[IndexRow]) -> None:
        """Add or replace rows."""
        latest = list({row.id: row for row in rows}.values())
        for start in range(0, len(latest), _BATCH):
            with self._connection.lock:
                self._replace(latest[start : start + _BATCH])

    def delete(self, ids: Sequence[str]) -> None:
        """Take rows out of every search; their bytes leave the folder with :meth:`clear`."""
        stored = [_stored(id_) for id_ in dict.fromkeys(ids)]
        for start in range(0, len(stored), _BATCH):
            part = stored[start : start + _BATCH]
            with self._connection.lock:
                self._connection.call(lambda collection, part=part: collection.delete(ids=part))  # type: ignore[misc]

    def search(
        self, vector: NDArray[np.float32], k: int, owners: frozenset[str], filter: Filter | None
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the nearest rows, best first."""
        if k < 1:
            raise InvalidQueryError(f"k is {k}.", "Ask for at least one result.")
        wanted = condition(filter)
        if wanted == NEVER or not owners:
            return []
        where = rendered(wanted, [quote(owner, errors="surrogatepass") for owner in sorted(owners)])
        query = unit_rows([vector], self._dimension)[0]
        answer = self._connection.call(
            lambda collection: collection.query(
                query_embeddings=[query], n_results=k, where=where, include=["distances"]
            )
        )
        distances = (answer["distances"] or [[]])[0]
        hits = [(_id(id_), 1.0 - distance) for id_, distance in zip(answer["ids"][0], distances, strict=True)]
        if len(hits) < k and self._matching(where, k) > len(hits):
            hits = self._compared(query, where)
        return sorted(hits, key=lambda hit: (-hit[1], hit[0]))[:k]

    def ids(self) -> set[str]:
        """The ids of all rows."""
        return {_id(id_) for id_ in self._connection.call(lambda collection: collection.get(include=[]))["ids"]}

    def __len__(self) -> int:
        return self._connection.call(lambda collection: collection.count())

    def clear(self) -> None:
        """Take all rows out, and every byte of them out of the folder.

        The files of a server are not ours: there, stop it and run ``chroma vacuum --path FOLDER``.
        """
        self._connection.clear()

    def drop(self) -> None:
        """Delete the collection, or the folder, and end the connection."""
        self._connection.drop()

    def close(self) -> None:
        """End the connection; the folder is free for other processes."""
        self._connection.close()

    def _replace(self, rows: Sequence[IndexRow]) -> None:
        """Chroma merges the metadata of a row that is there; ``None`` takes a key out."""
        ids = [_stored(row.id) for row in rows]
        known = self._connection.call(lambda collection: collection.get(ids=ids, include=["metadatas"]))
        keys = {
            id_: dict.fromkeys(stale or ()) for id_, stale in zip(known["ids"], known["metadatas"] or (), strict=True)
        }
        metadatas = [{**keys.get(id_, {}), **_metadata(row)} for id_, row in zip(ids, rows, strict=True)]
        vectors = unit_rows([row.vector for row in rows], self._dimension)
        self._connection.call(lambda collection: collection.upsert(ids=ids, embeddings=vectors, metadatas=metadatas))

    def _matching(self, where: Where, limit: int) -> int:
        """How many rows match, counted up to a limit."""
        return len(
            self._connection.call(lambda collection: collection.get(where=where, limit=limit, include=[]))["ids"]
        )

    def _compared(self, query: NDArray[np.float32], where: Where) -> list[tuple[str, float]]:
        """The cosine of every matching row."""
        hits: list[tuple[str, float]] = []
        while rows := self._page(where, len(hits)):
            scores = unit_rows([vector for _, vector in rows], self._dimension) @ query
            hits += [(id_, float(score)) for (id_, _), score in zip(rows, scores, strict=True)]
        return hits

    def _page(self, where: Where, offset: int) -> list[tuple[str, NDArray[np.float32]]]:
        page = self._connection.call(
            lambda collection: collection.get(where=where, limit=_BATCH, offset=offset, include=["embeddings"])
        )
        vectors = np.asarray(page["embeddings"], dtype=np.float32)
        return [(_id(id_), vector) for id_, vector in zip(page["ids"], vectors, strict=True)]


def _metadata(row: IndexRow) -> dict[str, Any]:
    known = facts(row.metadata)
    terms = dict.fromkeys(known.terms, HELD)
    return {"owner": quote(row.owner, errors="surrogatepass"), **terms, **known.numbers}


def _stored(id_: str) -> str:
    """An id as Chroma takes it: valid Unicode and not empty."""
    return quote(id_, errors="surrogatepass") or _NO_ID


def _id(stored: str) -> str:
    return "" if stored == _NO_ID else unquote(stored, errors="surrogatepass")
