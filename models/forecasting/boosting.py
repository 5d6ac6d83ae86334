"""One gradient-boosted model for all series (LightGBM, quantile loss), on what each series did lately.

Everything is divided by the series' own level, so that one tree can speak of a best seller and of a slow one. The loss
counts a series by its level, as a pooled error does. The mean is learned by itself, from squared errors: the median of
sales with bulk orders lies far below it, and sums of medians order too little.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import MissingExtraError
from seamless_retail.models.forecasting.panel import Floats, Panel
from seamless_retail.models.forecasting.windows import YEAR, calendar_columns

LAGS = 8
MEANS = (2, 4, 8)
MEDIANS = (4, 8, 13)
LEVEL = {"day": 28, "week": 13, "month": 12}
"""Periods whose mean is a series' level."""
LEAST_LEVEL = {"day": 0.05, "week": 0.5, "month": 1.0}
MAX_ROWS = 40_000
LEAST_ROWS = 400
"""Training rows under which trees learn nothing."""
CUT = 10.0
"""Times its level that a period's sales count at most, for the mean: one absurd order is not learned."""
HALF_LIFE = 13
"""Periods after which a training window counts half."""
PARAMETERS = {
    "num_leaves": 6,
    "learning_rate": 0.05,
    "min_data_in_leaf": 40,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "feature_fraction": 0.7,
    "num_threads": 1,
    "verbose": -1,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
}
ROUNDS = 100


@dataclass(frozen=True)
class Boosting:
    """Trees for each level and for the mean; :func:`fit_boosting` grows them."""

    quantile_trees: Sequence[Any]
    mean_trees: Any
    levels: tuple[float, ...]

    def forecast(self, panel: Panel, horizon: int) -> tuple[Floats, Floats]:
        """The mean ``[n, horizon]`` and quantiles ``[n, horizon, levels]``, ascending; none negative."""
        rows, level = Table(panel).rows(np.arange(len(panel.names)), panel.length, horizon)
        found = [trees.predict(rows, num_threads=1) for trees in (self.mean_trees, *self.quantile_trees)]
        shaped = np.stack(found, axis=-1).reshape(len(panel.names), horizon, -1) * level[:, None, None]
        return np.maximum(shaped[..., 0], 0.0), np.sort(np.maximum(shaped[..., 1:], 0.0), axis=-1)


def fit_boosting(panel: Panel, horizon: int, levels: tuple[float, ...]) -> Boosting | None:
    """Learn from every origin whose horizon lies in the history; ``None`` if that is too little.

    Raises:
        MissingExtraError: LightGBM is not installed.
    """
    try:
        import lightgbm
    except ImportError:
        raise MissingExtraError("Forecasting with gradient boosting", "forecast") from None
    table = Table(panel)
    found = _training_rows(table, panel, horizon)
    if found is None:
        return None
    rows, target, weight = found

    def grow(labels: Floats, **objective: Any) -> Any:
        data = lightgbm.Dataset(rows, labels, weight=weight, params={"verbose": -1})
        return lightgbm.train({**PARAMETERS, **objective}, data, ROUNDS)

    quantile_trees = [grow(target, objective="quantile", alpha=level) for level in levels]
    return Boosting(quantile_trees, grow(np.minimum(target, CUT), objective="regression"), levels)


