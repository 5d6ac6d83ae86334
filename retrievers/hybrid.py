"""Hybrid retrieval: BM25 and dense candidates, fused, reranked by their compressed memories, on a calibrated scale."""

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
from pydantic import ConfigDict, Field, field_validator

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.calibration import hybrid_calibration
from seamless_retail.retrievers.embeddings import Vectors, document_vectors, query_vector
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.fusion import Fusion, reciprocal_rank_fusion, relative_score_fusion
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.retrievers.passages import indexed_text
from seamless_retail.retrievers.plain_words import plain_words
from seamless_retail.retrievers.reranking import SIGNALS, LatentReranker, best

OPTIONS = ("k", "filter", "min_score", "score_threshold")
"""What ``search_kwargs`` and a call may set; ``score_threshold`` is LangChain's name of ``min_score``."""


class HybridRetriever(BaseRetriever):
    """The union of lexical and dense candidates, ordered by the probability that a document is relevant.

    The probability, in ``metadata["score"]``, weighs the cosine, the words in common and the fused rank; with a
    ``reranker`` also the latent similarity of query and compressed memory
    (:mod:`seamless_retail.retrievers.calibration`).
    ``invoke(query, k=…, filter=…, min_score=…)`` overrides ``search_kwargs`` for one call; these override the fields.

    Raises:
        InvalidQueryError: From ``invoke``: the query is blank or not valid text, the filter is malformed, or ``k`` is
            not positive.
        ConfigurationError: From ``invoke``: ``min_score`` is above 0 and the reranker is not calibrated.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    store: FaissStore
    lexical: LexicalRetriever
    """Over the same documents as ``store``."""
    reranker: LatentReranker | None = None
    """Compares query and candidates by their compressed memories."""
    k: int = Field(default=5, ge=1)
    """Documents returned at most."""
    filter: dict[str, Any] | None = None
    """Metadata filter, see :mod:`seamless_retail.retrievers.filters`."""
    min_score: float = Field(default=0.0, ge=0.0, le=1.0)
    """Documents that score less are left out: 0.55 where only answers will do, as in ``rag.yaml``."""
    search_kwargs: dict[str, Any] = Field(default_factory=dict)
    """``k``, ``filter``, ``min_score`` or ``score_threshold``, as LangChain's vector store retrievers take them."""
    lexical_k: int = Field(default=25, ge=1)
    dense_k: int = Field(default=12, ge=1)
    fusion: Fusion = "rrf"
    rrf_k: int = Field(default=60, ge=0)

    @classmethod
    def from_documents(cls, documents: Sequence[Document], embeddings: Embeddings, **fields: Any) -> "HybridRetriever":
        """A retriever in memory.

        Args:
            documents: Passages; ``metadata["title"]``, if any, is searched with the content.
            embeddings: The model of the vectors.
            **fields: All but ``store`` and ``lexical``.
        """
        documents = [d if d.id else d.model_copy(update={"id": str(uuid.uuid4())}) for d in documents]
        store = FaissStore(embeddings)
        store.add_embedded(documents, document_vectors(embeddings, [indexed_text(d) for d in documents]))
        return cls(store=store, lexical=LexicalRetriever.from_documents(documents, text_of=ranked_text), **fields)

    @field_validator("search_kwargs")
    @classmethod
    def _are_options(cls, given: dict[str, Any]) -> dict[str, Any]:
        if unknown := set(given) - set(OPTIONS):
            raise ValueError(f"unknown search_kwargs {sorted(unknown)}; use {', '.join(OPTIONS)}")
        return given

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **overrides: Any
    ) -> list[Document]:
        k, filter, min_score = self._options(overrides)
        _check(query, k)
        if self.reranker is not None:
            self.reranker.check_min_score(min_score)
        vector = query_vector(self.store.embeddings, query)
        documents, scores = self.scored(query, vector, self.candidates(query, vector, k, filter))
        places = best(scores, k, min_score)
        for place in places:
            documents[place].metadata["score"] = float(scores[place])
        return [documents[place] for place in places]

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
        lexical = self.lexical.search(query, max(self.lexical_k, k), filter)
        dense = self.store.nearest(vector, max(self.dense_k, k), filter)
        if self.fusion == "relative_score":
            return dict(relative_score_fusion([lexical, dense]))
        return dict(reciprocal_rank_fusion([[id_ for id_, _ in ranking] for ranking in (lexical, dense)], self.rrf_k))

    def scored(
        self, query: str, vector: Vectors, fused: Mapping[str, float]
    ) -> tuple[list[Document], NDArray[np.float64]]:
        """The candidates' documents and their probabilities ``[n]``, in the order of ``fused``."""
        signals = dict(zip(SIGNALS, self.features(query, vector, fused).T, strict=True))
        documents = self.store.get_by_ids(list(fused))
        if self.reranker is None:
            return documents, hybrid_calibration().relevance(signals)
        texts = [ranked_text(document) for document in documents]
        return documents, self.reranker.relevance(signals, self.reranker.similarities(query, texts, list(fused)))

    def features(self, query: str, vector: Vectors, fused: Mapping[str, float]) -> NDArray[np.float64]:
        """What the scores of candidates are made of: cosine, coverage, share of the best fused score; ``[n, 3]``."""
        ids = list(fused)
        if not ids:
            return np.zeros((0, 3))
        cosines = self.store.vectors(ids) @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
        first_in_both = 2.0 if self.fusion == "relative_score" else 2.0 / (self.rrf_k + 1)
        ranks = np.fromiter(fused.values(), dtype=np.float64) / first_in_both
        return np.column_stack([cosines, self.lexical.coverage(query, ids), ranks])

    def _options(self, overrides: Mapping[str, Any]) -> tuple[int, Filter | None, float]:
        """``k``, ``filter`` and ``min_score`` of one call; what is ``None`` is as if it were left out."""
        if unknown := set(overrides) - set(OPTIONS):
            raise InvalidQueryError(f"Unknown search options {sorted(unknown)}.", f"Use {', '.join(OPTIONS)}.")
        given = {name: value for name, value in {**self.search_kwargs, **overrides}.items() if value is not None}
        min_score = given.get("min_score", given.get("score_threshold", self.min_score))
        return given.get("k", self.k), given.get("filter", self.filter), float(min_score)


def ranked_text(passage: Document) -> str:
    """What BM25 and compressors read of a passage: title and content, attribute records in words."""
    return plain_words(indexed_text(passage))


def _check(query: str, k: int) -> None:
    if not query.strip():
        raise InvalidQueryError("The search text is empty.", "Give one or more words; filters alone do not rank.")
    try:
        query.encode()
    except UnicodeEncodeError:
        raise InvalidQueryError("The search text is not valid Unicode.", "Remove unpaired surrogates.") from None
    if k < 1:
        raise InvalidQueryError(f"k must be at least 1, not {k}.", "Ask for one or more documents.")
