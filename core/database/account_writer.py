"""Write customers, their orders and their points, by the rules of ``catalogue_writer``."""

from collections.abc import Iterable

from sqlalchemy import Connection, insert, update

from seamless_retail.core.catalogue import Record
from seamless_retail.core.customers import Customer
from seamless_retail.core.database.tables import (
    CustomerRow,
    LoyaltyEntryRow,
    LoyaltyTierRow,
    OrderLineRow,
    OrderRow,
    OrderStatusRow,
    PaymentRow,
)
from seamless_retail.core.database.upsert import Row, batches, replace_parts, table_of, upsert
from seamless_retail.core.loyalty import LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order, OrderLine


def write_customers(connection: Connection, customers: Iterable[Customer]) -> int:
    """Write customers."""
    written = 0
    for batch in batches(customers):
        upsert(connection, CustomerRow, [_customer_row(customer) for customer in batch])
        written += len(batch)
    return written


def write_orders(connection: Connection, orders: Iterable[Order]) -> int:
    """Write orders with lines, payments and history; an empty ``customer_id`` is a guest's order."""
    written = 0
    for batch in batches(orders):
        ids = [order.id for order in batch]
        upsert(connection, OrderRow, [_order_row(order) for order in batch])
        lines = [_line_row(order, i, line) for order in batch for i, line in enumerate(order.lines)]
        replace_parts(connection, OrderLineRow, OrderLineRow.order_id, ids, lines)
        payments = [_part(order, i, payment) for order in batch for i, payment in enumerate(order.payments)]
        replace_parts(connection, PaymentRow, PaymentRow.order_id, ids, payments)
        history = [_part(order, i, change) for order in batch for i, change in enumerate(order.history)]
        replace_parts(connection, OrderStatusRow, OrderStatusRow.order_id, ids, history)
        written += len(batch)
    return written


def update_order(connection: Connection, before: Order, after: Order) -> None:
    """Write what changed of an order. Payments and history only grow.

    Raises:
        ValueError: A payment or a step of the history was changed or removed.
    """
    payments, history = after.payments[len(before.payments) :], after.history[len(before.history) :]
    if (*before.payments, *payments) != after.payments or (*before.history, *history) != after.history:
        raise ValueError(f"payments and history of {after.id} can only be appended to")
    old, new = _order_row(before), _order_row(after)
    changed = {name: value for name, value in new.items() if value != old[name]}
    if changed:
        connection.execute(update(table_of(OrderRow)).where(OrderRow.id == after.id).values(**changed))
    if after.lines != before.lines:
        lines = [_line_row(after, i, line) for i, line in enumerate(after.lines)]
        replace_parts(connection, OrderLineRow, OrderLineRow.order_id, [after.id], lines)
    for table, parts, known in ((PaymentRow, payments, before.payments), (OrderStatusRow, history, before.history)):
        if parts:
            rows = [_part(after, len(known) + i, part) for i, part in enumerate(parts)]
            connection.execute(insert(table_of(table)), rows)


def write_loyalty_tiers(connection: Connection, tiers: Iterable[LoyaltyTier]) -> int:
    """Write the tiers of the loyalty programme."""
    rows = [tier.model_dump(mode="json") for tier in tiers]
    upsert(connection, LoyaltyTierRow, rows)
    return len(rows)


def write_loyalty(connection: Connection, entries: Iterable[LoyaltyEntry]) -> int:
    """Append to the points ledger; an entry whose id is there already stays as it is."""
    written = 0
    for batch in batches(entries):
        upsert(connection, LoyaltyEntryRow, [dict(entry) for entry in batch], keep=True)
        written += len(batch)
    return written


def _customer_row(customer: Customer) -> Row:
    plain = customer.model_dump(mode="json", include={"address", "profile", "payment_methods"})
    return dict(customer) | plain


def _order_row(order: Order) -> Row:
    plain = order.model_dump(mode="json", include={"address", "tracking", "details"})
    flat = {name: value for name, value in dict(order).items() if name not in {"lines", "payments", "history"}}
    return flat | plain | {"customer_id": order.customer_id or None}


def _line_row(order: Order, position: int, line: OrderLine) -> Row:
    return {**_part(order, position, line), "options": line.options or None}


def _part(order: Order, position: int, record: Record) -> Row:
    return {"order_id": order.id, "position": position, **dict(record)}
