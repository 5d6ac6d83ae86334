"""LangChain ``Embeddings`` over the sentence encoder."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from seamless_retail.retrievers.manifest import EmbeddingIdentity

if TYPE_CHECKING:
    from seamless_retail.models.sentence_encoder import SentenceEncoder

Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with how many texts are done and how many there are."""

_CHUNK = 256
"""Texts embedded between two progress reports."""


class MiniLMEmbeddings(Embeddings):
    """Unit vectors of texts, from all-MiniLM-L6-v2 or another sentence-transformers model.

    Query vectors are cached, and two threads that ask for the same query wait for one computation: a router and a
    retriever that share this object embed a message once. Documents are not cached.

    Args:
        model: A loaded encoder, or a model name or path for :class:`SentenceEncoder`; the bundled model by default.
        cache_size: Number of query vectors kept, least recently used out first.

    Raises:
        ModelFileError: The model's weights are missing or damaged.
    """

    def __init__(self, model: "SentenceEncoder | str | None" = None, *, cache_size: int = 1024) -> None:
        if model is None or isinstance(model, str):
            from seamless_retail.models.sentence_encoder import SentenceEncoder

            model = SentenceEncoder(model) if model else SentenceEncoder()
        self.encoder = model
        self.model_name: str = model.name
        self.weights_sha256: str = model.weights_sha256
        self.dimension: int = model.dimension
        self._cache_size = cache_size
        self._cache: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of queries through the cache: float32 ``[n, dimension]``, rows of length 1."""
        return np.stack([self.query_vector(text) for text in texts]) if texts else self.encoder.encode([])

    def query_vector(self, text: str) -> Vectors:
        """The vector of one query through the cache: float32 ``[dimension]``, read-only."""
        with self._lock:
            vector = self._cache.pop(text, None)
            if vector is None:
                vector = self.encoder.encode([text])[0]
                vector.setflags(write=False)
            self._cache[text] = vector
            if len(self._cache) > self._cache_size:
                self._cache.popitem(last=False)
        return vector

    def clear_cache(self) -> None:
        """Forget the query vectors."""
        with self._lock:
            self._cache.clear()

    def document_vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of many texts, in order, computed shortest first so that batches hold little padding.

        Returns:
            float32 ``[n, dimension]``, rows of length 1.
        """
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), _CHUNK):
            rows = order[start : start + _CHUNK]
            vectors[rows] = self.encoder.encode([texts[i] for i in rows])
            if progress:
                progress(start + len(rows), len(texts))
        return vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of documents as lists of floats."""
        vectors: list[list[float]] = self.document_vectors(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a query as a list of floats."""
        vector: list[float] = self.query_vector(text).tolist()
        return vector


def embedding_identity(embedding: Embeddings, dimension: int | None = None) -> EmbeddingIdentity:
    """What distinguishes an embedding model: ``model_name`` (or ``model``, or its class), weights, dimension.

    Args:
        embedding: Any LangChain embeddings.
        dimension: If known; else the model's ``dimension``, else the length of one embedded query.
    """
    kind = type(embedding)
    name = getattr(embedding, "model_name", None) or getattr(embedding, "model", None)
    dimension = dimension or getattr(embedding, "dimension", None) or len(embedding.embed_query("dimension"))
    return EmbeddingIdentity(
        name=str(name or f"{kind.__module__}.{kind.__qualname__}"),
        weights_sha256=str(getattr(embedding, "weights_sha256", "")),
        dimension=dimension,
    )


def query_vector(embedding: Embeddings, text: str) -> Vectors:
    """The vector of one query from any LangChain embeddings: float32 ``[d]``."""
    if isinstance(embedding, MiniLMEmbeddings):
        return embedding.query_vector(text)
    return np.asarray(embedding.embed_query(text), dtype=np.float32)


def document_vectors(embedding: Embeddings, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
    """Vectors of documents from any LangChain embeddings: float32 ``[n, d]``, in order."""
    if isinstance(embedding, MiniLMEmbeddings):
        return embedding.document_vectors(texts, progress)
    return np.asarray(embedding.embed_documents(list(texts)), dtype=np.float32)
