"""LangChain's searches over the nearest entries of an owner and the shop."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.engine import MemoryEngine
from seamless_retail.retrievers.memory.entry import Floats

Vector = Sequence[float] | Floats


class Searching:
    """The half of :class:`~seamless_retail.retrievers.memory.store.ClaraVectorStore` that searches.

    A score is the cosine of pooled vectors, in -1..1, higher is nearer; a relevance score is it, cut to 0..1. Every
    search takes a metadata ``filter`` (:mod:`seamless_retail.retrievers.filters`) that acts inside the index.
    """

    _engine: MemoryEngine
    _readable: frozenset[str]
    _documents: Any
    _question_vector: Any
    _nearest: Any
    _refuse_owner: Any

    def similarity_search(self, query: str, k: int = 4, filter: Filter | None = None, **kwargs: Any) -> list[Document]:
        """The ``k`` documents nearest to a text."""
        return [document for document, _ in self.similarity_search_with_score(query, k, filter, **kwargs)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The ``k`` documents nearest to a text, with cosines."""
        return self.similarity_search_with_score_by_vector(self._question_vector(query), k, filter, **kwargs)

    def similarity_search_by_vector(
        self, embedding: Vector, k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        """The ``k`` documents nearest to a vector."""
        return [document for document, _ in self.similarity_search_with_score_by_vector(embedding, k, filter, **kwargs)]

    def similarity_search_with_score_by_vector(
        self, embedding: Vector, k: int = 4, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """The ``k`` documents nearest to a vector, with cosines.

        Raises:
            InvalidQueryError: The filter is malformed, ``k`` is not positive, or an owner is named.
            SearchIndexError: The vector has another dimension than the memory.
        """
        self._refuse_owner(kwargs)
        found = self._nearest(_vector(embedding), k, filter)
        documents = self._documents([key for key, _ in found])
        return [(documents[key], score) for key, score in found if key in documents]

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
        vector = self._question_vector(query)
        return self.max_marginal_relevance_search_by_vector(vector, k, fetch_k, lambda_mult, filter, **kwargs)

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: Vector,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """``k`` of the ``fetch_k`` documents nearest to a vector, unlike each other.

        ``lambda_mult`` 1 counts nearness only, 0 difference only.
        """
        self._refuse_owner(kwargs)
        vector = _vector(embedding)
        keys = [key for key, _ in self._nearest(vector, max(fetch_k, k), filter)]
        entries = self._engine.ledger.rows(keys, self._readable)
        left = [key for key in keys if key in entries]
        if not left:
            return []
        chosen = maximal_marginal_relevance(vector, [entries[key].vector for key in left], lambda_mult, k)
        documents = self._documents([left[place] for place in chosen])
        return [documents[left[place]] for place in chosen if left[place] in documents]


def _vector(given: Vector) -> Floats:
    vector = np.asarray(given, dtype=np.float32)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise InvalidQueryError(
            f"A search takes one vector of finite numbers, not an array of shape {vector.shape}.",
            "Give the vector of one text.",
        )
    return vector
