"""Facts and conditions say of every row what the filter says of its metadata."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.filters import MetadataIndex
from seamless_retail.retrievers.memory.flat_filters import (
    LONGEST_COMPARED,
    All,
    AnyOf,
    Compare,
    Condition,
    Facts,
    HasAny,
    HasNone,
    condition,
    facts,
)

TEXTS = st.text(alphabet="ab\0é山😀\ud800", max_size=8) | st.sampled_from(
    ["abcdef", "abcdefabcdef", "a" * 40, "2026-01-31"]
)
NUMBERS = (
    st.integers(-5, 5)
    | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64 + 1, 0.5, -0.0, 1e300, float("inf"), float("-inf")])
    | st.floats(allow_nan=False)
)
SCALARS = TEXTS | NUMBERS | st.booleans() | st.none()
FIELDS = st.sampled_from(["a", "b", "a.b"])
ROWS = st.dictionaries(FIELDS, SCALARS | st.lists(SCALARS, max_size=4) | st.just({"inner": 1}), max_size=3)
COMPARED = NUMBERS | TEXTS.filter(lambda text: len(text.encode("utf-8", "surrogatepass")) <= LONGEST_COMPARED)
OPERATORS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("$eq", "$ne"), SCALARS),
        **dict.fromkeys(("$in", "$nin"), st.lists(SCALARS, max_size=3)),
        **dict.fromkeys(("$gt", "$gte", "$lt", "$lte"), COMPARED),
        "$exists": st.booleans(),
    },
)
FILTERS = st.recursive(
    st.dictionaries(FIELDS, SCALARS | st.lists(SCALARS, max_size=3) | OPERATORS, max_size=2),
    lambda inner: (
        st.fixed_dictionaries({"$and": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"$or": st.lists(inner, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"$not": inner})
    ),
    max_leaves=4,
)


def holds(wanted: Condition, known: Facts) -> bool:
    """What a database does with a condition: a number that is not there stands in no relation."""
    match wanted:
        case All(parts):
            return all(holds(part, known) for part in parts)
        case AnyOf(parts):
            return any(holds(part, known) for part in parts)
        case HasAny(terms):
            return not set(terms).isdisjoint(known.terms)
        case HasNone(terms):
            return set(terms).isdisjoint(known.terms)
        case Compare(key, relation, value):
            found = known.numbers.get(key)
            if found is None:
                return False
            return {
                "$eq": found == value,
                "$gt": found > value,
                "$gte": found >= value,
                "$lt": found < value,
                "$lte": found <= value,
            }[relation]


@settings(max_examples=200, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=5), FILTERS)
def test_admits_the_rows_that_the_filter_admits(rows: list[dict[str, Any]], where: dict[str, Any]) -> None:
    wanted = condition(where)
    assert [holds(wanted, facts(row)) for row in rows] == MetadataIndex(rows).mask(where).tolist()


def test_refuses_to_compare_with_a_text_it_cannot_order() -> None:
    condition({"title": {"$gt": "x" * LONGEST_COMPARED}})
    with pytest.raises(InvalidQueryError, match="36 bytes"):
        condition({"title": {"$gt": "x" * (LONGEST_COMPARED + 1)}})


def test_facts_tell_nothing_of_texts_in_the_clear() -> None:
    known = facts({"ailment": "diabetes", "notes": ["secret"]})
    assert not any(word in str(known) for word in ("ailment", "diabetes", "notes", "secret"))
