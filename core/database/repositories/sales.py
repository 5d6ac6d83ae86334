"""Daily sales over SQL: how many units of a product went over the counter, by store and day."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Engine, func, select

from seamless_retail.core.database.tables import DailySalesRow, ProductRow, VariantRow
from seamless_retail.core.demand import SkuSales, StoreSales


class SqlSales:
    """Implements :class:`seamless_retail.core.ports.SalesHistory`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def period(self) -> tuple[date, date] | None:
        statement = select(func.min(DailySalesRow.day), func.max(DailySalesRow.day))
        with self._engine.connect() as connection:
            first, last = connection.execute(statement).one()
        return (first, last) if first else None

    def by_product(self, product_ids: Sequence[str] | None = None) -> list[StoreSales]:
        statement = (
            select(VariantRow.product_id, DailySalesRow.location_id, DailySalesRow.day, func.sum(DailySalesRow.units))
            .join(VariantRow, VariantRow.sku == DailySalesRow.sku)
            .group_by(VariantRow.product_id, DailySalesRow.location_id, DailySalesRow.day)
        )
        if product_ids is not None:
            statement = statement.where(VariantRow.product_id.in_(list(product_ids)))
        with self._engine.connect() as connection:
            return _store_sales(connection.execute(statement))

    def by_category(self, category: str) -> list[StoreSales]:
        statement = (
            select(ProductRow.category, DailySalesRow.location_id, DailySalesRow.day, func.sum(DailySalesRow.units))
            .join(VariantRow, VariantRow.sku == DailySalesRow.sku)
            .join(ProductRow, ProductRow.id == VariantRow.product_id)
            .where(ProductRow.category == category)
            .group_by(ProductRow.category, DailySalesRow.location_id, DailySalesRow.day)
        )
        with self._engine.connect() as connection:
            return _store_sales(connection.execute(statement))

    def by_sku(self, product_id: str, since: date) -> list[SkuSales]:
        statement = (
            select(DailySalesRow.sku, DailySalesRow.location_id, func.sum(DailySalesRow.units))
            .join(VariantRow, VariantRow.sku == DailySalesRow.sku)
            .where(VariantRow.product_id == product_id, DailySalesRow.day >= since)
            .group_by(DailySalesRow.sku, DailySalesRow.location_id)
        )
        with self._engine.connect() as connection:
            return [SkuSales(sku, place, int(units)) for sku, place, units in connection.execute(statement)]


def _store_sales(rows: Iterable[Sequence[Any]]) -> list[StoreSales]:
    return [StoreSales(key, place, day, int(units)) for key, place, day, units in rows]
