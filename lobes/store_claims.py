"""Claims about stores (opening hours, address, phone) and about the promotions that run today."""

import re
from typing import Any

from seamless_retail.core.catalogue import Location, Product, Promotion
from seamless_retail.core.evidence import Claim
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.source_text import written_date
from seamless_retail.core.sources import location_source, promotion_source
from seamless_retail.lobes.phrasebook import make_claim

_ASKED = {
    "hours": r"\b(?:opening (?:hours|times?)|open|close[sd]?|closing|hours|what time)\b",
    "address": r"\b(?:address|where (?:is|are|can i find)|located|location|directions|how do i get)\b",
    "phone": r"\b(?:phone|telephone|call (?:the|your) \w* ?store)\b",
}
"""What a message asks of a store, by field of the location."""
_ABOUT_STORES = re.compile(r"\b(?:stores?|shops?|branch(?:es)?|you|your|location|locations)\b", re.IGNORECASE)
_NOT_TODAY = re.compile(
    r"\b(?:holidays?|christmas|thanksgiving|new year|easter|parking|park|bus|train|account|return|order|package|parcel|"
    r"refund|customer (?:care|service|support))\b",
    re.IGNORECASE,
)
"""What the directory cannot answer, although it asks for hours or a place."""


def store_name(location: Location) -> str:
    """``Downtown`` → ``the Downtown store``; the warehouse is just that."""
    named = "store" in location.name.lower() or location.kind != "store"
    return f"the {location.name if location.kind == 'store' else location.name.lower()}{'' if named else ' store'}"


def store_claims(shop: Shop, text: str, location_id: str = "") -> list[Claim]:
    """What the directory says of the store named (all stores when none is), for the fields the text asks for."""
    asked = [field for field, pattern in _ASKED.items() if re.search(pattern, text, re.IGNORECASE)]
    if not asked or _NOT_TODAY.search(text) or not (location_id or _ABOUT_STORES.search(text)):
        return []
    named = location_id or _named(shop, text)
    places = [place for place in shop.stock.locations() if (place.id == named if named else place.kind == "store")]
    return [claim for place in places for field in asked if (claim := _store_claim(place, field))]


def _named(shop: Shop, text: str) -> str:
    return next((place.id for place in shop.stock.locations() if place.name.lower() in text.lower()), "")


def _store_claim(location: Location, field: str) -> Claim | None:
    source, value = location_source(location), str(getattr(location, field))
    if field not in source.fields:
        return None
    return make_claim(f"store_{field}", [source.cite(field)], location=store_name(location), value=value)


def promotion_claims(shop: Shop, query: ProductQuery, limit: int = 4) -> list[Claim]:
    """The promotions that run today, those for the asked categories first and alone."""
    running = running_promotions(shop)
    fitting = [p for p in running if set(p.categories) & set(query.categories)]
    return [promotion_claim(promotion) for promotion in (fitting or running)[:limit]]


def running_promotions(shop: Shop) -> list[Promotion]:
    """All promotions that run today."""
    today = shop.today()
    return [p for p in shop.catalogue.all_promotions() if p.starts_on <= today <= p.ends_on]


def applies_to(promotion: Promotion, product: Product) -> bool:
    """Whether a promotion covers a product, by id or by category."""
    return product.id in promotion.product_ids or product.category in promotion.categories


def promotion_claim(promotion: Promotion, product: Product | None = None) -> Claim:
    """What a promotion gives and until when, in general or on one product."""
    source = promotion_source(promotion)
    facts: dict[str, Any] = {
        "title": promotion.title,
        "discount": source.cite("discount").quote.removeprefix("Discount: "),
        "until": written_date(promotion.ends_on),
        "members": ", for loyalty members" if promotion.members_only else "",
    }
    if product is None:
        return make_claim("promotion", [source.cite()], **facts)
    return make_claim("on_promotion", [source.cite()], product.id, name=product.name, **facts)
