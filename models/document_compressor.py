"""The light compressor: a text as a few memory tokens, for those who have no language model of their own.

MiniLM reads a text. Its token states are cut into ``n = max(1, tokens // rate)`` parts of equal length, and every part
becomes one memory token: the projected mean of its states, plus what learned queries find in them by cross-attention
(Vaswani et al. 2017), under RMSNorm (Zhang and Sennrich 2019). Without the attention a token is the projection of
MiniLM's own embedding of that part, so training starts from MiniLM's retrieval.

One trained family holds all configurations. A configuration is a rate and the dimension of its tokens; the tokens are
nested (Kusupati et al. 2022, "Matryoshka Representation Learning"): the balanced ones are the first 256 dimensions of
the 512 that the conservative ones keep, so the coarser ones cut both the number of the tokens and their size. The
second figure of a configuration ("32x/256") is read as this dimension, because it is the one reading under which
"balanced" gives the ``[n, 256]`` that a memory holds by default, and a user who asks for less gets smaller tokens.
A text of any length is read whole, in windows of what MiniLM reads at once.

Made by ``training/recipes/document_compressor.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.fitted_code import FittedCode
from seamless_retail.models.memory_head import (
    CONFIGURATIONS,
    QUESTION,
    Configuration,
    MemoryHead,
    configuration,
    padded,
    parts_in,
    parts_of,
)
from seamless_retail.models.module import StoredModule, load_module

Floats = NDArray[np.float32]
KIND = "document_compressor"
_SLICE = 256
"""Texts whose token states are held at once: about 60 MB."""
__all__ = [
    "CONFIGURATIONS",
    "Configuration",
    "DocumentCompressor",
    "Identity",
    "Memory",
    "TokenEncoder",
    "configuration",
    "pooled",
]
_RETRAIN = "Reinstall seamless-retail, or train it again with training/recipes/document_compressor.py."


class Memory(NamedTuple):
    """What is kept of one text."""

    tokens: Floats
    """``[n, d]``, each of root mean square about 1."""
    vector: Floats
    """``[d]``, of length 1; follows from the tokens, see :func:`pooled`."""


@dataclass(frozen=True)
class Identity:
    """Which compressor made a memory: memories of different ones cannot be compared."""

    name: str
    sha256: str
    """Of the weights, and of the encoder's they read from."""
    rate: int
    token_dimension: int
    vector_dimension: int


class TokenEncoder(Protocol):
    """What the compressor reads."""

    weights_sha256: str

    def encode_tokens(self, texts: Sequence[str], batch_size: int = 32) -> list[Floats]:
        """Token states of each text, float32 ``[tokens + 2, 384]``."""
        ...


