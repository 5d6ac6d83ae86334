"""The intent router: a calibrated head over all-MiniLM-L6-v2.

The head reads the mean-pooled states of three layers of the encoder, from the same pass that gives the sentence
embedding. Lower layers keep what the last one has given up for similarity: whether a text asks, orders, greets or
programs. One hidden layer, then a softmax divided by a temperature fitted on held-out folds (Guo et al. 2017, "On
Calibration of Modern Neural Networks"). Made by ``training/recipes/intent_router.py``.
"""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.models.layer_heads import Array, LayerEncoder, check_encoder, gelu, pool, softmax
from seamless_retail.models.module import StoredModule, load_module

KIND = "intent_router"
ALTERNATIVES = 3
"""Intents named beside the best one."""

_TENSORS = ("mean", "scale", "hidden.weight", "hidden.bias", "output.weight", "output.bias")
_RETRAIN = "Reinstall seamless-retail, or train it again with training/recipes/intent_router.py."


class IntentRouter:
    """Implements :class:`seamless_retail.core.ports.IntentClassifier`; usable from several threads.

    Args:
        encoder: Gives the pooled states; must run the weights the head was trained on.
        module: The stored head.

    Raises:
        ModelFileError: The head was trained on another encoder, lacks a tensor, or its parts do not fit together.
    """

    def __init__(self, encoder: LayerEncoder, module: StoredModule) -> None:
        try:
            trained_on: str = module.config["encoder_sha256"]
            self.intents = tuple(Intent(name) for name in module.config["intents"])
            self._layers: list[int] = [int(layer) for layer in module.config["layers"]]
            self._temperature = float(module.config["temperature"])
            tensors = [module.tensors[name] for name in _TENSORS]
        except (KeyError, ValueError, TypeError) as error:
            raise ModelFileError(f"The intent router is not complete: {error!r}.", _RETRAIN) from error
        check_encoder(
            encoder, trained_on, "intent router", ", or train it again with training/recipes/intent_router.py"
        )
        self._mean, self._scale, self._w1, self._b1, self._w2, self._b2 = tensors
        if self._w2.shape != (len(self.intents), len(self._b1)) or self._w1.shape != (len(self._b1), len(self._mean)):
            raise ModelFileError("The tensors of the intent router do not fit together.", _RETRAIN)
        self._encoder = encoder

    @classmethod
    def load(cls, encoder: Any = None, folder: Path | Traversable | None = None) -> "IntentRouter":
        """The packaged router, or one that the recipe wrote to ``folder``.

        Args:
            encoder: A :class:`LayerEncoder` to share a message's one pass with, or LangChain embeddings that hold one
                as ``encoder``. One that does not run the weights the head was trained on is left to its other uses,
                and the bundled encoder is loaded beside it.
            folder: Where the recipe wrote the head.

        Raises:
            ModelFileError: A file is missing or damaged.
        """
        module = load_module(folder or files("seamless_retail.models") / "weights" / KIND, KIND)
        encoder = getattr(encoder, "encoder", encoder)
        shared = getattr(encoder, "weights_sha256", "") == module.config.get("encoder_sha256")
        if not (shared and hasattr(encoder, "encode_layers")):
            from seamless_retail.models.sentence_encoder import SentenceEncoder

            encoder = SentenceEncoder()
        return cls(encoder, module)

    @property
    def encoder(self) -> LayerEncoder:
        """What it reads, for a head beside it to share a message's one pass with."""
        return self._encoder

    def classify(self, texts: Sequence[str], states: Array | None = None) -> list[IntentPrediction]:
        """Name the intent of each text, in the order given.

        Args:
            texts: The messages.
            states: What the encoder's ``encode_layers(texts)`` returned, if the caller has it.
        """
        return [self._prediction(row) for row in self.probabilities(texts, states)]

    def probabilities(self, texts: Sequence[str], states: Array | None = None) -> Array:
        """Calibrated probabilities, float32 ``[n, intents]`` in the order of :attr:`intents`."""
        if not texts:
            return np.zeros((0, len(self.intents)), dtype=np.float32)
        states = self._encoder.encode_layers(texts) if states is None else states
        return softmax(self.logits(pool(states, self._layers)) / self._temperature)

    def logits(self, features: Array) -> Array:
        """The head: ``W₂ GELU(W₁ (x − mean) / scale + b₁) + b₂``, ``[n, layers · d]`` → ``[n, intents]``."""
        x = (features - self._mean) / self._scale
        found: Array = gelu(x @ self._w1.T + self._b1) @ self._w2.T + self._b2
        return found

    def _prediction(self, row: Array) -> IntentPrediction:
        order = np.argsort(-row, kind="stable")
        best, *others = [(self.intents[i], min(1.0, float(row[i]))) for i in order[: 1 + ALTERNATIVES]]
        return IntentPrediction(intent=best[0], confidence=best[1], alternatives=tuple(others))
