"""Read whole products: four statements for any number of ids."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, select

from seamless_retail.core.catalogue import Allergen, Food, Money, Nutrition, Product, Variant
from seamless_retail.core.database.tables import ProductAllergenRow, ProductFacetRow, ProductRow, VariantRow
from seamless_retail.core.database.upsert import batches, table_of

IDS_PER_STATEMENT = 10_000
"""Under the 32,766 parameters that SQLite takes."""

AnyRow = Row[Any]

IDS: BindParameter[Any] = bindparam("ids", expanding=True)
PRODUCTS = select(table_of(ProductRow)).where(ProductRow.id.in_(IDS))
FACETS, ALLERGENS, VARIANTS = (
    select(table_of(part)).where(part.product_id.in_(IDS)).order_by(part.product_id, part.position)
    for part in (ProductFacetRow, ProductAllergenRow, VariantRow)
)


def read_products(connection: Connection, product_ids: Iterable[str]) -> dict[str, Product]:
    """Products by id; unknown ids are left out."""
    found: dict[str, Product] = {}
    for ids in batches(dict.fromkeys(product_ids), IDS_PER_STATEMENT):
        products = connection.execute(PRODUCTS, {"ids": ids}).all()
        facets = _parts(connection, FACETS, ids)
        allergens = _parts(connection, ALLERGENS, [row.id for row in products if row.is_food])
        variants = _parts(connection, VARIANTS, ids)
        for row in products:
            found[row.id] = _product(row, facets[row.id], allergens[row.id], variants[row.id])
    return found


def _parts(connection: Connection, statement: Select[Any], ids: Sequence[str]) -> dict[str, list[AnyRow]]:
    grouped: dict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(statement, {"ids": ids}).all() if ids else ():
        grouped[row.product_id].append(row)
    return grouped


def _product(row: AnyRow, facets: list[AnyRow], allergens: list[AnyRow], variants: list[AnyRow]) -> Product:
    attributes: dict[str, tuple[str, ...]] = {}
    for facet in facets:
        attributes[facet.name] = (*attributes.get(facet.name, ()), facet.value)
    return Product(
        id=row.id,
        name=row.name,
        department=row.department,
        category=row.category,
        brand=row.brand,
        description=row.description,
        attributes=attributes,
        food=_food(row, allergens) if row.is_food else None,
        variants=tuple(_variant(variant) for variant in variants),
        popularity=row.popularity,
    )


def _food(row: AnyRow, declared: list[AnyRow]) -> Food:
    contains, may_contain = (
        tuple(Allergen(item.allergen) for item in declared if item.presence == presence)
        for presence in ("contains", "may_contain")
    )
    return Food(
        ingredients=row.ingredients,
        allergens=contains if row.allergens_declared else None,
        traces=may_contain if row.traces_declared else None,
        nutrition=Nutrition(**row.nutrition) if row.nutrition is not None else None,
        serving=row.serving,
    )


def _variant(row: AnyRow) -> Variant:
    return Variant(
        sku=row.sku,
        product_id=row.product_id,
        price=Money(cents=row.price_cents, currency=row.currency),
        color=row.color,
        size=row.size,
        options=row.options or {},
        barcode=row.barcode,
        active=row.active,
    )
