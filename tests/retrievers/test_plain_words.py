"""Attribute records in words."""

import pytest

from seamless_retail.retrievers.lexical import tokenize
from seamless_retail.retrievers.plain_words import plain_words


@pytest.mark.parametrize(
    ("record", "words"),
    [
        pytest.param('age_range_description:  { value:"little kid" }', "age range description: little kid", id="text"),
        pytest.param("is_dishwasher_safe:  { value:false }", "is dishwasher safe: false", id="truth"),
        pytest.param('sport_type: { value:"camping_&_hiking" }', "sport type: camping & hiking", id="joined value"),
        pytest.param(
            "nutritional_info: { protein:[ { unit:grams, value:2.0 } ], serving_unit:ounces }",
            "nutritional info: protein: unit:grams, 2.0 , serving unit:ounces",
            id="nested",
        ),
    ],
)
def test_records_become_words(record: str, words: str) -> None:
    assert plain_words(record) == words


@pytest.mark.parametrize(
    "text",
    [
        "Ships in 3 days: see {terms}.",
        "value: great for the price",
        "[if gte mso 10]> <style> table {a:b} </style>",
        "snake_case stays in prose",
        "",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert plain_words(text) == text


def test_lexical_search_finds_the_words_of_a_name() -> None:
    assert "dishwash" in tokenize(plain_words("is_dishwasher_safe:  { value:false }"))
    assert "dishwash" not in tokenize("is_dishwasher_safe:  { value:false }")
