"""The shop itself: its day, its locations, its loyalty programme."""

from datetime import date, timedelta

from seamless_retail.core.catalogue import Location
from seamless_retail.core.database.seed.content import read_toml
from seamless_retail.core.loyalty import LoyaltyTier

TODAY = date(2026, 11, 15)
"""The day at which the demonstration shop stands still."""

HISTORY = timedelta(days=548)
"""Eighteen months of sales and orders."""

FIRST_DAY = TODAY - HISTORY


def make_locations() -> list[Location]:
    """Two stores and the warehouse."""
    return [Location.model_validate(entry) for entry in read_toml("store.toml")["locations"]]


def make_tiers() -> list[LoyaltyTier]:
    """The tiers, lowest first."""
    return [LoyaltyTier.model_validate(entry) for entry in read_toml("store.toml")["loyalty"]["tiers"]]
