"""A LangChain vector store over exact FAISS inner-product search, with filters that act inside the search."""

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import faiss
import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError, SearchIndexError
from seamless_retail.retrievers.document_table import DocumentTable
from seamless_retail.retrievers.faiss_files import FaissFiles
from seamless_retail.retrievers.filters import Filter

Vectors = NDArray[np.float32]


class FaissStore(FaissFiles, VectorStore):
    """Documents with vectors, searched exactly (``IndexFlatIP``) by cosine similarity.

    Vectors are scaled to length 1, so a score is a cosine in -1..1, higher is nearer. Every search takes a metadata
    ``filter`` (:mod:`seamless_retail.retrievers.filters`), which FAISS applies while it searches: ``k`` results come
    back whenever ``k`` documents match. One store may be used from many threads.
    """

    def __init__(self, embedding: Embeddings) -> None:
        self._embedding = embedding
        self._table = DocumentTable()
        self._index: Any = None
        self._lock = threading.RLock()

    @property
    def embeddings(self) -> Embeddings:
        """The embedding model of queries and added texts."""
        return self._embedding

    def __len__(self) -> int:
        return len(self._table)

    @property
    def documents(self) -> DocumentTable:
        """The documents by row."""
        return self._table

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Embed and add texts; an id that exists is replaced.

        Returns:
            The ids, made up where none was given.
        """
        texts = list(texts)
        if any(given is not None and len(given) != len(texts) for given in (metadatas, ids)):
            raise ValueError("metadatas and ids must be as many as texts.")
        documents = [
            Document(id=id_ or str(uuid.uuid4()), page_content=text, metadata=metadata or {})
            for text, metadata, id_ in zip(texts, metadatas or [{}] * len(texts), ids or [""] * len(texts), strict=True)
        ]
        if documents:
            self.add_embedded(documents, np.asarray(self._embedding.embed_documents(texts), dtype=np.float32))
        return [str(document.id) for document in documents]

    def add_embedded(self, documents: Sequence[Document], vectors: Vectors) -> None:
        """Add documents, whose ids must be set, with vectors ``[n, d]`` made elsewhere; an id that exists is replaced.

        Of documents with the same id the last one counts.
        """
        last = {document.id: position for position, document in enumerate(documents)}
        kept = sorted(last.values())
        if not kept:
            return
        with self._lock:
            rows = self._as_rows(np.asarray(vectors, dtype=np.float32)[kept])
            self.delete([str(id_) for id_ in last])
            if self._index is None:
                self._index = faiss.IndexFlatIP(rows.shape[1])
            self._table.extend(documents[position] for position in kept)
            self._index.add(rows)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Remove documents by id, unknown ids ignored; all of them when ``ids`` is ``None``."""
        with self._lock:
            rows = range(len(self._table)) if ids is None else self._table.rows(ids)
            if len(rows):
                self._index.remove_ids(np.asarray(rows, dtype=np.int64))
                self._table.remove(rows)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents that exist, in the order asked."""
        with self._lock:
            return self._table.at(self._table.rows(ids))

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """Unit vectors ``[n, d]`` of ids that must all exist.

        Raises:
            KeyError: An id is unknown.
        """
        with self._lock:
            rows = self._table.rows(ids)
            if len(rows) != len(ids):
                raise KeyError("Not all of these ids are in the store.")
            return self._reconstruct(rows)

    def nearest(
        self, vector: Sequence[float] | Vectors, k: int, filter: Filter | None = None
    ) -> list[tuple[str, float]]:
        """Ids and cosines of the ``k`` nearest documents among those the filter admits, best first.

        Raises:
            InvalidQueryError: The filter is malformed, or ``k`` is not positive.
            SearchIndexError: The vector has another dimension than the index.
        """
        with self._lock:
            return [(self._table.id_at(row), score) for row, score in self._search(vector, k, filter)]

    def similarity_search(self, query: str, k: int = 4, filter: Filter | None = None, **kwargs: Any) -> list[Document]:
        """The ``k`` documents nearest to a text."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The ``k`` documents nearest to a text, with cosines."""
        return self.similarity_search_with_score_by_vector(self._embedding.embed_query(query), k, filter)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        """The ``k`` documents nearest to a vector."""
        return [document for document, _ in self.similarity_search_with_score_by_vector(embedding, k, filter)]

    def similarity_search_with_score_by_vector(
        self, embedding: list[float], k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The ``k`` documents nearest to a vector, with cosines."""
        with self._lock:
            found = self._search(embedding, k, filter)
            documents = self._table.at(row for row, _ in found)
        return [(document, score) for document, (_, score) in zip(documents, found, strict=True)]

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """``k`` documents near to a text and unlike each other (Carbonell and Goldstein 1998)."""
        embedding = self._embedding.embed_query(query)
        return self.max_marginal_relevance_search_by_vector(embedding, k, fetch_k, lambda_mult, filter)

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """``k`` of the ``fetch_k`` documents nearest to a vector, unlike each other.

        ``lambda_mult`` 1 counts nearness only, 0 difference only.
        """
        with self._lock:
            rows = [row for row, _ in self._search(embedding, max(fetch_k, k), filter)]
            if not rows:
                return []
            query = self._as_rows(np.asarray([embedding], dtype=np.float32))[0]
            chosen = maximal_marginal_relevance(query, list(self._reconstruct(rows)), lambda_mult, k)
            return self._table.at(rows[position] for position in chosen)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> "FaissStore":
        """A store holding these texts."""
        store = cls(embedding)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda cosine: min(1.0, max(0.0, cosine))

    def _search(self, vector: Sequence[float] | Vectors, k: int, where: Filter | None) -> list[tuple[int, float]]:
        """Rows and cosines, best first. The lock must be held."""
        if k < 1:
            raise InvalidQueryError(f"k must be at least 1, not {k}.", "Ask for one or more documents.")
        mask = self._table.mask(where)
        found = len(self._table) if mask is None else int(mask.sum())
        if not found:
            return []
        query = self._as_rows(np.asarray(vector, dtype=np.float32)[None])
        parameters = None
        if mask is not None:
            bitmap = np.packbits(mask, bitorder="little")
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(bitmap))
        scores, rows = self._index.search(query, min(k, found), params=parameters)
        return list(zip(rows[0].tolist(), scores[0].tolist(), strict=True))

    def _as_rows(self, vectors: Vectors) -> Vectors:
        """Unit rows of the index's dimension; a zero vector stays zero."""
        if self._index is not None and vectors.shape[1] != self._index.d:
            raise SearchIndexError(
                f"The index holds vectors of {self._index.d} dimensions, not {vectors.shape[1]}.",
                "Use the embedding model that the index was built with.",
            )
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1.0), dtype=np.float32)

    def _reconstruct(self, rows: Sequence[int]) -> Vectors:
        vectors: Vectors = self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64))
        return vectors
