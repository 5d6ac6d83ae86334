"""Sentence embeddings: the bundled all-MiniLM-L6-v2, or any sentence-transformers model.

Torch is imported when an encoder is built, not with this module. Nothing here opens a network connection unless
``download=True`` is passed.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.bundled_minilm import (
    BUNDLED,
    BUNDLED_NAMES,
    BUNDLED_SHA256,
    BundledMiniLm,
    bundled_folder,
)
from seamless_retail.models.low_rank_adapter import adapter_config

Vectors = NDArray[np.float32]


class _Backend(Protocol):
    dimension: int
    weights_sha256: str

    def encode(self, texts: list[str], batch_size: int) -> Vectors: ...


class SentenceEncoder:
    """Texts to unit vectors; one instance may be used from many threads.

    Args:
        name: ``all-MiniLM-L6-v2`` (the bundled model), a folder holding a sentence-transformers model or a LoRA adapter
            on one (``training/recipes/retrieval.py``), or a name on the Hugging Face hub.
        download: Whether a hub name that is not in the local cache may be fetched.

    Raises:
        ModelFileError: The weights are missing, or are not the file that was expected.
    """

    def __init__(self, name: str | Path = BUNDLED, *, download: bool = False) -> None:
        self.name = str(name)
        self._backend: _Backend
        if self.name in BUNDLED_NAMES:
            self._backend = BundledMiniLm(bundled_folder(), BUNDLED_SHA256)
        elif adapter_config(Path(self.name)).get("base_model_name_or_path") in BUNDLED_NAMES:
            self._backend = BundledMiniLm(bundled_folder(), BUNDLED_SHA256, adapter=Path(self.name))
        else:
            self._backend = _SentenceTransformers(self.name, download=download)
        self.dimension: int = self._backend.dimension
        self.weights_sha256: str = self._backend.weights_sha256
        """Of the weights file for the bundled model; of the named tensors for any other."""

    def encode(self, texts: Sequence[str], batch_size: int = 32) -> Vectors:
        """Embed texts, in the order given.

        Returns:
            float32 ``[n, dimension]``, each row of length 1.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._backend.encode(_listed(texts), batch_size)

    def encode_layers(self, texts: Sequence[str], batch_size: int = 32) -> Vectors:
        """The mean over the tokens of every layer's output, in the same pass that gives the embedding.

        A text encoded alone is remembered, so a router that asks for its layers, a retriever that asks for its
        embedding and a compressor that then asks for the tokens of a question share one pass.

        Returns:
            float32 ``[n, layers, dimension]``, lowest layer first; the last layer at length 1 is :meth:`encode`'s row.

        Raises:
            ModelFileError: The encoder is not the bundled model.
        """
        if not isinstance(self._backend, BundledMiniLm):
            raise ModelFileError(f"The layers of {self.name!r} cannot be read.", f"Use the bundled model, {BUNDLED!r}.")
        if not texts:
            return np.zeros((0, self._backend.layers, self.dimension), dtype=np.float32)
        return self._backend.encode_layers(_listed(texts), batch_size)

    def encode_tokens(self, texts: Sequence[str], batch_size: int = 32) -> list[Vectors]:
        """The last layer's output for every token of each text, nothing cut.

        A text longer than the encoder reads at once is read in windows of equal length, and their tokens are joined.
        The outputs take 1.5 kB a token, so a caller with many texts gives them in parts.

        Returns:
            For each text float32 ``[tokens + 2, dimension]``: one ``[CLS]`` first and one ``[SEP]`` last, whose mean
            at length 1 is :meth:`encode`'s row where the text is one window.

        Raises:
            ModelFileError: The encoder is not the bundled model.
        """
        if not isinstance(self._backend, BundledMiniLm):
            raise ModelFileError(f"The tokens of {self.name!r} cannot be read.", f"Use the bundled model, {BUNDLED!r}.")
        return self._backend.encode_tokens(_listed(texts), batch_size)


class _SentenceTransformers:
    """Any other model, through sentence-transformers."""

    def __init__(self, name: str, *, download: bool) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name, device="cpu", local_files_only=not download)
        except Exception as error:  # the library raises a dozen unrelated types for a missing or broken model
            raise ModelFileError(
                f"The sentence-transformers model {name!r} could not be loaded: {error}",
                f"Give a folder that holds the model, fetch it first (hf download {name}), or use {BUNDLED!r}.",
            ) from error
        self.dimension = len(self._model.encode(["dimension"])[0])
        digest = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode())
            digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
        self.weights_sha256 = digest.hexdigest()

    def encode(self, texts: list[str], batch_size: int) -> Vectors:
        vectors = self._model.encode(
            texts, batch_size=batch_size, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)


def _listed(texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError("An encoder takes a sequence of texts; for one text pass [text].")
    return list(texts)
