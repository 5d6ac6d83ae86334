"""Claims that offer a product in a list."""

from collections.abc import Sequence
from typing import Any

from seamless_retail.core.catalogue import Product, Variant
from seamless_retail.core.evidence import Citation, Claim, Source
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.source_text import written_range, written_size
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_record import cite_together, distinct
from seamless_retail.lobes.stock_claims import Stock
from seamless_retail.lobes.store_claims import store_name
from seamless_retail.lobes.wording import join_words
from seamless_retail.tools.search import matching_variants

MAX_COLORS = 3
MAX_SIZES = 8


def offer(
    product: Product, query: ProductQuery, stock: Stock, reason: str | None = None, evidence: Sequence[Citation] = ()
) -> Claim:
    """One line of a list: name, price, and what the query leaves open of colours, sizes and stock.

    Args:
        product: What is offered.
        query: Decides which variants count.
        stock: Levels of at least those variants.
        reason: Why it is recommended; makes the claim a ``recommendation``.
        evidence: What the reason rests on.
    """
    source = product_source(product)
    variants = list(matching_variants(product, query)) or [variant for variant in product.variants if variant.active]
    options, fields = _options(variants)
    availability, stock_citations = _availability(product, variants, query, stock)
    facts: dict[str, Any] = {
        "name": product.name,
        "price": _price(variants),
        "options": options,
        "availability": availability,
    }
    fields += _price_fields(source, product, variants)
    citations = [*cite_together(source, fields), *stock_citations, *evidence]
    if reason is None:
        return make_claim("product_offer", citations, product.id, **facts)
    return make_claim("recommendation", citations, product.id, reason=f"; {reason}" if reason else "", **facts)


def _price(variants: Sequence[Variant]) -> str:
    prices = sorted((variant.price for variant in variants), key=lambda price: price.cents)
    return written_range(prices[0], prices[-1]) if prices else "no price on record"


def _price_fields(source: Source, product: Product, variants: Sequence[Variant]) -> list[str]:
    """The product's price line, or the lines of the variants where these have a narrower range."""
    if not variants or product.price_range is None:
        return ["name"]
    if written_range(*product.price_range) == _price(variants):
        return ["price"]
    by_price = sorted(variants, key=lambda variant: variant.price.cents)
    return list(dict.fromkeys(f"variants.{variant.sku}" for variant in (by_price[0], by_price[-1])))


def _options(variants: Sequence[Variant]) -> tuple[str, list[str]]:
    """``, in navy and white, sizes S, M and L``, and the fields that say so."""
    colors = distinct(variant.color for variant in variants)
    sizes = [written_size(size) for size in distinct(variant.size for variant in variants)]
    text, fields = "", []
    if colors:
        shown = [*colors[:MAX_COLORS], "other colors"] if len(colors) > MAX_COLORS else colors
        text, fields = f", in {join_words(shown)}", ["colors"]
    if 0 < len(sizes) <= MAX_SIZES and sizes != ["one size"]:
        text += f", size{'s' if len(sizes) > 1 else ''} {join_words(sizes)}"
        fields.append("sizes")
    return text, fields


def _availability(
    product: Product, variants: Sequence[Variant], query: ProductQuery, stock: Stock
) -> tuple[str, list[Citation]]:
    place = stock.location(query.location_id)
    field = f"location.{place.id}" if place else "total"
    where = f" at {store_name(place)}" if place else ""
    best = max(variants, key=lambda variant: stock.available(variant, query.location_id), default=None)
    if best is None:
        return "", []
    if stock.available(best, query.location_id):
        return f", in stock{where}", [stock.source(product, best).cite(field)]
    sold_out = [stock.source(product, variant).cite(field) for variant in variants[:MAX_SIZES]]
    return f", out of stock{where}", sold_out
