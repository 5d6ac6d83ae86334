"""The trained demand forecaster: a Temporal Fusion Transformer over a panel of series.

Two sets of weights come with the package, made by ``training/recipes/demand.py``: ``shop`` forecasts days by product
and store, ``weekly`` forecasts weeks of any series. Loading needs torch and safetensors, nothing of Lightning.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.models.forecasting.panel import Floats, Forecast, Frequency, Panel
from seamless_retail.models.forecasting.temporal_fusion import Shape, TemporalFusionTransformer
from seamless_retail.models.forecasting.windows import Vocabulary, Windows
from seamless_retail.models.module import StoredModule, load_module

KIND = "forecaster"
BATCH = 1024
METHOD = "Temporal Fusion Transformer"


class Forecaster:
    """Forecasts with one trained network.

    Args:
        network: In evaluation mode.
        vocabulary: The groups and stores it knows.
        frequency: The periods it was trained for.
    """

    def __init__(self, network: TemporalFusionTransformer, vocabulary: Vocabulary, frequency: Frequency) -> None:
        self.network, self.vocabulary, self.frequency = network.eval(), vocabulary, frequency

    @classmethod
    def load(cls, source: str | Path | Traversable = "shop") -> "Forecaster":
        """Read weights: ``shop`` or ``weekly`` of the package, or a folder that the recipe wrote.

        Raises:
            ModelFileError: The weights are missing, damaged or of another kind.
        """
        folder = _packaged() / source if isinstance(source, str) else source
        stored = load_module(folder, KIND)
        try:
            shape = Shape.of(stored.config["shape"])
            vocabulary = Vocabulary(*(tuple(stored.config[name]) for name in ("groups", "stores")))
            network = TemporalFusionTransformer(shape)
            tensors = {name: torch.from_numpy(values.astype(np.float32)) for name, values in stored.tensors.items()}
            network.load_state_dict(tensors)
            return cls(network, vocabulary, stored.config["frequency"])
        except (KeyError, TypeError, RuntimeError) as error:
            raise ModelFileError(
                f"The forecaster in {folder} does not fit this version: {error}.",
                "Reinstall seamless-retail, or train it again with training/recipes/demand.py.",
            ) from error

    def stored(self, **facts: Any) -> StoredModule:
        """What is written to disk; float16, which costs no accuracy that can be measured."""
        names = {"groups": list(self.vocabulary.groups), "stores": list(self.vocabulary.stores)}
        config = {"shape": self.network.shape.to_json(), "frequency": self.frequency, **names, **facts}
        state = self.network.state_dict()
        return StoredModule(
            KIND, config, {name: value.cpu().numpy().astype(np.float16) for name, value in state.items()}
        )

    @property
    def horizon(self) -> int:
        """The most periods ahead."""
        return self.network.shape.horizon

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """Forecast every series from the end of its history.

        Raises:
            ConfigurationError: The periods are not those it was trained for, or the horizon is too long.
        """
        self._check(panel, horizon)
        shape = self.network.shape
        windows = Windows(panel, self.vocabulary, shape.encoder, shape.horizon)
        rows = np.arange(len(panel.names))
        parts = [self._run(windows, rows[at : at + BATCH]) for at in range(0, len(rows), BATCH)]
        output = np.concatenate(parts)[:, :horizon]
        names = (METHOD,) * len(rows)
        return Forecast(panel.names, panel.ahead(horizon), output[..., 0], shape.levels, output[..., 1:], names)

    def _run(self, windows: Windows, rows: np.ndarray) -> Floats:
        batch, scale = windows.batch(rows, np.full(len(rows), windows.length))
        device = next(self.network.parameters()).device
        with torch.inference_mode():
            output = self.network(type(batch)(*(part.to(device) for part in batch)))
        return np.asarray(output.cpu().numpy().astype(np.float64) * scale[:, None, None])

    def _check(self, panel: Panel, horizon: int) -> None:
        if panel.frequency != self.frequency:
            raise ConfigurationError(
                f"This forecaster was trained on {self.frequency}s, and the series are by {panel.frequency}.",
                "Choose --model auto, or train one with training/recipes/demand.py.",
            )
        if horizon > self.horizon:
            raise ConfigurationError(
                f"This forecaster reaches {self.horizon} {self.frequency}s ahead, not {horizon}.",
                "Ask for a shorter horizon, or choose --model auto.",
            )


def _packaged() -> Traversable:
    return files("seamless_retail.models") / "weights" / "forecaster"
