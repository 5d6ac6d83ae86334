"""Records as citable texts: one function per record, and :func:`resolve`, which finds a source again by its id.

A source's text is a list of plain lines. ``source.fields`` says where each field stands, its label included, so that a
quotation reads by itself: ``Price: from $49.00 to $59.00``.
"""

import hashlib
from collections.abc import Sequence

from seamless_retail.core.account_sources import loyalty_source, order_source, profile_source
from seamless_retail.core.catalogue import Location, Money, Product, Promotion, StockLevel, Variant
from seamless_retail.core.evidence import Source
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.ports import Shop
from seamless_retail.core.product_source import product_source, variant_label
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.source_text import SourceText, written_date, written_name, written_size

__all__ = [
    "catalogue_source",
    "catalogue_source_id",
    "location_source",
    "loyalty_source",
    "order_source",
    "policy_source",
    "product_source",
    "profile_source",
    "promotion_source",
    "resolve",
    "stock_source",
    "variant_label",
    "written_date",
    "written_size",
]


def policy_source(document: PolicyDocument) -> Source:
    """The body exactly as written; its title stands only in ``title``."""
    updated = {"updated_on": document.updated_on.isoformat()} if document.updated_on else {}
    return Source(
        id=f"policy:{document.id}",
        kind="policy",
        title=document.title,
        text=document.body,
        metadata={"policy_id": document.id, "topic": document.topic, **updated},
    )


def stock_source(
    product: Product, variant: Variant, levels: Sequence[StockLevel], locations: Sequence[Location]
) -> Source:
    """Units of one variant by location, in the order of ``locations``.

    Fields: ``total`` and ``location.<id>`` for each location; one without a level counts as 0 available.
    """
    text = SourceText()
    label = f"{product.name} ({variant_label(variant)})" if variant_label(variant) else product.name
    text.line(f"Stock of {label}, SKU {variant.sku}")
    by_location = {level.location_id: level for level in levels}
    for location in locations:
        level = by_location.get(location.id)
        text.line(f"{location.name}: {_availability(level)}", f"location.{location.id}")
    total = sum(level.available for level in levels)
    text.line(f"Total: {total} available", "total")
    return Source(
        id=f"stock:{variant.sku}",
        kind="stock",
        title=f"Stock of {label}",
        text=text.text,
        fields=text.fields,
        metadata={"product_id": product.id, "sku": variant.sku, "available": total},
    )


def _availability(level: StockLevel | None) -> str:
    if level is None:
        return "0 available"
    if not level.incoming:
        return f"{level.available} available"
    when = f" on {written_date(level.incoming_on)}" if level.incoming_on else ""
    return f"{level.available} available, {level.incoming} more expected{when}"


def promotion_source(promotion: Promotion) -> Source:
    """A promotion. Fields: ``title``, ``discount``, ``period``, ``scope`` (if it applies to anything), ``members``."""
    discount = f"{promotion.value} %" if promotion.kind == "percent" else str(Money(cents=promotion.value))
    scope = [*promotion.categories]
    if promotion.product_ids:
        scope.append(f"products {', '.join(promotion.product_ids)}")
    text = SourceText()
    text.line(promotion.title, "title")
    text.line(f"Discount: {discount} off", "discount")
    text.line(f"Runs from {written_date(promotion.starts_on)} to {written_date(promotion.ends_on)}", "period")
    text.value("Applies to", ", ".join(scope), "scope")
    text.line(f"For: {'loyalty members only' if promotion.members_only else 'everybody'}", "members")
    return Source(
        id=f"promotion:{promotion.id}",
        kind="promotion",
        title=promotion.title,
        text=text.text,
        fields=text.fields,
        metadata={
            "starts_on": promotion.starts_on.isoformat(),
            "ends_on": promotion.ends_on.isoformat(),
            "categories": list(promotion.categories),
            "product_ids": list(promotion.product_ids),
            "members_only": promotion.members_only,
        },
    )


def location_source(location: Location) -> Source:
    """A store or warehouse. Fields: ``name``, ``address``, ``hours``, ``phone``."""
    text = SourceText()
    text.line(f"{location.name} ({location.kind})", "name")
    text.value("Address", location.address, "address")
    text.value("Opening hours", location.hours, "hours")
    text.value("Phone", location.phone, "phone")
    return Source(
        id=f"location:{location.id}",
        kind="location",
        title=location.name,
        text=text.text,
        fields=text.fields,
        metadata={"location_id": location.id, "location_kind": location.kind},
    )