def _training_rows(table: "Table", panel: Panel, horizon: int) -> tuple[Floats, Floats, Floats] | None:
    first = min(LEVEL[panel.frequency] + 1, max(2, panel.length // 3))
    origins = np.arange(first, panel.length - horizon + 1)
    if len(origins) == 0:
        return None
    stride = max(1, -(-len(origins) * horizon * len(panel.names) // MAX_ROWS))
    parts = []
    for origin in origins[::-1][::stride][::-1]:
        begun = np.flatnonzero(table.first <= origin - 2)
        rows, level = table.rows(begun, int(origin), horizon)
        truth = table.units[begun, origin : origin + horizon] / level[:, None]
        age = (panel.length - origin) / HALF_LIFE
        parts.append((rows, truth.ravel(), np.repeat(level * 0.5**age, horizon)))
    rows, target, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    return (rows, target, weight) if len(target) >= LEAST_ROWS else None


class Table:
    """The features of a panel, at any origin."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.units = panel, panel.filled()
        self.first = panel.length - panel.ages()
        self.span = LEVEL[panel.frequency]
        self.sums = np.pad(np.cumsum(self.units, axis=1), ((0, 0), (1, 0)))
        self.total = self.units.sum(0)

    def rows(self, series: NDArray[np.intp], origin: int, horizon: int) -> tuple[Floats, Floats]:
        """Features ``[len(series) · horizon, columns]``, horizons side by side, and levels ``[len(series)]``.

        Only periods before ``origin`` are read, and plans.
        """
        start = np.maximum(self.first[series], origin - self.span)
        seen = np.maximum(origin - start, 1)
        level = (self.sums[series, origin] - self.sums[series, start]) / seen + LEAST_LEVEL[self.panel.frequency]
        own = self._own(series, origin, level)
        target = [self._target(series, origin, ahead, level) for ahead in range(horizon)]
        joined = np.stack([np.concatenate([own, part], axis=1) for part in target], axis=1)
        return joined.reshape(len(series) * horizon, -1), level

    def _own(self, series: NDArray[np.intp], origin: int, level: Floats) -> Floats:
        """What does not depend on the period ahead."""
        past = np.pad(self.units[series, max(0, origin - self.span) : origin], ((0, 0), (self.span, 0)))[
            :, -self.span :
        ]
        scaled = past / level[:, None]
        columns = [scaled[:, -lag] for lag in range(1, min(LAGS, self.span) + 1)]
        columns += [scaled[:, -width:].mean(1) for width in MEANS]
        columns += [np.median(scaled[:, -width:], axis=1) for width in MEDIANS]
        age = origin - self.first[series]
        ever = self.sums[series, origin] / np.maximum(age, 1) / level
        idle = (past > 0)[:, ::-1].argmax(1) + self.span * ~(past > 0).any(1)
        recent = self.total[max(0, origin - self.span) : origin].mean() + 1e-9
        trends = [self.total[max(0, origin - width) : origin].mean() / recent for width in (1, 4)]
        columns += [scaled.std(1), (past == 0).mean(1), scaled.max(1), np.log(level), ever, idle, np.minimum(age, 104)]
        columns += [np.full(len(series), trend) for trend in trends]
        return np.stack(columns, axis=1)

    def _target(self, series: NDArray[np.intp], origin: int, ahead: int, level: Floats) -> Floats:
        """What depends on the period ahead: its distance, calendar, season, price and promotion."""
        at, panel = origin + ahead, self.panel
        day = panel.dates[at] if at < panel.length else panel.ahead(at - panel.length + 1)[-1]
        calendar = calendar_columns(day, 1, panel.frequency)[0]
        same = [at - k * panel.season for k in range(1, 5) if self.first.min() <= at - k * panel.season < origin]
        if panel.season > 12:
            same = [place for centre in same for place in range(centre - 1, centre + 2) if 0 <= place < origin]
        seasonal = self.units[np.ix_(series, same)].mean(1) / level if same else np.full(len(series), np.nan)
        columns = [np.full(len(series), float(ahead)), seasonal, self._year_ago(series, origin, at, level)]
        columns += self._covariates(series, origin, at)
        if panel.length > YEAR[panel.frequency]:
            columns += [np.full(len(series), value) for value in calendar[6:]]
        if panel.frequency == "day":
            columns += [np.full(len(series), float(day.weekday()))]
        return np.stack(columns, axis=1)

    def _year_ago(self, series: NDArray[np.intp], origin: int, at: int, level: Floats) -> Floats:
        """Sales a year before, from shortly before the period to a quarter after it, as far as they are known."""
        year = YEAR[self.panel.frequency]
        start, end = max(0, at - year - year // 26), min(origin, at - year + year // 4)
        if end - start < 2:
            return np.full(len(series), np.nan)
        return np.asarray((self.sums[series, end] - self.sums[series, start]) / (end - start) / level)

    def _covariates(self, series: NDArray[np.intp], origin: int, at: int) -> list[Floats]:
        """Price against the usual one, and the promotion, now and usually; what is no plan is as it was last."""
        columns = []
        recent = slice(max(0, origin - self.span), origin)
        if self.panel.price is not None:
            at_price = at if self.panel.is_planned else origin - 1
            price, usual = self.panel.price[series], _mean(self.panel.price[series][:, recent])
            columns.append(np.log(np.maximum(_column(price, at_price), 0.01) / np.maximum(usual, 0.01)))
        if self.panel.promotion is not None:
            promotion = self.panel.promotion[series]
            columns.append(_column(promotion, at) if self.panel.is_planned else promotion[:, origin - 1])
            columns.append(_mean(promotion[:, recent]))
        return columns


def _column(values: Floats, at: int) -> Floats:
    return values[:, at] if at < values.shape[1] else np.full(len(values), np.nan)


def _mean(values: Floats) -> Floats:
    """Mean of what is known in each row; NaN where nothing is."""
    known = np.isfinite(values)
    count = known.sum(1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(1) / np.maximum(count, 1), np.nan)
