"""Price bounds in a message: "under $50", "between 20 and 40 dollars", "around £30".

Each amount of money is found first; what stands before and after it says which bound it is. A number without a currency
counts only beside words of comparison and when no unit follows it, so that sizes, weights, percentages and dates stay
out. Bounds are inclusive cents: "under $50" is at most 4999.
"""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

from seamless_retail.core.catalogue import Money
from seamless_retail.core.errors import ContradictoryConstraintsError
from seamless_retail.tools.understanding.message import Message
from seamless_retail.tools.understanding.numbers import DIGITS, WORDS, parse_number

Bound = Literal["under", "at most", "over", "at least", "around", "exactly"]

_CURRENCIES = {
    "USD": ("$", "us$", "usd", "dollar", "dollars", "buck", "bucks", "cent", "cents", "¢"),
    "GBP": ("£", "gbp", "pound", "pounds", "quid", "pence"),
    "EUR": ("€", "eur", "euro", "euros"),
}
_CURRENCY_OF = {sign: currency for currency, signs in _CURRENCIES.items() for sign in signs}
_SIGN = r"us\$|[$£€]|(?<!\w)(?:usd|gbp|eur)\b"
_NAME = r"dollars?\b|bucks?\b|usd\b|euros?\b|eur\b|pounds?\b|quid\b|gbp\b|cents?\b|pence\b|[$£€¢]"
_AMOUNT = re.compile(
    rf"(?<![\w.,#])(?:(?P<sign>{_SIGN})\s?)?(?P<number>{DIGITS}|{WORDS}\b)(?P<thousand>k\b)?(?P<ish>[ -]?ish\b)?"
    rf"(?:[ -]?(?P<name>{_NAME}))?(?P<ish_after>[ -]?ish\b)?(?!\w)"
)
_COMPARISONS: tuple[tuple[Bound, str], ...] = (
    (
        "at least",
        r"at least|not? less than|not (?:under|below)|min(?:imum)?(?: price)?(?: of| is)?:?|starting (?:at|from)",
    ),
    ("at least", r"upwards of|from|>=|≥"),
    ("at most", r"at most|not? (?:more|higher|greater) than|no(?:t|thing)? (?:over|above|exceeding)|up to|<=|≤"),
    ("at most", r"max(?:imum)?(?: price)?(?: of| is)?:?|within|(?:price )?limit(?: of| is)?:?|not exceed(?:ing)?"),
    ("at most", r"(?:my |a )?budget(?:'?s| is| of)?:?|(?:can |to )?spend(?: up to)?|have(?: only)?(?: got)?"),
    ("under", r"(?:priced |costs? |costing )?(?:under|below|beneath|less than|cheaper than|lower than)|<"),
    ("over", r"(?:priced |costs? |costing )?(?:over|above|more than|higher than|greater than|exceeding|pricier than)"),
    ("over", r"more expensive than|dearer than|>"),
    ("around", r"around|about|roughly|approx(?:imately|\.)?|near|close to|circa|~"),
)
_BEFORE = tuple(
    (bound, re.compile(rf"(?:^|[^\w])(?:{words})\s*(?:a |an |the |about |around )?$")) for bound, words in _COMPARISONS
)
_NEEDS_CURRENCY = re.compile(r"\W?(?:from|within|limit|have|near|close)\b")
_COUNTS_TOO = re.compile(r"\W?(?:at (?:least|most)|up to|(?:not? )?(?:more|less) than|over|above|around|about)\b")
_SMALLEST_UNMARKED = 1000
_AFTER: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("at most", re.compile(r"\s*(?:or|and) (?:less|under|below|cheaper)\b|\s*(?:max(?:imum)?|tops|at most|or less)\b")),
    ("around", re.compile(r"\s*(?:price )?(?:range|mark)\b")),
    ("at least", re.compile(r"\s*\+|\s*(?:or|and) (?:more|over|up|above|upwards)\b|\s*(?:min(?:imum)?|at least)\b")),
)
_RANGE_LINK = re.compile(r"\s*(?:-|to|and|through|up to)\s*(?:the )?")
_RANGE_OPENING = re.compile(r"(?:^|\W)(?:between|from|range(?: of)?|budget(?: is| of)?:?)\s*$")
_PRICE_WORD = re.compile(
    r"(?:priced?|pricing|costs?|costing|cheaper|pricier|expensive|budget|spend|dearer)\W+(?:\w+\W+){0,2}$"
)
_PLAIN_FOLLOWER = re.compile(
    r"\s*(?:$|[.,;:!?)\"]|(?:and|but|or|for|in|with|without|from|please|if|that|which|to|at|on|by|as|total|each|only|"
    r"is|are|would|will|can|could|do|does|not|no|made|so|then|i|we|because|maybe|ideally|preferably|thanks|thank)\b)"
)
_QUALIFIERS = r"\s+(?:is |of |of orders? )?(?:\w+ ){0,2}$"
_THRESHOLD_BEFORE = re.compile(rf"\b(?:orders?|purchases?|shipping|delivery|deliver|returns?|points?){_QUALIFIERS}")
_COUNTED_BEFORE = re.compile(
    rf"\b(?:sizes?|kids|child(?:ren)?|toddlers?|babies|people|anyone|aged?|ages|waist|within|last|past){_QUALIFIERS}"
)
_NOT_MONEY = re.compile(r"\s*(?:%|percent|points?|days?|weeks?|months?|years?|hours?|minutes?|k?g|m?l|oz|lbs?)\b|\s*%")
_DEDUCTION = re.compile(r"\s*(?:off\b|discount|coupon|voucher|gift ?card|credit|refund|reward|back\b|worth of points)")
_SETTLED = re.compile(r"\b(?:charged?|refund(?:ed|s)?|paid|fee|fees|owed?|balance|points?|transaction|gift card)\b")
_CLOCK = re.compile(
    r"\b(?:open|opens|opening|close[sd]?|closing|hours|am|pm|o'clock|deliver(?:y|ed)?|monday|weekend)\b"
)
_UNITS_ASKED = re.compile(r"\b(?:in stock|left|available|units|quantity)\b")
_WINDOW = 48
_MOST_AMOUNTS = 16
_SPREAD = Decimal("0.2")


