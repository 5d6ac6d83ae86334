"""How an account is derived from the ledger."""

from datetime import date, datetime

import pytest

from seamless_retail.core.database.repositories.loyalty import derive_account
from seamless_retail.core.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyTier

ON = date(2026, 6, 30)
TIERS = [
    LoyaltyTier(name="member", threshold=0, points_per_dollar=1),
    LoyaltyTier(name="silver", threshold=100, points_per_dollar=2),
    LoyaltyTier(name="gold", threshold=500, points_per_dollar=3),
]

Movement = tuple[int, str, date] | tuple[int, str, date, date]

EARLY, LATE = date(2026, 1, 10), date(2026, 6, 10)

BALANCES: dict[str, tuple[list[Movement], int]] = {
    "nothing happened": ([], 0),
    "earned less redeemed": ([(100, "earn", EARLY), (-40, "redeem", LATE)], 60),
    "good through the last day": ([(100, "earn", EARLY, ON)], 100),
    "lapsed though not booked": ([(100, "earn", EARLY, date(2026, 6, 29))], 0),
    "lapsed and booked counts once": ([(100, "earn", EARLY, LATE), (-100, "expire", LATE)], 0),
    "only what was left lapses": ([(100, "earn", EARLY, LATE), (-30, "redeem", EARLY), (50, "earn", LATE)], 50),
    "redeeming after a lapse takes good points": (
        [(100, "earn", EARLY, date(2026, 2, 1)), (80, "earn", EARLY), (-30, "redeem", LATE)],
        50,
    ),
    "points reversed after they were spent are owed": (
        [(100, "earn", EARLY), (-100, "redeem", EARLY), (-100, "reverse", LATE)],
        -100,
    ),
    "a debt is paid first": ([(-30, "reverse", EARLY), (100, "earn", LATE)], 70),
}


def account(*movements: Movement, on: date = ON) -> LoyaltyAccount:
    entries = [
        LoyaltyEntry(
            id=str(number),
            customer_id="C1",
            points=movement[0],
            kind=movement[1],  # type: ignore[arg-type]
            at=datetime.combine(movement[2], datetime.min.time()),
            expires_on=movement[3] if len(movement) == 4 else None,
        )
        for number, movement in enumerate(movements)
    ]
    return derive_account("C1", entries, TIERS, on)


@pytest.mark.parametrize("reason", BALANCES)
def test_balance(reason: str) -> None:
    movements, expected = BALANCES[reason]
    assert account(*movements).balance == expected


TIER_CASES: dict[str, tuple[list[Movement], str, str | None, int]] = {
    "nothing earned": ([], "member", "silver", 100),
    "on the threshold": ([(100, "earn", LATE)], "silver", "gold", 400),
    "the highest": ([(900, "earn", LATE)], "gold", None, 0),
    "a bonus does not count": ([(100, "bonus", LATE)], "member", "silver", 100),
    "a return takes it back": ([(100, "earn", EARLY), (-1, "reverse", LATE)], "member", "silver", 1),
    "spending does not": ([(100, "earn", EARLY), (-100, "redeem", LATE)], "silver", "gold", 400),
    "a year ago does not count": ([(500, "earn", date(2025, 6, 30))], "member", "silver", 100),
    "364 days ago does": ([(500, "earn", date(2025, 7, 1))], "gold", None, 0),
    "less than nothing earned": ([(-20, "reverse", LATE)], "member", "silver", 120),
}


@pytest.mark.parametrize("reason", TIER_CASES)
def test_tier(reason: str) -> None:
    movements, tier, following, missing = TIER_CASES[reason]
    found = account(*movements)
    assert found.tier.name == tier
    assert (found.next_tier.name if found.next_tier else None) == following
    assert found.points_to_next_tier == missing


def test_next_expiry_sums_what_goes_that_day() -> None:
    soon, later = date(2026, 7, 1), date(2026, 9, 1)
    found = account((10, "earn", EARLY, later), (20, "earn", EARLY, soon), (5, "earn", LATE, soon), (7, "earn", LATE))
    assert (found.next_expiry, found.points_expiring) == (soon, 25)
