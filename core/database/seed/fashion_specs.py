"""What the fashion department can make: brands, materials, categories and their styles, read from the content files."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from seamless_retail.core.database.seed.content import read_toml, words

FILES = ("dresses", "tops", "knitwear", "outerwear", "bottoms", "active", "shoes", "accessories")
SEASONS = ("spring", "summer", "autumn", "winter")
_GENERIC = ("cotton", "wool", "polyester", "nylon", "viscose")


@dataclass(frozen=True)
class Brand:
    """A label. ``named``: its styles bear first names; ``sizes`` is ``eu`` for numeric dress sizes."""

    name: str
    tier: str
    groups: tuple[str, ...]
    says: tuple[str, ...]
    audience: str = ""
    named: bool = False
    sizes: str = ""


@dataclass(frozen=True)
class Material:
    """A fabric; ``parts`` are fibers in percent, ``word`` is how a product name calls it."""

    key: str
    word: str
    parts: dict[str, int]
    seasons: frozenset[str]
    care: tuple[str, ...]
    price: float
    says: tuple[str, ...]

    def facets(self) -> tuple[str, ...]:
        """The fabric, its fibers and the plain fiber behind a specific one: merino wool is wool."""
        generic = [base for part in self.parts for base in _GENERIC if part.endswith(base)]
        return tuple(dict.fromkeys([self.key, *self.parts, *generic]))


@dataclass(frozen=True)
class Style:
    """One cut of a category, such as the wrap dress. Empty tuples mean that the facet does not apply."""

    name: str
    noun: str
    plural: bool
    pair_of: str
    cut: tuple[str, ...]
    materials: tuple[str, ...]
    seasons: tuple[tuple[str, ...], ...]
    occasions: tuple[str, ...]
    audience: tuple[str, ...]
    groups: tuple[str, ...]
    palette: str
    patterns: tuple[str, ...]
    facets: dict[str, tuple[str, ...]]
    """Facets of which a product has one value: fit, neckline, sleeve, length, heel, heel height."""
    always: tuple[str, ...]
    """Features every product of the style has."""
    optional: tuple[str, ...]
    price: float


@dataclass(frozen=True)
class Category:
    """A category with its styles and its own stock of sentences."""

    name: str
    count: int
    sizes: str
    price: tuple[float, float]
    styles: tuple[Style, ...]
    features: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pairings: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def brands() -> tuple[Brand, ...]:
    """All labels."""
    rows = read_toml("fashion/brands.toml")["brand"]
    return tuple(Brand(**row | {"groups": words(row["groups"]), "says": tuple(row["says"])}) for row in rows)


@cache
def materials() -> dict[str, Material]:
    """All fabrics by key."""
    return {
        key: Material(
            key, row["word"], row["parts"], frozenset(words(row["seasons"])), words(row["care"]), row["price"],
            tuple(row["says"]),
        )
        for key, row in read_toml("fashion/materials.toml").items()
    }  # fmt: skip


@cache
def categories() -> tuple[Category, ...]:
    """All categories, in the order of the files."""
    return tuple(_category(row) for name in FILES for row in read_toml(f"fashion/{name}.toml")["category"])


def _category(row: dict[str, Any]) -> Category:
    return Category(
        name=row["name"],
        count=row["count"],
        sizes=row["sizes"],
        price=(row["price"][0], row["price"][1]),
        styles=tuple(_style(style, row) for style in row["style"]),
        features={name: tuple(says) for name, says in row.get("features", {}).items()},
        pairings={name: tuple(says) for name, says in row.get("pair", {}).items()},
    )


def _style(row: dict[str, Any], category: dict[str, Any]) -> Style:
    both = category | row
    always = words(row.get("has", ""))
    optional = words(row["may"]) if "may" in row else tuple(category.get("features", ()))
    return Style(
        name=row["name"],
        noun=row.get("noun", row["name"].lower()),
        plural=both.get("plural", False),
        pair_of=both.get("pair_of", ""),
        cut=tuple(row["cut"]),
        materials=words(row["mats"]),
        seasons=tuple(SEASONS if line == "all" else tuple(line.split()) for line in words(row["seasons"])),
        occasions=words(row["occ"]),
        audience=words(both["audience"]),
        groups=words(both["groups"]),
        palette=both["palette"],
        patterns=words(row["pattern"]),
        facets=_facets(row),
        always=always,
        optional=tuple(feature for feature in optional if feature not in always),
        price=row.get("x", 1.0),
    )


def _facets(row: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    names = {"fit": "fit", "neck": "neckline", "sleeve": "sleeve", "length": "length", "heel": "heel",
             "height": "heel_height"}  # fmt: skip
    return {facet: words(row[key]) for key, facet in names.items() if key in row}
