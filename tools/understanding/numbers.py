"""Numbers as customers write them: digits with separators, or English words up to the thousands."""

import re
from decimal import Decimal

_UNITS = {
    **{"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16},
    **{"seventeen": 17, "eighteen": 18, "nineteen": 19},
}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

_TEENS = "|".join(sorted(_UNITS, key=len, reverse=True))
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(list(_UNITS)[1:10])}))?|{_TEENS})"
WORDS = rf"(?:(?:an?|{_SMALL})[ -](?:hundred|thousand)(?:(?: and)? {_SMALL})?|hundred|thousand|{_SMALL})"
"""Pattern of a number in words."""
DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?|[0-9]{1,9}(?:[.,][0-9]{1,2})?)(?![0-9]|[.,][0-9])"
"""Pattern of a number in digits: ``1,500``, ``19.99``, ``19,99``."""


def parse_number(text: str) -> Decimal:
    """Value of a text that matches :data:`DIGITS` or :data:`WORDS`."""
    if text[0] in "0123456789":
        thousands = re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?", text)
        return Decimal(text.replace(",", "") if thousands else text.replace(",", "."))
    total, current = 0, 0
    for word in re.split(r"[ -]", text.lower()):
        if word in ("hundred", "thousand"):
            total += max(current, 1) * (100 if word == "hundred" else 1000)
            current = 0
        elif word not in ("and",):
            current += 1 if word in ("a", "an") else _TENS.get(word, _UNITS.get(word, 0))
    return Decimal(total + current)
