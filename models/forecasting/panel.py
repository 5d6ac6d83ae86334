"""Series of demand side by side, and forecasts of them.

Covariates that reach beyond the history are plans: then they are taken to have been known ahead at every earlier day
too. Those that end with the history were observed with the sales; a forecast must not look at them beyond its origin.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Frequency = Literal["day", "week", "month"]
SEASON: dict[Frequency, int] = {"day": 7, "week": 52, "month": 12}
"""Periods after which demand resembles itself."""


@dataclass(frozen=True)
class Panel:
    """``n`` series over the same ``T`` periods; covariates may reach further."""

    names: tuple[str, ...]
    dates: tuple[date, ...]
    """The first day of each period, without gaps."""
    frequency: Frequency
    units: Floats
    """``[n, T]``; NaN before a series began."""
    price: Floats | None = None
    """``[n, ≥ T]``; NaN where nobody knows it."""
    promotion: Floats | None = None
    """``[n, ≥ T]``: the strength of the promotion, 0 where there is none."""
    groups: tuple[str, ...] = ()
    """What kind of product each series is; empty if unknown."""
    stores: tuple[str, ...] = ()
    """Where each is sold; empty if unknown."""
    group_units: Floats | None = None
    """``[n, T]``: what the whole group sold there; without it, the sum of the group's series in this panel."""

    @property
    def season(self) -> int:
        """Periods of one season."""
        return SEASON[self.frequency]

    @property
    def length(self) -> int:
        """Periods of history."""
        return self.units.shape[1]

    @property
    def is_planned(self) -> bool:
        """Whether prices and promotions are known ahead."""
        return any(part is not None and part.shape[1] > self.length for part in (self.price, self.promotion))

    def until(self, end: int) -> "Panel":
        """The panel as it was known after ``end`` periods."""
        reach = None if self.is_planned else end
        return replace(
            self,
            dates=self.dates[:end],
            units=self.units[:, :end],
            price=_cut(self.price, reach),
            promotion=_cut(self.promotion, reach),
            group_units=_cut(self.group_units, end),
        )

    def rows(self, chosen: Sequence[int] | NDArray[np.intp]) -> "Panel":
        """Some of the series."""
        rows = np.asarray(chosen, dtype=np.intp)

        def pick(values: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(values[row] for row in rows) if values else ()

        return replace(
            self,
            names=pick(self.names),
            units=self.units[rows],
            price=None if self.price is None else self.price[rows],
            promotion=None if self.promotion is None else self.promotion[rows],
            groups=pick(self.groups),
            stores=pick(self.stores),
            group_units=None if self.group_units is None else self.group_units[rows],
        )

    def ahead(self, horizon: int) -> tuple[date, ...]:
        """The first days of the next periods."""
        return tuple(step(self.dates[-1], self.frequency, number) for number in range(1, horizon + 1))

    def filled(self) -> Floats:
        """Units ``[n, T]`` with zeros before a series began."""
        return np.nan_to_num(self.units)

    def ages(self) -> NDArray[np.intp]:
        """Periods since each series began ``[n]``."""
        return np.asarray(np.isfinite(self.units).sum(axis=1), dtype=np.intp)


@dataclass(frozen=True)
class Forecast:
    """What is expected of ``n`` series over ``h`` periods."""

    names: tuple[str, ...]
    dates: tuple[date, ...]
    mean: Floats
    """``[n, h]``."""
    levels: tuple[float, ...]
    quantiles: Floats
    """``[n, h, levels]``, ascending."""
    methods: tuple[str, ...] = ()
    """Which method each series is forecast by."""
    reasons: tuple[str, ...] = ()
    """Why, in words."""

    def quantile(self, level: float) -> Floats:
        """``[n, h]`` of one level."""
        return self.quantiles[:, :, self.levels.index(level)]


def step(day: date, frequency: Frequency, periods: int) -> date:
    """The first day of the period so many ``periods`` later; a month that is named by its last day stays so."""
    if frequency != "month":
        return day + timedelta(days=periods * (7 if frequency == "week" else 1))
    months = day.year * 12 + day.month - 1 + periods
    year, month = divmod(months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_month_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_month_end else min(day.day, last))


def _cut(values: Floats | None, end: int | None) -> Floats | None:
    return None if values is None else values[:, :end]
