"""A LangChain vector store over compressed memories: durable, for many users, never mixing compressors."""

import json
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from seamless_retail.core.errors import InvalidQueryError, NotAuthorizedError
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.codec import check_name
from seamless_retail.retrievers.memory.compressors import MemoryEmbeddings, as_compressor
from seamless_retail.retrievers.memory.engine import CACHE_BYTES, MemoryEngine, MemoryStats
from seamless_retail.retrievers.memory.entry import SHOP, Floats, MemoryCompressor, MemoryEntry, entry_key
from seamless_retail.retrievers.memory.latent_reading import LatentReading
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.manifest import Layout
from seamless_retail.retrievers.memory.retriever import MemoryRetriever
from seamless_retail.retrievers.memory.searching import Searching
from seamless_retail.retrievers.memory.verification import VerificationReport, verify

_COMPRESSED_AT_ONCE = 256


class ClaraVectorStore(Searching, LatentReading, VectorStore):
    """Texts kept as memory tokens, found by their pooled vectors.

    A store writes and reads for one owner: the one that :meth:`open` gives for the shop, a view of :meth:`as_user` for
    that user, who reads the shop's entries too. The owner is never taken from search options, filters or metadata.
    Ids belong to their owner: two users may use the same id, and neither reaches the other's entry.

    Where texts are not kept (``keep_text=False``), a document's ``page_content`` is its title: ``metadata["title"]``,
    else ``metadata["source"]``, else its id. Its memory tokens still hold what it said.

    May be used from many threads; many processes may have the same directory open, and see each other's writes at
    their next search.
    """

    def __init__(self, engine: MemoryEngine, owner: str = SHOP) -> None:
        self._engine = engine
        self._owner = owner
        self._readable = frozenset((owner, SHOP))

    @classmethod
    def open(
        cls,
        directory: str | Path,
        compressor: MemoryCompressor | Embeddings,
        backend: str | None = None,
        keep_text: bool | None = None,
        *,
        layout: Layout | None = None,
        cache_bytes: int = CACHE_BYTES,
        **options: Any,
    ) -> "ClaraVectorStore":
        """Open a memory, made if there is none.

        Args:
            directory: Of the memory.
            compressor: A :class:`~seamless_retail.retrievers.memory.entry.MemoryCompressor`, or embeddings.
            backend: ``faiss``, ``chroma`` or ``qdrant``; by default as the memory is, FAISS for a new one.
            keep_text: Whether texts are kept beside their latents; by default as the memory is, true for a new one.
            layout: How a new memory keeps numbers; by default as the compressor says.
            cache_bytes: Of hot memory tokens kept.
            options: Of the backend, such as ``url`` of its server.

        Raises:
            MemoryStoreError: The memory was written with another compressor, rate or backend, or is damaged.
            SearchIndexError: The backend cannot be reached.
        """
        return cls(
            MemoryEngine.open(
                Path(directory),
                as_compressor(compressor),
                backend=backend,
                keep_text=keep_text,
                layout=layout,
                cache_bytes=cache_bytes,
                options=options,
            )
        )

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings | MemoryCompressor,  # type: ignore[override]  # wider than LangChain's
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        directory: str | Path | None = None,
        **options: Any,
    ) -> "ClaraVectorStore":
        """A store that holds these texts.

        Args:
            texts: To add.
            embedding: Embeddings, a compressor, or a compressor as
                :class:`~seamless_retail.retrievers.memory.compressors.MemoryEmbeddings`.
            metadatas: One for each text.
            ids: One for each text.
            directory: Of the memory; without one, a temporary folder that goes with the store.
            options: As for :meth:`open`.
        """
        folder = Path(directory) if directory is not None else Path(tempfile.mkdtemp(prefix="seamless-memory-"))
        store = cls.open(folder, embedding, **options)
        if directory is None:
            weakref.finalize(store._engine, shutil.rmtree, folder, ignore_errors=True)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    @property
    def embeddings(self) -> MemoryEmbeddings:
        """The pooled vectors of the compressor."""
        return MemoryEmbeddings(self._engine.compressor)

    @property
    def compressor(self) -> MemoryCompressor:
        """Makes the memories."""
        return self._engine.compressor

    @property
    def owner(self) -> str:
        """Whose entries this store writes; :data:`~seamless_retail.retrievers.memory.entry.SHOP` for the shop."""
        return self._owner

    @property
    def engine(self) -> MemoryEngine:
        """All that is in the directory, of all owners: for administration, so a user's view does not give it.

        Raises:
            NotAuthorizedError: This is a user's view.
        """
        if self._owner != SHOP:
            raise NotAuthorizedError("A user's view does not give access to other owners.", "Use the shop's store.")
        return self._engine

    @property
    def ledger(self) -> Ledger:
        """The durable entries of all owners; refused as :attr:`engine` is."""
        return self.engine.ledger

    def as_user(self, owner: str) -> "ClaraVectorStore":
        """A view that reads the entries of a user and of the shop, and writes the user's.

        Args:
            owner: The verified id of the user, taken as it is: letter case, blanks and composition count.

        Raises:
            InvalidQueryError: The id is empty, too long or not valid text.
            NotAuthorizedError: This is the view of another user.
        """
        check_name("owner", owner)
        if self._owner not in (SHOP, owner):
            raise NotAuthorizedError("A user's view cannot become another user's.", "Use the shop's store.")
        return type(self)(self._engine, owner)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Compress and add texts; an id of this owner that exists is replaced. On return they are on the disk.

        Returns:
            The ids, made up where none was given.

        Raises:
            InvalidQueryError: Lengths differ, or an id, a text or metadata cannot be stored.
        """
        self._refuse_owner(kwargs)
        found = list(texts)
        if any(given is not None and len(given) != len(found) for given in (metadatas, ids)):
            raise InvalidQueryError("metadatas and ids must be as many as texts.", "Give one for each text, or none.")
        names = [name or secrets.token_urlsafe(12) for name in ids or [None] * len(found)]
        rows = list(zip(names, found, metadatas or [{}] * len(found), strict=True))
        entries: list[MemoryEntry] = []
        for start in range(0, len(rows), _COMPRESSED_AT_ONCE):
            entries += self._compress(rows[start : start + _COMPRESSED_AT_ONCE])
        self._engine.put(entries)
        return names

    def add_compressed(self, entries: Sequence[MemoryEntry]) -> None:
        """Add entries that this memory's compressor made elsewhere.

        Raises:
            NotAuthorizedError: This is a user's view, and an entry belongs to somebody else.
            MemoryStoreError: Dimensions do not fit.
        """
        if self._owner != SHOP and any(entry.owner != self._owner for entry in entries):
            raise NotAuthorizedError("A user's view writes only that user's entries.", "Use the shop's store.")
        self._engine.put(entries)

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents that exist, in the order asked; of a user's and a shop's entry of one id, the user's."""
        keys = {id_: [entry_key(owner, id_) for owner in dict.fromkeys((self._owner, SHOP))] for id_ in ids}
        found = self._documents([key for candidates in keys.values() for key in candidates])
        first = ((key for key in keys[id_] if key in found) for id_ in ids)
        return [found[key] for key in (next(candidates, None) for candidates in first) if key is not None]

    def get_entries(self, ids: Sequence[str]) -> list[MemoryEntry]:
        """As :meth:`get_by_ids`, with memory tokens, vector and time."""
        keys = {id_: [entry_key(owner, id_) for owner in dict.fromkeys((self._owner, SHOP))] for id_ in ids}
        found = self._engine.ledger.rows([key for candidates in keys.values() for key in candidates], self._readable)
        first = ((key for key in keys[id_] if key in found) for id_ in ids)
        return [found[key] for key in (next(candidates, None) for candidates in first) if key is not None]

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Erase this owner's entries by id, unknown ids ignored; all of this owner's when ``ids`` is ``None``."""
        self._refuse_owner(kwargs)
        own = self._engine.ledger.keys_of(self._owner) if ids is None else [entry_key(self._owner, id_) for id_ in ids]
        self._engine.delete(own)
        return True

    def forget(self, owner: str) -> int:
        """Erase everything of a user, in a way that leaves no byte of it: files, index and cache.

        Returns:
            How many entries there were.

        Raises:
            NotAuthorizedError: This is the view of another user.
            MemoryStoreError: Another process kept reading, so bytes are still in the log; forget again.
        """
        check_name("owner", owner)
        if self._owner not in (SHOP, owner):
            raise NotAuthorizedError("A user's view can forget only that user.", "Use the shop's store.")
        return self._engine.forget(owner)

    def stats(self) -> MemoryStats:
        """Counts, bytes on disk and the hit rate of the cache; a user is told only of what that user may read."""
        return self._engine.stats(None if self._owner == SHOP else self._readable)

    def verify(self) -> VerificationReport:
        """Compare the index with the ledger, and the ledger's entries with their checksums."""
        return verify(self.engine)

    def as_retriever(self, **kwargs: Any) -> MemoryRetriever:
        """A retriever over what this store's owner may read; options as LangChain's, and ``k``."""
        tags = [*(kwargs.pop("tags", None) or []), *self._get_retriever_tags()]
        return MemoryRetriever(vectorstore=self, tags=tags, **kwargs)

    def close(self) -> None:
        """Close the memory, for all views of it."""
        self._engine.close()

    def _compress(self, rows: Sequence[tuple[str, str, dict[str, Any]]]) -> list[MemoryEntry]:
        keep = self._engine.manifest.keep_text
        made = self._engine.compressor.compress([text for _, text, _ in rows])
        return [
            MemoryEntry(id_, self._owner, text if keep else None, metadata or {}, memory.tokens, memory.vector)
            for (id_, text, metadata), memory in zip(rows, made, strict=True)
        ]

    def _documents(self, keys: Sequence[str]) -> dict[str, Document]:
        return {
            key: _document(id_, text, json.loads(metadata))
            for key, (_, id_, text, metadata) in self._engine.ledger.documents(keys, self._readable).items()
        }

    def _question_vector(self, query: str) -> Floats:
        return self._engine.compressor.query([query])[0].vector

    def _nearest(self, vector: Floats, k: int, where: Filter | None) -> list[tuple[str, float]]:
        return self._engine.nearest(vector, k, self._readable, where)

    def _refuse_owner(self, options: dict[str, Any]) -> None:
        """An owner among the options of a call would be ignored: better to say so."""
        if named := {"owner", "owners", "user"} & options.keys():
            raise InvalidQueryError(
                f"{sorted(named)[0]!r} is not an option.", "Open the user's view: store.as_user(owner)."
            )

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda cosine: min(1.0, max(0.0, cosine))


def _document(id_: str, text: str | None, metadata: dict[str, Any]) -> Document:
    content = text if text is not None else str(metadata.get("title") or metadata.get("source") or id_)
    return Document(id=id_, page_content=content, metadata=metadata)
