"""The statistical methods of statsforecast as candidates: a series' history in, the periods ahead out."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from seamless_retail.core.errors import MissingExtraError
from seamless_retail.models.forecasting.panel import Floats, Panel

SMOOTHING = 0.2
"""Of TSB, both for the size of a sale and for its probability."""
WINDOW = 4


@dataclass(frozen=True)
class Method:
    """One method of statsforecast."""

    make: Callable[[int], Any]
    """The model, given the season's length."""
    seconds: float
    """One fit of a series of some 100 periods takes about so long on one core; a season multiplies it."""


def _methods() -> Mapping[str, Method]:
    try:
        from statsforecast import models
    except ImportError:
        raise MissingExtraError("Forecasting with statistical methods", "forecast") from None
    return {
        "SeasonalNaive": Method(lambda season: models.SeasonalNaive(season_length=season), 0.0),
        "WindowAverage": Method(lambda season: models.WindowAverage(window_size=WINDOW), 0.0),
        "Croston": Method(lambda season: models.CrostonSBA(), 0.0),
        "TSB": Method(lambda season: models.TSB(alpha_d=SMOOTHING, alpha_p=SMOOTHING), 0.0),
        "ETS": Method(lambda season: models.AutoETS(season_length=season), 0.008),
        "AutoARIMA": Method(lambda season: models.AutoARIMA(season_length=season), 0.08),
    }


STATISTICAL = ("SeasonalNaive", "WindowAverage", "Croston", "TSB", "ETS", "AutoARIMA")
"""Names of the methods, the cheapest first."""
LABELS = {
    "SeasonalNaive": "seasonal naive",
    "WindowAverage": f"mean of {WINDOW} periods",
    "Croston": "Croston (SBA)",
    "TSB": "TSB",
    "ETS": "ETS",
    "AutoARIMA": "AutoARIMA",
}


def statistical_seconds(name: str, panel: Panel) -> float:
    """How long one forecast of the panel takes, roughly."""
    slower = 8.0 if panel.season <= panel.length // 2 and panel.season <= 12 else 1.0
    return _methods()[name].seconds * slower * len(panel.names)


def statistical_forecast(name: str, panel: Panel, horizon: int) -> Floats:
    """The point forecast of every series ``[n, horizon]``, never negative.

    A season longer than half of a series is not used. What a method cannot do for a series (too short, or constant) is
    the mean of its last periods.

    Raises:
        MissingExtraError: statsforecast is not installed.
    """
    method = _methods()[name]
    result = np.zeros((len(panel.names), horizon))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for row, units in enumerate(panel.units):
            history = units[np.isfinite(units)]
            season = panel.season if 2 * panel.season <= len(history) and panel.season <= 52 else 1
            result[row] = _one(method.make(season), history, horizon)
    return np.maximum(result, 0.0)


def _one(model: Any, history: Floats, horizon: int) -> Floats:
    try:
        found = np.asarray(model.forecast(y=history, h=horizon)["mean"], dtype=np.float64)
    except Exception:  # each method refuses short or constant series in its own way
        found = np.full(horizon, np.nan)
    fallback = float(history[-WINDOW:].mean()) if len(history) else 0.0
    return np.where(np.isfinite(found), found, fallback)
