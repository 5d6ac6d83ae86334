"""The input guard's trained head: one linear layer over all-MiniLM-L6-v2 that knows attempts to take over an assistant.

It reads the mean-pooled states of three layers, from the same pass that gives the intent router its features. It is
asked about messages of :attr:`InjectionHead.min_words` words and more: the jailbreaks that rules miss are long, and of
short messages the rules know more. Made by ``training/recipes/injection_head.py``.
"""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.layer_heads import Array, LayerEncoder, check_encoder, pool
from seamless_retail.models.module import StoredModule, load_module

KIND = "injection_head"

_RETRAIN = "Reinstall seamless-retail, or train it again with training/recipes/injection_head.py."


class InjectionHead:
    """Implements :class:`seamless_retail.core.ports.InjectionScorer`; usable from several threads.

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
            self.threshold = float(module.config["threshold"])
            self.min_words = int(module.config["min_words"])
            self._mean, self._weight, self._bias = (module.tensors[name] for name in ("mean", "weight", "bias"))
        except (KeyError, ValueError, TypeError) as error:
            raise ModelFileError(f"The injection head is not complete: {error!r}.", _RETRAIN) from error
        check_encoder(encoder, trained_on, "injection head", ", or set SEAMLESS_INJECTION_HEAD=false")
        if self._weight.shape != self._mean.shape or self._bias.shape != (1,):
            raise ModelFileError("The tensors of the injection head do not fit together.", _RETRAIN)
        self._encoder = encoder

    @classmethod
    def load(cls, encoder: LayerEncoder, folder: Path | Traversable | None = None) -> "InjectionHead":
        """The packaged head, or one that the recipe wrote to ``folder``.

        Raises:
            ModelFileError: A file is missing or damaged, or the head belongs to another encoder.
        """
        return cls(encoder, load_module(folder or files("seamless_retail.models") / "weights" / KIND, KIND))

    def flags(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text is an attempt to take over the assistant, in the order given."""
        asked = [row for row, text in enumerate(texts) if len(text.split()) >= self.min_words]
        found = [False] * len(texts)
        if asked:
            states = self._encoder.encode_layers([texts[row] for row in asked])
            for row, score in zip(asked, self.scores(states), strict=True):
                found[row] = bool(score > self.threshold)
        return found

    def scores(self, states: Array) -> Array:
        """``w · (x − mean) + b`` for pooled states ``[n, layers, d]``: log odds, ``[n]``."""
        scores: Array = np.asarray((pool(states, self._layers) - self._mean) @ self._weight + self._bias, np.float32)
        return scores
