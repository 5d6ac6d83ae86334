"""What the small heads over a sentence encoder's layers share: the encoder they read, pooling, and their arithmetic."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError

Array = NDArray[np.float32]


class LayerEncoder(Protocol):
    """What a head reads."""

    weights_sha256: str

    def encode_layers(self, texts: Sequence[str]) -> Array:
        """Pooled states, float32 ``[n, layers, d]``, lowest layer first."""
        ...


def check_encoder(encoder: LayerEncoder, trained_on: str, head: str, otherwise: str) -> None:
    """Whether a head reads the encoder that it was trained on.

    Args:
        encoder: What it is given.
        trained_on: sha256 of the weights of the other.
        head: Its name in words.
        otherwise: What can be done instead of loading it with the bundled encoder.

    Raises:
        ModelFileError: It does not.
    """
    if encoder.weights_sha256 != trained_on:
        raise ModelFileError(
            f"The {head} was trained on another sentence model.",
            f"Load it with the bundled all-MiniLM-L6-v2{otherwise}.",
        )


def pool(states: Array, layers: Sequence[int]) -> Array:
    """The chosen layers, counted from 1, side by side: ``[n, layers, d]`` → ``[n, len(layers) · d]``."""
    found: Array = states[:, [layer - 1 for layer in layers]].reshape(len(states), -1)
    return found


def gelu(x: Array) -> Array:
    """The tanh form of GELU (Hendrycks and Gimpel 2016)."""
    return np.asarray(0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), dtype=np.float32)


def softmax(logits: Array) -> Array:
    """Probabilities by row."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)
