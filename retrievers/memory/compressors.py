"""The compressors of a memory: the light one, CLaRa, and any LangChain embeddings; all behind one port.

Each says in ``layout`` how its numbers are best kept; a memory may be opened with another one.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.retrievers.embeddings import document_vectors, embedding_identity, query_vector
from seamless_retail.retrievers.memory.entry import Compressed, CompressorIdentity, Floats, MemoryCompressor
from seamless_retail.retrievers.memory.manifest import Layout
from seamless_retail.retrievers.memory.precision import Precision, pooled, unit

if TYPE_CHECKING:
    from seamless_retail.models.clara.memory import MemoryTokens
    from seamless_retail.models.clara.model import ClaraModel
    from seamless_retail.models.document_compressor import DocumentCompressor

_MADE_BY = ("base_name", "quantization", "count", "fixed_count", "max_memory", "readout", "span_tokens", "query_rate",
            "lora_r", "lora_alpha")  # fmt: skip


class LightCompressor:
    """The light compressor over MiniLM, see :mod:`seamless_retail.models.document_compressor`.

    Args:
        config: ``conservative``, ``balanced``, ``aggressive`` or ``extreme``.
        model: A loaded compressor; the packaged one by default.

    Raises:
        ConfigurationError: There is no such configuration.
        ModelFileError: The packaged weights are missing or damaged.
    """

    def __init__(self, config: str = "balanced", model: "DocumentCompressor | None" = None) -> None:
        if model is None:
            from seamless_retail.models.document_compressor import DocumentCompressor

            model = DocumentCompressor.from_pretrained()
        self.model = model
        self.config = config
        self.layout = Layout(tokens=model.code(config), vector=None)
        found = model.identity(config)
        self.identity = CompressorIdentity(
            found.name, found.sha256, found.rate, found.token_dimension, found.vector_dimension
        )

    def compress(self, texts: Sequence[str]) -> list[Compressed]:
        """The memories of documents."""
        return [Compressed(memory.tokens, memory.vector) for memory in self.model.compress(texts, self.config)]

    def query(self, texts: Sequence[str]) -> list[Compressed]:
        """The memories of questions."""
        return [Compressed(memory.tokens, memory.vector) for memory in self.model.query(texts, self.config)]

    def score(self, query: Compressed, tokens: Sequence[Floats]) -> Floats:
        """How well each document answers the question, ``[n]`` in -1..1."""
        return late_interaction(query.tokens, tokens)


class ClaraCompressor:
    """A CLaRa model, see :mod:`seamless_retail.models.clara`.

    A memory's vector is the mean direction of its tokens. An empty text has one token of zeros, since every entry of a
    memory has a token.

    Args:
        model: Compresses and reads questions.
        rate: Text tokens per memory token.
    """

    layout = Layout(tokens=Precision.FLOAT16, vector=None)

    def __init__(self, model: "ClaraModel", rate: int = 16) -> None:
        self.model = model
        self.rate = rate
        dimension = int(model.base.get_input_embeddings().embedding_dim)
        self.identity = CompressorIdentity("clara", _weights_sha256(model), rate, dimension, dimension)

    def compress(self, texts: Sequence[str]) -> list[Compressed]:
        """The memories of documents."""
        return self._compressed(self.model.compress(list(texts), self.rate))

    def query(self, texts: Sequence[str]) -> list[Compressed]:
        """The memories of questions, by the query reasoner where the model has one."""
        return self._compressed(self.model.query(list(texts)))

    def score(self, query: Compressed, tokens: Sequence[Floats]) -> Floats:
        """How well each document answers the question, ``[n]`` in -1..1: the model's ``late`` score."""
        return late_interaction(query.tokens, tokens)

    def _compressed(self, memories: "MemoryTokens") -> list[Compressed]:
        found = []
        for row in memories.rows():
            tokens = row.float().cpu().numpy()
            if not len(tokens):
                tokens = np.zeros((1, self.identity.token_dimension), dtype=np.float32)
            found.append(Compressed(tokens, pooled(tokens, [len(tokens)])[0]))
        return found


class EmbeddingCompressor:
    """Any LangChain embeddings as a compressor: one memory token for each text, its embedding.

    For those who bring their own embeddings; nothing is compressed below the embedding itself, so the rate is 0.

    Args:
        embedding: Of documents and queries.
    """

    layout = Layout(tokens=Precision.FLOAT16, vector=None)

    def __init__(self, embedding: Embeddings) -> None:
        self.embedding = embedding
        found = embedding_identity(embedding)
        self.identity = CompressorIdentity(found.name, found.weights_sha256, 0, found.dimension, found.dimension)

    def compress(self, texts: Sequence[str]) -> list[Compressed]:
        """The embeddings of documents."""
        return [Compressed(row[None], unit(row)) for row in document_vectors(self.embedding, list(texts))]

    def query(self, texts: Sequence[str]) -> list[Compressed]:
        """The embeddings of questions."""
        rows = [query_vector(self.embedding, text) for text in texts]
        return [Compressed(row[None], unit(row)) for row in rows]

    def score(self, query: Compressed, tokens: Sequence[Floats]) -> Floats:
        """Cosines, ``[n]``."""
        return late_interaction(query.tokens, tokens)


class MemoryEmbeddings(Embeddings):
    """The pooled vectors of a compressor as LangChain embeddings.

    Args:
        compressor: Makes them.
    """

    def __init__(self, compressor: MemoryCompressor) -> None:
        self.compressor = compressor

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of documents, of length 1."""
        return [memory.vector.tolist() for memory in self.compressor.compress(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question, of length 1."""
        vector: list[float] = self.compressor.query([text])[0].vector.tolist()
        return vector


def as_compressor(given: Embeddings | MemoryCompressor) -> MemoryCompressor:
    """The compressor in or behind what LangChain calls an embedding.

    Raises:
        ConfigurationError: It is neither embeddings nor a compressor.
    """
    if isinstance(given, MemoryEmbeddings):
        return given.compressor
    if isinstance(given, Embeddings):
        return EmbeddingCompressor(given)
    if not all(hasattr(given, name) for name in ("identity", "compress", "query", "score")):
        raise ConfigurationError(
            f"{type(given).__name__} cannot compress texts.",
            "Give LightCompressor(), ClaraCompressor(model) or Embeddings.",
        )
    return given


def late_interaction(query: Floats, tokens: Sequence[Floats]) -> Floats:
    """The mean over the question's tokens of the best cosine with one of a document's (ColBERT's MaxSim, divided).

    Args:
        query: ``[q, d]``.
        tokens: ``[m_i, d]`` of each document, ``m_i`` at least 1.

    Returns:
        ``[n]`` in -1..1.
    """
    if not tokens:
        return np.zeros(0, dtype=np.float32)
    cosines = unit(query) @ unit(np.concatenate(tokens)).T
    starts = np.cumsum([0, *(len(rows) for rows in tokens[:-1])])
    scores: Floats = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0).clip(-1, 1).astype(np.float32)
    return scores


def _weights_sha256(model: "ClaraModel") -> str:
    """Of what makes memories: settings, vocabulary, base, adapters, readout; those of the generator do not count."""
    import torch

    settings = {name: getattr(model.config, name) for name in _MADE_BY}
    vocabulary = model.tokenizer.get_vocab() if model.tokenizer is not None else {}
    digest = hashlib.sha256(json.dumps([settings, vocabulary], sort_keys=True).encode())
    for name, tensor in sorted(model.state_dict().items()):
        if ".generator." not in name:
            digest.update(f"{name} {tuple(tensor.shape)}".encode())
            digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()
