"""How alike two products are, and in what."""

from seamless_retail.core.catalogue import Product
from seamless_retail.tools.understanding.wording import attribute_phrase

_TOLD = ("material", "flavour", "diet", "pattern", "occasion", "season", "fit", "sleeve", "length", "neck")
"""Attributes worth telling, most telling first."""
_MOST_TOLD = 3
_SIMILAR_PRICE = 0.85


def likeness(a: Product, b: Product) -> float:
    """0 to 1: half shared attributes (Jaccard), a third the ratio of prices, the rest common colors and brand."""
    ours, theirs = _facets(a), _facets(b)
    colors, their_colors = _colors(a), _colors(b)
    attributes = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    common_colors = len(colors & their_colors) / len(colors | their_colors) if colors | their_colors else 0.0
    same_brand = bool(a.brand) and a.brand == b.brand
    return 0.5 * attributes + 0.3 * price_ratio(a, b) + 0.1 * common_colors + 0.1 * same_brand


def shared_features(a: Product, b: Product) -> list[str]:
    """What two products have in common, as phrases: ``in linen``, ``for summer``, ``at a similar price``."""
    shared = [
        attribute_phrase(name, value)
        for name in _TOLD
        for value in a.attributes.get(name, ())
        if value in b.attributes.get(name, ())
    ][:_MOST_TOLD]
    if a.brand and a.brand == b.brand:
        shared.append(f"by {a.brand}")
    if price_ratio(a, b) >= _SIMILAR_PRICE:
        shared.append("at a similar price")
    return shared or [f"also in {a.category}"]


def price_ratio(a: Product, b: Product) -> float:
    """The lower of the two lowest prices over the higher; 0 when one is not for sale."""
    ours, theirs = a.price_range, b.price_range
    if ours is None or theirs is None:
        return 0.0
    low, high = sorted((ours[0].cents, theirs[0].cents))
    return low / high if high else 1.0


def _facets(product: Product) -> set[tuple[str, str]]:
    return {(name, value) for name, values in product.attributes.items() for value in values}


def _colors(product: Product) -> set[str]:
    return {v.color for v in product.variants if v.active and v.color}
