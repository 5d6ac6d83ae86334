"""English for records."""

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.wording import count_of, describe_products, is_plural, join_words, lifted_constraint, plural

PLURAL_NAMES = ("High-Rise Slim Jeans", "Oat Cookies with Honey", "Chips, Sea Salt", "Wool Socks (2 pairs)")
SINGULAR_NAMES = (
    "Wrap Dress",
    "Hummus with Peppers",
    "Swiss Chocolate",
    "Cream of Mushrooms",
    "Bag for Shoes",
    "Chassis",
)


@pytest.mark.parametrize("name", PLURAL_NAMES + SINGULAR_NAMES)
def test_the_number_of_a_product_name(name):
    assert is_plural(name) is (name in PLURAL_NAMES)


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("dress", "dresses"),
        ("scarf", "scarves"),
        ("jeans", "jeans"),
        ("granola", "granola"),
        ("plant milk", "plant milk"),
        ("bag", "bags"),
        ("curry", "curries"),
        ("toy", "toys"),
    ],
)
def test_plurals_of_categories(noun, expected):
    assert plural(noun) == expected


def test_lists_and_counts():
    assert [join_words(list("abc")[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert (count_of(1, "unit"), count_of(1200, "point")) == ("1 unit", "1,200 points")


QUERIES = (
    (
        ProductQuery(categories=("dress",), colors=("blue",), attributes={"season": ("summer",)}, price_max_cents=4999),
        2,
        "blue summer dresses under $50",
    ),
    (ProductQuery(categories=("dress",), sizes=("m",)), 1, "dress in size m"),
    (ProductQuery(categories=("granola",), attributes={"diet": ("vegan",)}), 3, "kinds of vegan granola"),
    (ProductQuery(categories=("granola",)), 1, "kind of granola"),
    (ProductQuery(categories=("granola",), exclude_allergens=(Allergen.PEANUTS,)), 0, "granola without peanuts"),
    (ProductQuery(), 2, "products"),
    (ProductQuery(departments=("grocery",), location_id="downtown"), 2, "grocery products in stock at Downtown"),
)


@pytest.mark.parametrize(("query", "number", "expected"), QUERIES)
def test_a_query_as_a_noun_phrase(query, number, expected):
    assert describe_products(query, number, "Downtown" if query.location_id else "").lower() == expected.lower()


@pytest.mark.parametrize(
    ("query", "constraint", "expected"),
    [
        (ProductQuery(colors=("green",)), "colors", "the color green"),
        (ProductQuery(sizes=("xl",)), "sizes", "the size XL"),
        (ProductQuery(price_max_cents=4999), "price", "the price limit (under $50)"),
        (ProductQuery(attributes={"season": ("summer",)}), "attributes.season", "the season summer"),
        (ProductQuery(in_stock=True), "availability", "the wish (in stock)"),
    ],
)
def test_a_constraint_that_is_left_out(query, constraint, expected):
    assert lifted_constraint(query, constraint) == expected
