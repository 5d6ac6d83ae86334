"""Units that are held for carts: promised for some minutes, to one customer, before there is an order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from seamless_retail.core.database.order_stock import RESERVATIONS, free_units
from seamless_retail.core.database.repositories.product_filter import live
from seamless_retail.core.errors import OutOfStockError


def units_for(session: Session, customer_id: str, skus: Sequence[str], now: datetime) -> dict[str, int]:
    """Units by sku that a customer could have: those nobody is promised, and those held for the own cart."""
    if not skus:
        return {}
    free = {sku: sum(max(0, units) for units in at.values()) for sku, at in free_units(session, skus, now).items()}
    own = (
        select(RESERVATIONS.c.sku, func.sum(RESERVATIONS.c.quantity))
        .where(*_held_for(customer_id), RESERVATIONS.c.sku.in_(skus), live(now))
        .group_by(RESERVATIONS.c.sku)
    )
    for sku, quantity in session.execute(own):
        free[sku] += quantity
    return free


def hold_units(session: Session, customer_id: str, wanted: Mapping[str, int], until: datetime, now: datetime) -> None:
    """Hold units where the most are free, until a time; the stock is locked, and nothing is held for the cart yet.

    Raises:
        OutOfStockError: A variant has fewer free units than are wanted.
    """
    free = free_units(session, sorted(wanted), now)
    for sku, quantity in sorted(wanted.items()):
        for location_id, units in sorted(free[sku].items(), key=lambda item: (-item[1], item[0])):
            taken = min(units, quantity)
            if taken <= 0:
                break
            row = {
                "id": uuid4().hex,
                "sku": sku,
                "location_id": location_id,
                "quantity": taken,
                "customer_id": customer_id,
                "order_id": None,
                "expires_at": until,
            }
            session.execute(insert(RESERVATIONS).values(row))
            quantity -= taken
        if quantity:
            raise OutOfStockError(f"{sku} is out of stock.", "Choose another variant, or fewer units.")


def release_units(session: Session, customer_id: str) -> None:
    """Free what is held for a customer's cart."""
    session.execute(delete(RESERVATIONS).where(*_held_for(customer_id)))


def sweep(session: Session, skus: Sequence[str], now: datetime) -> None:
    """Remove what was held for carts of these variants and is not any longer; their stock is locked."""
    lapsed = (RESERVATIONS.c.expires_at <= now) & RESERVATIONS.c.order_id.is_(None)
    session.execute(delete(RESERVATIONS).where(RESERVATIONS.c.sku.in_(skus), lapsed))


def _held_for(customer_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        RESERVATIONS.c.customer_id == customer_id,
        RESERVATIONS.c.order_id.is_(None),
        RESERVATIONS.c.expires_at.is_not(None),
    )
