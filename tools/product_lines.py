"""Products as single lines of text, for tool results."""

from collections.abc import Sequence

from seamless_retail.core.catalogue import Product, Variant


def product_line(product: Product, variants: Sequence[Variant], note: str = "") -> str:
    """Id, name, price range and options of some variants: ``F00001 | Linen Dress | $49.00 | navy, red | s, m``."""
    prices = sorted((v.price for v in variants if v.active), key=lambda price: price.cents)
    cells = [product.id, product.name, price_text(variants) if prices else "not for sale"]
    colors = dict.fromkeys(v.color for v in variants if v.active and v.color)
    sizes = dict.fromkeys(v.size for v in variants if v.active and v.size)
    return " | ".join([*cells, *(", ".join(values) for values in (colors, sizes) if values), *([note] if note else [])])


def price_text(variants: Sequence[Variant]) -> str:
    """The price of active variants, or its range: ``$49.00``, ``$49.00 to $59.00``."""
    prices = sorted((v.price for v in variants if v.active), key=lambda price: price.cents)
    if not prices:
        return ""
    return str(prices[0]) if prices[0] == prices[-1] else f"{prices[0]} to {prices[-1]}"
