"""A :class:`ProductQuery` as one SQL statement."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true

from seamless_retail.core.database.tables import (
    ProductAllergenRow,
    ProductFacetRow,
    ProductRow,
    ReservationRow,
    StockRow,
    VariantRow,
)
from seamless_retail.core.queries import ProductQuery

Condition = ColumnElement[bool]


def matching_ids(query: ProductQuery, now: datetime) -> Select[Any]:
    """Select the ids of the products that satisfy every filter, in the order ``query.sort`` asks for.

    Prices are compared in the currency of the variant. A product without active variants matches as long as no filter
    speaks of a variant.

    Args:
        query: The filters; letter case does not matter.
        now: Reservations that end later than this hold their units back.
    """
    variant = _variant_conditions(query, now)
    statement = select(ProductRow.id).where(*_product_conditions(query))
    if variant:
        statement = statement.where(exists().where(VariantRow.product_id == ProductRow.id, *_sellable(variant)))
    return statement.order_by(*_order(query, variant))


def live(now: datetime) -> Condition:
    """Reservations that hold units back at this time."""
    return or_(ReservationRow.expires_at.is_(None), ReservationRow.expires_at > now)


def _product_conditions(query: ProductQuery) -> list[Condition]:
    conditions: list[Condition] = []
    if query.product_ids:
        conditions.append(ProductRow.id.in_(query.product_ids))
    if query.departments:
        conditions.append(ProductRow.department.in_(_lower(query.departments)))
    if query.categories:
        conditions.append(ProductRow.category.in_(_lower(query.categories)))
    if query.brands:
        conditions.append(ProductRow.brand_key.in_(_lower(query.brands)))
    conditions += [_has_facet(name.lower(), _lower(values)) for name, values in query.attributes.items() if values]
    if query.exclude_allergens:
        conditions.append(_declared_free_of([allergen.value for allergen in query.exclude_allergens]))
    return conditions + [_rejects(name.lower(), values) for name, values in query.exclude.items() if values]


def _rejects(name: str, values: tuple[str, ...]) -> Condition:
    """Not one of these values; colours and sizes are rejected variant by variant."""
    lowered = _lower(values)
    match name:
        case "product_ids":
            return ProductRow.id.not_in(values)
        case "categories":
            return ProductRow.category.not_in(lowered)
        case "brands":
            return ProductRow.brand_key.not_in(lowered)
        case "ingredients":
            told = [~func.lower(ProductRow.ingredients).contains(value, autoescape=True) for value in lowered]
            return or_(ProductRow.is_food.is_(False), and_(ProductRow.ingredients != "", *told))
        case "colors" | "sizes":
            return true()
    return ~_has_facet(name, lowered)


def _has_facet(name: str, values: list[str]) -> Condition:
    facet = ProductFacetRow
    return exists().where(facet.product_id == ProductRow.id, facet.name == name, facet.value.in_(values))


def _declared_free_of(allergens: list[str]) -> Condition:
    """Not a food, or a food whose label declares both allergens and traces and names none of these."""
    declared = ProductAllergenRow
    names_one = exists().where(declared.product_id == ProductRow.id, declared.allergen.in_(allergens))
    return or_(
        ProductRow.is_food.is_(False),
        and_(ProductRow.allergens_declared, ProductRow.traces_declared, ~names_one),
    )


def _variant_conditions(query: ProductQuery, now: datetime) -> list[Condition]:
    conditions: list[Condition] = []
    if query.colors:
        conditions.append(VariantRow.color.in_(_lower(query.colors)))
    if query.sizes:
        conditions.append(VariantRow.size.in_(_lower(query.sizes)))
    if rejected := query.exclude.get("colors"):
        conditions.append(VariantRow.color.not_in(_lower(rejected)))
    if rejected := query.exclude.get("sizes"):
        conditions.append(VariantRow.size.not_in(_lower(rejected)))
    if query.price_min_cents is not None:
        conditions.append(VariantRow.price_cents >= query.price_min_cents)
    if query.price_max_cents is not None:
        conditions.append(VariantRow.price_cents <= query.price_max_cents)
    if query.in_stock or query.location_id:
        conditions.append(_is_available(max(1, query.quantity or 1), query.location_id, now))
    return conditions


def _is_available(units: int, location_id: str, now: datetime) -> Condition:
    """Enough units at the location, or over all locations together when none is named."""
    reserved = (
        select(func.coalesce(func.sum(ReservationRow.quantity), 0))
        .where(ReservationRow.sku == StockRow.sku, ReservationRow.location_id == StockRow.location_id, live(now))
        .correlate(StockRow)
        .scalar_subquery()
    )
    free = StockRow.on_hand - reserved
    here = [StockRow.sku == VariantRow.sku, StockRow.on_hand > 0]  # the cheap test first
    if location_id:
        here.append(StockRow.location_id == location_id)
    if location_id or units == 1:
        return exists().where(*here, free >= units)
    total = select(func.sum(case((free > 0, free), else_=0))).where(*here).correlate(VariantRow).scalar_subquery()
    return total >= units


def _order(query: ProductQuery, variant: list[Condition]) -> list[ColumnElement[Any]]:
    popular: list[ColumnElement[Any]] = [ProductRow.popularity.desc(), ProductRow.id.asc()]
    if query.sort not in ("price_ascending", "price_descending"):
        return popular
    bound = func.min if query.sort == "price_ascending" else func.max
    price = (
        select(bound(VariantRow.price_cents))
        .where(VariantRow.product_id == ProductRow.id, *_sellable(variant))
        .correlate(ProductRow)
        .scalar_subquery()
    )
    direction = price.asc() if query.sort == "price_ascending" else price.desc()
    return [direction.nulls_last(), *popular]


def _sellable(conditions: list[Condition]) -> list[Condition]:
    return [VariantRow.active.is_(True), *conditions]


def _lower(values: tuple[str, ...]) -> list[str]:
    return [value.lower() for value in values]
