"""The mood head: sentiment, urgency and two warnings of a message, read beside its intent.

It reads the mean-pooled states of three layers of all-MiniLM-L6-v2, from the same pass that gives the intent router its
features; one hidden layer, then a softmax each for sentiment and urgency and a sigmoid for each flag, all divided by
temperatures fitted on held-out folds. What does not reach its threshold is neutral and normal: an apology nobody asked
for costs more than a missed one. Made by ``training/recipes/mood_head.py``.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.moods import FLAGS, SENTIMENTS, URGENCIES, Mood
from seamless_retail.models.layer_heads import Array, LayerEncoder, check_encoder, gelu, pool, softmax
from seamless_retail.models.module import StoredModule, load_module

KIND = "mood_head"
SCALES: Mapping[str, tuple[str, ...]] = {"sentiment": SENTIMENTS, "urgency": URGENCIES}
"""The questions with several answers, in the order of the outputs; those of :data:`FLAGS` follow, one output each."""
OUTPUTS = sum(map(len, SCALES.values())) + len(FLAGS)
RESTING = {"sentiment": "neutral", "urgency": "normal"}
"""What is said of a message that is not clear."""
JUDGED = ("negative", "positive", "low", "high", *FLAGS)
"""What must reach its threshold to be said."""

_TENSORS = ("mean", "scale", "hidden.weight", "hidden.bias", "output.weight", "output.bias")
_RETRAIN = "Reinstall seamless-retail, or train it again with `seamless train mood_head`."


class MoodHead:
    """Implements :class:`seamless_retail.core.ports.MoodReader`; usable from several threads.

    Args:
        encoder: Gives the pooled states; must run the weights the head was trained on.
        module: The stored head.

    Raises:
        ModelFileError: The head was trained on another encoder, lacks a tensor, or its parts do not fit together.
    """

    def __init__(self, encoder: LayerEncoder, module: StoredModule) -> None:
        try:
            trained_on: str = module.config["encoder_sha256"]
            self._layers: list[int] = [int(layer) for layer in module.config["layers"]]
            self._temperatures: dict[str, float] = {k: float(v) for k, v in module.config["temperatures"].items()}
            self.thresholds: dict[str, float] = {k: float(v) for k, v in module.config["thresholds"].items()}
            tensors = [module.tensors[name] for name in _TENSORS]
            complete = {*SCALES, *FLAGS} <= set(self._temperatures) and set(JUDGED) <= set(self.thresholds)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise ModelFileError(f"The mood head is not complete: {error!r}.", _RETRAIN) from error
        check_encoder(encoder, trained_on, "mood head", ", or set SEAMLESS_MOOD_HEAD=false")
        self._mean, self._scale, self._w1, self._b1, self._w2, self._b2 = tensors
        fits = self._w2.shape == (OUTPUTS, len(self._b1)) and self._w1.shape == (len(self._b1), len(self._mean))
        if not (complete and fits):
            raise ModelFileError("The tensors of the mood head do not fit together.", _RETRAIN)
        self._encoder = encoder

    @classmethod
    def load(cls, encoder: Any = None, folder: Path | Traversable | None = None) -> "MoodHead":
        """The packaged head, or one that the recipe wrote to ``folder``.

        Args:
            encoder: A :class:`LayerEncoder` to share a message's one pass with, such as the intent router's. One that
                does not run the weights the head was trained on is left to its other uses, and the bundled encoder is
                loaded beside it.
            folder: Where the recipe wrote the head.

        Raises:
            ModelFileError: A file is missing or damaged.
        """
        module = load_module(folder or files("seamless_retail.models") / "weights" / KIND, KIND)
        if getattr(encoder, "weights_sha256", "") != module.config.get("encoder_sha256"):
            from seamless_retail.models.sentence_encoder import SentenceEncoder

            encoder = SentenceEncoder()
        return cls(encoder, module)

    def read(self, texts: Sequence[str]) -> list[Mood]:
        """The mood of each text, in the order given."""
        if not texts:
            return []
        found = self.probabilities(self._encoder.encode_layers(texts))
        return [self._mood({name: rows[n] for name, rows in found.items()}) for n in range(len(texts))]

    def probabilities(self, states: Array) -> dict[str, Array]:
        """Calibrated probabilities for pooled states ``[n, layers, d]``.

        Returns:
            ``sentiment`` and ``urgency`` ``[n, 3]`` in the order of :data:`SCALES`, and each flag ``[n]``.
        """
        x = (pool(states, self._layers) - self._mean) / self._scale
        return split_logits(gelu(x @ self._w1.T + self._b1) @ self._w2.T + self._b2, self._temperatures)

    def _mood(self, row: Mapping[str, Any]) -> Mood:
        said: dict[str, Any] = {}
        confidences: dict[str, float] = {}
        for scale, names in SCALES.items():
            said[scale], confidences[scale] = self._chosen(scale, names, row[scale])
        for flag in FLAGS:
            said[flag] = bool(row[flag] >= self.thresholds[flag])
            confidences[flag] = round(float(row[flag]), 4)
        return Mood(**said, confidences=confidences)

    def _chosen(self, scale: str, names: Sequence[str], row: Array) -> tuple[str, float]:
        """The likeliest answer that reaches its threshold, else the resting one."""
        best = names[int(row.argmax())]
        if best != RESTING[scale] and row.max() < self.thresholds[best]:
            best = RESTING[scale]
        return best, round(float(row[names.index(best)]), 4)


def split_logits(logits: Array, temperatures: Mapping[str, float]) -> dict[str, Array]:
    """Logits ``[n, OUTPUTS]`` as calibrated probabilities by question."""
    found: dict[str, Array] = {}
    start = 0
    for scale, names in SCALES.items():
        found[scale] = softmax(logits[:, start : start + len(names)] / temperatures[scale])
        start += len(names)
    for number, flag in enumerate(FLAGS):
        found[flag] = np.asarray(1 / (1 + np.exp(-logits[:, start + number] / temperatures[flag])), np.float32)
    return found
