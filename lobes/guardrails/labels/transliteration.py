"""Names of allergens in other letters than their own, made from their rows.

Russian and Ukrainian in Latin letters ("moloko", after BGN/PCGN), Serbian in its Cyrillic alphabet ("млеко"), and the
letters ä, ö, ü, å and ø as keyboards without them write them ("Kaese", "Floede").
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from seamless_retail.core.food_facts.allergens import Row

IN_LATIN = ("ru", "uk")
SPELT_OUT = ("de", "sv", "da", "no")
SHORTEST = 5
_LATIN = str.maketrans(
    dict(zip("абвгґдеёзиійклмнопрстуфыэ", "abvggdeeziiyklmnoprstufye", strict=True))
    | {
        "є": "ye",
        "ж": "zh",
        "ї": "yi",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ъ": "",
        "ь": "",
        "ю": "yu",
        "я": "ya",
        "'": "",
    }
)
_SERBIAN = str.maketrans("abvgdđežzijklmnoprstćufhcčš", "абвгдђежзијклмнопрстћуфхцчш")
_SERBIAN_PAIRS = {"lj": "љ", "nj": "њ", "dž": "џ"}
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def transliterated(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that other letters make of some rows."""
    for row in rows:
        if row.language in IN_LATIN:
            yield from _in_latin(row)
        elif row.language == "sr":
            yield _renamed(row, _in_cyrillic(row.pattern), "~")
        elif row.language in SPELT_OUT and (spelt := row.pattern.translate(_LETTERS)) != row.pattern:
            yield _renamed(row, spelt)


def _in_latin(row: Row) -> Iterator[Row]:
    """False friends all, names only if long enough to be no other word."""
    latin = row.pattern.translate(_LATIN)
    is_kept = row.kind == "false_friends" or (row.kind == "terms" and len(latin.strip("*")) >= SHORTEST)
    if latin.isascii() and is_kept:
        yield _renamed(row, latin, "!")


def _in_cyrillic(latin: str) -> str:
    text = latin.lower()
    for pair, letter in _SERBIAN_PAIRS.items():
        text = text.replace(pair, letter)
    return text.translate(_SERBIAN)


def _renamed(row: Row, pattern: str, flags: str = "") -> Row:
    return replace(row, id=f"{row.id} ({pattern})", pattern=pattern, flags=row.flags + flags)
