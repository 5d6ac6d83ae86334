"""Points and tiers over SQL, derived from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Engine, select

from seamless_retail.core.database.tables import CustomerRow, LoyaltyEntryRow, LoyaltyTierRow
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyTier

RECENT = 10
"""Entries of the ledger shown with an account."""
QUALIFYING = timedelta(days=365)
"""Span whose earned points make the tier."""


class SqlLoyalty:
    """Implements :class:`seamless_retail.core.ports.Loyalty`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def account(self, customer_id: str, on: date) -> LoyaltyAccount | None:
        """The account at the end of that day; ``None`` for an unknown customer or a shop without tiers."""
        with self._engine.connect() as connection:
            if connection.scalar(select(CustomerRow.id).where(CustomerRow.id == customer_id)) is None:
                return None
            return read_account(connection, customer_id, on)

    def tiers(self) -> list[LoyaltyTier]:
        """Every tier, lowest first."""
        with self._engine.connect() as connection:
            return read_tiers(connection)


def read_account(connection: Connection, customer_id: str, on: date) -> LoyaltyAccount | None:
    """The account of a customer at the end of that day; ``None`` for a shop without tiers."""
    tiers = read_tiers(connection)
    return derive_account(customer_id, read_entries(connection, customer_id, on), tiers, on) if tiers else None


def read_entries(connection: Connection, customer_id: str, on: date) -> list[LoyaltyEntry]:
    """The ledger of a customer up to the end of that day, oldest first."""
    entry = table_of(LoyaltyEntryRow)
    booked = select(entry).where(entry.c.customer_id == customer_id, entry.c.at <= datetime.combine(on, time.max))
    rows = connection.execute(booked.order_by(entry.c.at, entry.c.id)).all()
    return [LoyaltyEntry(**row._mapping) for row in rows]


def read_tiers(connection: Connection) -> list[LoyaltyTier]:
    """Every tier, lowest first."""
    statement = select(table_of(LoyaltyTierRow)).order_by(LoyaltyTierRow.threshold)
    return [LoyaltyTier(**row._mapping) for row in connection.execute(statement)]


def lapsed_points(entries: Sequence[LoyaltyEntry], on: date) -> int:
    """Points past their last day that the ledger has not booked as expired."""
    lots, _ = _open_lots(entries)
    return sum(lot.points for lot in lots if lot.expires_on is not None and lot.expires_on < on)


def derive_account(
    customer_id: str, entries: Sequence[LoyaltyEntry], tiers: Sequence[LoyaltyTier], on: date
) -> LoyaltyAccount:
    """Work out balance, tier and expiry.

    Points go out in the order in which they would expire. Points are good through their ``expires_on``; past it they no
    longer count, whether or not the ledger has booked their expiry. The tier counts points earned, less those
    reversed, in the 365 days up to ``on``; bonus points do not count towards it.

    Args:
        customer_id: Whose account.
        entries: The ledger up to ``on``, oldest first.
        tiers: At least one, lowest first.
        on: The day.
    """
    lots, debt = _open_lots(entries)
    good = [lot for lot in lots if lot.expires_on is None or lot.expires_on >= on]
    expiry = min((lot.expires_on for lot in good if lot.expires_on), default=None)
    earned = sum(
        entry.points for entry in entries if entry.kind in ("earn", "reverse") and entry.at.date() > on - QUALIFYING
    )
    reached = [tier for tier in tiers if tier.threshold <= earned] or [tiers[0]]
    following = next((tier for tier in tiers if tier.threshold > max(earned, reached[-1].threshold)), None)
    return LoyaltyAccount(
        customer_id=customer_id,
        balance=sum(lot.points for lot in good) - debt,
        earned_this_year=earned,
        tier=reached[-1],
        next_tier=following,
        points_to_next_tier=following.threshold - earned if following else 0,
        next_expiry=expiry,
        points_expiring=sum(lot.points for lot in good if expiry and lot.expires_on == expiry),
        recent=tuple(reversed(entries[-RECENT:])),
    )


@dataclass(slots=True)
class _Lot:
    """Points that came in together and are still there."""

    points: int
    expires_on: date | None


def _open_lots(entries: Sequence[LoyaltyEntry]) -> tuple[list[_Lot], int]:
    """What is left of the points that came in, and what was taken beyond them."""
    lots: list[_Lot] = []
    debt = 0
    for entry in entries:
        if entry.points > 0:
            paid = min(debt, entry.points)
            debt -= paid
            lots.append(_Lot(entry.points - paid, entry.expires_on))
        else:
            debt += _take(lots, -entry.points, entry.at.date() if entry.kind != "expire" else None)
        lots = [lot for lot in lots if lot.points]
    return lots, debt


def _take(lots: list[_Lot], points: int, good_on: date | None) -> int:
    """Take points out, soonest expiry first, passing over lots that had lapsed by ``good_on``; return the rest."""
    for lot in sorted(lots, key=lambda lot: lot.expires_on or date.max):
        if good_on is None or lot.expires_on is None or lot.expires_on >= good_on:
            taken = min(lot.points, points)
            lot.points -= taken
            points -= taken
    return points