def catalogue_source_id(query: ProductQuery) -> str:
    """The id of a search: the same query has the same id."""
    return f"catalogue:{hashlib.sha256(query.model_dump_json().encode()).hexdigest()[:16]}"


def catalogue_source(query: ProductQuery, total: int, ids: Sequence[str]) -> Source:
    """How many products satisfy a query. Fields: ``query``, ``total``; ``ids`` stand in the metadata only."""
    text = SourceText()
    text.line(f"Catalogue search: {'; '.join(_criteria(query)) or 'all products'}", "query")
    text.line(f"Matching products: {total}", "total")
    return Source(
        id=catalogue_source_id(query),
        kind="catalogue",
        title="Catalogue search",
        text=text.text,
        fields=text.fields,
        metadata={"total": total, "product_ids": list(ids)},
    )


_SINGULAR = {
    "departments": "department",
    "categories": "category",
    "brands": "brand",
    "colors": "color",
    "sizes": "size",
    "product_ids": "product",
}


def _criteria(query: ProductQuery) -> list[str]:
    """The query's filters in words."""
    lists = {name: getattr(query, name) for name in _SINGULAR} | query.attributes
    lists["sizes"] = tuple(map(written_size, query.sizes))
    criteria = [
        f"{_SINGULAR.get(name, written_name(name))} {' or '.join(values)}" for name, values in lists.items() if values
    ]
    if query.price_min_cents is not None:
        criteria.append(f"price at least {Money(cents=query.price_min_cents)}")
    if query.price_max_cents is not None:
        criteria.append(f"price at most {Money(cents=query.price_max_cents)}")
    if query.exclude_allergens:
        criteria.append(f"without {' or '.join(map(written_name, query.exclude_allergens))}")
    for name, values in query.exclude.items():
        if values:
            criteria.append(f"{_SINGULAR.get(name, written_name(name))} not {' or '.join(values)}")
    if query.in_stock or query.location_id:
        units = f"at least {query.quantity} " if query.quantity else ""
        criteria.append(f"{units}in stock{f' at {query.location_id}' if query.location_id else ''}")
    return criteria


def resolve(shop: Shop, source_id: str, *, customer_id: str = "", query: ProductQuery | None = None) -> Source | None:
    """Render a source again from its id, so that a citation can be shown in its text.

    Args:
        shop: Where the record is read.
        source_id: ``kind:key``.
        customer_id: The verified customer. Orders, loyalty accounts and profiles of anybody else resolve to ``None``.
        query: The query of a ``catalogue:`` source; its id is a hash, which cannot be turned back.
    """
    kind, _, key = source_id.partition(":")
    match kind:
        case "product":
            product = shop.catalogue.get(key)
            return product_source(product) if product else None
        case "policy":
            document = shop.policies.get(key)
            return policy_source(document) if document else None
        case "stock":
            return _resolve_stock(shop, key)
        case "promotion":
            promotion = shop.catalogue.promotion(key)
            return promotion_source(promotion) if promotion else None
        case "location":
            return next((location_source(place) for place in shop.stock.locations() if place.id == key), None)
        case "catalogue":
            if query is None or catalogue_source_id(query) != source_id:
                return None
            ids = shop.catalogue.find_ids(query)
            return catalogue_source(query, len(ids), ids)
    return _resolve_private(shop, kind, key, customer_id) if customer_id else None


def _resolve_stock(shop: Shop, sku: str) -> Source | None:
    product = shop.catalogue.by_sku(sku)
    variant = next((v for v in product.variants if v.sku == sku), None) if product else None
    if product is None or variant is None:
        return None
    return stock_source(product, variant, shop.stock.levels([sku])[sku], shop.stock.locations())


def _resolve_private(shop: Shop, kind: str, key: str, customer_id: str) -> Source | None:
    if kind == "order":
        order = shop.orders.get(key, customer_id)
        return order_source(order) if order else None
    if key != customer_id:
        return None
    if kind == "loyalty":
        account = shop.loyalty.account(key, shop.today())
        return loyalty_source(account) if account else None
    if kind == "profile":
        customer = shop.customers.get(key)
        return profile_source(customer) if customer else None
    return None
