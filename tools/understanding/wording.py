"""The constraints of a product query in words, to name one that was relaxed or to make a follow-up self-contained."""

from collections.abc import Iterable

from seamless_retail.core.catalogue import Allergen, Money
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.understanding.colors import spoken_colors
from seamless_retail.tools.understanding.lexicon import forms

_ALLERGEN_NAMES = {
    Allergen.SESAME: "sesame",
    Allergen.SOYBEANS: "soy",
    Allergen.SULPHITES: "sulphites",
}
_ATTRIBUTE_WORDS = {
    "season": "for {}",
    "audience": "for {}",
    "occasion": "for {}",
    "material": "in {}",
    "diet": "{}",
    "flavour": "with {} flavor",
    "flavor": "with {} flavor",
    "fit": "with a {} fit",
    "pattern": "with a {} pattern",
    "care": "that you can {}",
    "neck": "with a {}",
    "sleeve": "{}",
    "length": "in {} length",
}


def describe_constraint(query: ProductQuery, name: str, currency: str = "USD") -> str:
    """One constraint of a query as a phrase: "under $50", "in blue", "in size 42", "for summer".

    Args:
        query: The query that has the constraint.
        name: A name from :meth:`ProductQuery.constraints`.
        currency: The currency of the price bounds.
    """
    facet, _, detail = name.partition(".")
    if facet == "attributes":
        return attribute_phrase(detail, _either(_spoken_attribute(detail, query.attributes.get(detail, ()))))
    if facet == "exclude":
        return _describe_exclusion(detail, query.exclude.get(detail, ()))
    match facet:
        case "price":
            return _describe_price(query, currency)
        case "availability":
            return _describe_availability(query)
        case "colors":
            return f"in {_either(spoken_colors(query.colors))}"
        case "sizes":
            return f"in size {_either(_spoken_sizes(query.sizes))}"
        case "brands":
            return f"by {_either(brand.title() for brand in query.brands)}"
        case "exclude_allergens":
            return f"without {_either(_ALLERGEN_NAMES.get(a, a.value) for a in query.exclude_allergens)}"
        case "product_ids":
            return "among the products named"
        case "departments":
            return f"in {_either(query.departments)}"
    return _either(getattr(query, facet))


def attribute_phrase(name: str, value: str) -> str:
    """One value of an attribute as a phrase: "for summer", "in linen", "with a slim fit"."""
    return _ATTRIBUTE_WORDS.get(name, f"with {name.replace('_', ' ')} {{}}").format(value)


def describe_query(query: ProductQuery, currency: str = "USD") -> str:
    """All constraints and the free text as one line: "dress, in blue, for summer, under $50, with pockets"."""
    names = [name for name in query.constraints() if name not in ("product_ids", "exclude.product_ids")]
    phrases = [describe_constraint(query, name, currency) for name in names]
    return ", ".join([query.text, *phrases] if query.text else phrases)


def _describe_price(query: ProductQuery, currency: str) -> str:
    low, high = query.price_min_cents, query.price_max_cents
    if low is not None and high is not None:
        return f"between {_amount(low, currency)} and {_amount(high, currency)}"
    if high is not None:
        return f"under {_amount(high + 1, currency)}" if high % 100 == 99 else f"up to {_amount(high, currency)}"
    low = low or 0
    return f"over {_amount(low - 1, currency)}" if low % 100 == 1 else f"from {_amount(low, currency)}"


def _amount(cents: int, currency: str) -> str:
    return str(Money(cents=cents, currency=currency)).removesuffix(".00")


def _describe_availability(query: ProductQuery) -> str:
    place = f" at {query.location_id.replace('-', ' ').title()}" if query.location_id else ""
    units = f" ({query.quantity} units)" if query.quantity and query.quantity > 1 else ""
    return f"in stock{place}{units}"


def _describe_exclusion(name: str, values: tuple[str, ...]) -> str:
    if name == "product_ids":
        return "other than those shown"
    if name == "colors":
        return f"not in {_either(spoken_colors(values))}"
    spoken = _either(_spoken_attribute(name, values))
    return f"without {spoken}" if name in ("material", "ingredients") else f"not {spoken}"


def _spoken_attribute(name: str, values: tuple[str, ...]) -> Iterable[str]:
    """The values a customer named, without those the reader added: wool hides merino wool, men hides unisex."""
    hidden = {"unisex"} if name == "audience" and len(values) > 1 else set()
    if name == "material":
        hidden = {v for v in values for other in values if v != other and (v.endswith(other) or other in v.split())}
    if name == "ingredients":
        hidden = {
            v for v in values for other in values if v != other and (v,) in forms((other,)) and len(v) < len(other)
        }
    return [value for value in values if value not in hidden]


def _spoken_sizes(sizes: tuple[str, ...]) -> list[str]:
    """The sizes a customer named, without the ranges that cover them: ``m`` hides ``s/m``."""
    return [size for size in sizes if not ({"/", "-"} & set(size) and size != sizes[0])]


def _either(values: Iterable[str]) -> str:
    *most, last = [*values] or [""]
    return f"{', '.join(most)} or {last}" if most else last
