"""The loyalty programme: an append-only points ledger and tiers."""

from datetime import date, datetime
from typing import Literal

from seamless_retail.core.catalogue import Record


class LoyaltyEntry(Record):
    """One line of the ledger; points spent or expired are negative."""

    id: str
    customer_id: str
    points: int
    kind: Literal["earn", "redeem", "expire", "bonus", "reverse"]
    at: datetime
    order_id: str = ""
    note: str = ""
    expires_on: date | None = None


class LoyaltyTier(Record):
    """A tier, reached by points earned in the last twelve months."""

    name: str
    threshold: int
    """Points earned in twelve months."""
    points_per_dollar: int
    perks: tuple[str, ...] = ()


class LoyaltyAccount(Record):
    """Where a customer stands, derived from the ledger."""

    customer_id: str
    balance: int
    earned_this_year: int
    tier: LoyaltyTier
    next_tier: LoyaltyTier | None = None
    points_to_next_tier: int = 0
    next_expiry: date | None = None
    points_expiring: int = 0
    recent: tuple[LoyaltyEntry, ...] = ()
