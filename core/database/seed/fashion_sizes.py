"""Sizes, colors and prices of clothes."""

from dataclasses import dataclass
from functools import cache
from random import Random

from seamless_retail.core.database.seed.content import read_toml, words

LETTERS = ("xs", "s", "m", "l", "xl", "xxl")
KIDS = ("4y", "6y", "8y", "10y", "12y")
_TIERS = {"value": 0.62, "mid": 1.0, "premium": 1.5, "luxury": 2.3}
_KIDS_PRICE = 0.72


@dataclass(frozen=True)
class Color:
    """A color: what the label says, its sku code, and the family a shopper types."""

    name: str
    code: str
    family: str


@cache
def colors() -> dict[str, Color]:
    """All colors by name."""
    rows = read_toml("fashion/colors.toml")["colors"]
    return {name: Color(name, row["code"], row["family"]) for name, row in rows.items()}


@cache
def _palettes() -> dict[str, tuple[str, ...]]:
    return {name: words(line) for name, line in read_toml("fashion/colors.toml")["palettes"].items()}


def choose_colors(palette: str, random: Random) -> list[Color]:
    """One to four colors; those at the head of a palette turn up most."""
    names = list(_palettes()[palette])
    chosen = []
    for _ in range(random.choices((1, 2, 3, 4), weights=(25, 45, 22, 8))[0]):
        weights = [1 / (rank + 3) for rank in range(len(names))]
        chosen.append(names.pop(random.choices(range(len(names)), weights=weights)[0]))
    return [colors()[name] for name in chosen]


def size_run(scale: str, audience: str, brand_sizes: str) -> tuple[str, ...]:
    """The sizes in which an article is made."""
    if audience == "kids":
        return _KIDS_RUNS.get(scale, KIDS)
    if scale == "dress":
        return _numbers(34, 46, 2) if brand_sizes == "eu" else LETTERS
    if scale == "waist":
        return _numbers(28, 38, 2) if audience == "men" else _numbers(25, 33, 1)
    if scale == "shoe":
        return {"men": _numbers(40, 46, 1), "women": _numbers(35, 42, 1)}.get(audience, _numbers(36, 46, 1))
    return _RUNS[scale]


def cents(band: tuple[float, float], factors: float, tier: str, audience: str, random: Random) -> int:
    """A price inside a category's band, ending as its tier does: value labels in .99, dear ones in whole dollars."""
    low, high = band
    dollars = random.triangular(low, high, low + (high - low) * 0.4) * factors * _TIERS[tier]
    dollars *= _KIDS_PRICE if audience == "kids" else 1.0
    if tier == "value":
        return max(199, round(dollars) * 100 - 1)
    if tier == "mid":
        return max(400, round(dollars) * 100 - (5 if random.random() < 0.5 else 0))
    return max(500, (round(dollars / 5) * 5 if dollars > 60 else round(dollars)) * 100)


def _numbers(first: int, last: int, step: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(first, last + 1, step))


_RUNS = {
    "alpha": LETTERS,
    "one": ("one size",),
    "womens_shoe": _numbers(35, 42, 1),
    "hat": ("s/m", "l/xl"),
    "glove": ("s", "m", "l"),
    "belt": ("80", "90", "100", "110"),
    "sock": ("35-38", "39-42", "43-46"),
}
_KIDS_RUNS = {
    "one": ("one size",),
    "shoe": _numbers(28, 34, 1),
    "hat": ("one size",),
    "glove": ("4y", "8y", "12y"),
    "sock": ("27-30", "31-34"),
}
