"""Stock over SQL."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine, and_, func, select

from seamless_retail.core.catalogue import Location, StockLevel
from seamless_retail.core.database.repositories.product_filter import live
from seamless_retail.core.database.tables import LocationRow, ReservationRow, StockRow
from seamless_retail.core.database.upsert import table_of


class SqlStockroom:
    """Implements :class:`seamless_retail.core.ports.Stockroom`.

    Args:
        engine: The shop database.
        now: The shop's clock; reservations that end later hold their units back.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def locations(self) -> list[Location]:
        """Stores first, then warehouses, each by name."""
        statement = select(table_of(LocationRow)).order_by(LocationRow.kind, LocationRow.name)
        with self._engine.connect() as connection:
            return [Location(**row._mapping) for row in connection.execute(statement)]

    def levels(self, skus: Sequence[str]) -> dict[str, list[StockLevel]]:
        """Stock levels by sku, in the order of :meth:`locations`; reserved units are the live reservations."""
        found: dict[str, list[StockLevel]] = {sku: [] for sku in skus}
        here = and_(ReservationRow.sku == StockRow.sku, ReservationRow.location_id == StockRow.location_id)
        reserved = (
            select(func.coalesce(func.sum(ReservationRow.quantity), 0))
            .where(here, live(self._now()))
            .correlate(StockRow)
            .scalar_subquery()
        )
        statement = (
            select(table_of(StockRow), reserved.label("reserved"))
            .join(LocationRow, LocationRow.id == StockRow.location_id)
            .where(StockRow.sku.in_(list(found)))
            .order_by(LocationRow.kind, LocationRow.name)
        )
        with self._engine.connect() as connection:
            for row in connection.execute(statement) if found else ():
                found[row.sku].append(StockLevel(**row._mapping))
        return found
