# ruff: noqa: E501  # one record a line
"""Follow-ups: what a message means after "blue summer dresses under $50" was shown."""

from collections.abc import Callable
from typing import Any

import pytest

from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.tools.understanding import CatalogueQueryReader
from seamless_retail.tools.understanding.followups import merge

ReadFields = Callable[..., dict[str, Any]]

LAST = ProductQuery(categories=("dress",), colors=("blue", "navy"), price_max_cents=4999)
SHOWN = Focus(product_ids=("F1", "F2", "F3"), query=LAST, intent="product_inquiry")
ONE = SHOWN.model_copy(update={"selected_product_id": "F1"})
FOOD = Focus(product_ids=("G1",), query=ProductQuery(categories=("granola",)), intent="product_inquiry")
ORDER = Focus(order_id="ORD-100007", intent="order_status")

DRESSES = {"categories": "dress", "colors": "blue, navy", "price": (None, 4999), "is_follow_up": True}
ALL = {"product_ids": "F1, F2, F3", "is_follow_up": True}
F1, F2, F3 = ({"product_ids": p, "selected_product_id": p, "is_follow_up": True} for p in ("F1", "F2", "F3"))
G1 = {"product_ids": "G1", "selected_product_id": "G1", "is_follow_up": True}
RED = "red, burgundy"

AFTER_A_LIST = [
    ("the second one", F2, "by place"),
    ("the 3rd", F3, "by number and ending"),
    ("number 2", F2, "by number"),
    ("#3", F3, "by number sign"),
    ("the last one", F3, "from the end"),
    ("show me the third dress in navy", F3 | {"colors": "navy"}, "with a noun and a filter"),
    ("compare the first and the second", {"product_ids": "F1, F2", "is_follow_up": True}, "two places"),
    ("the fifth one", ALL | {"notes": "There is no such product in the list: only 3 products were shown."}, "too far"),
    ("the silk one", F2 | {"material": "silk"}, "by a word of its name"),
    ("the saltgrove one", F3 | {"brands": "saltgrove"}, "by its brand"),
    ("the blue one", ALL | {"colors": "blue, cobalt, navy, sky blue"}, "by color, among those shown"),
    ("the one under $40", ALL | {"price": (None, 3999)}, "by price, among those shown"),
    ("which one is cheapest?", ALL | {"sort": "price_ascending"}, "the cheapest of those shown"),
    ("which of these are cotton?", ALL | {"material": "cotton, organic cotton"}, "a choice among those shown"),
    ("are any of them vegan?", ALL | {"diet": "vegan", "wants": "diet"} , "a plural question filters"),
    ("does it come in size 42?", ALL | {"sizes": "42", "wants": "size"}, "it, when several were shown, means each"),
    ("do they come in black?", ALL | {"colors": "black", "wants": "color"}, "they"),
    ("do these dresses come in red?", ALL | {"colors": RED, "wants": "color"}, "these dresses, though it names a category"),
    ("what about in red?", DRESSES | {"colors": RED}, "a new color replaces the old"),
    ("and in red too", DRESSES | {"colors": "blue, navy, red, burgundy"}, "too adds"),
    ("and under $30?", DRESSES | {"price": (None, 2999)}, "a new price replaces the old"),
    ("anything between 50 and 70?", DRESSES | {"price": (5000, 7000)}, "both bounds are replaced"),
    ("cheaper ones", DRESSES | {"sort": "price_ascending"}, "cheaper"),
    ("do you have a cheaper one?", DRESSES | {"sort": "price_ascending"}, "a cheaper one is another one"),
    ("in size M", DRESSES | {"sizes": "m"}, "a filter added"),
    ("only cotton", DRESSES | {"material": "cotton, organic cotton"}, "only"),
    ("a long sleeve one", DRESSES | {"sleeve": "long sleeve"}, "a … one"),
    ("not navy", DRESSES | {"colors": "blue", "not_colors": "navy"}, "a rejection narrows what was wished"),
    ("without polyester", DRESSES | {"not_material": "polyester, recycled polyester"}, "a rejection added"),
    ("is there one with pockets?", DRESSES | {"words": "pockets"}, "words added"),
    ("any in stock at riverside?", DRESSES | {"in_stock": True, "location_id": "riverside", "wants": "stock"}, "a place added"),
    ("show me more", DRESSES | {"not_product_ids": "F1, F2, F3"}, "more are others"),
    ("what else do you have?", DRESSES | {"not_product_ids": "F1, F2, F3"}, "what else"),
    ("show me winter coats", {"categories": "coat", "season": "winter"}, "an own category starts afresh"),
    ("and shoes?", {"categories": "sneakers, boots, sandals, heels, loafers, flats"}, "even after and"),
    ("the northmere hiking boots", {"product_ids": "F4", "selected_product_id": "F4"}, "so does a product's name"),
    ("something for my husband", {"audience": "men, unisex"}, "so does something for somebody"),
    ("what is your return policy?", {"words": "policy", "wants": "returns"}, "a policy is no follow-up"),
    ("thanks!", {}, "thanks ask nothing"),
]  # fmt: skip
AFTER_ONE_PRODUCT = [
    ("does it come in size 42?", F1 | {"sizes": "42", "wants": "size"}, "it is the product singled out"),
    ("is it available in red?", F1 | {"colors": RED, "in_stock": True, "wants": "stock, color"}, "with its color"),
    ("what about in red?", F1 | {"colors": RED}, "a color alone keeps to the product"),
    ("how much is it?", F1 | {"wants": "price"}, "a fact"),
    ("what sizes?", F1 | {"wants": "size"}, "a fact without it"),
    ("is it made of cotton?", F1 | {"wants": "ingredients, material"}, "a question about it is no filter"),
    ("is this dress machine washable?", F1 | {"wants": "care"}, "this dress"),
    ("anything similar?", {"selected_product_id": "F1", "is_follow_up": True, "wants": "similar"}, "others like it"),
    (
        "what goes with it?",
        {"selected_product_id": "F1", "is_follow_up": True, "wants": "complement"},
        "others with it",
    ),
    ("two of those", ALL | {"quantity": 2}, "those are all shown"),
    ("the second one", F2, "another is singled out"),
]
AFTER_A_FOOD = [
    ("is it safe for me?", G1 | {"wants": "allergens"}, "the only product shown is it"),
    ("is it nut free?", G1 | {"wants": "allergens"}, "asks, does not exclude"),
    ("does it contain peanuts?", G1 | {"wants": "ingredients, allergens", "words": "peanuts"}, "names no category"),
    ("is it vegan?", G1 | {"wants": "diet"}, "asks for its diet"),
    ("what are the ingredients?", G1 | {"wants": "ingredients"}, "without it"),
    (
        "any without nuts?",
        {"categories": "granola", "exclude_allergens": "nuts, peanuts", "is_follow_up": True},
        "others",
    ),
    ("two packs of it please", G1 | {"quantity": 2}, "a quantity of it"),
]
AFTER_AN_ORDER = [
    ("where is it now?", {"order_id": "ORD-100007"}, "it is the order"),
    ("can I cancel it?", {"order_id": "ORD-100007"}, "so it is here"),
    ("and the order before?", {"wants": "previous_order"}, "another order"),
    ("what about my last order?", {"wants": "latest_order"}, "the latest"),
    ("and ORD-100009?", {"order_id": "ORD-100009"}, "another by number"),
    ("show me black boots", {"categories": "boots", "colors": "black"}, "no order at all"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), AFTER_A_LIST)