class PriceBounds(NamedTuple):
    """Inclusive bounds in cents, and the foreign currency in which the customer named them, if so."""

    minimum: int | None = None
    maximum: int | None = None
    foreign_currency: str = ""


@dataclass(frozen=True, slots=True)
class _Amount:
    start: int
    end: int
    cents: int
    currency: str
    """Empty without a currency sign or name."""
    roughly: bool


@dataclass(frozen=True, slots=True)
class _Term:
    bound: Bound
    cents: int

    def words(self, currency: str) -> str:
        return f"{self.bound} {Money(cents=self.cents, currency=currency)}"


def read_prices(message: Message, currency: str = "USD", descriptive: frozenset[str] = frozenset()) -> PriceBounds:
    """Find the price bounds of a message and mark their words as used.

    Args:
        message: The message.
        currency: The currency of the shop's prices.
        descriptive: Words that may follow a price without a currency ("under 50 cotton").

    Raises:
        ContradictoryConstraintsError: No price can satisfy all the bounds.
    """
    amounts = [amount for amount in _amounts(message) if message.is_free(amount.start, amount.end)]
    terms: list[_Term] = []
    named = {amount.currency for amount in amounts if amount.currency}
    i = 0
    while i < len(amounts):
        pair = _range(message, amounts[i : i + 2], descriptive)
        terms += pair or _single(message, amounts[i], descriptive)
        i += 2 if pair else 1
    minimum, maximum = _combine(terms, currency)
    foreign = sorted(named - {currency}) if terms and currency not in named else []
    return PriceBounds(minimum, maximum, foreign[0] if foreign else "")


def _amounts(message: Message) -> list[_Amount]:
    found = []
    for match in _AMOUNT.finditer(message.lower):
        name = match["name"] or match["sign"] or ""
        value = parse_number(match["number"]) * (1000 if match["thousand"] else 1)
        if match["name"] not in ("cent", "cents", "¢", "pence"):
            value *= 100
        cents = int(value.to_integral_value(ROUND_HALF_UP))
        roughly = bool(match["ish"] or match["ish_after"])
        found.append(_Amount(match.start(), match.end(), cents, _CURRENCY_OF.get(name, ""), roughly))
    return found[:_MOST_AMOUNTS]


def _range(message: Message, pair: list[_Amount], descriptive: frozenset[str]) -> list[_Term]:
    """Two bounds when the amounts are the ends of one range."""
    if len(pair) < 2 or not _RANGE_LINK.fullmatch(message.lower, pair[0].end, pair[1].start):
        return []
    opening = _RANGE_OPENING.search(message.lower, max(0, pair[0].start - _WINDOW), pair[0].start)
    link = message.lower[pair[0].end : pair[1].start].strip()
    marked = pair[0].currency or pair[1].currency
    if link == "and" and not opening:
        return []
    if not marked and (
        not opening or _CLOCK.search(message.lower) or not _is_plain(message, pair[0], pair[1], descriptive)
    ):
        return []
    message.take(opening.start() if opening else pair[0].start, pair[1].end)
    low, high = sorted(amount.cents for amount in pair)
    return [_Term("at least", low), _Term("at most", high)]


