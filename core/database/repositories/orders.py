"""Orders over SQL."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from seamless_retail.core.database.tables import OrderLineRow, OrderRow, OrderStatusRow, PaymentRow
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.orders import Order


class SqlOrders:
    """Implements :class:`seamless_retail.core.ports.Orders`. Nobody reads a guest's order through it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, order_id: str, customer_id: str) -> Order | None:
        statement = select(OrderRow.id).where(OrderRow.id == order_id, OrderRow.customer_id == customer_id)
        with self._engine.connect() as connection:
            return read_orders(connection, list(connection.scalars(statement))).get(order_id)

    def recent(self, customer_id: str, limit: int = 5) -> list[Order]:
        """Newest first; orders without a date last."""
        statement = (
            select(OrderRow.id)
            .where(OrderRow.customer_id == customer_id)
            .order_by(OrderRow.placed_at.desc().nulls_last(), OrderRow.id.desc())
            .limit(limit)
        )
        with self._engine.connect() as connection:
            ids = list(connection.scalars(statement))
            found = read_orders(connection, ids)
        return [found[order_id] for order_id in ids]


def read_orders(connection: Connection, order_ids: list[str]) -> dict[str, Order]:
    """Orders by id, whoever they belong to; four statements for any number of ids."""
    if not order_ids:
        return {}
    lines = _parts(connection, OrderLineRow, order_ids)
    payments = _parts(connection, PaymentRow, order_ids)
    history = _parts(connection, OrderStatusRow, order_ids)
    found = {}
    for row in connection.execute(select(table_of(OrderRow)).where(OrderRow.id.in_(order_ids))):
        parts = {"lines": lines[row.id], "payments": payments[row.id], "history": history[row.id]}
        values = {**row._mapping, "customer_id": row.customer_id or "", **parts}
        found[row.id] = Order.model_validate(values)
    return found


def _parts(
    connection: Connection,
    part: type[OrderLineRow] | type[PaymentRow] | type[OrderStatusRow],
    order_ids: list[str],
) -> dict[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    statement = select(table_of(part)).where(part.order_id.in_(order_ids)).order_by(part.order_id, part.position)
    for row in connection.execute(statement).all():
        grouped[row.order_id].append(_without_keys(row))
    return grouped


def _without_keys(row: Row[Any]) -> dict[str, Any]:
    """The values of a part; what is NULL takes the default of the record."""
    values = row._mapping.items()
    return {name: value for name, value in values if value is not None and name not in ("order_id", "position")}
