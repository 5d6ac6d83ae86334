"""Russian and Ukrainian names of allergens in Latin letters ("moloko"), made from their rows (BGN/PCGN)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from seamless_retail.core.food_facts.allergens import Row

LANGUAGES = ("ru", "uk")
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


def transliterated(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows in Latin letters: false friends all, names only if long enough to be no other word."""
    for row in rows:
        if row.language not in LANGUAGES or row.kind not in ("terms", "false_friends"):
            continue
        latin = row.pattern.translate(_LATIN)
        if latin.isascii() and (row.kind == "false_friends" or len(latin.strip("*")) >= SHORTEST):
            yield replace(row, id=f"{row.id} ({latin})", pattern=latin, flags=f"{row.flags}!")
