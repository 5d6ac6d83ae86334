"""Write the catalogue: products, locations, stock, promotions, sales, policies, metadata.

Every function takes an open transaction and records, upserts by id, and returns how many records it wrote. Writing the
same records twice leaves the same database. Records that a record refers to must be written first.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, update

from seamless_retail.core.catalogue import (
    DailySales,
    Location,
    Product,
    Promotion,
    Reservation,
    StockLevel,
    Variant,
)
from seamless_retail.core.database.tables import (
    DailySalesRow,
    LocationRow,
    MetadataRow,
    PolicyRow,
    ProductAllergenRow,
    ProductFacetRow,
    ProductRow,
    PromotionRow,
    PromotionTargetRow,
    ReservationRow,
    StockRow,
    VariantRow,
)
from seamless_retail.core.database.upsert import ROWS, Row, batches, replace_parts, upsert
from seamless_retail.core.policies import PolicyDocument


def write_products(connection: Connection, products: Iterable[Product]) -> int:
    """Write products with attributes, allergens and variants.

    A variant that the product no longer lists is kept and made inactive, because orders and sales refer to it.
    """
    written = 0
    for batch in batches(products):
        ids = [product.id for product in batch]
        upsert(connection, ProductRow, [_product_row(product) for product in batch])
        facets = [row for product in batch for row in _facet_rows(product)]
        replace_parts(connection, ProductFacetRow, ProductFacetRow.product_id, ids, facets)
        allergens = [row for product in batch for row in _allergen_rows(product)]
        replace_parts(connection, ProductAllergenRow, ProductAllergenRow.product_id, ids, allergens)
        variants = [_variant_row(variant, i) for product in batch for i, variant in enumerate(product.variants)]
        connection.execute(update(VariantRow).where(VariantRow.product_id.in_(ids)).values(active=False))
        upsert(connection, VariantRow, variants)
        written += len(batch)
    return written


def write_locations(connection: Connection, locations: Iterable[Location]) -> int:
    """Write stores and warehouses."""
    rows = [location.model_dump() for location in locations]
    upsert(connection, LocationRow, rows)
    return len(rows)


def write_stock(connection: Connection, levels: Iterable[StockLevel]) -> int:
    """Write stock levels; the reserved units of a level become one reservation that does not expire."""
    written = 0
    for batch in batches(levels, ROWS):
        upsert(connection, StockRow, [level.model_dump(exclude={"reserved"}) for level in batch])
        held = [_held_row(level) for level in batch]
        connection.execute(delete(ReservationRow).where(ReservationRow.id.in_([row["id"] for row in held])))
        upsert(connection, ReservationRow, [row for row in held if row["quantity"] > 0])
        written += len(batch)
    return written


def write_reservations(connection: Connection, reservations: Iterable[Reservation]) -> int:
    """Write reservations."""
    rows = [
        reservation.model_dump()
        | {"customer_id": reservation.customer_id or None, "order_id": reservation.order_id or None}
        for reservation in reservations
    ]
    upsert(connection, ReservationRow, rows)
    return len(rows)


def write_promotions(connection: Connection, promotions: Iterable[Promotion]) -> int:
    """Write promotions with what they apply to."""
    written = 0
    for batch in batches(promotions):
        ids = [promotion.id for promotion in batch]
        upsert(connection, PromotionRow, [p.model_dump(exclude={"product_ids", "categories"}) for p in batch])
        targets = [row for promotion in batch for row in _target_rows(promotion)]
        replace_parts(connection, PromotionTargetRow, PromotionTargetRow.promotion_id, ids, targets)
        written += len(batch)
    return written


def write_sales(connection: Connection, sales: Iterable[DailySales]) -> int:
    """Write daily sales."""
    written = 0
    for batch in batches(sales, ROWS):
        upsert(connection, DailySalesRow, [dict(record) for record in batch])
        written += len(batch)
    return written


def write_policies(connection: Connection, documents: Iterable[PolicyDocument]) -> int:
    """Write policy and FAQ documents."""
    rows = [document.model_dump() for document in documents]
    upsert(connection, PolicyRow, rows)
    return len(rows)


def write_metadata(connection: Connection, values: Mapping[str, str]) -> None:
    """Write facts about the shop itself, such as ``{"today": "2026-06-30"}``."""
    upsert(connection, MetadataRow, [{"key": key, "value": value} for key, value in values.items()])


def _product_row(product: Product) -> Row:
    food = product.food
    return {
        "id": product.id,
        "name": product.name,
        "department": product.department.lower(),
        "category": product.category.lower(),
        "brand": product.brand,
        "brand_key": product.brand.lower(),
        "description": product.description,
        "popularity": product.popularity,
        "is_food": food is not None,
        "ingredients": food.ingredients if food else "",
        "serving": food.serving if food else "",
        "nutrition": food.nutrition.model_dump(exclude_none=True) if food and food.nutrition else None,
        "allergens_declared": food is not None and food.allergens is not None,
        "traces_declared": food is not None and food.traces is not None,
    }


def _facet_rows(product: Product) -> list[Row]:
    pairs = ((name.lower(), value.lower()) for name, values in product.attributes.items() for value in values)
    return [
        {"product_id": product.id, "name": name, "value": value, "position": position}
        for position, (name, value) in enumerate(dict.fromkeys(pairs))
    ]


def _allergen_rows(product: Product) -> list[Row]:
    if product.food is None:
        return []
    declared = {"contains": product.food.allergens or (), "may_contain": product.food.traces or ()}
    return [
        {"product_id": product.id, "allergen": allergen.value, "presence": presence, "position": position}
        for presence, allergens in declared.items()
        for position, allergen in enumerate(dict.fromkeys(allergens))
    ]


def _variant_row(variant: Variant, position: int) -> Row:
    return {
        "sku": variant.sku,
        "product_id": variant.product_id,
        "position": position,
        "color": variant.color.lower(),
        "size": variant.size.lower(),
        "price_cents": variant.price.cents,
        "currency": variant.price.currency,
        "options": variant.options or None,
        "barcode": variant.barcode,
        "active": variant.active,
    }


def _held_row(level: StockLevel) -> dict[str, Any]:
    return {
        "id": f"held:{level.sku}@{level.location_id}",
        "sku": level.sku,
        "location_id": level.location_id,
        "quantity": level.reserved,
        "customer_id": None,
        "order_id": None,
        "expires_at": None,
    }


def _target_rows(promotion: Promotion) -> list[Row]:
    targets = [("product", value) for value in promotion.product_ids]
    targets += [("category", value.lower()) for value in promotion.categories]
    return [
        {"promotion_id": promotion.id, "kind": kind, "value": value, "position": position}
        for position, (kind, value) in enumerate(dict.fromkeys(targets))
    ]
