"""Demand to train and judge forecasters on: UCI Online Retail by week, the embedded shop by day, and invented weeks."""

import gzip
from collections.abc import Mapping
from csv import DictReader
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database.shop import SqlShop
from seamless_retail.core.errors import ImportSourceError, ShopDatabaseError
from seamless_retail.core.queries import ProductQuery
from seamless_retail.models.forecasting.panel import Floats, Panel
from seamless_retail.models.forecasting.shop import sales_table, shop_panel

WEEKLY = Path("online_retail") / "weekly_demand_top200.csv.gz"


def online_retail_panel(data: Path) -> Panel:
    """200 articles by week. The shop was closed in one week, which the file leaves out: it is filled with zeros.

    Raises:
        ImportSourceError: The file is not there.
    """
    path = data / WEEKLY
    if not path.is_file():
        raise ImportSourceError(f"{path} is not there.", "Give the folder of the data sets with --data.")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(DictReader(file))
    first = min(date.fromisoformat(row["week"]) for row in rows)
    weeks = (max(date.fromisoformat(row["week"]) for row in rows) - first).days // 7 + 1
    names = tuple(dict.fromkeys(row["StockCode"] for row in rows))
    units, price = np.zeros((len(names), weeks)), np.full((len(names), weeks), np.nan)
    place = {name: number for number, name in enumerate(names)}
    for row in rows:
        at = place[row["StockCode"]], (date.fromisoformat(row["week"]) - first).days // 7
        units[at] = float(row["units"])
        price[at] = float(row["price"] or "nan")
    units[np.cumsum(units, axis=1) == 0] = np.nan
    dates = tuple(first + timedelta(weeks=number) for number in range(weeks))
    return Panel(names, dates, "week", units, price=price)


def embedded_shop_panel(shop: SqlShop, horizon: int) -> Panel:
    """Every product of the shop by day, in all and at each location, with its promotions.

    Raises:
        ShopDatabaseError: The shop has no sales.
    """
    period = shop.sales.period()
    if period is None:
        raise ShopDatabaseError("The shop has no sales to learn from.", "Seed it: `seamless shop seed`.")
    first, days = period[0], (period[1] - period[0]).days + 1
    products = [p for p in shop.catalogue.get_many(shop.catalogue.find_ids(ProductQuery())) if p.variants]
    stores = [place.id for place in shop.stock.locations()]
    table = sales_table(shop.sales.by_product(), [product.id for product in products], stores, first, days)
    totals = _by_category(products, table)
    return shop_panel(products, table, totals, shop.catalogue.all_promotions(), stores, first, horizon)


def _by_category(products: list[Product], table: Floats) -> Mapping[str, Floats]:
    totals: dict[str, Floats] = {}
    for product, units in zip(products, table, strict=True):
        totals[product.category] = totals.get(product.category, np.zeros_like(units)) + units
    return totals


def synthetic_panel(seed: int, series: int = 24, weeks: int = 64, planned: int = 8) -> Panel:
    """Weeks with a level, a season and promotions that double the sales: something that can be learned in seconds.

    The promotions of ``planned`` further weeks are known.
    """
    random = np.random.default_rng(seed)
    at = np.arange(weeks)
    level = random.uniform(3, 40, (series, 1))
    promotion = (random.random((series, weeks + planned)) < 0.15).astype(float)
    curve = level * (1 + 0.3 * np.sin(2 * np.pi * at / 13)) * (1 + promotion[:, :weeks])
    names = tuple(f"S{number}" for number in range(series))
    dates = tuple(date(2025, 1, 6) + timedelta(weeks=int(week)) for week in at)
    return Panel(names, dates, "week", random.poisson(curve).astype(float), promotion=promotion)
