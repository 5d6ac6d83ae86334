"""Metadata filters: what each operator means, and that a filtered search equals brute force."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.filters import MetadataIndex
from seamless_retail.retrievers.lexical import LexicalRetriever

ROWS = [
    {"id": "blue-dress", "price": 4900, "colors": ["blue", "white"], "sale": True, "brand": None},
    {"id": "coat", "price": 18900, "colors": ["navy"], "sale": False, "brand": "harbor"},
    {"id": "policy", "topic": "returns", "code": 1},
]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param({}, [0, 1, 2], id="an empty filter admits everything"),
        pytest.param({"id": "coat"}, [1], id="a plain value is equality"),
        pytest.param({"id": ["coat", "policy"]}, [1, 2], id="a list is $in"),
        pytest.param({"colors": "white"}, [0], id="one element of a list is enough"),
        pytest.param({"colors": {"$in": ["navy", "blue"]}}, [0, 1], id="$in over lists"),
        pytest.param({"colors": {"$nin": ["navy"]}}, [0, 2], id="$nin is the negation, missing field included"),
        pytest.param({"price": {"$lte": 4900}}, [0], id="bounds are inclusive"),
        pytest.param({"price": {"$gt": 4900, "$lt": 20000}}, [1], id="operators on one field are conjunctive"),
        pytest.param({"price": {"$gte": 0}, "colors": "navy"}, [1], id="fields are conjunctive"),
        pytest.param({"topic": {"$gte": "r"}}, [2], id="texts compare with texts"),
        pytest.param({"price": {"$gte": "0"}}, [], id="numbers do not compare with texts"),
        pytest.param({"sale": True}, [0], id="booleans"),
        pytest.param({"code": True}, [], id="one is not true"),
        pytest.param({"brand": None}, [0], id="None is a value, a missing field is not"),
        pytest.param({"brand": {"$exists": False}}, [2], id="$exists"),
        pytest.param({"unknown": 1}, [], id="a field nobody has"),
        pytest.param({"$or": [{"id": "coat"}, {"topic": "returns"}]}, [1, 2], id="$or"),
        pytest.param({"$and": [{"sale": True}, {"id": "coat"}]}, [], id="$and"),
        pytest.param({"$not": {"sale": True}}, [1, 2], id="$not"),
        pytest.param({"id": {"$in": []}}, [], id="an empty list admits nothing"),
    ],
)
def test_filter_admits(where: Mapping[str, Any], expected: list[int]) -> None:
    assert np.flatnonzero(MetadataIndex(ROWS).mask(where)).tolist() == expected


@pytest.mark.parametrize(
    "where",
    [
        {"price": {"$near": 5}},
        {"$xor": [{}]},
        {"$or": {}},
        {"price": {"$in": 5}},
        {"price": {"$lt": None}},
        {"price": {"$eq": {"a": 1}}},
        {"$not": "price"},
    ],
    ids=str,
)
def test_malformed_filter_names_the_operators(where: Any) -> None:
    with pytest.raises(InvalidQueryError, match=r"\$gte"):
        MetadataIndex(ROWS).mask(where)


COLORS = ("navy", "red", "white")
metadata = st.fixed_dictionaries(
    {"price": st.integers(0, 9), "kind": st.sampled_from(["product", "policy"])},
    optional={"colors": st.lists(st.sampled_from(COLORS), max_size=2)},
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "price": st.fixed_dictionaries({}, optional={"$lte": st.integers(0, 9), "$gte": st.integers(0, 9)}),
        "kind": st.sampled_from(["product", "policy", "order"]),
        "colors": st.fixed_dictionaries({"$in": st.lists(st.sampled_from(COLORS), max_size=2)}),
    },
)


def admits(row: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    bounds = where.get("price", {})
    return (
        bounds.get("$gte", 0) <= row["price"] <= bounds.get("$lte", 9)
        and where.get("kind", row["kind"]) == row["kind"]
        and ("colors" not in where or not set(where["colors"]["$in"]).isdisjoint(row.get("colors", ())))
    )


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(metadata, min_size=1, max_size=30), where=conditions, k=st.integers(1, 10))
def test_filtered_search_equals_brute_force(rows: list[dict[str, Any]], where: dict[str, Any], k: int) -> None:
    """The filter acts inside the search: as many results as there are matches, up to ``k``, and the nearest ones."""
    documents = [Document(id=str(i), page_content=f"word{i} linen", metadata=row) for i, row in enumerate(rows)]
    vectors = np.random.default_rng(len(rows)).normal(size=(len(rows), 8)).astype(np.float32)
    query = np.ones(8, dtype=np.float32)
    store = FaissStore(DeterministicFakeEmbedding(size=8))
    store.add_embedded(documents, vectors)
    cosines = vectors @ query / np.linalg.norm(vectors, axis=1)
    expected = sorted((i for i, row in enumerate(rows) if admits(row, where)), key=lambda i: -cosines[i])[:k]
    assert [int(id_) for id_, _ in store.nearest(query, k, where)] == expected

    lexical = LexicalRetriever.from_documents(documents)
    found = {int(id_) for id_, _ in lexical.search("linen", len(rows), where)}
    assert found == {i for i, row in enumerate(rows) if admits(row, where)}
