"""Additive numbers: ``E322``, ``E 220-228``, ``INS 1105``, and bare ones after a class: ``preservative (223)``."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from seamless_retail.core.food_facts.allergens import Additive, additives

_NUMBERED = re.compile(
    r"(?<![^\W_])(?:e|е|ε|sin|ins(?:\s*no\.?)?)\s?[-.:]?\s?(\d{3,4}|[\do]{3,4})\s?(?:\(?(i{1,3}v?|[a-e])\)?)?(?![^\W_])"
)
_RANGE = re.compile(r"(?<![^\W_])e\s?-?(\d{3})\s?(?:-|to|bis|a|à|al|tot|до)\s?e?\s?-?(\d{3})(?!\d)")
_BARE = re.compile(
    r"(?<![\d.,%])(\d{3,4})\s?\(?([a-e]|i{1,3})?\)?(?![\d.,]*\d|\s*(?:mg|g|kg|ml|l|kj|kcal|cal|%|°|ppm)\b)(?![^\W_])"
)
_CLASS = re.compile(
    r"(?:preserv|conserv|emuls|antioxid|antioxyd|stabili|acidity|acidul|acidif|thicken|espes|epais|addens|colou?r|kleur|"
    r"farb|food acid|"
    r"additiv|aditiv|flour treat|treatment|raising|humect|gelling|geli|glaz|enhancer|sweeten|konserv|"
    r"verdick|sauer|"
    r"konserw|emulg|bleach|improver|regula|\bins\b|консерв|эмульг|антиокс|стабил|συντηρ|保存|漂白|乳化|防腐|抗氧化|보존|유화)[^;.]{0,60}$"
)
_NUMBER = re.compile(r"[\do]{3}")
_WINDOW = 70


class Numbered(NamedTuple):
    """An additive at a span of the folded text."""

    start: int
    end: int
    additive: Additive


def find_additives(text: str) -> Iterator[Numbered]:
    """The additives of the table that the folded text numbers."""
    if not _NUMBER.search(text):
        return
    table = additives()
    seen = set()
    for match in _RANGE.finditer(text):
        low, high = int(match[1]), int(match[2])
        for number in range(low, min(high, low + 60) + 1):
            if additive := table.get(str(number)):
                yield Numbered(match.start(), match.end(), additive)
    for match in _NUMBERED.finditer(text):
        if additive := _look_up(match[1].replace("o", "0"), match[2]):
            seen.add(match.start(1))
            yield Numbered(match.start(), match.end(), additive)
    for match in _BARE.finditer(text):
        additive = _look_up(match[1], match[2])
        if (
            additive
            and match.start(1) not in seen
            and _CLASS.search(text[max(0, match.start() - _WINDOW) : match.start()])
        ):
            yield Numbered(match.start(), match.end(1), additive)


def _look_up(number: str, letter: str | None) -> Additive | None:
    table = additives()
    return table.get(f"{number}{letter or ''}") or table.get(number)
