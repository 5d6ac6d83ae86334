"""One customer's points as they are earned, used and lost."""

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from seamless_retail.core.customers import Customer
from seamless_retail.core.database.repositories.loyalty import derive_account
from seamless_retail.core.database.seed.content import read_toml
from seamless_retail.core.database.seed.stores import FIRST_DAY, TODAY, make_tiers
from seamless_retail.core.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order

BIRTHDAY_SHARE = 0.6
"""How many customers have told their date of birth."""
REDEEM_SHARE = 0.2
"""How often an order is partly paid with points when the balance allows it."""
REDEEM_AT_MOST = 1000
CARRIED_OVER = "Points carried over from last year"


class Ledger:
    """Books entries in any order; the rules are those of ``content/store.toml``."""

    def __init__(self, customer: Customer, rng: Random) -> None:
        self._customer, self._tiers = customer, make_tiers()
        self._rules: dict[str, Any] = read_toml("store.toml")["loyalty"]
        self._entries: list[LoyaltyEntry] = []
        joined = customer.joined_on or FIRST_DAY
        if joined >= FIRST_DAY:
            self._add("bonus", self._rules["welcome_bonus"], _morning(joined), "Welcome bonus")
        else:
            carried = rng.choice([0, 0, 60, 140, 220, 380])
            self._add("bonus", carried, _morning(FIRST_DAY), CARRIED_OVER, expires_on=TODAY - timedelta(days=40))
        if rng.random() < BIRTHDAY_SHARE:
            self._birthdays(rng, max(joined, FIRST_DAY))

    def tier(self, at: datetime) -> LoyaltyTier:
        """The tier at a moment."""
        return self._account(at).tier

    def redeem(self, rng: Random, order_id: str, at: datetime, subtotal_cents: int) -> int:
        """Sometimes use points for an order; returns the discount in cents (a point is worth a cent)."""
        usable = min(self._account(at).balance, subtotal_cents, REDEEM_AT_MOST) // 100 * 100
        if usable < self._rules["minimum_redemption"] or rng.random() > REDEEM_SHARE:
            return 0
        self._add("redeem", -usable, at, "Points used at checkout", order_id)
        return usable

    def book(self, order: Order) -> None:
        """Add the points of a delivered order and take those of a returned one back; give back points of a refund."""
        moments = {step.status: step.at for step in order.history}
        earned = 0
        if delivered := moments.get("delivered"):
            spent = sum(line.quantity * line.unit_price_cents for line in order.lines) - order.discount_cents
            earned = spent // 100 * self.tier(delivered).points_per_dollar
            self._add("earn", earned, delivered, "Purchase", order.id)
        refunded = moments.get("returned") or moments.get("cancelled")
        if refunded:
            self._add("reverse", -earned, refunded, "Returned", order.id)
            self._add("bonus", order.discount_cents, refunded, "Points of a refunded order", order.id)

    def close(self) -> list[LoyaltyEntry]:
        """All entries up to the shop's day, oldest first, with the expiry of what was left unused."""
        self._expire()
        last = datetime.combine(TODAY, time.max)
        kept = sorted((entry for entry in self._entries if entry.at <= last), key=lambda entry: (entry.at, entry.id))
        return [
            entry.model_copy(update={"id": f"{self._customer.id}-{number:03d}"})
            for number, entry in enumerate(kept, start=1)
        ]

    def _account(self, at: datetime) -> LoyaltyAccount:
        booked = sorted((entry for entry in self._entries if entry.at <= at), key=lambda entry: (entry.at, entry.id))
        return derive_account(self._customer.id, booked, self._tiers, at.date())

    def _birthdays(self, rng: Random, since: date) -> None:
        month, day = rng.randint(1, 12), rng.randint(1, 28)
        for year in range(since.year, TODAY.year + 1):
            if since <= (birthday := date(year, month, day)) <= TODAY:
                self._add("bonus", self._rules["birthday_bonus"], _morning(birthday), "Birthday bonus")

    def _expire(self) -> None:
        """Book the loss of points carried over and not used in time."""
        for entry in [entry for entry in self._entries if entry.note == CARRIED_OVER and entry.expires_on]:
            lapse = entry.expires_on or TODAY
            before = self._account(datetime.combine(lapse, time.max))
            if before.next_expiry == lapse and before.points_expiring:
                self._add("expire", -before.points_expiring, _morning(lapse + timedelta(days=1)), "Points expired")

    def _add(
        self, kind: str, points: int, at: datetime, note: str, order_id: str = "", expires_on: date | None = None
    ) -> None:
        if points:
            expires = expires_on or _months_later(at.date(), self._rules["expiry_months"]) if points > 0 else None
            entry = {
                "points": points,
                "kind": kind,
                "at": at,
                "note": note,
                "order_id": order_id,
                "expires_on": expires,
            }
            number = f"{len(self._entries):04d}"
            self._entries.append(LoyaltyEntry.model_validate({"id": number, "customer_id": self._customer.id, **entry}))


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(6))


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))
