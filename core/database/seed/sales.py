"""Eighteen months of daily sales: trend, week, season, promotions, intermittent items.

Units are drawn by inverting the Poisson distribution on uniform numbers, because NumPy keeps the stream of its uniform
generator stable, but not that of its Poisson sampler.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.catalogue import DailySales, Product, Promotion
from seamless_retail.core.database.seed.stores import FIRST_DAY, HISTORY, TODAY

DAYS = HISTORY.days
LOCATIONS = ("downtown", "riverside", "warehouse")
"""Online orders are sold from the warehouse."""
LOCATION_SHARES = {"fashion": (0.45, 0.2, 0.35), "grocery": (0.35, 0.5, 0.15)}
DAILY_UNITS = {"fashion": 0.11, "grocery": 0.5}
"""Of an average product."""
WEEK = {"fashion": (0.8, 0.8, 0.85, 0.95, 1.15, 1.45, 1.0), "grocery": (0.9, 0.85, 0.9, 0.95, 1.2, 1.3, 0.9)}
"""Factors from Monday to Sunday."""
PEAK_DAY = {"spring": 110, "summer": 185, "autumn": 285, "winter": 10}
"""Day of the year on which a season sells most."""
CATEGORY_PEAK = {"ice cream": 195, "soup": 20, "tea": 15, "juice": 180, "baking": 350, "swimwear": 175, "scarf": 345}
RECENT_WEEKS = 12

Curve = NDArray[np.float64]


def make_sales(products: Sequence[Product], promotions: Sequence[Promotion]) -> Iterator[DailySales]:
    """Sales of every variant on every day on which it sold, oldest first within a variant."""
    uniform = np.random.Generator(np.random.PCG64(20261115))
    for product in products:
        if product.variants:
            yield from _product_sales(product, promotions, uniform)


def popularity(sales: Iterable[DailySales], skus: dict[str, str]) -> dict[str, float]:
    """Units a week over the last twelve weeks, by product id; ``skus`` maps skus to product ids."""
    start = TODAY - timedelta(weeks=RECENT_WEEKS)
    units: dict[str, int] = {}
    for record in sales:
        if record.day >= start:
            units[skus[record.sku]] = units.get(skus[record.sku], 0) + record.units
    return {product_id: round(total / RECENT_WEEKS, 2) for product_id, total in units.items()}


def _product_sales(
    product: Product, promotions: Sequence[Promotion], uniform: np.random.Generator
) -> Iterator[DailySales]:
    rng = Random(f"sales {product.id}")
    discount = _discounts(product, promotions)
    lift = np.where(discount > 0, 1 + 3.2 * discount, 1.0)
    curve = _base_curve(rng, product) * lift
    department = "grocery" if product.department == "grocery" else "fashion"
    shares = _variant_shares(rng, len(product.variants))
    for variant, share in zip(product.variants, shares, strict=True):
        for location, part in zip(LOCATIONS, LOCATION_SHARES[department], strict=True):
            units = _poisson(curve * share * part, uniform.random(DAYS))
            for day in np.flatnonzero(units).tolist():
                yield DailySales(
                    sku=variant.sku,
                    location_id=location,
                    day=FIRST_DAY + timedelta(days=day),
                    units=int(units[day]),
                    revenue_cents=int(units[day]) * round(variant.price.cents * (1 - float(discount[day]))),
                    on_promotion=bool(discount[day] > 0),
                )


def _base_curve(rng: Random, product: Product) -> Curve:
    """Expected units of the whole product on each day, without promotions."""
    department = "grocery" if product.department == "grocery" else "fashion"
    days = np.arange(DAYS)
    mean = DAILY_UNITS[department] * min(rng.paretovariate(1.6), 12.0) * 0.44
    trend = np.linspace(1.0, rng.uniform(0.7, 1.45), DAYS)
    weekday = np.array([WEEK[department][(FIRST_DAY + timedelta(days=int(day))).weekday()] for day in days])
    curve: Curve = mean * trend * weekday * _season(rng, product, days)
    if rng.random() < 0.12:
        curve[: rng.randint(30, 360)] = 0.0  # launched later
    if rng.random() < 0.15:
        curve *= _bursts(rng)
    return curve


def _season(rng: Random, product: Product, days: NDArray[np.int64]) -> Curve:
    day_of_year = (days + FIRST_DAY.timetuple().tm_yday) % 365
    seasons = product.attributes.get("season", ())
    peaks = [PEAK_DAY[season] for season in seasons if season in PEAK_DAY] if len(seasons) < 4 else []
    if product.category in CATEGORY_PEAK:
        peaks = [CATEGORY_PEAK[product.category]]
    if not peaks:
        return 1 + 0.08 * np.cos(2 * math.pi * (day_of_year - rng.randint(0, 364)) / 365)
    waves = [np.cos(2 * math.pi * (day_of_year - peak) / 365) for peak in peaks]
    curve: Curve = np.exp(1.1 * np.maximum.reduce(waves)) / math.e**0.3
    return curve


def _bursts(rng: Random) -> Curve:
    """Intermittent demand: whole weeks without a sale, the rest sells more."""
    active = [float(rng.random() < 0.3) for _ in range(DAYS // 7 + 1)]
    return np.repeat(np.array(active), 7)[:DAYS] / 0.3


def _discounts(product: Product, promotions: Sequence[Promotion]) -> Curve:
    """The share of the price taken off on each day."""
    discounts: Curve = np.zeros(DAYS)
    price = product.variants[0].price.cents
    for promotion in promotions:
        if product.category in promotion.categories or product.id in promotion.product_ids:
            share = promotion.value / 100 if promotion.kind == "percent" else min(0.5, promotion.value / price)
            first, last = _index(promotion.starts_on), _index(promotion.ends_on)
            if first < DAYS and last >= 0:
                window = slice(max(0, first), last + 1)
                discounts[window] = np.maximum(discounts[window], share)
    return discounts


def _index(day: date) -> int:
    return (day - FIRST_DAY).days


def _variant_shares(rng: Random, count: int) -> list[float]:
    weights = [rng.gammavariate(2.0, 1.0) for _ in range(count)]
    return [weight / sum(weights) for weight in weights]


def _poisson(mean: Curve, uniform: Curve) -> NDArray[np.int64]:
    """Poisson counts with the given means, by inversion; ``mean`` and ``uniform`` are [days]."""
    term = np.exp(-mean)
    cumulative = term.copy()
    counts = np.zeros(len(mean), dtype=np.int64)
    k = 0
    while (undecided := uniform > cumulative).any() and k < 200:
        k += 1
        counts += undecided
        term = term * mean / k
        cumulative = cumulative + term
    return counts