def test_after_a_list(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text, SHOWN) == expected, reason


@pytest.mark.parametrize(("text", "expected", "reason"), AFTER_ONE_PRODUCT)
def test_after_one_product(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text, ONE) == expected, reason


@pytest.mark.parametrize(("text", "expected", "reason"), AFTER_A_FOOD)
def test_after_a_food(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text, FOOD) == expected, reason


@pytest.mark.parametrize(("text", "expected", "reason"), AFTER_AN_ORDER)
def test_after_an_order(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text, ORDER) == expected, reason


def test_a_product_question_after_an_order_and_a_product_is_about_the_product(reader: CatalogueQueryReader) -> None:
    both = ONE.model_copy(update={"order_id": "ORD-100007", "intent": "order_status"})
    understanding = reader.read("is it in stock?", both)
    assert (understanding.selected_product_id, understanding.order_id) == ("F1", "")


STANDALONE = [
    ("does it come in size 42?", ONE, "does the marlowe linen wrap dress come in size 42?"),
    ("the second one in red", SHOWN, "the marlowe silk wrap dress in red"),
    ("what about in red?", SHOWN, "dress, in red, up to $49.99"),
    ("what sizes?", ONE, "what sizes? (marlowe linen wrap dress)"),
    ("blue dresses", SHOWN, "blue dresses"),
]


@pytest.mark.parametrize(("text", "focus", "expected"), STANDALONE)
def test_the_standalone_text_needs_no_thread(
    reader: CatalogueQueryReader, text: str, focus: Focus, expected: str
) -> None:
    assert reader.read(text, focus).standalone.replace("under $50", "up to $49.99") == expected


def test_without_a_thread_nothing_is_a_follow_up(reader: CatalogueQueryReader) -> None:
    for text in ("the second one", "does it come in red?", "show me more", "cheaper ones"):
        understanding = reader.read(text)
        assert not understanding.is_follow_up
        assert not understanding.products.product_ids


def test_more_of_more_leaves_out_all_that_was_shown() -> None:
    seen = LAST.model_copy(update={"exclude": {"product_ids": ("F9",)}})
    assert merge(seen, ProductQuery(exclude={"product_ids": ("F1",)})).exclude["product_ids"] == ("F9", "F1")


def test_allergens_add_up_over_the_thread(reader: CatalogueQueryReader) -> None:
    first = reader.read("granola without nuts").products
    second = reader.read("and without milk", Focus(query=first)).products
    assert [a.value for a in second.exclude_allergens] == ["nuts", "peanuts", "milk"]


def test_a_wish_takes_back_an_earlier_rejection(reader: CatalogueQueryReader) -> None:
    first = reader.read("dresses but not red").products
    second = reader.read("what about red?", Focus(query=first)).products
    assert (second.colors, second.exclude) == (("red", "burgundy"), {})
