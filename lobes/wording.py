"""English for records: lists, plurals, agreement, and a product query as a noun phrase."""

import re
from collections.abc import Sequence

from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.source_text import written_size
from seamless_retail.tools.understanding.colors import spoken_colors
from seamless_retail.tools.understanding.wording import describe_constraint

_HEAD = re.compile(r"\s+(?:with|in|of|for|and|by|from|without)\s|[,(]| - ")
_SINGULAR_ENDINGS = ("ss", "us", "is", "asses")
_ALWAYS_PLURAL = frozenset(["jeans", "trousers", "shorts", "socks", "tights", "leggings", "pants", "sandals", "heels"])
_MASS_NOUNS = frozenset(
    [
        "granola",
        "cereal",
        "bread",
        "pasta",
        "rice",
        "sauce",
        "soup",
        "yogurt",
        "cheese",
        "milk",
        "chocolate",
        "honey",
        "jam",
        "tea",
        "coffee",
        "juice",
        "fish",
        "meat",
        "tofu",
        "hummus",
        "swimwear",
        "activewear",
        "baking",
        "food",
        "butter",
        "oil",
        "cream",
        "wine",
        "beer",
        "water",
        "flour",
        "sugar",
        "seafood",
        "outerwear",
        "footwear",
        "underwear",
        "knitwear",
        "sportswear",
        "sleepwear",
        "jewelry",
    ]
)
MAX_CATEGORIES = 3
"""Categories that a noun phrase names."""
_IN_NOUN_PHRASE = frozenset(
    {"categories", "departments", "colors", "attributes.diet", "attributes.season", "attributes.material"}
    | {"availability", "product_ids", "exclude.product_ids"}
)
"""Constraints that stand before the noun, are the noun, or need a name; the others follow it."""


def join_words(items: Sequence[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def is_plural(name: str) -> bool:
    """Whether a product's name takes a plural verb: "Slim Jeans", "Oat Cookies with Honey"."""
    last = (_HEAD.split(name, maxsplit=1)[0].split() or [""])[-1].lower()
    return last.endswith("s") and not last.endswith(_SINGULAR_ENDINGS)


def agree(name: str, singular: str, plural: str) -> str:
    """The verb form that fits a product's name."""
    return plural if is_plural(name) else singular


def plural(noun: str) -> str:
    """The plural of a category: ``dress`` → ``dresses``; mass nouns and plurals stay as they are."""
    last = noun.split()[-1] if noun else ""
    if last in _MASS_NOUNS or last in _ALWAYS_PLURAL or (last.endswith("s") and not last.endswith(("ss", "us"))):
        return noun
    if last.endswith("y") and last[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    if last.endswith(("f", "fe")) and last in ("scarf", "loaf", "knife"):
        return f"{noun.removesuffix('e').removesuffix('f')}ves"
    return f"{noun}es" if last.endswith(("s", "x", "ch", "sh", "z")) else f"{noun}s"


def count_of(number: int, noun: str) -> str:
    """``1 unit``, ``3 units``, ``1,200 points``."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def describe_products(query: ProductQuery, number: int = 2, location: str = "") -> str:
    """A query as a noun phrase that fits a number: ``blue summer dresses under $50``.

    Args:
        query: The filters; its free text is not described.
        number: Of products; 1 gives the singular, 0 is for "no such …".
        location: Name of the store in ``query.location_id``.
    """
    names = [name for name in query.constraints() if name not in _IN_NOUN_PHRASE]
    after = [describe_constraint(query, name) for name in names]
    if query.in_stock or query.location_id:
        after.append(f"in stock at {location}" if location else "in stock")
    return " ".join(part for part in (*_noun_phrase(query, number), *after) if part)


def lifted_constraint(query: ProductQuery, name: str) -> str:
    """A constraint as something that is left out: ``the color green``, ``the price limit (under $50)``."""
    facet, _, detail = name.partition(".")
    values: Sequence[str] = getattr(query, facet, ())
    if facet == "attributes":
        return f"the {detail.replace('_', ' ')} {join_words(list(query.attributes[detail]), 'or')}"
    if facet == "colors":
        return f"the color {join_words(list(spoken_colors(query.colors)), 'or')}"
    if facet in ("sizes", "brands"):
        return f"the {facet.removesuffix('s')} {join_words([written_size(value) for value in values], 'or')}"
    labels = {"price": "the price limit", "availability": "the wish"}
    return f"{labels.get(facet, 'the wish')} ({describe_constraint(query, name)})"


def _noun_phrase(query: ProductQuery, number: int) -> list[str]:
    """``blue summer dresses``; ``kinds of vegan granola``, as granola has no plural."""
    categories = query.categories if len(query.categories) <= MAX_CATEGORIES else ()
    mass = bool(categories) and all(name.split()[-1] in _MASS_NOUNS for name in categories)
    kinds = ("kind of" if number == 1 else "kinds of") if mass and number else ""
    nouns = categories if number == 1 else [plural(name) for name in categories]
    noun = join_words(list(nouns), "or")
    if not noun:
        noun = f"{join_words(query.departments, 'or')} {'product' if number == 1 else 'products'}".strip()
    return [kinds, *_before_noun(query), noun]


def _before_noun(query: ProductQuery) -> list[str]:
    """``vegan``, ``blue``, ``summer``, ``linen``."""
    facets = {name: list(query.attributes.get(name, ())) for name in ("diet", "season", "material")}
    kinds = [value for value in facets["material"] if not any(m in value for m in facets["material"] if m != value)]
    colors = join_words(list(spoken_colors(query.colors)), "or") if query.colors else ""
    return [join_words(facets["diet"], "or"), colors, join_words(facets["season"], "or"), join_words(kinds, "or")]
