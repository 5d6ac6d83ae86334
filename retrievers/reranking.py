"""Latent reranking: candidates ordered by their compressed memories, on a scale of probabilities.

A candidate's memory comes from a memory store that holds it, or else is made when it is first needed and kept. The
similarity of query and memory is the compressor's late interaction; together with the cosine of the embeddings, the
words in common and the fused rank it gives the probability that the candidate is relevant
(:mod:`seamless_retail.retrievers.calibration`).

A compressor that was never calibrated reranks as well: by its similarity alone, ``(1 + similarity) / 2``. Such scores
give an order but are no probabilities, so a ``min_score`` is refused with them.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.retrievers.calibration import Calibration, calibration_for, calibration_name, uncalibrated
from seamless_retail.retrievers.embeddings import Vectors, document_vectors, query_vector
from seamless_retail.retrievers.fusion import reciprocal_rank_fusion
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.retrievers.memory.entry import Compressed, Floats, MemoryCompressor
from seamless_retail.retrievers.plain_words import plain_words
from seamless_retail.retrievers.text_cache import TextCache

if TYPE_CHECKING:
    import torch

    from seamless_retail.retrievers.memory.reading import DifferentiableHits

RRF_K = 60
SIGNALS = ("cosine", "coverage", "rank")
"""The columns of what a hybrid search knows of its candidates; ``latent`` joins them here."""


class MemorySource(Protocol):
    """A store that may hold the memories of candidates, such as ``ClaraVectorStore``."""

    @property
    def compressor(self) -> MemoryCompressor:
        """What made them."""
        ...

    def tokens_by_id(self, ids: Sequence[str]) -> dict[str, Floats]:
        """Memory tokens ``[m, d]`` of the entries that are there and that the caller may read, by id."""
        ...


class LatentReranker:
    """Scores candidates by their compressed memories; usable from several threads.

    Args:
        compressor: Makes memories of texts and questions, and compares them.
        calibrated: Turns signals into probabilities; by default what the package has for this compressor, if anything.
        embeddings: Of :meth:`scores`, which has no index to take vectors from; the bundled MiniLM by default.
        memories: Where to look for a candidate's memory, by its id, before it is compressed.
        cache_size: Memories, vectors and questions kept of each, the least recently used forgotten first.

    Raises:
        ConfigurationError: The cache size is negative, or another compressor made the memories of the store.
    """

    def __init__(
        self,
        compressor: MemoryCompressor,
        calibrated: Calibration | None = None,
        *,
        embeddings: Embeddings | None = None,
        memories: MemorySource | None = None,
        cache_size: int = 4096,
    ) -> None:
        if memories is not None and memories.compressor.identity != compressor.identity:
            raise ConfigurationError(
                f"The memories in the store were made by {memories.compressor.identity.name!r}, not by this one.",
                "Rerank with the store's own compressor.",
            )
        self.compressor = compressor
        self.calibration = calibrated or calibration_for(compressor.identity)
        """``None``: scores are similarities on a scale of 0..1."""
        self.memories = memories
        self._embeddings = embeddings
        self._tokens = TextCache[Floats](cache_size)
        self._vectors = TextCache[Vectors](cache_size)
        self._questions = TextCache[Compressed](cache_size)

    @property
    def embeddings(self) -> Embeddings:
        """Of :meth:`scores`."""
        if self._embeddings is None:
            from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

            self._embeddings = MiniLMEmbeddings()
        return self._embeddings

    def similarities(self, query: str, texts: Sequence[str], ids: Sequence[str] = ()) -> Floats:
        """The latent similarity of each candidate, ``[n]`` in -1..1.

        Args:
            query: The question.
            texts: The candidates as they are indexed.
            ids: Their ids in the memory store, if they may be there.
        """
        if not texts:
            return np.zeros(0, dtype=np.float32)
        question = self._questions.get([query], self.compressor.query)[0]
        return self.compressor.score(question, self.tokens(texts, ids))

    def tokens(self, texts: Sequence[str], ids: Sequence[str] = ()) -> list[Floats]:
        """The memory tokens ``[m, d]`` of each candidate: from the memory store, from the cache, or compressed now."""
        stored = self.memories.tokens_by_id(ids) if self.memories and ids else {}
        names: Sequence[str] = ids or [""] * len(texts)
        missing = [text for text, name in zip(texts, names, strict=True) if name not in stored]
        made = iter(self._tokens.get(missing, self._compress))
        return [stored[name] if name in stored else next(made) for name in names]

    def relevance(self, signals: Mapping[str, Any], similarities: Floats) -> NDArray[np.float64]:
        """Scores ``[n]`` in 0..1 from the signals of a hybrid search, ``[n]`` each, and the latent similarities.

        They are probabilities where there is a calibration; without one they are those of
        :func:`~seamless_retail.retrievers.calibration.uncalibrated` and the signals are not read.
        """
        if self.calibration is None:
            return uncalibrated(similarities)
        return self.calibration.relevance({**signals, "latent": similarities})

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """The score of each of some texts, as :meth:`relevance` has it: ``[n]`` in 0..1, in their order.

        They need no index: words are weighed by how many of these texts hold them.

        Raises:
            InvalidQueryError: The query is blank, or a text is not valid Unicode.
        """
        _check(query, texts)
        if not texts:
            return np.zeros(0)
        signals = self.signals(query, texts) if self.calibration else {}
        return self.relevance(signals, self.similarities(query, [plain_words(text) for text in texts]))

    def check_min_score(self, min_score: float) -> None:
        """Refuse a threshold on scores that are no probabilities.

        Raises:
            ConfigurationError: ``min_score`` is above 0, and the compressor is not calibrated.
        """
        if min_score > 0 and self.calibration is None:
            raise ConfigurationError(
                f"min_score is a probability, and the scores of {calibration_name(self.compressor.identity)} are not "
                "calibrated.",
                "Set min_score to 0, or fit a calibration (python -m "
                "seamless_retail.training.recipes.reranking_calibration --help) and give it to LatentReranker.",
            )

    def rerank(self, query: str, documents: Sequence[Document], k: int = 5, min_score: float = 0.0) -> list[Document]:
        """Copies of the ``k`` most relevant of some documents that score ``min_score``, best first.

        The score is in ``metadata["score"]``.

        Raises:
            InvalidQueryError: As for :meth:`scores`.
            ConfigurationError: As for :meth:`check_min_score`.
        """
        self.check_min_score(min_score)
        scores = self.scores(query, [document.page_content for document in documents])
        chosen = best(scores, k, min_score)
        return [_scored(documents[place], float(scores[place])) for place in chosen]

    def choose(
        self,
        query: "str | torch.Tensor",
        texts: Sequence[str],
        k: int,
        *,
        temperature: float = 0.02,
        noise: "torch.Generator | None" = None,
    ) -> "DifferentiableHits":
        """The ``k`` latently most similar candidates, chosen so that a loss on their memories teaches the choice.

        Hard forwards, soft backwards: CLaRa's :func:`~seamless_retail.models.clara.topk.differentiable_topk`. The
        order is that of :meth:`similarities`; the ids of the result are the places of the candidates.

        Args:
            query: A text, or the tokens ``[q, d]`` of a question that is being learned.
            texts: The candidates.
            k: Places.
            temperature: Divides the similarities.
            noise: Seeded, for Gumbel noise.

        Raises:
            ConfigurationError: The tokens are not of this compressor's dimension.
        """
        from seamless_retail.retrievers.memory.reading import choose, latent_question

        question = latent_question(query, self.compressor).tokens
        places = [str(place) for place in range(len(texts))]
        return choose(question, places, self.tokens(texts), k, temperature, noise)

    def prepare(self, texts: Sequence[str]) -> None:
        """Compress and embed candidates of :meth:`scores` ahead, in large batches, as far as the cache holds them."""
        self._tokens.get([plain_words(text) for text in texts], self._compress)
        self._vectors.get(texts, self._embed)

    def stats(self) -> dict[str, float]:
        """How many memories the cache holds, their bytes, and how often it had what was asked for."""
        kept = self._tokens
        asked = kept.hits + kept.misses
        size = sum(tokens.nbytes for tokens in kept.values())
        return {"memories": len(kept), "bytes": size, "hit_rate": kept.hits / asked if asked else 0.0}

    def clear(self) -> None:
        """Forget every memory, vector and question."""
        for kept in (self._tokens, self._vectors, self._questions):
            kept.clear()

    def _compress(self, texts: Sequence[str]) -> list[Floats]:
        return [memory.tokens for memory in self.compressor.compress(texts)]

    def signals(self, query: str, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
        """What a hybrid search would know of these candidates if they were all it could find."""
        names, plain = [str(place) for place in range(len(texts))], [plain_words(text) for text in texts]
        table = [Document(id=name, page_content=text) for name, text in zip(names, plain, strict=True)]
        lexical = LexicalRetriever.from_documents(table)
        vectors = np.stack(self._vectors.get(texts, self._embed))
        vector = query_vector(self.embeddings, query)
        cosines = vectors @ (vector / max(float(np.linalg.norm(vector)), 1e-12))
        by_words = [name for name, _ in lexical.search(query, len(texts))]
        by_vectors = [names[place] for place in np.argsort(-cosines, kind="stable")]
        fused = dict(reciprocal_rank_fusion([by_words, by_vectors], RRF_K))
        ranks = np.array([fused[name] for name in names]) * (RRF_K + 1) / 2
        return dict(zip(SIGNALS, (cosines, lexical.coverage(query, names), ranks), strict=True))

    def _embed(self, texts: Sequence[str]) -> list[Vectors]:
        vectors = document_vectors(self.embeddings, texts)
        return list(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


def best(scores: NDArray[Any], k: int, min_score: float = 0.0) -> list[int]:
    """Places of the ``k`` best scores of at least ``min_score``, best first; equal ones keep their order."""
    order = np.argsort(-scores, kind="stable")[:k]
    return [int(place) for place in order if scores[place] >= min_score]


def _check(query: str, texts: Sequence[str]) -> None:
    if not query.strip():
        raise InvalidQueryError("The query is empty.", "Give one or more words.")
    for name, text in (("query", query), *((f"candidate {place}", text) for place, text in enumerate(texts))):
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidQueryError(f"The {name} is not valid Unicode.", "Remove unpaired surrogates.") from None


def _scored(document: Document, score: float) -> Document:
    return document.model_copy(update={"metadata": {**document.metadata, "score": score}})
