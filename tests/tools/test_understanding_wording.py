"""Constraints in words."""

from typing import Any

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.understanding import CatalogueQueryReader, describe_constraint, describe_query

CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"price_max_cents": 4999}, "price", "under $50"),
    ({"price_max_cents": 5000}, "price", "up to $50"),
    ({"price_max_cents": 1950}, "price", "up to $19.50"),
    ({"price_min_cents": 8001}, "price", "over $80"),
    ({"price_min_cents": 10000}, "price", "from $100"),
    ({"price_min_cents": 2000, "price_max_cents": 4000}, "price", "between $20 and $40"),
    ({"colors": ("blue", "cobalt", "navy")}, "colors", "in blue"),
    ({"colors": ("navy",)}, "colors", "in navy"),
    ({"colors": ("red", "burgundy", "navy")}, "colors", "in red or navy"),
    ({"sizes": ("42",)}, "sizes", "in size 42"),
    ({"brands": ("halden & rue",)}, "brands", "by Halden & Rue"),
    ({"categories": ("dress", "skirt")}, "categories", "dress or skirt"),
    ({"departments": ("fashion",)}, "departments", "in fashion"),
    ({"attributes": {"season": ("summer",)}}, "attributes.season", "for summer"),
    ({"attributes": {"audience": ("men", "unisex")}}, "attributes.audience", "for men"),
    ({"attributes": {"material": ("wool", "merino wool")}}, "attributes.material", "in wool"),
    ({"attributes": {"diet": ("vegan",)}}, "attributes.diet", "vegan"),
    ({"attributes": {"fit": ("slim",)}}, "attributes.fit", "with a slim fit"),
    ({"attributes": {"heel_height": ("low",)}}, "attributes.heel_height", "with heel height low"),
    ({"exclude_allergens": (Allergen.NUTS, Allergen.SESAME)}, "exclude_allergens", "without nuts or sesame"),
    ({"exclude": {"colors": ("red", "burgundy")}}, "exclude.colors", "not in red"),
    ({"exclude": {"material": ("polyester", "recycled polyester")}}, "exclude.material", "without polyester"),
    ({"exclude": {"brands": ("marlowe",)}}, "exclude.brands", "not marlowe"),
    ({"in_stock": True}, "availability", "in stock"),
    ({"in_stock": True, "location_id": "riverside", "quantity": 2}, "availability", "in stock at Riverside (2 units)"),
]


@pytest.mark.parametrize(("fields", "name", "expected"), CASES)
def test_a_constraint_in_words(fields: dict[str, Any], name: str, expected: str) -> None:
    query = ProductQuery(**fields)
    assert name in query.constraints()
    assert describe_constraint(query, name) == expected


def test_the_currency_is_the_shops() -> None:
    assert describe_constraint(ProductQuery(price_max_cents=4999), "price", "GBP") == "under £50"


def test_a_query_in_words_leaves_out_ids() -> None:
    query = ProductQuery(text="pockets", categories=("dress",), colors=("navy",), exclude={"product_ids": ("F1",)})
    assert describe_query(query) == "pockets, dress, in navy"


def test_what_is_described_is_understood_again(reader: CatalogueQueryReader) -> None:
    query = reader.read("blue linen dresses for summer under $50, size m").products
    assert reader.read(describe_query(query)).products == query
