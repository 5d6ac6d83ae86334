"""Claims about one order of the verified customer, or the list of the latest ones, each quoting the order's record."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from seamless_retail.core.evidence import Claim, Source
from seamless_retail.core.orders import Order
from seamless_retail.core.source_text import written_date
from seamless_retail.core.sources import order_source
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_record import cite_together
from seamless_retail.lobes.return_window import ReturnWindow
from seamless_retail.lobes.wording import join_words

DONE = ("processed", "shipped", "delivered", "cancelled", "returned", "exchanged", "refunded")
"""Statuses that read as something that was done to the order, on the day they were reached; others are quoted."""

MAX_ITEMS = 4
"""Lines of an order that one sentence tells."""

_ON_ITS_WAY = ("pending", "processed", "shipped")
_ASPECTS = {
    "items": r"\b(?:items?|what did i (?:order|buy|get)|what(?:'s| is| was) in|contents?|products? in|ordered)\b",
    "total": r"\b(?:total|cost|paid|pay|price|how much|charged?)\b",
    "address": r"\b(?:address|shipped to|ships? to|sent to|going to)\b",
    "refund": r"\b(?:refund\w*|money back|reimburse\w*|compensation)\b",
    "tracking": r"\b(?:track\w*|where|carrier)\b",
    "placed": r"\b(?:when did i|placed?|order date|ordered on)\b",
}
"""What a message asks of an order beyond its status."""


def asked_aspects(text: str) -> set[str]:
    """Names of the aspects that the message asks about."""
    return {name for name, pattern in _ASPECTS.items() if re.search(pattern, text, re.IGNORECASE)}


def order_claims(order: Order, aspects: set[str]) -> list[Claim]:
    """The status always; what was asked beyond it, or else when to expect it and what it holds."""
    source = order_source(order)
    claims = [_status(order, source)]
    if aspects <= {"tracking"}:
        claims += _expected(order, source)
    if order.tracking and ("tracking" in aspects or (not aspects and order.status == "shipped")):
        claims.append(_claim("order_tracking", source, "tracking", tracking=join_words(order.tracking)))
    if "placed" in aspects and order.placed_at:
        claims.append(_claim("order_placed", source, "placed", date=written_date(order.placed_at)))
    if order.lines and (aspects <= {"tracking"} or "items" in aspects):
        claims.append(_items(source, len(order.lines)))
    if "total" in aspects:
        claims.append(_claim("order_total", source, "total", total=str(order.total)))
    if "address" in aspects and "address" in source.fields:
        address = source.cite("address").quote.removeprefix("Ships to: ")
        claims.append(_claim("order_address", source, "address", address=address))
    return claims + (_refunds(source) if "refund" in aspects else [])


def return_claim(order: Order, window: ReturnWindow, today: date) -> Claim:
    """Until when a delivered order can be returned, or could have been."""
    source = order_source(order)
    steps = [position for position, step in enumerate(order.history) if step.status == "delivered"]
    is_open = today <= window.until
    facts: dict[str, Any] = {
        "delivered": written_date(window.delivered_on),
        "until": written_date(window.until),
        "order": order.id,
    }
    citations = [source.cite(f"history.{steps[-1]}"), window.rule]
    if window.days is None:
        return make_claim("return_season", citations, ends="ends" if is_open else "ended", **facts)
    return make_claim("return_open" if is_open else "return_closed", citations, term=f"{window.days} days", **facts)


def order_list(orders: Sequence[Order]) -> list[Claim]:
    """One line per order."""
    return [_order_line(order) for order in orders]


def _claim(kind: str, source: Source, field: str, **facts: Any) -> Claim:
    return make_claim(kind, [source.cite(field)], order=source.id.partition(":")[2], **facts)


def _status(order: Order, source: Source) -> Claim:
    """The status, with the day on which the order reached it."""
    citations = [source.cite_span(source.fields["id"][0], source.fields["status"][1])]
    steps = [(position, step) for position, step in enumerate(order.history) if step.status == order.status]
    days = [(position, step.at) for position, step in steps if step.at]
    state, when = f"{'has been' if days else 'is'} {order.status}", ""
    if order.status in DONE:
        state = f"{'was' if days else 'has been'} {order.status}"
    elif " " in order.status:
        state = f"has {'had ' if days else ''}the status “{order.status}”"
    if days:
        position, day = days[-1]
        citations.append(source.cite(f"history.{position}"))
        when = f" {'on' if order.status in DONE else 'since'} {written_date(day)}"
    return make_claim("order_status", citations, order=order.id, state=f"{state}{when}")


def _expected(order: Order, source: Source) -> list[Claim]:
    if order.status not in _ON_ITS_WAY or not order.expected_on:
        return []
    return [_claim("order_expected", source, "expected", date=written_date(order.expected_on))]


def _items(source: Source, count: int) -> Claim:
    items = [source.cite(f"lines.{position}").quote for position in range(min(count, MAX_ITEMS))]
    more = ["and more"] if count > MAX_ITEMS else []
    return _claim("order_items", source, "lines", items="; ".join([*items, *more]))


def _refunds(source: Source) -> list[Claim]:
    fields = [field for field in source.fields if field.startswith("refunds.")]
    return [
        _claim("refund", source, field, refund=source.cite(field).quote.removeprefix("Refund: ")) for field in fields
    ]


def _order_line(order: Order) -> Claim:
    source = order_source(order)
    placed = f", placed on {written_date(order.placed_at)}" if order.placed_at else ""
    citations = cite_together(source, ["id", "status", "placed", "total"])
    return make_claim(
        "order_line", citations, order=order.id, status=order.status, placed=placed, total=str(order.total)
    )
