"""What a message asks about products and orders, apart from filters: facts wanted, order of results, availability."""

import re
from typing import NamedTuple

from seamless_retail.core.ports import Vocabulary
from seamless_retail.core.queries import Sort
from seamless_retail.tools.understanding.message import Message, words_of
from seamless_retail.tools.understanding.numbers import WORDS, parse_number
from seamless_retail.tools.understanding.word_lists import AVAILABILITY, SORTS, WANTS

_SORTS: tuple[Sort, ...] = ("price_ascending", "price_descending", "popularity")
_DOZENS = {
    **{"a dozen": 12, "one dozen": 12, "two dozen": 24, "half a dozen": 6, "a half dozen": 6},
    **{"a couple of": 2, "a pair of": 1},
}
_CONTAINERS = (
    "packs|packets|boxes|bottles|jars|cans|tins|cartons|loaves|units|pieces|pcs|bars|tubs|pots|blocks|bunches|sachets"
)
_COUNT = rf"(?P<count>[0-9]{{1,3}}(?![.,0-9])|{'|'.join(_DOZENS)}|{WORDS})"
_ALONE = r"(?<![\w$£€.,#-])"
_QUANTITIES = (
    re.compile(rf"{_ALONE}{_COUNT} (?:more )?(?:{_CONTAINERS})\b(?: of\b)?"),
    re.compile(rf"{_ALONE}{_COUNT} (?:bags?|pairs|packet|pack|box|bottle|jar|can|tin) of\b"),
    re.compile(rf"{_ALONE}{_COUNT} (?:of|more of) (?:these|those|them|it|this|that|the)\b"),
    re.compile(rf"{_ALONE}(?P<count>{'|'.join(_DOZENS)})\b"),
    re.compile(r"(?<![\w.])x ?(?P<count>[0-9]{1,2})\b|\b(?:qty|quantity):? ?(?P<other>[0-9]{1,3})\b"),
    re.compile(r"(?<![\w.,$£€])(?P<count>[0-9]{1,2}) ?x(?= [a-z])"),
)
_ORDER_ID = re.compile(
    r"(?<![\w-])ord[- #]?([0-9]{4,9})\b|(?<!\w)#?(w[0-9]{6,8})\b|"
    r"\border (?:number |no\.? ?|id |nr\.? ?)?#?([0-9]{5,9})\b"
)


class Availability(NamedTuple):
    """Where and whether a product must be available."""

    in_stock: bool = False
    location_id: str = ""


class PlaceReader:
    """Finds the store a message names.

    Args:
        vocabulary: Its ``locations`` are the names and cities.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        names = {words_of(name): place for name, place in vocabulary.locations.items() if words_of(name)}
        short = {words[:-1]: place for words, place in names.items() if len(words) > 1 and words[-1] in _STORE_WORDS}
        self._names = short | names
        self._longest = max(map(len, self._names), default=0)

    def words(self) -> set[str]:
        """Every word of every name."""
        return {word for name in self._names for word in name}

    def read(self, message: Message) -> Availability:
        """Read availability words and the place, and mark them as used."""
        place = self._place(message)
        stock = AVAILABILITY["in_stock"].search(message.lower)
        if stock:
            message.take(*stock.span())
        absent = [match.span() for match in AVAILABILITY["absent"].finditer(message.lower)]
        for span in absent:
            message.take(*span)
        wanted = bool(stock or place) and not absent
        if place and not stock and not absent:
            wanted = not AVAILABILITY["about_store"].search(message.lower)
        return Availability(wanted, place)

    def _place(self, message: Message) -> str:
        for at in range(len(message.words)):
            for length in range(self._longest, 0, -1):
                name = tuple(message.words[at : at + length])
                end = at + length
                if name in self._names and (
                    _is_led_in(message, at) or message.words[end : end + 1] in _STORE_FOLLOWERS
                ):
                    message.take_tokens(at, end + (message.words[end : end + 1] in _STORE_FOLLOWERS))
                    return self._names[name]
        return ""


_STORE_WORDS = frozenset({"store", "shop", "branch", "location", "market"})
_STORE_FOLLOWERS = [[word] for word in sorted(_STORE_WORDS)]
_LEADS = frozenset({"at", "in", "from", "near", "to", "is", "does", "has", "for", "stock", "available"})


def _is_led_in(message: Message, at: int) -> bool:
    before = [word for word in message.words[max(0, at - 2) : at] if word not in ("the", "your", "our")]
    return bool(before) and before[-1] in _LEADS


def read_wants(message: Message) -> tuple[str, ...]:
    """The facts that the unused words of a message ask for, as names of :data:`WANTS`."""
    text = message.unused_text()
    wants = [name for name, pattern in WANTS.items() if pattern.search(text)]
    if "nutrition" in wants and re.search(r"how much (?!is|are|does|do\b)", text):
        wants = [name for name in wants if name != "price"]
    return tuple(wants)


def read_sort(message: Message) -> Sort:
    """The order of results a message asks for; its words are marked as used."""
    for sort in _SORTS:
        if match := SORTS[sort].search(message.lower):
            message.take(*match.span())
            return sort
    return "relevance"


def read_quantity(message: Message) -> int | None:
    """Units wanted ("two packs", "3 of these", "a dozen"), or ``None``."""
    for pattern in _QUANTITIES:
        for match in pattern.finditer(message.lower):
            text = match["count"] or match.groupdict().get("other", "")
            count = _DOZENS.get(text) or int(parse_number(text))
            if message.is_free(*match.span()) and 1 < count < 1000:
                message.take(*match.span())
                return count
    return None


def read_order_id(message: Message) -> str:
    """The order a message names, as orders are written: ``ORD-100001``, ``#W2611340``; or an empty text."""
    match = _ORDER_ID.search(message.lower)
    if not match:
        return ""
    message.take(*match.span())
    return f"#{match[2].upper()}" if match[2] else f"ORD-{match[1] or match[3]}"
