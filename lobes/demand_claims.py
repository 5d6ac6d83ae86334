"""Claims about the stock of coming days: will it be there, how long does it last, what should be reordered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from seamless_retail.core.catalogue import Location, Product, Variant
from seamless_retail.core.demand import StockOutlook, Transfer
from seamless_retail.core.demand_source import forecast_source, written_chance, written_day, written_units
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.evidence import Claim, Source
from seamless_retail.core.ports import DemandForecaster, Shop
from seamless_retail.core.sources import variant_label
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.store_claims import store_name
from seamless_retail.tools.forecasting import forecast_stock
from seamless_retail.tools.understanding.days import coming_day

LIKELY, UNLIKELY = 0.8, 0.5
"""Probabilities from which an answer says "should be" and below which "will probably not be"."""
MAX_VARIANTS = 2
"""Variants whose outlook one answer tells."""
DEFAULT_DAYS = 7
"""Days ahead where a question names none."""
_PRESENCE = re.compile(
    r"\b(?:have|has|got|get|be (?:there|in|left|around)|in stock|out of stock|available|availability|left|stock(?:ed)?|"
    r"find|buy|carry|sold out|pick (?:it|them|this|one) up)\b",
    re.IGNORECASE,
)
_LASTING = re.compile(
    r"\bhow long (?:will|does|do|would)\b.{0,80}\blast\b|\b(?:run|runs|running|sell|sells|selling) out\b|"
    r"\bwhen (?:will|do|does|is|are)\b.{0,80}\b(?:sold out|out of stock|be gone)\b|\bstock-?out\b",
    re.IGNORECASE,
)
_REORDER = re.compile(
    r"\bre-?order\b|\breplenish\w*|\bhow (?:many|much)\b.{0,60}\b(?:order|restock)\b|"
    r"\bshould (?:we|i|you) (?:order|restock)\b|\btransfer\b.{0,60}\b(?:store|stores|between|from|to)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class StockQuestion:
    """What a message asks about the stock of coming days."""

    day: date
    names_day: bool
    about_stock: bool
    """It asks how long the stock lasts or what to reorder, not only whether something is there."""


def read_stock_question(text: str, today: date) -> StockQuestion | None:
    """What the message asks; ``None`` if it is not about the stock of coming days."""
    day = coming_day(text, today)
    lasting = bool(_LASTING.search(text) or _REORDER.search(text))
    if not lasting and not (day and _PRESENCE.search(text)):
        return None
    return StockQuestion(day or today + timedelta(days=DEFAULT_DAYS), day is not None, lasting)


def demand_claims(
    shop: Shop,
    demand: DemandForecaster,
    product: Product,
    variants: Sequence[Variant],
    asked: StockQuestion,
    location_id: str = "",
) -> list[Claim]:
    """The chance on that day, the sales until then, the day it runs out, a reorder and a transfer proposal."""
    try:
        found = forecast_stock(shop, demand, product, variants[:MAX_VARIANTS], asked.day, location_id)
    except NotFoundError:
        return []
    names = {place.id: place for place in shop.stock.locations()}
    place = names.get(location_id)
    by_sku = {variant.sku: variant for variant in variants}
    claims: list[Claim] = []
    for outlook in found.outlooks:
        variant = by_sku[outlook.sku]
        source = forecast_source(product, variant, outlook, place.name if place else "")
        option = variant_label(variant)
        told = option if len(found.outlooks) > 1 else ""
        facts = {
            "name": product.name,
            "option": option,
            "of_option": f" in {told}" if told else "",
            "for_option": f" for {told}" if told else "",
            "where": f" at {store_name(place)}" if place else "",
        }
        claims += _outlook_claims(product, source, outlook, asked, facts)
        moves = [move for move in found.transfers if move.sku == outlook.sku and location_id]
        claims += [_transfer_claim(product, source, move, names, facts) for move in moves]
    return claims


def _outlook_claims(
    product: Product, source: Source, outlook: StockOutlook, asked: StockQuestion, facts: dict[str, Any]
) -> list[Claim]:
    kind = "will_be_there" if outlook.in_stock >= LIKELY else "may_be_gone"
    if outlook.in_stock < UNLIKELY:
        kind = "will_be_gone"
    day, chance = written_day(outlook.day), written_chance(outlook.in_stock)
    claims = []
    if asked.names_day or not asked.about_stock:
        claims.append(make_claim(kind, [source.cite("chance")], product.id, day=day, chance=chance, **facts))
        if outlook.day < asked.day:
            claims.append(make_claim("forecast_ends", [source.cite("chance")], product.id, day=day, **facts))
    due = f", {outlook.incoming:,} more are due by then" if outlook.incoming else ""
    sold: dict[str, Any] = {
        "units": f"{outlook.available:,}",
        "due": due,
        "low": f"{outlook.low:,}",
        "high": f"{outlook.high:,}",
        "day": day,
    }
    basis = [source.cite("available"), source.cite("sales")]
    claims.append(make_claim("expected_sales", basis, product.id, **sold, **facts))
    if outlook.available:
        claims.append(_stock_out_claim(product, source, outlook, facts))
    claims.append(_reorder_claim(product, source, outlook, facts))
    return claims


def _stock_out_claim(product: Product, source: Source, outlook: StockOutlook, facts: dict[str, Any]) -> Claim:
    citations = [source.cite("stock_out")]
    horizon = written_day(outlook.horizon)
    if outlook.earliest_stock_out is None:
        return make_claim("stock_lasts", citations, product.id, day=horizon, **facts)
    earliest = written_day(outlook.earliest_stock_out)
    if outlook.stock_out_on is None:
        return make_claim("stock_may_run_out", citations, product.id, earliest=earliest, day=horizon, **facts)
    day = written_day(outlook.stock_out_on)
    return make_claim("stock_out", citations, product.id, day=day, earliest=earliest, **facts)


def _reorder_claim(product: Product, source: Source, outlook: StockOutlook, facts: dict[str, Any]) -> Claim:
    reorder = outlook.reorder
    told: dict[str, Any] = {
        "quantity": written_units(reorder.units),
        "level": written_units(reorder.level),
        "position": f"{reorder.position:,}",
        "days": str(reorder.cover_days),
        "service": written_chance(reorder.service_level),
    }
    return make_claim("reorder", [source.cite("reorder")], product.id, **told, **facts)


def _transfer_claim(
    product: Product, source: Source, move: Transfer, places: Mapping[str, Location], facts: dict[str, Any]
) -> Claim:
    """Cites what is wanted; what the other location can spare follows from its own forecast."""
    giver, taker = (store_name(places[place]) for place in (move.source_id, move.target_id))
    told: dict[str, Any] = {"quantity": written_units(move.units), "giver": giver, "taker": taker}
    return make_claim("transfer", [source.cite("reorder")], product.id, **told, **facts)
