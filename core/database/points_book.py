"""Entries of the points ledger that orders and rewards make. The customer's row is held by the transaction."""

from datetime import date, datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from seamless_retail.core.database.account_writer import write_loyalty
from seamless_retail.core.database.repositories.loyalty import read_account
from seamless_retail.core.database.tables import MetadataRow
from seamless_retail.core.errors import PolicyRefusal
from seamless_retail.core.loyalty import LoyaltyEntry
from seamless_retail.core.orders import Order
from seamless_retail.core.pricing import StoreRules

RULES = "store_rules"
"""The key of the shop's metadata under which its :class:`StoreRules` stand, as JSON."""


def read_rules(session: Session) -> StoreRules:
    """The shop's rules; the usual ones where it has none of its own."""
    text = session.scalar(select(MetadataRow.value).where(MetadataRow.key == RULES))
    return StoreRules.model_validate_json(text) if text else StoreRules()


def book_purchase(session: Session, order: Order, now: datetime) -> int:
    """Book the points of an order that has arrived: whole dollars of its goods, at the rate of the customer's tier.

    Returns:
        The points; none for a guest, or in a shop without tiers.
    """
    account = read_account(session.connection(), order.customer_id, now.date()) if order.customer_id else None
    if account is None:
        return 0
    spent = order.total_cents - order.shipping_cents
    points = max(0, spent) // 100 * account.tier.points_per_dollar
    if points:
        last_day = months_later(now.date(), read_rules(session).points_last_months)
        write_entry(session, order.customer_id, "earn", points, now, "Purchase", order.id, last_day)
    return points


def check_balance(session: Session, customer_id: str, points: int, on: date) -> None:
    """Refuse to use points that a customer does not have.

    Raises:
        PolicyRefusal: There are not so many, or too few to use any.
    """
    account = read_account(session.connection(), customer_id, on)
    check_points(points, account.balance if account else 0, read_rules(session).minimum_redemption)


def check_points(points: int, balance: int, least: int) -> None:
    """Refuse to use points that are not there.

    Raises:
        PolicyRefusal: There are not so many, or too few to use any.
    """
    if points and balance < least:
        raise PolicyRefusal(f"Points can be used from a balance of {least:,} on.", f"The balance is {balance:,}.")
    if points > balance:
        raise PolicyRefusal(f"There are not {points:,} points.", f"The balance is {balance:,}.")


def write_entry(
    session: Session,
    customer_id: str,
    kind: Literal["earn", "redeem", "expire", "bonus"],
    points: int,
    at: datetime,
    note: str,
    order_id: str = "",
    expires_on: date | None = None,
) -> LoyaltyEntry:
    """Append to the ledger."""
    entry = LoyaltyEntry(
        id=uuid4().hex,
        customer_id=customer_id,
        points=points,
        kind=kind,
        at=at,
        order_id=order_id,
        note=note,
        expires_on=expires_on,
    )
    write_loyalty(session.connection(), [entry])
    return entry


def months_later(day: date, months: int) -> date:
    """The same day some months later; at most the 28th, which every month has."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))
