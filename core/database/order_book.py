"""Reading and writing what an order's change touches: the order, its customer's gift cards, the log of changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.customers import Customer, PaymentMethod
from seamless_retail.core.database.operation_tables import OrderChangeRow
from seamless_retail.core.database.order_stock import any_free
from seamless_retail.core.database.repositories.orders import read_orders
from seamless_retail.core.database.tables import CustomerRow, OrderRow, VariantRow
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.errors import NotFoundError, PaymentDeclinedError
from seamless_retail.core.order_rules import Offer, Offers
from seamless_retail.core.orders import Order

CHANGES = table_of(OrderChangeRow)
CUSTOMERS = table_of(CustomerRow)


@dataclass(frozen=True, slots=True)
class File:
    """An order and its customer's payment methods, held for this transaction."""

    order: Order
    methods: Mapping[str, PaymentMethod]


def open_file(session: Session, order_id: str, customer_id: str | None) -> File:
    """Lock and read an order.

    Args:
        session: The transaction.
        order_id: The order.
        customer_id: Whose it must be; ``None`` for the store itself, which may see every order.

    Raises:
        NotFoundError: There is no such order, or it is another customer's.
    """
    owner = customer_id
    if owner is None:
        owner = session.scalar(select(OrderRow.customer_id).where(OrderRow.id == order_id))
    customer = session.execute(select(CUSTOMERS).where(CUSTOMERS.c.id == owner).with_for_update()).one_or_none()
    mine = [OrderRow.id == order_id, *([OrderRow.customer_id == owner] if owner is not None else [])]
    if session.execute(select(OrderRow.id).where(*mine).with_for_update()).one_or_none() is None:
        raise NotFoundError("Order not found.", "Check the number, or list the recent orders.")
    order = read_orders(session.connection(), [order_id])[order_id]
    methods = Customer.model_validate(dict(customer._mapping)).payment_methods if customer is not None else ()
    return File(order, {method.id: method for method in methods})


def move_credits(session: Session, file: File, credits: Mapping[str, int]) -> None:
    """Put cents on gift cards, or take them off.

    Raises:
        PaymentDeclinedError: A card has too little on it.
    """
    if not credits:
        return
    methods = dict(file.methods)
    for method_id, cents in credits.items():
        balance = (methods[method_id].balance_cents or 0) + cents
        if balance < 0:
            raise PaymentDeclinedError(
                f"The gift card {method_id} has too little on it.", "Choose another payment method."
            )
        methods[method_id] = methods[method_id].model_copy(update={"balance_cents": balance})
    plain = [method.model_dump(mode="json") for method in methods.values()]
    statement = update(CUSTOMERS).where(CUSTOMERS.c.id == file.order.customer_id).values(payment_methods=plain)
    session.execute(statement)


def log_change(
    session: Session, before: Order, operation: str, at: datetime, undo_until: datetime | None, effects: dict[str, Any]
) -> None:
    """Append to the order's changes."""
    count = select(func.count()).select_from(CHANGES).where(CHANGES.c.order_id == before.id).scalar_subquery()
    row = {
        "order_id": before.id,
        "position": count,
        "operation": operation,
        "at": at,
        "undo_until": undo_until,
        "undone_at": None,
        "before": before.model_dump(mode="json"),
        "effects": effects,
    }
    session.execute(insert(CHANGES).values(row))


def offers_of(session: Session, now: datetime) -> Offers:
    """Looks variants up as they can be ordered now."""

    def offer(product_id: str, sku: str) -> Offer | None:
        variant = table_of(VariantRow)
        found = select(variant, any_free(now).label("any_free"))
        row = session.execute(found.where(variant.c.sku == sku, variant.c.product_id == product_id)).one_or_none()
        if row is None:
            return None
        own = {name: value for name, value in (("color", row.color), ("size", row.size)) if value}
        return Offer(
            sku=sku,
            product_id=product_id,
            price_cents=row.price_cents,
            options={**own, **(row.options or {})},
            available=row.active and row.any_free,
        )

    return offer
