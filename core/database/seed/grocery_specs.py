"""What the grocery department can make: makers, and categories with their recipes, read from the content files."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.database.seed.content import read_toml, words

FILES = ("breakfast", "bakery", "pantry", "dairy", "sweets", "drinks", "fresh")


_NEVER_SWEETENED = frozenset(
    words("meat, fish, eggs, olive oil, butter, cheese, spices, frozen vegetables, tofu, pasta, rice")
)


@dataclass(frozen=True)
class Maker:
    """A food maker; see ``content/grocery/brands.toml`` for the flags."""

    name: str
    tier: str
    groups: tuple[str, ...]
    label: str
    says: tuple[str, ...]
    organic: bool = False
    kosher: bool = False
    halal: bool = False
    careful: bool = False
    plant_based: bool = False
    minerals: bool = False


@dataclass(frozen=True)
class Item:
    """One recipe of a category, made by several makers. Amounts are relative weights."""

    name: str
    noun: str
    plural: bool
    group: tuple[str, ...]
    flavour: tuple[str, ...]
    recipe: tuple[tuple[str, float], ...]
    """Ingredient (alternatives separated by ``/``) and weight."""
    note: str
    says: str
    use: str
    """The kind of use that ``serve`` and ``keep`` speak of, where a category has several."""
    serve: tuple[str, ...]
    keep: tuple[str, ...]
    sizes: tuple[tuple[str, float], ...]
    """Package size and price relative to the base size."""
    serving: str
    storage: str
    yield_: float
    """Weight after baking or boiling down, relative to what went in."""
    facility: tuple[Allergen, ...]
    """Allergens that the kind of plant which makes it usually handles."""
    price: float
    facts: dict[str, str]
    """Origin and roast, where they apply."""
    alcohol: float | None
    halal: bool
    sweetened: bool
    """Whether foods of the kind are often sweetened, so that being without sugar is news."""
    stimulant: bool
    """Whether drinks of the kind often hold caffeine."""


@dataclass(frozen=True)
class Aisle:
    """A grocery category with its recipes."""

    name: str
    makers_per_item: int
    price: tuple[float, float]
    items: tuple[Item, ...]


@cache
def makers() -> tuple[Maker, ...]:
    """All food makers."""
    rows = read_toml("grocery/brands.toml")["brand"]
    return tuple(Maker(**row | {"groups": words(row["groups"]), "says": tuple(row["says"])}) for row in rows)


@cache
def aisles() -> tuple[Aisle, ...]:
    """All grocery categories, in the order of the files."""
    return tuple(_aisle(row) for name in FILES for row in read_toml(f"grocery/{name}.toml")["category"])


def _aisle(row: dict[str, Any]) -> Aisle:
    return Aisle(
        name=row["name"],
        makers_per_item=row["brands_per_item"],
        price=(row["price"][0], row["price"][1]),
        items=tuple(_item(item, row) for item in row["items"]),
    )


def _item(row: dict[str, Any], aisle: dict[str, Any]) -> Item:
    both = aisle | row
    told = aisle["uses"][row["use"]] if "use" in row else aisle
    return Item(
        name=row["name"],
        noun=both["noun"],
        plural=both.get("plural", False),
        group=words(both["group"]),
        flavour=words(row["flavour"]),
        recipe=tuple(_share(share) for share in words(row["recipe"])),
        note=row["note"],
        says=row["says"],
        use=row.get("use", ""),
        serve=tuple(told["serve"]),
        keep=tuple(told["keep"]),
        sizes=tuple((size, factor) for size, factor in both["sizes"]),
        serving=both["serving"],
        storage=both["storage"],
        yield_=both["yield"],
        facility=tuple(Allergen(name) for name in words(both["facility"])),
        price=row.get("x", 1.0),
        facts={name: row[name] for name in ("origin", "roast") if name in row},
        alcohol=row.get("alcohol"),
        halal=row.get("halal", False),
        sweetened=aisle["name"] not in _NEVER_SWEETENED,
        stimulant=aisle["name"] in ("coffee", "tea", "soda"),
    )


def _share(text: str) -> tuple[str, float]:
    name, weight = text.rsplit(" ", 1)
    return name, float(weight)