def _single(message: Message, amount: _Amount, descriptive: frozenset[str]) -> list[_Term]:
    window = max(0, amount.start - _WINDOW)
    for bound, pattern in _BEFORE:
        if opening := pattern.search(message.lower, window, amount.start):
            if not _counts(message, amount, opening, descriptive):
                return []
            message.take(opening.start(), amount.end)
            return _terms(bound, amount.cents)
    asked = _PRICE_WORD.search(message.lower, window, amount.start)
    for bound, pattern in _AFTER:
        closing = pattern.match(message.lower, amount.end)
        if closing and (amount.currency or asked):
            message.take(amount.start, closing.end())
            return _terms(bound, amount.cents)
    return _bare(message, amount)


def _counts(message: Message, amount: _Amount, comparison: re.Match[str], descriptive: frozenset[str]) -> bool:
    """Whether an amount after words of comparison is a price, not a weight, an age, a count or a spending threshold."""
    window, end = max(0, comparison.start() - _WINDOW), comparison.start() + 1
    if _DEDUCTION.match(message.lower, amount.end) or _THRESHOLD_BEFORE.search(message.lower, window, end):
        return False
    if amount.currency:
        return True
    if _COUNTED_BEFORE.search(message.lower, window, end):
        return False
    if _NEEDS_CURRENCY.match(comparison[0]) or _CLOCK.search(message.lower):
        return False
    asked = bool(_PRICE_WORD.search(message.lower, window, amount.start))
    count = _COUNTS_TOO.match(comparison[0]) and (
        amount.cents < _SMALLEST_UNMARKED or _UNITS_ASKED.search(message.lower)
    )
    return (asked or not count) and _is_plain(message, amount, amount, descriptive)


def _is_plain(message: Message, first: _Amount, last: _Amount, descriptive: frozenset[str]) -> bool:
    """Whether nothing that is counted or measured follows a number without a currency."""
    following = next((token.word for token in message.tokens if token.start >= last.end), "")
    if _PLAIN_FOLLOWER.match(message.lower, last.end) or following in descriptive:
        return True
    asked = _PRICE_WORD.search(message.lower, max(0, first.start - _WINDOW), first.start)
    return bool(asked) and not _NOT_MONEY.match(message.lower, last.end)


def _bare(message: Message, amount: _Amount) -> list[_Term]:
    """An amount without a comparison is a budget ("a $50 dress"), unless it is a deduction or money that moved."""
    if not amount.currency or _DEDUCTION.match(message.lower, amount.end) or _SETTLED.search(message.lower):
        return []
    if _CURRENCY_OF.get(message.lower[amount.start : amount.end].split()[-1]) == "GBP" and "£" not in message.lower:
        return []  # "2 pounds of beef" is a weight
    message.take(amount.start, amount.end)
    return _terms("around" if amount.roughly else "at most", amount.cents)


def _terms(bound: Bound, cents: int) -> list[_Term]:
    if bound != "around":
        return [_Term(bound, cents)]
    spread = int((cents * _SPREAD).to_integral_value(ROUND_HALF_UP))
    return [_Term("at least", cents - spread), _Term("at most", cents + spread)]


def _combine(terms: list[_Term], currency: str) -> tuple[int | None, int | None]:
    floors = [(t.cents + (t.bound == "over"), t) for t in terms if t.bound in ("over", "at least")]
    ceilings = [(t.cents - (t.bound == "under"), t) for t in terms if t.bound in ("under", "at most")]
    low, high = max(floors, default=None, key=_cents), min(ceilings, default=None, key=_cents)
    if high and high[0] < 0:
        raise ContradictoryConstraintsError(
            f"No price is {high[1].words(currency)}.", "Name a higher price, or leave the price out."
        )
    if low and high and low[0] > high[0]:
        raise ContradictoryConstraintsError(
            f"No price is both {low[1].words(currency)} and {high[1].words(currency)}.",
            "Give one price range, such as 'between $50 and $80'.",
        )
    return (low[0] if low else None), (high[0] if high else None)


def _cents(bound: tuple[int, _Term]) -> int:
    return bound[0]