class DocumentCompressor:
    """Texts to memories; usable from several threads.

    Args:
        encoder: Gives the token states; must run the weights the head was trained on.
        module: The stored head.

    Raises:
        ModelFileError: The head was trained on another encoder, or its tensors do not fit.
    """

    def __init__(self, encoder: TokenEncoder, module: StoredModule) -> None:
        if encoder.weights_sha256 != module.config.get("encoder_sha256"):
            raise ModelFileError(
                "The document compressor was trained on another sentence model.",
                "Load it with the bundled all-MiniLM-L6-v2, or train it again with "
                "training/recipes/document_compressor.py.",
            )
        self._head = MemoryHead()
        try:
            tensors = {name: torch.from_numpy(tensor).float() for name, tensor in module.tensors.items()}
            self._head.load_state_dict(tensors)
            self._sha256 = str(module.config["sha256"])
        except (RuntimeError, KeyError, TypeError) as error:
            raise ModelFileError(f"The document compressor is not complete: {error}.", _RETRAIN) from error
        self._head.eval().requires_grad_(False)
        buffers = dict(self._head.named_buffers())
        self._codes = {
            name: FittedCode.of(buffers[f"centre_{name}"].numpy(), buffers[f"step_{name}"].numpy())
            for name in CONFIGURATIONS
        }
        self._encoder = encoder

    @classmethod
    def from_pretrained(cls, path: Path | Traversable | None = None, encoder: Any = None) -> "DocumentCompressor":
        """The packaged compressor, or one that the recipe wrote to ``path``.

        Args:
            path: Where the recipe wrote the head.
            encoder: A :class:`TokenEncoder`, or LangChain embeddings that hold one as ``encoder``, to use the MiniLM
                that is loaded already. One that runs other weights is left to its other uses, and the bundled encoder
                is loaded beside it.

        Raises:
            ModelFileError: A file is missing or damaged.
        """
        module = load_module(path or files("seamless_retail.models") / "weights" / KIND, KIND)
        encoder = getattr(encoder, "encoder", encoder)
        shared = getattr(encoder, "weights_sha256", "") == module.config.get("encoder_sha256")
        if not (shared and hasattr(encoder, "encode_tokens")):
            from seamless_retail.models.sentence_encoder import SentenceEncoder

            encoder = SentenceEncoder()
        return cls(encoder, module)

    def identity(self, config: str = "balanced") -> Identity:
        """What memories of this compressor and configuration are told apart by."""
        chosen = configuration(config)
        return Identity(f"light-{config}", self._sha256, chosen.rate, chosen.dimension, chosen.dimension)

    def compress(self, texts: Sequence[str], config: str = "balanced") -> list[Memory]:
        """The memories of documents, in the order given; an empty text has one too.

        Raises:
            ConfigurationError: There is no such configuration.
        """
        rate = configuration(config).rate
        return self._memories(texts, config, list(CONFIGURATIONS).index(config), rate)

    def query(self, texts: Sequence[str], config: str = "balanced") -> list[Memory]:
        """The memories of questions for documents compressed with ``config``; one token each, however long.

        Raises:
            ConfigurationError: There is no such configuration.
        """
        configuration(config)
        return self._memories(texts, config, QUESTION, None)

    def score(self, query: Memory, documents: Sequence[Floats]) -> Floats:
        """The cosine of the question's token with the nearest token of each document, the mean if it has several.

        Late interaction after Khattab and Zaharia 2020, "ColBERT".

        Args:
            query: One question.
            documents: Tokens ``[n_i, d]`` of each document.

        Returns:
            ``[documents]``, in -1..1.
        """
        if not documents:
            return np.zeros(0, dtype=np.float32)
        cosines = _unit(query.tokens) @ _unit(np.concatenate(documents)).T
        starts = np.cumsum([0, *(len(tokens) for tokens in documents[:-1])])
        best: Floats = np.maximum.reduceat(cosines, starts, axis=1).mean(axis=0)
        return best

    def code(self, config: str = "balanced") -> FittedCode:
        """How memory tokens of a configuration are stored; the vector of a document is :func:`pooled` of them.

        Raises:
            ConfigurationError: There is no such configuration.
        """
        configuration(config)
        return self._codes[config]

    def read_back(self, memories: Sequence[Memory], config: str = "balanced") -> list[Memory]:
        """Memories as they are read from what is stored of them."""
        code, dimension = self.code(config), configuration(config).dimension
        tokens = [code.unpack(code.pack(memory.tokens), dimension) for memory in memories]
        return [Memory(of_text, pooled(of_text)) for of_text in tokens]

    @torch.inference_mode()
    def _memories(self, texts: Sequence[str], config: str, reader: int, rate: int | None) -> list[Memory]:
        memories: list[Memory | None] = [None] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        for start in range(0, len(order), _SLICE):
            rows = order[start : start + _SLICE]
            states = self._encoder.encode_tokens([texts[i] for i in rows])
            parts = [part for of_text in states for part in parts_of(of_text, rate)]
            counts = [parts_in(len(of_text), rate) for of_text in states]
            tokens = self._head.normed(self._head(*padded(parts), reader), config).numpy()
            for row, of_text in zip(rows, np.split(tokens, np.cumsum(counts)[:-1]), strict=True):
                memories[row] = Memory(of_text, pooled(of_text))
        return [memory for memory in memories if memory is not None]


def pooled(tokens: Floats) -> Floats:
    """The vector for an index: the mean direction of the tokens, ``[n, d]`` → ``[d]``, of length 1."""
    vector: Floats = _unit(_unit(tokens).mean(axis=0))
    return vector


def _unit(rows: Floats) -> Floats:
    found: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
    return found
