"""The shop's own demand: its daily sales as a panel, and what is expected of every variant at every location.

A variant of a dress sells a few units a month at one store: too few to forecast alone. The product is forecast at the
store, and its demand is divided over the variants by what each sold lately (top-down proportions, smoothed towards the
other stores'). What is asked is always a sum over some days, so an outlook is a distribution of such sums: a negative
binomial around the forecast, as wide as the product's past weeks were about their own level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from threading import Lock

import numpy as np

from seamless_retail.core.catalogue import Product, Promotion
from seamless_retail.core.demand import DemandOutlook, StoreSales
from seamless_retail.core.ports import SalesHistory, Shop
from seamless_retail.models.forecaster import Forecaster
from seamless_retail.models.forecasting.panel import Floats, Panel

ALL = "all"
"""The store of a series that sums over all of them."""
SHARE_DAYS = 182
"""Days that a variant's share is counted over."""
PRIOR_UNITS = 4.0
"""Units that the variant's share over all stores counts for at each of them, and an even share for at the whole."""
DISPERSION_WEEKS = 26
PRIOR_WEEKS = 6
"""Weeks that a size of :data:`PRIOR_SIZE` counts for."""
PRIOR_SIZE = 8.0


def sales_table(
    sales: Sequence[StoreSales], keys: Sequence[str], stores: Sequence[str], first: date, days: int
) -> Floats:
    """Units ``[keys, 1 + stores, days]``; the first store is the sum over all, also of those not named."""
    rows = {key: number for number, key in enumerate(keys)}
    columns = {store: number for number, store in enumerate(stores, start=1)}
    table = np.zeros((len(keys), 1 + len(stores), days))
    for key, store, day, units in sales:
        at = (day - first).days
        if 0 <= at < days and key in rows:
            table[rows[key], 0, at] += units
            if store in columns:
                table[rows[key], columns[store], at] += units
    return table


def discounts(product: Product, promotions: Sequence[Promotion], first: date, days: int) -> Floats:
    """The share of the price that is taken off on each day ``[days]``."""
    taken = np.zeros(days)
    cents = max(product.variants[0].price.cents, 1) if product.variants else 1
    for promotion in promotions:
        if product.category in promotion.categories or product.id in promotion.product_ids:
            share = promotion.value / 100 if promotion.kind == "percent" else min(0.5, promotion.value / cents)
            start, end = (promotion.starts_on - first).days, (promotion.ends_on - first).days
            window = slice(max(0, start), max(0, end + 1))
            taken[window] = np.maximum(taken[window], share)
    return taken


def shop_panel(
    products: Sequence[Product],
    table: Floats,
    category_totals: Mapping[str, Floats],
    promotions: Sequence[Promotion],
    stores: Sequence[str],
    first: date,
    horizon: int,
) -> Panel:
    """Products by store and in all: ``len(products) · (1 + stores)`` series, those of a product side by side.

    Args:
        products: With variants.
        table: Their sales, from :func:`sales_table`.
        category_totals: Sales of whole categories, ``[1 + stores, days]`` each.
        promotions: Past and coming.
        stores: Ids of the locations.
        first: The first day of the table.
        horizon: Days ahead that promotions are known for.
    """
    places, days = (ALL, *stores), table.shape[2]
    units = table.reshape(-1, days).copy()
    begun = np.maximum.accumulate(table[:, 0] > 0, axis=1)
    units[~np.repeat(begun, len(places), axis=0)] = np.nan
    taken = np.stack([discounts(product, promotions, first, days + horizon) for product in products])
    list_price = np.array([product.variants[0].price.cents / 100 for product in products])
    repeated = np.repeat(taken, len(places), axis=0)
    return Panel(
        names=tuple(f"{product.id}@{place}" for product in products for place in places),
        dates=tuple(first + timedelta(days=number) for number in range(days)),
        frequency="day",
        units=units,
        price=np.repeat(list_price, len(places))[:, None] * (1 - repeated),
        promotion=repeated,
        groups=tuple(product.category for product in products for _ in places),
        stores=places * len(products),
        group_units=np.concatenate([category_totals[product.category] for product in products]),
    )


@dataclass(frozen=True, slots=True)
class _Day:
    """What all forecasts of one day share."""

    today: date
    first: date
    """Of the sales."""
    stores: tuple[str, ...]
    promotions: Sequence[Promotion]


