"""The words the catalogue uses, read from the database."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import InstrumentedAttribute

from seamless_retail.core.database.tables import LocationRow, ProductFacetRow, ProductRow, VariantRow


@dataclass(frozen=True, slots=True)
class CatalogueVocabulary:
    """See :class:`seamless_retail.core.ports.Vocabulary`."""

    departments: tuple[str, ...]
    categories: tuple[str, ...]
    brands: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    attributes: dict[str, tuple[str, ...]]
    product_names: dict[str, str]
    """Of products that share a name, the most popular."""
    locations: dict[str, str]
    """By id, name, and city where only one location lies in it."""
    category_departments: dict[str, str]
    """Of departments that share a category, the one with most products."""


def read_vocabulary(connection: Connection) -> CatalogueVocabulary:
    """Collect the words; colours and sizes of active variants only."""
    departments = _category_departments(connection)
    return CatalogueVocabulary(
        departments=_distinct(connection, ProductRow.department),
        categories=tuple(sorted(departments)),
        brands=_distinct(connection, ProductRow.brand_key),
        colors=_distinct(connection, VariantRow.color, VariantRow.active.is_(True)),
        sizes=_distinct(connection, VariantRow.size, VariantRow.active.is_(True)),
        attributes=_attributes(connection),
        product_names=_product_names(connection),
        locations=_locations(connection),
        category_departments=departments,
    )


def _distinct(
    connection: Connection, column: InstrumentedAttribute[str], *conditions: ColumnElement[bool]
) -> tuple[str, ...]:
    statement = select(column).where(column != "", *conditions).distinct()
    return tuple(sorted(connection.scalars(statement).all()))


def _attributes(connection: Connection) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for name, value in sorted(connection.execute(select(ProductFacetRow.name, ProductFacetRow.value).distinct())):
        values.setdefault(name, []).append(value)
    return {name: tuple(found) for name, found in values.items()}


def _product_names(connection: Connection) -> dict[str, str]:
    statement = select(ProductRow.name, ProductRow.id).order_by(ProductRow.popularity, ProductRow.id.desc())
    return {name.lower(): product_id for name, product_id in connection.execute(statement).all()}


def _category_departments(connection: Connection) -> dict[str, str]:
    count: ColumnElement[Any] = func.count()
    statement = (
        select(ProductRow.category, ProductRow.department)
        .group_by(ProductRow.category, ProductRow.department)
        .order_by(count, ProductRow.department.desc())
    )
    most_products_last = connection.execute(statement).all()
    return dict(sorted({row.category: row.department for row in most_products_last}.items()))


def _locations(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(LocationRow.id, LocationRow.name, LocationRow.address)).all()
    cities = {row.id: _city(row.address) for row in rows}
    shared = Counter(cities.values())
    words = {city: place for place, city in cities.items() if city and shared[city] == 1}
    words |= {row.name.lower(): row.id for row in rows}
    return dict(sorted((words | {row.id.lower(): row.id for row in rows}).items()))


def _city(address: str) -> str:
    """The first part after the street without a digit: ``12 Main St, Springfield, IL 62701`` gives ``springfield``."""
    parts = [part.strip() for part in address.split(",")[1:]]
    return next((part.lower() for part in parts if part and not any(map(str.isdigit, part))), "")
