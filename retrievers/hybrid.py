"""Hybrid retrieval: BM25 and dense candidates, fused by rank, ordered by a calibrated probability."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import Field

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.calibration import relevance
from seamless_retail.retrievers.embeddings import Vectors, document_vectors, query_vector
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.fusion import reciprocal_rank_fusion
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.retrievers.passages import indexed_text


class HybridRetriever(BaseRetriever):
    """The union of lexical and dense candidates, merged by reciprocal rank fusion and ordered by score.

    The score, in ``metadata["score"]``, is the calibrated probability that the document is relevant; it weighs the
    fused rank together with the cosine and the words in common (:mod:`seamless_retail.retrievers.calibration`).
    ``invoke(query, k=…, filter=…, min_score=…)`` overrides the fields of the same names for one call.

    Raises:
        InvalidQueryError: From ``invoke``: the query is blank or not valid text, the filter is malformed, or ``k`` is
            not positive.
    """

    store: FaissStore
    lexical: LexicalRetriever
    """Over the same documents as ``store``."""
    k: int = Field(default=5, ge=1)
    """Documents returned at most."""
    filter: dict[str, Any] | None = None
    """Metadata filter, see :mod:`seamless_retail.retrievers.filters`."""
    min_score: float = Field(default=0.0, ge=0.0, le=1.0)
    """Documents that score less are left out."""
    lexical_k: int = Field(default=25, ge=1)
    dense_k: int = Field(default=12, ge=1)
    rrf_k: int = Field(default=60, ge=0)

    @classmethod
    def from_documents(cls, documents: Sequence[Document], embeddings: Embeddings, **fields: Any) -> "HybridRetriever":
        """A retriever in memory.

        Args:
            documents: Passages; ``metadata["title"]``, if any, is searched with the content.
            embeddings: The model of the vectors.
            **fields: ``k``, ``filter``, ``min_score``, ``lexical_k``, ``dense_k``, ``rrf_k``.
        """
        documents = [d if d.id else d.model_copy(update={"id": str(uuid.uuid4())}) for d in documents]
        store = FaissStore(embeddings)
        store.add_embedded(documents, document_vectors(embeddings, [indexed_text(d) for d in documents]))
        return cls(store=store, lexical=LexicalRetriever.from_documents(documents, text_of=indexed_text), **fields)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filter: Filter | None = None,
        min_score: float | None = None,
    ) -> list[Document]:
        k = self.k if k is None else k
        filter = self.filter if filter is None else filter
        min_score = self.min_score if min_score is None else min_score
        _check(query, k)
        vector = query_vector(self.store.embeddings, query)
        fused = self.candidates(query, vector, k, filter)
        scores = dict(zip(fused, relevance(*self.features(query, vector, fused).T).tolist(), strict=True))
        best = sorted((id_ for id_ in scores if scores[id_] >= min_score), key=lambda id_: -scores[id_])[:k]
        documents = self.store.get_by_ids(best)
        for document in documents:
            document.metadata["score"] = scores[str(document.id)]
        return documents

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **overrides: Any
    ) -> list[Document]:
        return await asyncio.to_thread(
            self._get_relevant_documents, query, run_manager=run_manager.get_sync(), **overrides
        )

    def candidates(self, query: str, vector: Vectors, k: int = 1, filter: Filter | None = None) -> dict[str, float]:
        """Ids and fused scores of the lexical and dense candidates, best first.

        Args:
            query: The search text.
            vector: Its embedding, ``[d]``.
            k: Each ranking gives at least so many candidates, if so many match.
            filter: Metadata filter.
        """
        lexical = [id_ for id_, _ in self.lexical.search(query, max(self.lexical_k, k), filter)]
        dense = [id_ for id_, _ in self.store.nearest(vector, max(self.dense_k, k), filter)]
        return dict(reciprocal_rank_fusion([lexical, dense], self.rrf_k))

    def features(self, query: str, vector: Vectors, fused: Mapping[str, float]) -> NDArray[np.float64]:
        """What the scores of candidates are made of: cosine, coverage, share of the best fused score; ``[n, 3]``."""
        ids = list(fused)
        if not ids:
            return np.zeros((0, 3))
        cosines = self.store.vectors(ids) @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
        first_in_both = 2.0 / (self.rrf_k + 1)
        ranks = np.fromiter(fused.values(), dtype=np.float64) / first_in_both
        return np.column_stack([cosines, self.lexical.coverage(query, ids), ranks])


def _check(query: str, k: int) -> None:
    if not query.strip():
        raise InvalidQueryError("The search text is empty.", "Give one or more words; filters alone do not rank.")
    try:
        query.encode()
    except UnicodeEncodeError:
        raise InvalidQueryError("The search text is not valid Unicode.", "Remove unpaired surrogates.") from None
    if k < 1:
        raise InvalidQueryError(f"k must be at least 1, not {k}.", "Ask for one or more documents.")
