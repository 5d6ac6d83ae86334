"""Series as the inputs of the Temporal Fusion Transformer: one window for a series and an origin.

Units are divided by the mean of the window, so that one network reads slow and fast sellers. Known ahead are the
calendar, the price and the promotion, and how the season ran a year before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import torch
from numpy.typing import NDArray

from seamless_retail.models.forecasting.panel import Floats, Frequency, Panel, step
from seamless_retail.models.forecasting.temporal_fusion import Batch

KNOWN = {"price": 1, "promotion": 1, "weekday": 6, "year": 4, "year_ago": 1}
"""Variables known ahead, with their columns."""
PAST = {"units": 2, **KNOWN}
REALS = ("scale", "idle", "trend", "level", "age")
LONG = 6
"""Windows whose mean is a series' long-run level: a slow seller's window alone says little about it."""
YEAR: dict[Frequency, int] = {"day": 364, "week": 52, "month": 12}
SMOOTH: dict[Frequency, int] = {"day": 14, "week": 2, "month": 0}
"""Periods on both sides that the sales of a year ago are averaged over."""
LEAST = 0.02
"""Units a period under which a scale does not fall."""


@dataclass(frozen=True)
class Vocabulary:
    """The groups and stores a network was trained with; index 0 is any other."""

    groups: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        """Values of each category."""
        return {"group": len(self.groups) + 1, "store": len(self.stores) + 1}

    def indices(self, panel: Panel) -> NDArray[np.int64]:
        """``[n, 2]``."""
        columns = ((panel.groups, self.groups), (panel.stores, self.stores))
        found = [_positions(values, known, len(panel.names)) for values, known in columns]
        return np.stack(found, axis=1)


def _positions(values: Sequence[str], known: Sequence[str], count: int) -> NDArray[np.int64]:
    place = {value: number for number, value in enumerate(known, start=1)}
    return np.array([place.get(value, 0) for value in values] if values else np.zeros(count), dtype=np.int64)


class Windows:
    """Cuts batches out of a panel.

    Args:
        panel: The series. Where its prices and promotions are no plans, a window expects its last price to stay and no
            promotion to run.
        vocabulary: Of the network.
        encoder: Periods read.
        horizon: Periods ahead.
    """

    def __init__(self, panel: Panel, vocabulary: Vocabulary, encoder: int, horizon: int) -> None:
        self.encoder, self.horizon = encoder, horizon
        self.units = _padded(panel.filled(), encoder, 0)
        self.observed = _padded(np.isfinite(panel.units).astype(float), encoder, 0)
        self.sums = np.pad(np.cumsum(self.units, axis=1), ((0, 0), (1, 0)))
        self.ages = panel.ages()
        self.length, self.is_planned = panel.length, panel.is_planned
        reach = panel.length + horizon
        self.price = _padded(_prices(panel, reach), encoder, 0)
        self.promotion = _padded(_reaching(panel.promotion, panel, reach), encoder, 0)
        first = step(panel.dates[0], panel.frequency, -encoder)
        self.calendar = calendar_columns(first, encoder + reach, panel.frequency)
        self.season = _padded(_smoothed(panel), encoder, horizon)
        self.season_known = _padded(np.ones((1, panel.length)), encoder, horizon)[0]
        self.lag, self.smooth = YEAR[panel.frequency], SMOOTH[panel.frequency]
        self.categories = vocabulary.indices(panel)

    def batch(self, series: NDArray[np.intp], origins: NDArray[np.intp]) -> tuple[Batch, Floats]:
        """The inputs of windows and their scales ``[b]``.

        Args:
            series: Row of each window ``[b]``.
            origins: Periods of history that each window knows ``[b]``.
        """
        back = origins[:, None] + np.arange(self.encoder)
        ahead = origins[:, None] + self.encoder + np.arange(self.horizon)
        rows = series[:, None]
        units, observed = self.units[rows, back], self.observed[rows, back]
        scale = np.maximum(units.sum(1) / np.maximum(observed.sum(1), 1), LEAST)
        both = np.concatenate([back, ahead], axis=1)
        known = self._known(rows, both, origins)
        seen = np.stack([np.arcsinh(units / scale[:, None]), observed], axis=-1)
        past = np.concatenate([seen, known[:, : self.encoder]], axis=-1)
        reals = self._reals(units, observed, scale, series, origins)
        return _batch(past, known[:, self.encoder :], reals, self.categories[series]), scale

    def truth(self, series: NDArray[np.intp], origins: NDArray[np.intp]) -> Floats:
        """What was sold in the periods ahead ``[b, horizon]``; the history must reach so far."""
        ahead = origins[:, None] + self.encoder + np.arange(self.horizon)
        return self.units[series[:, None], ahead]

    def _known(self, rows: NDArray[np.intp], at: NDArray[np.intp], origins: NDArray[np.intp]) -> Floats:
        """Columns known ahead ``[b, encoder + horizon, columns]``; the price relative to that of the window."""
        seen = at if self.is_planned else np.minimum(at, (origins + self.encoder - 1)[:, None])
        price, promotion = self.price[rows, seen], self.promotion[rows, at] * (seen == at)
        usual = np.median(price[:, : self.encoder], axis=1, keepdims=True)
        relative = np.nan_to_num(np.log(np.maximum(price, 0.01) / np.maximum(usual, 0.01)))
        columns = [relative[..., None], promotion[..., None], self.calendar[at]]
        return np.concatenate([*columns, self._year_ago(rows, at, origins)[..., None]], axis=-1)

    def _year_ago(self, rows: NDArray[np.intp], at: NDArray[np.intp], origins: NDArray[np.intp]) -> Floats:
        """Log of the group's sales a year before each period over those a year before the window; 0 if unknown."""
        before = at - self.lag
        known = (before >= self.encoder) & (before + self.smooth < (origins + self.encoder)[:, None])
        value = np.where(known, self.season[rows, np.maximum(before, 0)], np.nan)
        window = value[:, : self.encoder]
        counted = np.isfinite(window).sum(1, keepdims=True)
        level = np.where(counted > 0, np.nansum(window, 1, keepdims=True) / np.maximum(counted, 1), np.nan)
        ratio = np.log((value + 0.05 * level + 1e-6) / (1.05 * level + 1e-6))
        return np.clip(np.nan_to_num(ratio), -3, 3)

    def _reals(
        self,
        units: Floats,
        observed: Floats,
        scale: Floats,
        series: NDArray[np.intp],
        origins: NDArray[np.intp],
    ) -> Floats:
        seen = np.maximum(observed.sum(1), 1)
        recent = max(2, self.encoder // 4)
        trend = np.log((units[:, -recent:].mean(1) + 0.1 * scale) / (1.1 * scale))
        age = self.ages[series] - (self.length - origins)
        span = np.clip(age, 1, LONG * self.encoder)
        end = origins + self.encoder
        long = (self.sums[series, end] - self.sums[series, end - np.minimum(span, end)]) / span
        level = np.log((long + 0.1 * scale) / (1.1 * scale))
        idle = ((units == 0) & (observed > 0)).sum(1) / seen
        return np.stack([np.log(scale) / 3, idle, trend, level, np.log1p(np.maximum(age, 0)) / 6], axis=1)


def calendar_columns(first: date, count: int, frequency: Frequency) -> Floats:
    """``[count, 10]``: three harmonics of the weekday (daily series only) and two of the year."""
    days = [step(first, frequency, number) for number in range(count)]
    weekday = np.array([day.weekday() for day in days]) / 7
    year = np.array([day.timetuple().tm_yday for day in days]) / 365.25
    week = [f(2 * np.pi * k * weekday) for k in (1, 2, 3) for f in (np.sin, np.cos)]
    if frequency != "day":
        week = [np.zeros(count)] * 6
    return np.stack([*week, *(f(2 * np.pi * k * year) for k in (1, 2) for f in (np.sin, np.cos))], axis=1)


def _padded(values: Floats, before: int, after: int) -> Floats:
    return np.pad(values, ((0, 0), (before, after)))


def _reaching(values: Floats | None, panel: Panel, reach: int) -> Floats:
    """Covariates cut or continued with zeros to ``[n, reach]``."""
    result = np.zeros((len(panel.names), reach))
    if values is not None:
        kept = min(reach, values.shape[1])
        result[:, :kept] = np.nan_to_num(values[:, :kept])
    return result


def _prices(panel: Panel, reach: int) -> Floats:
    """Prices ``[n, reach]``; a gap has the last known price, a beginning without one the first."""
    result = np.full((len(panel.names), reach), np.nan)
    if panel.price is not None:
        kept = min(reach, panel.price.shape[1])
        result[:, :kept] = panel.price[:, :kept]
    at = np.where(np.isfinite(result), np.arange(reach), 0)
    filled = np.take_along_axis(result, np.maximum.accumulate(at, axis=1), axis=1)
    return np.where(np.isfinite(filled), filled, _first_known(result))


def _first_known(values: Floats) -> Floats:
    """The first price of each series ``[n, 1]``; 1 where none is known."""
    known = np.isfinite(values)
    first = np.take_along_axis(values, known.argmax(axis=1)[:, None], axis=1)
    return np.where(known.any(axis=1, keepdims=True), first, 1.0)


def _smoothed(panel: Panel) -> Floats:
    """What each series' group sold, averaged over neighbouring periods ``[n, T]``."""
    totals, member = (panel.group_units, None) if panel.group_units is not None else _group_totals(panel)
    sums = np.pad(np.cumsum(totals, axis=1), ((0, 0), (1, 0)))
    reach, length = SMOOTH[panel.frequency], panel.length
    start = np.maximum(np.arange(length) - reach, 0)
    end = np.minimum(np.arange(length) + reach + 1, length)
    smooth = (sums[:, end] - sums[:, start]) / (end - start)
    return np.asarray(smooth if member is None else smooth[member])


def _group_totals(panel: Panel) -> tuple[Floats, NDArray[np.intp]]:
    """Sales of each group at each store ``[groups, T]``, and the group of each series ``[n]``."""
    none = ("",) * len(panel.names)
    pairs = list(zip(panel.groups or none, panel.stores or none, strict=True))
    number = {pair: place for place, pair in enumerate(dict.fromkeys(pairs))}
    member = np.array([number[pair] for pair in pairs], dtype=np.intp)
    totals = np.zeros((len(number), panel.length))
    np.add.at(totals, member, panel.filled())
    return totals, member


def _batch(past: Floats, future: Floats, reals: Floats, categories: NDArray[np.int64]) -> Batch:
    floats = [torch.from_numpy(part.astype(np.float32)) for part in (past, future, reals)]
    return Batch(*floats, torch.from_numpy(categories))
