"""MiniLM's token states of many texts, computed once and kept on disk in float16."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

CHUNK = 128
"""Texts in a file: what an interrupted run may lose."""
Report = Callable[[int], None]


class TokenEncoder(Protocol):
    """What is kept."""

    weights_sha256: str

    def encode_tokens(self, texts: Sequence[str], batch_size: int = 32) -> list[NDArray[np.float32]]:
        """Token states of each text, ``[tokens + 2, d]``."""
        ...


def token_states(
    encoder: TokenEncoder, texts: Sequence[str], folder: Path, report: Report = lambda done: None
) -> list[NDArray[np.float16]]:
    """The states ``[tokens + 2, d]`` of every text, in order; what ``folder`` holds already is read.

    Args:
        encoder: Asked for the texts that are missing.
        texts: Each once.
        folder: Of the files, each named by the hash of its texts and of the encoder's weights.
        report: Called with the number of texts that are there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    states: list[NDArray[np.float16]] = []
    for start in range(0, len(texts), CHUNK):
        chunk = list(texts[start : start + CHUNK])
        path = folder / f"{_name(encoder.weights_sha256, chunk)}.npz"
        if not path.is_file():
            _write(path, encoder.encode_tokens(chunk))
        with np.load(path, allow_pickle=False) as file:
            states += np.split(file["states"], np.cumsum(file["lengths"])[:-1])
        report(len(states))
    return states


def _write(path: Path, states: Sequence[NDArray[np.float32]]) -> None:
    """One file; whole or not at all."""
    partial = path.with_suffix(".partial.npz")
    lengths = np.array([len(of_text) for of_text in states])
    np.savez(partial, states=np.concatenate(states).astype(np.float16), lengths=lengths)
    partial.replace(path)


def _name(weights: str, texts: Sequence[str]) -> str:
    digest = hashlib.sha256(weights.encode())
    for text in texts:
        content = text.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:32]


class KeptStates:
    """An encoder of texts whose states are known.

    Args:
        weights_sha256: Of the encoder that made them.
        states: Of every text that may be asked for.
    """

    def __init__(self, weights_sha256: str, states: Mapping[str, NDArray[np.float16]]) -> None:
        self.weights_sha256 = weights_sha256
        self._states = states

    @property
    def texts(self) -> list[str]:
        """The texts whose states are known."""
        return list(self._states)

    def encode_tokens(self, texts: Sequence[str], batch_size: int = 32) -> list[NDArray[np.float32]]:
        """As the encoder's own, to the precision of float16."""
        return [self._states[text].astype(np.float32) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The encoder's embeddings, ``[n, d]`` of length 1: the means of the states."""
        means = np.stack([self._states[text].mean(axis=0, dtype=np.float32) for text in texts])
        return means / np.linalg.norm(means, axis=1, keepdims=True)
