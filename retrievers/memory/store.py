"""A LangChain vector store over compressed memories: durable, for many users, never mixing compressors."""

import json
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from seamless_retail.core.errors import NotAuthorizedError
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
from seamless_retail.retrievers.memory.writing import Writing


class ClaraVectorStore(Writing, Searching, LatentReading, VectorStore):
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

    def _documents(self, keys: Sequence[str]) -> dict[str, Document]:
        return {
            key: _document(id_, text, json.loads(metadata))
            for key, (_, id_, text, metadata) in self._engine.ledger.documents(keys, self._readable).items()
        }

    def _question_vector(self, query: str) -> Floats:
        return self._engine.compressor.query([query])[0].vector

    def _nearest(self, vector: Floats, k: int, where: Filter | None) -> list[tuple[str, float]]:
        return self._engine.nearest(vector, k, self._readable, where)

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda cosine: min(1.0, max(0.0, cosine))


def _document(id_: str, text: str | None, metadata: dict[str, Any]) -> Document:
    content = text if text is not None else str(metadata.get("title") or metadata.get("source") or id_)
    return Document(id=id_, page_content=content, metadata=metadata)
