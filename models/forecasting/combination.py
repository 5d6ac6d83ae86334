"""The mean of five forecasts: trees for the median and for the mean, ETS, a smoothed level and a recent median.

Their errors have different causes, and equal weights are hard to beat when the history is short (Timmermann 2006,
"Forecast combinations"). Weights fitted on earlier origins did worse on later ones.
"""

from dataclasses import dataclass

import numpy as np

from seamless_retail.models.forecasting.panel import Floats, Panel
from seamless_retail.models.forecasting.temporal_fusion import LEVELS

SMOOTHING = 0.3
"""Weight of the last period in the smoothed level."""
RECENT = 8
"""Periods of the recent median."""


@dataclass(frozen=True)
class Estimate:
    """What one method says: a mean ``[n, h]`` and quantiles ``[n, h, levels]``; without spread they are all equal."""

    mean: Floats
    quantiles: Floats

    @property
    def centre(self) -> Floats:
        """The median ``[n, h]``, which has the least absolute error."""
        return self.quantiles[:, :, LEVELS.index(0.5)]

    @property
    def has_spread(self) -> bool:
        """Whether the quantiles are the method's own."""
        return bool(np.ptp(self.quantiles, axis=-1).any())


def point(values: Floats) -> Estimate:
    """The estimate of a method that says one number ``[n, h]``."""
    return Estimate(values, np.repeat(values[..., None], len(LEVELS), axis=-1))


def combined(trees: Estimate, smoothing: Floats, panel: Panel) -> Estimate:
    """The five forecasts' mean as the median; the spread is that of the trees.

    The mean is half way between the trees and ETS: the level of logs and the median of the last periods lie below it.

    Args:
        trees: Of gradient boosting.
        smoothing: ETS ``[n, h]``.
        panel: What both were made from.
    """
    levels = (smoothed_level(panel.units)[:, None], recent_median(panel.units)[:, None])
    centre = (trees.centre + trees.mean + smoothing + levels[0] + levels[1]) / 5
    shifted = trees.quantiles + (centre - trees.centre)[..., None]
    return Estimate((trees.mean + smoothing) / 2, np.maximum(shifted, 0.0))


def smoothed_level(units: Floats) -> Floats:
    """The exponentially weighted mean of ``log(1 + units)``, in units ``[n]``: one bulk order hardly moves it."""
    known = np.isfinite(units)
    weights = known * (1 - SMOOTHING) ** np.arange(units.shape[1])[::-1]
    logs = np.log1p(np.where(known, units, 0.0))
    return np.asarray(np.expm1((logs * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)))


def recent_median(units: Floats) -> Floats:
    """The median of each series' last periods ``[n]``; periods before it began are zeros."""
    return np.asarray(np.median(np.nan_to_num(units[:, -RECENT:]), axis=1))
