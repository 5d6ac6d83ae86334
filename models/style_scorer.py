"""How warm, playful, formal and encouraging a text is: one linear layer over the states of all-MiniLM-L6-v2.

0 is the plain wording, +1 as much of the dimension as the authored examples have at most, -1 the least. Made by
``training/recipes/style_scorer.py``; it measures wordings of one thing against each other and is no judge of a text
alone, because what a text is about also moves the score a little.
"""

from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import numpy as np

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.personality import DIMENSIONS
from seamless_retail.models.layer_heads import Array, LayerEncoder, check_encoder, pool
from seamless_retail.models.module import StoredModule, load_module

KIND = "style_scorer"

_RETRAIN = "Reinstall seamless-retail, or train it again with training/recipes/style_scorer.py."


class StyleScorer:
    """One score per dimension; usable from several threads.

    Args:
        encoder: Gives the pooled states; must run the weights the scorer was trained on.
        module: The stored scorer.

    Raises:
        ModelFileError: It was trained on another encoder, lacks a tensor, or its parts do not fit together.
    """

    def __init__(self, encoder: LayerEncoder, module: StoredModule) -> None:
        try:
            trained_on: str = module.config["encoder_sha256"]
            dimensions = tuple(module.config["dimensions"])
            self._layers: list[int] = [int(layer) for layer in module.config["layers"]]
            self._mean, self._weight = module.tensors["mean"], module.tensors["weight"]
        except (KeyError, ValueError, TypeError) as error:
            raise ModelFileError(f"The style scorer is not complete: {error!r}.", _RETRAIN) from error
        check_encoder(encoder, trained_on, "style scorer", "")
        if dimensions != DIMENSIONS or self._weight.shape != (len(DIMENSIONS), *self._mean.shape):
            raise ModelFileError("The tensors of the style scorer do not fit together.", _RETRAIN)
        self._encoder = encoder

    @classmethod
    def load(cls, encoder: LayerEncoder | None = None, folder: Path | Traversable | None = None) -> "StyleScorer":
        """The packaged scorer, or one that the recipe wrote to ``folder``.

        Raises:
            ModelFileError: A file is missing or damaged, or the scorer belongs to another encoder.
        """
        module = load_module(folder or files("seamless_retail.models") / "weights" / KIND, KIND)
        if encoder is None:
            from seamless_retail.models.sentence_encoder import SentenceEncoder

            encoder = SentenceEncoder()
        return cls(encoder, module)

    def scores(self, texts: Sequence[str]) -> Array:
        """``W (x − mean)``, float32 ``[n, 4]`` in the order of ``DIMENSIONS``."""
        if not texts:
            return np.zeros((0, len(DIMENSIONS)), np.float32)
        states = self._encoder.encode_layers(list(texts))
        found: Array = np.asarray((pool(states, self._layers) - self._mean) @ self._weight.T, np.float32)
        return found
