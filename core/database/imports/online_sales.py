"""Daily sales and popularity of Online Retail, summed in the database from the imported orders."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, false, func, insert, literal, select, update

from seamless_retail.core.database.tables import DailySalesRow, OrderLineRow, OrderRow, ProductRow
from seamless_retail.core.database.upsert import table_of

SOURCE = "online-retail"
LOCATION = "online"
POPULARITY_WEEKS = 12


def sum_sales(connection: Connection) -> None:
    """Replace the daily sales of :data:`LOCATION` and set the popularity of the products sold there."""
    sales = table_of(DailySalesRow)
    connection.execute(delete(sales).where(sales.c.location_id == LOCATION))
    columns = ["sku", "location_id", "day", "units", "revenue_cents", "on_promotion"]
    connection.execute(insert(sales).from_select(columns, _sold_by_day()))
    last = connection.scalar(select(func.max(DailySalesRow.day)).where(DailySalesRow.location_id == LOCATION))
    if last is None:
        return
    recent = (
        select(func.coalesce(func.sum(DailySalesRow.units), 0))
        .where(DailySalesRow.sku == ProductRow.id, DailySalesRow.location_id == LOCATION)
        .where(DailySalesRow.day > last - timedelta(weeks=POPULARITY_WEEKS))
        .scalar_subquery()
    )
    sold = select(DailySalesRow.sku).where(DailySalesRow.location_id == LOCATION)
    popularity = recent * 1.0 / POPULARITY_WEEKS
    connection.execute(update(ProductRow).where(ProductRow.id.in_(sold)).values(popularity=popularity))


def _sold_by_day() -> Select[Any]:
    line, order = OrderLineRow, OrderRow
    day: ColumnElement[Any] = func.date(order.placed_at)
    return (
        select(
            line.sku,
            literal(LOCATION),
            day,
            func.sum(line.quantity),
            func.sum(line.quantity * line.unit_price_cents),
            false(),
        )
        .join(order, order.id == line.order_id)
        .where(line.quantity > 0, order.details["source"].as_string() == SOURCE)
        .group_by(line.sku, day)
    )
