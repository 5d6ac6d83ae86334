"""Lists of oils: "vegetable oil (canola, palm and/or soybean)", "soybean and cottonseed oil".

The law of most places exempts refined soybean oil from declaration; in such a list the plant's bare name means its oil.
"""

import re

from seamless_retail.core.food_facts.allergens import oil_words
from seamless_retail.lobes.guardrails.labels.tokens import WORD

_GAP = re.compile(r"[\s\d,.%/&+<>-]*")
_NEAR = 120
_HEAD = 40
_MISREAD = 1
"""Plants beside which one word of the list may be misread ("paim")."""


def is_oil(text: str, start: int, end: int) -> bool:
    """Whether the plant named at a span of the folded text stands in a list of oils."""
    is_one = not text[start:end].endswith("s")
    return (is_one and _ends_in_oil(text, end)) or _follows_oil(text, start, end)


def _ends_in_oil(text: str, end: int) -> bool:
    """Whether a joined list of plants in the singular goes on to "oil": ``soybean, palm and/or cottonseed oil``."""
    words = oil_words()
    place, is_joined = end, False
    for match in WORD.finditer(text, end, end + _NEAR):
        word = match[0]
        if not _GAP.fullmatch(text, place, match.start()):
            return False
        if word in words["oils"]:
            return is_joined
        if word not in words["plants"] | words["descriptions"] | words["joining"]:
            return False
        is_joined = is_joined or word in words["joining"]
        place = match.end()
    return False


def _follows_oil(text: str, start: int, end: int) -> bool:
    """Whether brackets right after "oil" hold the span and nothing but plants and what is said of oils."""
    words = oil_words()
    opened = max(text.rfind(mark, max(0, start - _NEAR), start) for mark in "([{")
    if opened < 0 or any(mark in text[opened + 1 : start] for mark in ")]}"):
        return False
    head = WORD.findall(text, max(0, opened - _HEAD), opened)
    while head and (head[-1] in words["descriptions"] or head[-1].isdigit()):
        head.pop()
    if not head or head[-1] not in words["oils"]:
        return False
    closed = min((place for mark in ")]}([{" if (place := text.find(mark, end)) >= 0), default=len(text))
    inside = WORD.findall(text, opened + 1, min(closed, end + _NEAR))
    listed = inside[: inside.index("with")] if "with" in inside else inside
    strangers = sum(not word.isdigit() and not any(word in known for known in words.values()) for word in listed)
    return strangers == 0 or (strangers == 1 and len(words["plants"].intersection(listed)) > _MISREAD)
