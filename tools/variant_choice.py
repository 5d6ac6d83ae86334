"""Which variant of a product a customer means by "a 9", "the blue one", "medium in red"."""

from collections.abc import Sequence

from seamless_retail.core.catalogue import Product, Variant
from seamless_retail.core.errors import ClarificationError, NotFoundError
from seamless_retail.core.ports import Shop
from seamless_retail.core.source_text import written_size
from seamless_retail.tools.understanding.message import words_of

LISTED = 8
_LETTERS: dict[tuple[str, ...], str] = {
    **{("extra", "large"): "xl", ("x", "large"): "xl", ("extra", "small"): "xs", ("x", "small"): "xs"},
    **{("small",): "s", ("medium",): "m", ("large",): "l"},
}


def choose_variant(shop: Shop, product_id: str, words: str, own: Variant | None = None, units: int = 1) -> Variant:
    """The one variant that words mean.

    Args:
        shop: Catalogue and stock.
        product_id: The product.
        words: What the customer says of color and size; what is not said stays as ``own`` has it.
        own: The variant that the customer has.
        units: How many are wanted.

    Raises:
        NotFoundError: The shop does not sell the product any more.
        ClarificationError: The words fit no variant, several, or one that is out of stock; the message names those that
            can be had.
    """
    product = shop.catalogue.get(product_id)
    if product is None:
        raise NotFoundError("The product is not sold any more.", "Return it instead.")
    variants = [variant for variant in product.variants if variant.active]
    size = _named_size(variants, words)
    color = _named_color(variants, words)
    others = [variant for variant in variants if own is None or variant.sku != own.sku]
    if own is not None and not (size or color):
        raise _asked(shop, product, others, "into which one")
    size, color = size or (own.size if own else ""), color or (own.color if own else "")
    fitting = [v for v in others if (not size or v.size == size) and (not color or v.color == color)]
    if len(fitting) != 1:
        raise _asked(shop, product, fitting if len(fitting) > 1 else others, "which one")
    if _available(shop, fitting[0].sku) < units:
        raise _asked(shop, product, others, f"{label(fitting[0])} is out of stock; which other one")
    return fitting[0]


def label(variant: Variant) -> str:
    """Color and size."""
    return ", ".join(part for part in (variant.color, written_size(variant.size)) if part) or "the only form"


def _asked(shop: Shop, product: Product, variants: Sequence[Variant], which: str) -> ClarificationError:
    there = [label(variant) for variant in variants if _available(shop, variant.sku) > 0]
    if not there:
        return ClarificationError(
            f"{product.name} is out of stock in every other color and size.", "target", product.id
        )
    more = " and more" if len(there) > LISTED else ""
    return ClarificationError(f"{product.name}: {which} of {'; '.join(there[:LISTED])}{more}?", "target", product.id)


def _available(shop: Shop, sku: str) -> int:
    return sum(level.available for level in shop.stock.levels([sku])[sku])


def _named_size(variants: Sequence[Variant], text: str) -> str:
    """The catalogue's size that a text names; the longest where one lies within another ("32" in "32x30")."""
    words = words_of(text)
    runs = {"".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + 4, len(words)) + 1)}
    for spoken, letters in _LETTERS.items():
        if any(words[i : i + len(spoken)] == spoken for i in range(len(words))):
            runs.add(letters)
            break
    sizes = {variant.size for variant in variants if variant.size}
    found = [size for size in sizes if "".join(words_of(size)) in runs]
    return max(found, key=len, default="")


def _named_color(variants: Sequence[Variant], text: str) -> str:
    """The one color that a text names wholly, or else in part ("green" for "forest green")."""
    said = set(words_of(text))
    colors = {variant.color for variant in variants if variant.color}
    whole = [color for color in colors if set(words_of(color)) <= said]
    if whole:
        return max(whole, key=len)
    part = [color for color in colors if set(words_of(color)) & said]
    return part[0] if len(part) == 1 else ""
