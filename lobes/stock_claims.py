"""Claims about stock: units of a variant in all, by location, and what is on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from seamless_retail.core.catalogue import Location, Product, StockLevel, Variant
from seamless_retail.core.evidence import Claim, Source
from seamless_retail.core.ports import Shop
from seamless_retail.core.source_text import written_date, written_size
from seamless_retail.core.sources import stock_source, variant_label
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.store_claims import store_name
from seamless_retail.lobes.wording import join_words

MAX_VARIANTS = 6
"""Variants whose stock one answer tells."""


@dataclass(frozen=True, slots=True)
class Stock:
    """The stock of some products' variants, read once."""

    levels: Mapping[str, Sequence[StockLevel]]
    locations: Sequence[Location]

    @classmethod
    def of(cls, shop: Shop, variants: Sequence[Variant]) -> "Stock":
        """Read the levels of the variants at all locations."""
        return cls(shop.stock.levels([variant.sku for variant in variants]), shop.stock.locations())

    def available(self, variant: Variant, location_id: str = "") -> int:
        """Units that can be promised now, at one location or in all."""
        levels = self.levels.get(variant.sku, ())
        return sum(level.available for level in levels if location_id in ("", level.location_id))

    def source(self, product: Product, variant: Variant) -> Source:
        """The variant's stock as a text to cite."""
        return stock_source(product, variant, self.levels.get(variant.sku, ()), self.locations)

    def location(self, location_id: str) -> Location | None:
        """The location of this id."""
        return next((place for place in self.locations if place.id == location_id), None)


def stock_claims(product: Product, variants: Sequence[Variant], stock: Stock, location_id: str = "") -> list[Claim]:
    """What is in stock of the variants (at one location, if one is asked), and what is expected."""
    if len(variants) == 1:
        claims = _of_one(product, variants[0], stock, location_id)
    else:
        claims = _of_several(product, variants, stock, location_id)
    wanting = [variant for variant in variants if not stock.available(variant, location_id)]
    return claims + [claim for variant in wanting[:2] for claim in _incoming(product, variant, stock)]


def _of_one(product: Product, variant: Variant, stock: Stock, location_id: str) -> list[Claim]:
    source, units = stock.source(product, variant), stock.available(variant)
    facts: dict[str, Any] = {"name": product.name, "option": variant_label(variant)}
    place = stock.location(location_id)
    if place is not None:
        here = stock.available(variant, place.id)
        citation = source.cite(f"location.{place.id}")
        claims = [
            make_claim("stock_at", [citation], product.id, location=store_name(place), units=f"{here:,}", **facts)
            if here
            else make_claim("none_at", [citation], product.id, location=store_name(place), **facts)
        ]
        return claims if here else [*claims, *_elsewhere(product, variant, stock, place.id)]
    if not units:
        return [make_claim("sold_out", [source.cite("total")], product.id, **facts)]
    return [
        make_claim("stock", [source.cite("total")], product.id, units=f"{units:,}", **facts),
        *_elsewhere(product, variant, stock, ""),
    ]


def _elsewhere(product: Product, variant: Variant, stock: Stock, besides: str) -> list[Claim]:
    """How the units spread over the (other) locations that have some."""
    source = stock.source(product, variant)
    places = [p for p in stock.locations if p.id != besides and stock.available(variant, p.id)]
    if not places:
        return []
    told = [f"{store_name(place)} has {stock.available(variant, place.id):,}" for place in places]
    citations = [source.cite(f"location.{place.id}") for place in places]
    return [make_claim("stock_places", citations, product.id, places=join_words(told))]


def _of_several(product: Product, variants: Sequence[Variant], stock: Stock, location_id: str) -> list[Claim]:
    """The variants in stock by colour and size; a few of them as examples where there are many."""
    field = f"location.{location_id}" if location_id else "total"
    place = stock.location(location_id)
    facts: dict[str, Any] = {"name": product.name, "where": f" at {store_name(place)}" if place else ""}
    found = [variant for variant in variants if stock.available(variant, location_id)]
    if not found:
        citations = [stock.source(product, variant).cite(field) for variant in variants[:MAX_VARIANTS]]
        return [make_claim("none_in_stock", citations, product.id, option=_shared_option(variants), **facts)]
    if len(found) == 1:
        return _of_one(product, found[0], stock, location_id)
    shown = found
    if len(found) > MAX_VARIANTS:
        shown = sorted(found, key=lambda variant: -stock.available(variant, location_id))[: MAX_VARIANTS // 2]
    units = {variant.sku: stock.available(variant, location_id) for variant in shown}
    return [
        make_claim(
            "stock_options",
            [stock.source(product, variant).cite(field) for variant in shown],
            product.id,
            example=", for example" if len(shown) < len(found) else "",
            options=_by_color(shown, units),
            **facts,
        )
    ]


def _by_color(variants: Sequence[Variant], units: Mapping[str, int]) -> str:
    """``blue in size S (4), M (5); white in size S (2)``."""
    groups: dict[str, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(variant.color, []).append(variant)
    parts = []
    for color, members in groups.items():
        sized = [f"{written_size(v.size) or variant_label(v)} ({units[v.sku]:,})" for v in members]
        has_sizes = color and any(variant.size for variant in members)
        sizes = f"{color} in size {join_words(sized)}" if has_sizes else join_words(sized)
        parts.append(sizes)
    return "; ".join(parts)


def _shared_option(variants: Sequence[Variant]) -> str:
    """The colour or size that all the variants have in common."""
    colors, sizes = {variant.color for variant in variants}, {variant.size for variant in variants}
    color = next(iter(colors)) if len(colors) == 1 else ""
    size = next(iter(sizes)) if len(sizes) == 1 else ""
    return ", ".join(part for part in (color, f"size {written_size(size)}" if size else "") if part)


def _incoming(product: Product, variant: Variant, stock: Stock) -> list[Claim]:
    """The next delivery of a variant."""
    expected = [level for level in stock.levels.get(variant.sku, ()) if level.incoming > 0]
    level = min(expected, key=lambda level: level.incoming_on or date.max, default=None)
    place = stock.location(level.location_id) if level else None
    if level is None or place is None:
        return []
    citation = stock.source(product, variant).cite(f"location.{place.id}")
    option = f" in {variant_label(variant)}" if variant_label(variant) else ""
    when = f" on {written_date(level.incoming_on)}" if level.incoming_on else ""
    units = f"{level.incoming:,}"
    return [
        make_claim(
            "incoming", [citation], product.id, location=store_name(place), units=units, of_option=option, when=when
        )
    ]
