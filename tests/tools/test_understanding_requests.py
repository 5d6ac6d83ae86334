# ruff: noqa: E501  # one record a line
"""What a message asks about: facts, stock, places, quantities, orders, and products by name."""

from collections.abc import Callable
from typing import Any

import pytest

from seamless_retail.core.queries import Focus
from seamless_retail.tools.understanding import CatalogueQueryReader

ReadFields = Callable[..., dict[str, Any]]

F1 = {"product_ids": "F1", "selected_product_id": "F1"}

NAMES = [
    ("the Marlowe Linen Wrap Dress", F1, "the whole name"),
    ("marlow linen wrap dress", F1, "with a slip of the pen"),
    ("marlowe linen wrap", F1, "one word missing"),
    ("marlowe wrap dress", {"brands": "marlowe", "categories": "dress", "words": "wrap dress"}, "two products fit: filters instead"),
    ("linen wrap dresses", {"categories": "dress", "material": "linen", "words": "wrap dresses"}, "no brand, a plural: a search"),
    ("is the marlowe linen wrap dress made of cotton", {**F1, "wants": "ingredients, material"}, "a question is no filter"),
    ("marlowe linen wrap dress in red size m", {**F1, "colors": "red, burgundy", "sizes": "m"}, "variants of the product"),
    ("compare the marlowe linen wrap dress and the northmere hiking boots", {"product_ids": "F1, F4"}, "two products"),
    ("a dress like the marlowe linen wrap dress", {"categories": "dress", "selected_product_id": "F1", "wants": "similar"}, "an example, not the wish"),
    ("what goes with the northmere hiking boots", {"selected_product_id": "F4", "wants": "complement"}, "company for a product"),
    ("I would like the northmere hiking boots", {"product_ids": "F4", "selected_product_id": "F4"}, "would like is a wish"),
    ("olive oil", {"categories": "olive oil"}, "a name that is a category"),
    ("acorn pantry coconut yogurt alternative", {"product_ids": "G4", "selected_product_id": "G4"}, "words of a name ask nothing"),
]  # fmt: skip
PLACES = [
    (
        "is there granola at the Riverside store",
        {"categories": "granola", "location_id": "riverside", "in_stock": True},
        "a store",
    ),
    ("granola in Portland", {"categories": "granola", "location_id": "downtown", "in_stock": True}, "a city"),
    ("riverside granola", {"categories": "granola", "words": "riverside"}, "a word without a place's cue"),
    (
        "when does riverside market open",
        {"location_id": "riverside", "words": "open"},
        "about the store, not its stock",
    ),
    ("boots in stock", {"categories": "boots", "in_stock": True, "wants": "stock"}, "in stock"),
    (
        "are the boots sold out",
        {"categories": "boots", "wants": "stock"},
        "sold out asks, it does not filter",
    ),
    ("when will the boots be back in stock", {"categories": "boots", "wants": "stock"}, "back in stock asks too"),
]
QUANTITIES = [
    ("two packs of pasta", {"categories": "pasta", "quantity": 2}, "packs"),
    (
        "3 blue t-shirts",
        {"categories": "t-shirt", "colors": "blue, cobalt, navy, sky blue", "quantity": 3},
        "before the wish",
    ),
    ("a dozen cookies", {"categories": "cookies", "quantity": 12}, "a dozen"),
    ("half a dozen bottles of juice", {"categories": "juice", "quantity": 6}, "half a dozen"),
    ("4x yogurt", {"categories": "yogurt", "quantity": 4}, "times"),
    ("a pair of socks", {"categories": "socks"}, "a pair is one"),
    ("pack of 6 socks", {"categories": "socks", "words": "pack 6"}, "a pack is a product"),
]
SORTS = [
    ("cheapest boots", {"categories": "boots", "sort": "price_ascending"}, "cheapest"),
    ("affordable coats", {"categories": "coat", "sort": "price_ascending"}, "affordable"),
    ("most expensive coat", {"categories": "coat", "sort": "price_descending"}, "dearest"),
    ("best selling tea", {"categories": "tea", "sort": "popularity"}, "best selling"),
    ("popular dresses", {"categories": "dress", "sort": "popularity"}, "popular"),
]
ORDERS = [
    ("where is my order ORD-100001?", {"order_id": "ORD-100001"}, "as printed"),
    ("ord100001", {"order_id": "ORD-100001"}, "without hyphen"),
    ("status of order number 100001", {"order_id": "ORD-100001", "words": "status"}, "the number alone"),
    ("cancel #W2611340", {"order_id": "#W2611340"}, "of an imported shop"),
    ("cancel w2611340", {"order_id": "#W2611340"}, "without its sign"),
    ("where is my last order", {"wants": "latest_order"}, "the latest"),
    ("I ordered 100001 things", {"words": "ordered 100001"}, "a number is no order"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), [*NAMES, *PLACES, *QUANTITIES, *SORTS, *ORDERS])
def test_requests(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text) == expected, reason


WANTS = [
    ("how much is it", "price"),
    ("what does it cost", "price"),
    ("is it available", "stock"),
    ("how many are left", "stock"),
    ("what sizes do you have", "size"),
    ("which colors are there", "color"),
    ("does it come in red", "color"),
    ("does it come in size 8", "size"),
    ("what are the ingredients", "ingredients"),
    ("what is in it", "ingredients"),
    ("does it contain peanuts", "allergens"),
    ("is it safe for me", "allergens"),
    ("how many calories", "nutrition"),
    ("how much sugar does it have", "nutrition"),
    ("is it vegan", "diet"),
    ("what is it made of", "material"),
    ("can I put it in the dryer or wash it", "care"),
    ("tell me more about it", "description"),
    ("when will it arrive", "delivery"),
    ("can I return it", "returns"),
    ("is it on sale", "promotion"),
    ("anything similar", "similar"),
    ("what goes with it", "complement"),
    ("and the order before", "previous_order"),
    ("what should I buy again?", "repurchase"),
    ("what groceries do I need to reorder", "repurchase"),
    ("is there anything I'm running out of?", "repurchase"),
    ("which things might I need again soon?", "repurchase"),
    ("time to restock: anything to order again?", "repurchase"),
    ("suggest something based on my past orders", "personal"),
    ("what would you pick going by what I bought", "personal"),
]


@pytest.mark.parametrize(("text", "want"), WANTS)
def test_wants(reader: CatalogueQueryReader, text: str, want: str) -> None:
    focus = Focus(product_ids=("F1",), selected_product_id="F1")
    assert want in reader.read(text, focus).wants


NOT_TO_BUY_AGAIN = [
    "when will you have it again",
    "can I order it again",
    "reorder my last order",
    "what happens if you run out of granola",
    "do I have to pay again",
    "will the boots be in stock again",
]


@pytest.mark.parametrize("text", NOT_TO_BUY_AGAIN)
def test_again_is_not_always_about_what_to_buy(reader: CatalogueQueryReader, text: str) -> None:
    assert "repurchase" not in reader.read(text).wants


def test_how_much_sugar_does_not_ask_the_price(reader: CatalogueQueryReader) -> None:
    assert "price" not in reader.read("how much sugar is in it").wants