@dataclass
class ShopDemand:
    """Implements :class:`seamless_retail.core.ports.DemandForecaster` with the packaged network.

    A forecast takes some milliseconds; the products asked for last are kept until the shop's day changes.
    """

    shop: Shop
    sales: SalesHistory
    forecaster: Forecaster
    kept: int = 256
    """Products whose outlooks are remembered."""
    _outlooks: dict[tuple[date, str, int], list[DemandOutlook]] = field(default_factory=dict, repr=False)
    _totals: dict[tuple[date, str], Floats] = field(default_factory=dict, repr=False)
    _day: "_Day | None" = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def horizon(self) -> int:
        """The most days ahead."""
        return self.forecaster.horizon

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        """Every active variant at every location, for the days after today; empty without sales to learn from."""
        key = (self.shop.today(), product.id, len(product.variants))
        with self._lock:
            if key not in self._outlooks:
                if len(self._outlooks) >= self.kept:
                    self._outlooks.pop(next(iter(self._outlooks)))
                self._outlooks[key] = self._forecast(product)
            return self._outlooks[key]

    def _forecast(self, product: Product) -> list[DemandOutlook]:
        day, variants = self._of_today(), [variant for variant in product.variants if variant.active]
        first, stores = day.first, day.stores
        if first >= day.today or not variants:
            return []
        days = (day.today - first).days  # today is not over
        table = sales_table(self.sales.by_product([product.id]), [product.id], stores, first, days)
        if not table.any():
            return []
        totals = {product.category: self._category(product.category, stores, first, days)}
        panel = shop_panel([product], table, totals, day.promotions, stores, first, self.horizon)
        forecast = self.forecaster.forecast(panel, self.horizon)
        shares = self._shares(product, [variant.sku for variant in variants], stores)
        size = dispersion(table[0, 0])
        seen = int(np.isfinite(panel.units[0]).sum())
        return [
            DemandOutlook(
                sku=variant.sku,
                location_id=store,
                days=forecast.dates[1:],
                mean=tuple((forecast.mean[1 + row, 1:] * shares[row, column]).tolist()),
                size=size,
                method=forecast.methods[0],
                history_days=seen,
            )
            for column, variant in enumerate(variants)
            for row, store in enumerate(stores)
        ]

    def _of_today(self) -> "_Day":
        """What is the same for all products, looked up once a day."""
        today = self.shop.today()
        if self._day is None or self._day.today != today:
            period = self.sales.period()
            stores = tuple(place.id for place in self.shop.stock.locations())
            self._day = _Day(today, period[0] if period else today, stores, self.shop.catalogue.all_promotions())
        return self._day

    def _category(self, category: str, stores: Sequence[str], first: date, days: int) -> Floats:
        key = (self.shop.today(), category)
        if key not in self._totals:
            self._totals[key] = sales_table(self.sales.by_category(category), [category], stores, first, days)[0]
        return self._totals[key]

    def _shares(self, product: Product, skus: Sequence[str], stores: Sequence[str]) -> Floats:
        """Each variant's share of the product's demand at each store ``[stores, skus]``."""
        since = self.shop.today() - timedelta(days=SHARE_DAYS)
        sold = np.zeros((len(stores), len(skus)))
        for sku, store, units in self.sales.by_sku(product.id, since):
            if sku in skus and store in stores:
                sold[stores.index(store), skus.index(sku)] += units
        whole = (sold.sum(0) + PRIOR_UNITS / len(skus)) / (sold.sum() + PRIOR_UNITS)
        shares: Floats = (sold + PRIOR_UNITS * whole) / (sold.sum(1, keepdims=True) + PRIOR_UNITS)
        return shares


def dispersion(units: Floats) -> float:
    """The negative binomial's size from a product's recent weeks ``[days]``, by moments about their moving level.

    A few weeks of :data:`PRIOR_SIZE` are counted in, so that a short history claims neither certainty nor chaos.
    """
    weeks = units[len(units) % 7 :].reshape(-1, 7).sum(1)[-DISPERSION_WEEKS:]
    if len(weeks) < 3:
        return PRIOR_SIZE
    level = np.convolve(np.pad(weeks, 2, mode="reflect"), np.ones(5) / 5, "valid")
    excess = float(np.sum((weeks - level) ** 2 * 5 / 4 - level))
    squares = float(np.sum(level**2))
    prior = PRIOR_WEEKS * max(float(np.mean(level)), 0.1) ** 2
    inverse = max((excess + prior / PRIOR_SIZE) / (squares + prior), 1e-3)
    return 1.0 / inverse
