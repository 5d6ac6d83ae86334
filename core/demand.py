"""What was sold, and what is expected to be: the records that forecasting and the stock tools share."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class StoreSales(NamedTuple):
    """Units of a product (or of a whole category) sold at one location on one day."""

    key: str
    """Product id, or the category."""
    location_id: str
    day: date
    units: int


class SkuSales(NamedTuple):
    """Units of a variant sold at one location over a span."""

    sku: str
    location_id: str
    units: int


@dataclass(frozen=True, slots=True)
class DemandOutlook:
    """Demand for one variant at one location on the days to come."""

    sku: str
    location_id: str
    days: tuple[date, ...]
    mean: tuple[float, ...]
    """Expected units on each day."""
    size: float
    """Of the negative binomial that the demand over a span follows: its variance is ``m + m² / size``."""
    method: str
    """What it was forecast with, in words."""
    history_days: int
    """Days of sales it was forecast from."""

    def expected(self, until: date) -> float:
        """Units expected up to and including a day."""
        return sum(mean for day, mean in zip(self.days, self.mean, strict=True) if day <= until)


@dataclass(frozen=True, slots=True)
class Reorder:
    """How many units to order now, by the periodic order-up-to rule."""

    units: int
    level: int
    """Units that cover the demand until the order after this one has come, at the service level."""
    position: int
    """Units on hand and on their way."""
    cover_days: int
    """Days until the order after this one has come: delivery and time between orders."""
    service_level: float


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units that one location could give to another."""

    sku: str
    source_id: str
    target_id: str
    units: int
    target_level: int
    """Units that the target needs at the service level."""


@dataclass(frozen=True, slots=True)
class StockOutlook:
    """What becomes of the stock of one variant, at one location or at all."""

    sku: str
    location_id: str
    """Empty for all locations together."""
    made_on: date
    day: date
    """The day asked about."""
    available: int
    incoming: int
    """Units due by that day."""
    expected: float
    """Units expected to be sold up to and including that day."""
    low: int
    """One time in ten fewer are sold (10 % quantile)."""
    high: int
    """One time in ten more are sold (90 % quantile)."""
    in_stock: float
    """Probability that some are left at the end of that day."""
    stock_out_on: date | None
    """The first day at whose end the stock is more likely gone than not; ``None``: not before ``horizon``."""
    earliest_stock_out: date | None
    """The first day at whose end it is gone one time in ten."""
    horizon: date
    """The last day of the forecast."""
    reorder: Reorder
    method: str
    history_days: int
