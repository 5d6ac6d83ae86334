"""The points of an order, taken and given back in the append-only ledger."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from seamless_retail.core.database.account_writer import write_loyalty
from seamless_retail.core.database.tables import LoyaltyEntryRow
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.loyalty import LoyaltyEntry
from seamless_retail.core.orders import Order

LEDGER = table_of(LoyaltyEntryRow)


def take_points_back(session: Session, order: Order, share: tuple[int, int], at: datetime) -> list[LoyaltyEntry]:
    """Reverse the points that an order earned and return those that were spent on it.

    Args:
        session: The transaction.
        order: Whose points.
        share: Numerator and denominator of the part of the order's goods that came back; ``(1, 1)`` for all of it.
        at: The time of the entries.

    Returns:
        The entries that were booked.
    """
    if not order.customer_id:
        return []
    booked = _booked(session, order)
    part, whole = share
    earned = (booked.get("earn", 0) + booked.get("reverse", 0)) * part // max(whole, 1)
    spent = -(booked.get("redeem", 0) + booked.get("bonus", 0)) * part // max(whole, 1)
    entries = []
    if earned > 0:
        entries.append(_entry(order, "reverse", -earned, at, "Points of what came back"))
    if spent > 0:
        expires_on = _latest_expiry(session, order.customer_id)
        entries.append(_entry(order, "bonus", spent, at, "Points of a refunded order", expires_on))
    write_loyalty(session.connection(), entries)
    return entries


def book_again(session: Session, order: Order, entries: Sequence[LoyaltyEntry], at: datetime) -> None:
    """Undo entries of :func:`take_points_back` by their opposites."""
    opposites = [
        _entry(order, "reverse", -entry.points, at, "Undone", _latest_expiry(session, order.customer_id))
        if entry.kind == "reverse"
        else _entry(order, "redeem", -entry.points, at, "Undone")
        for entry in entries
    ]
    write_loyalty(session.connection(), opposites)


def _booked(session: Session, order: Order) -> dict[str, int]:
    """Points of the order by kind."""
    statement = (
        select(LEDGER.c.kind, func.sum(LEDGER.c.points))
        .where(LEDGER.c.customer_id == order.customer_id, LEDGER.c.order_id == order.id)
        .group_by(LEDGER.c.kind)
    )
    return {kind: int(points) for kind, points in session.execute(statement)}


def _latest_expiry(session: Session, customer_id: str) -> date | None:
    """When the customer's youngest points expire: points that come back are good for as long as those."""
    newest = select(func.max(LEDGER.c.expires_on)).where(LEDGER.c.customer_id == customer_id)
    found: date | None = session.scalar(newest)
    return found


def _entry(
    order: Order,
    kind: Literal["redeem", "bonus", "reverse"],
    points: int,
    at: datetime,
    note: str,
    expires_on: date | None = None,
) -> LoyaltyEntry:
    return LoyaltyEntry(
        id=uuid4().hex,
        customer_id=order.customer_id,
        points=points,
        kind=kind,
        at=at,
        order_id=order.id,
        note=note,
        expires_on=expires_on,
    )
