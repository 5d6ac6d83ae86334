"""How long one order can be returned, by the dates of the order and by the numbers the policy documents state.

The rules are read from the sentences of the policies and each is cited with the date it leads to. Where a shop's
policies state no such number, there is no window to tell and nothing is made up.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from seamless_retail.core.evidence import Citation
from seamless_retail.core.orders import Order
from seamless_retail.lobes.policy_shelf import PolicyShelf

STANDARD = r"return .*?within (\d+) days of delivery"
BY_TIER = r"^(.+?) members have (\d+) days\b"
BY_SEASON = r"bought between (\w+ \d+) and (\w+ \d+) can be returned until (\w+ \d+)"


@dataclass(frozen=True, slots=True)
class ReturnWindow:
    """The last day on which an order can be returned, and the sentence that says so."""

    delivered_on: date
    until: date
    days: int | None
    """``None`` where the policy names a day instead."""
    rule: Citation


def delivered_on(order: Order) -> date | None:
    """The day an order was delivered, from its history."""
    days = [step.at.date() for step in order.history if step.status == "delivered" and step.at]
    return days[-1] if days else None


def return_window(order: Order, tier: str, shelf: PolicyShelf) -> ReturnWindow | None:
    """The longest window that the policies grant a delivered order of a customer of this loyalty tier."""
    delivered = delivered_on(order)
    if delivered is None:
        return None
    windows = [_by_days(shelf.sentence(STANDARD, "returns"), delivered, 1)]
    by_tier = shelf.sentence(BY_TIER, "returns")
    if by_tier and tier and re.search(rf"\b{re.escape(tier)}\b", by_tier[0][1], re.IGNORECASE):
        windows.append(_by_days(by_tier, delivered, 2))
    windows.append(_by_season(shelf.sentence(BY_SEASON, "returns"), order, delivered))
    return max((window for window in windows if window), key=lambda window: window.until, default=None)


def _by_days(rule: tuple[re.Match[str], Citation] | None, delivered: date, group: int) -> ReturnWindow | None:
    if rule is None:
        return None
    days = int(rule[0][group])
    return ReturnWindow(delivered, delivered + timedelta(days=days), days, rule[1])


def _by_season(rule: tuple[re.Match[str], Citation] | None, order: Order, delivered: date) -> ReturnWindow | None:
    """A window that ends on a fixed day of the year, for what was bought in a season."""
    if rule is None or order.placed_at is None:
        return None
    bought = order.placed_at.date()
    first, last, until = (_day(rule[0][group], bought.year) for group in (1, 2, 3))
    if first is None or last is None or until is None or not first <= bought <= last:
        return None
    until = until.replace(year=until.year + 1) if until < last else until
    return ReturnWindow(delivered, until, None, rule[1])


def _day(text: str, year: int) -> date | None:
    try:
        return datetime.strptime(f"{text} {year}", "%B %d %Y").date()
    except ValueError:
        return None
