"""What every vector index must keep, as an executable suite for this package's backends and for those of others.

Subclass it in a test module and give the index::

    class TestMyIndex(VectorIndexConformance):
        @pytest.fixture
        def index(self) -> Iterator[VectorIndex]:
            index = MyIndex(dimension=DIMENSION)
            yield index
            index.close()

Each test gets an empty index for vectors of :data:`DIMENSION`. Expected answers come from :func:`nearest`, which
compares every row with plain numpy.
"""

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from seamless_retail.core.errors import InvalidQueryError, SearchIndexError
from seamless_retail.retrievers.filters import Filter, MetadataIndex
from seamless_retail.retrievers.memory.conformance_cases import FILTERS, METADATA, ODD_TEXTS
from seamless_retail.retrievers.memory.entry import SHOP, Floats
from seamless_retail.retrievers.memory.vector_index import IndexRow, VectorIndex

DIMENSION = 16
TOLERANCE = 2e-3
"""Of a cosine."""


def unit_vectors(count: int, seed: int = 0) -> Floats:
    """Random directions, ``[count, DIMENSION]``."""
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    scaled: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def some_rows(count: int, owners: Sequence[str], seed: int = 0) -> list[IndexRow]:
    """Rows of random owners with random metadata of :data:`METADATA`."""
    draw = random.Random(seed)
    return [
        IndexRow(f"row {number}", draw.choice(owners), vector, draw.choice(METADATA))
        for number, vector in enumerate(unit_vectors(count, seed))
    ]


def nearest(
    rows: Sequence[IndexRow], vector: Floats, k: int, owners: frozenset[str], where: Filter | None
) -> list[tuple[str, float]]:
    """The right answer, by comparing every row."""
    admitted = MetadataIndex([row.metadata for row in rows]).mask(where or {})
    scores = np.stack([row.vector for row in rows]) @ (vector / np.linalg.norm(vector))
    seen = [
        (row.id, float(score))
        for row, score, ok in zip(rows, scores, admitted, strict=True)
        if ok and row.owner in owners
    ]
    return sorted(seen, key=lambda hit: -hit[1])[:k]


def assert_same(found: Sequence[tuple[str, float]], expected: Sequence[tuple[str, float]]) -> None:
    """The same ids with the same cosines, best first; rows of nearly the same cosine may change places."""
    assert len(found) == len(expected), (found, expected)
    np.testing.assert_allclose([score for _, score in found], [score for _, score in expected], atol=TOLERANCE)
    assert all(later <= earlier + TOLERANCE for (_, earlier), (_, later) in pairwise(found))
    last = expected[-1][1] if expected else 0.0
    clear = {id_ for id_, score in expected if score > last + TOLERANCE}
    assert clear <= {id_ for id_, _ in found}


class VectorIndexConformance:
    """The suite. A subclass gives the fixture ``index``."""

    def test_starts_empty(self, index: VectorIndex) -> None:
        """Nothing is there, and asking is no error."""
        assert len(index) == 0
        assert index.ids() == set()
        assert index.search(unit_vectors(1)[0], 5, frozenset({SHOP}), None) == []
        assert index.name

    def test_finds_the_nearest_with_their_cosines(self, index: VectorIndex) -> None:
        """Cosines of -1..1, best first, whatever the length of the question."""
        rows = some_rows(120, [SHOP])
        index.upsert(rows)
        assert index.ids() == {row.id for row in rows}
        assert len(index) == 120
        for vector in unit_vectors(5, seed=9) * 7.5:
            found = index.search(vector, 10, frozenset({SHOP}), None)
            assert_same(found, nearest(rows, vector, 10, frozenset({SHOP}), None))
        opposite = index.search(-rows[0].vector, 120, frozenset({SHOP}), None)
        assert len(opposite) == 120
        assert opposite[-1] == (rows[0].id, pytest.approx(-1.0, abs=TOLERANCE))

    def test_every_filter_acts_as_in_the_other_retrievers(self, index: VectorIndex) -> None:
        """Every operator admits what :class:`MetadataIndex` admits."""
        vectors = unit_vectors(len(METADATA))
        rows = [IndexRow(str(place), SHOP, vectors[place], metadata) for place, metadata in enumerate(METADATA)]
        index.upsert(rows)
        for where in FILTERS:
            found = index.search(vectors[0], len(rows), frozenset({SHOP}), where)
            expected = nearest(rows, vectors[0], len(rows), frozenset({SHOP}), where)
            assert {id_ for id_, _ in found} == {id_ for id_, _ in expected}, where

    def test_random_owners_and_filters_agree_with_comparing_every_row(self, index: VectorIndex) -> None:
        """Owners, filters and ``k`` together, drawn with a seed."""
        owners = [SHOP, "ann", "bob", "ann ", "a", "A"]
        rows = some_rows(250, owners, seed=3)
        index.upsert(rows)
        draw = random.Random(4)
        for vector in unit_vectors(25, seed=5):
            asked = frozenset(draw.sample(owners, draw.randint(1, 4)))
            where, k = draw.choice(FILTERS), draw.choice([1, 3, 20, 300])
            found = index.search(vector, k, asked, where)
            assert_same(found, nearest(rows, vector, k, asked, where))

    def test_k_results_come_although_others_are_nearer(self, index: VectorIndex) -> None:
        """Owners and filter act inside the query: taking more and dropping the others would miss these."""
        direction, away = unit_vectors(2)
        crowd = [IndexRow(f"crowd {n}", "bob" if n % 2 else SHOP, direction, {"kind": "tea"}) for n in range(300)]
        mine = [IndexRow(f"mine {n}", "ann", away, {"kind": "coffee"}) for n in range(4)]
        index.upsert(crowd + mine)
        found = index.search(direction, 4, frozenset({"ann"}), None)
        assert {id_ for id_, _ in found} == {row.id for row in mine}
        found = index.search(direction, 4, frozenset({"ann", SHOP}), {"kind": "coffee"})
        assert {id_ for id_, _ in found} == {row.id for row in mine}
        assert len(index.search(direction, 140, frozenset({SHOP}), None)) == 140

    def test_no_owner_sees_what_is_not_theirs(self, index: VectorIndex) -> None:
        """No owner, id or filter, however odd, reaches another owner's rows."""
        vectors = unit_vectors(len(ODD_TEXTS))
        rows = [
            IndexRow(f"of {owner}", owner, vector, {"owner": "plain", "value": owner})
            for owner, vector in zip(ODD_TEXTS, vectors, strict=True)
        ]
        index.upsert(rows)
        for owner in ODD_TEXTS:
            expected = [f"of {owner}"]
            assert [id_ for id_, _ in index.search(vectors[0], 50, frozenset({owner}), None)] == expected
            assert [id_ for id_, _ in index.search(vectors[0], 50, frozenset({owner}), {"value": owner})] == expected
            for escape in ({"owner": {"$exists": True}}, {"$or": [{"value": {"$ne": owner}}, {"value": owner}]}):
                assert [id_ for id_, _ in index.search(vectors[0], 50, frozenset({owner}), escape)] == expected
        assert index.search(vectors[0], 50, frozenset(), None) == []
        assert index.search(vectors[0], 50, frozenset({"nobody"}), {"value": "plain"}) == []

    def test_takes_any_text_as_id(self, index: VectorIndex) -> None:
        """Ids come back as they were given."""
        vectors = unit_vectors(len(ODD_TEXTS))
        rows = [IndexRow(id_, SHOP, vector, {}) for id_, vector in zip(ODD_TEXTS, vectors, strict=True)]
        index.upsert(rows)
        assert index.ids() == set(ODD_TEXTS)
        for row in rows:
            assert index.search(row.vector, 1, frozenset({SHOP}), None)[0][0] == row.id
        index.delete(ODD_TEXTS[1:])
        assert index.ids() == {ODD_TEXTS[0]}

    def test_replaces_vector_owner_and_metadata(self, index: VectorIndex) -> None:
        """Nothing of the former row is left."""
        first, second = unit_vectors(2)
        everybody = frozenset({"ann", "bob"})
        index.upsert([IndexRow("one", "ann", first, {"kind": "tea", "price": 5, "colors": ["red"], "added": "2026"})])
        index.upsert([IndexRow("one", "ann", first, {}), IndexRow("one", "bob", second, {"kind": "coffee"})])
        assert len(index) == 1
        assert index.search(second, 5, everybody, None) == [("one", pytest.approx(1.0, abs=TOLERANCE))]
        assert index.search(second, 5, frozenset({"ann"}), None) == []
        for gone in ({"kind": "tea"}, {"price": {"$gt": 0}}, {"colors": "red"}, {"added": {"$gt": "2"}}):
            assert index.search(second, 5, everybody, gone) == []
        absent = {"kind": "coffee", "price": {"$exists": False}, "$not": {"price": {"$gt": 0}}}
        assert [id_ for id_, _ in index.search(second, 5, everybody, absent)] == ["one"]

    def test_deletes_and_takes_back(self, index: VectorIndex) -> None:
        """Deleted rows are gone from every answer and may be added again."""
        rows = some_rows(30, [SHOP])
        index.upsert(rows)
        index.delete([row.id for row in rows[:20]] + ["unknown", rows[0].id])
        index.delete([])
        assert index.ids() == {row.id for row in rows[20:]}
        assert len(index) == 10
        found = index.search(rows[0].vector, 30, frozenset({SHOP}), None)
        assert_same(found, nearest(rows[20:], rows[0].vector, 30, frozenset({SHOP}), None))
        index.upsert(rows[:1])
        assert index.search(rows[0].vector, 1, frozenset({SHOP}), None)[0][0] == rows[0].id

    def test_clears(self, index: VectorIndex) -> None:
        """An empty index, which takes rows again."""
        rows = some_rows(20, [SHOP, "ann"])
        index.upsert(rows)
        index.clear()
        assert (len(index), index.ids()) == (0, set())
        assert index.search(rows[0].vector, 5, frozenset({SHOP, "ann"}), None) == []
        index.upsert(rows[:3])
        assert index.ids() == {row.id for row in rows[:3]}

    def test_takes_more_rows_than_one_request_holds(self, index: VectorIndex) -> None:
        """Batches are the index's concern, not the caller's."""
        rows = [IndexRow(str(n), SHOP, vector, {"n": n}) for n, vector in enumerate(unit_vectors(1100))]
        index.upsert(rows)
        assert len(index) == 1100
        assert index.ids() == {row.id for row in rows}
        assert len(index.search(rows[0].vector, 1050, frozenset({SHOP}), {"n": {"$gte": 50}})) == 1050
        index.delete([row.id for row in rows[:1050]])
        assert index.ids() == {row.id for row in rows[1050:]}

    def test_refuses_bad_input(self, index: VectorIndex) -> None:
        """Typed errors, and nothing is changed."""
        vector, everybody = unit_vectors(1)[0], frozenset({SHOP})
        index.upsert([IndexRow("one", SHOP, vector, {})])
        for where in ({"$where": 1}, {"kind": {"$regex": "x"}}, {"$or": []}, {"price": {"$gt": None}}):
            with pytest.raises(InvalidQueryError):
                index.search(vector, 1, everybody, where)
        with pytest.raises(InvalidQueryError):
            index.search(vector, 0, everybody, None)
        with pytest.raises(SearchIndexError):
            index.search(vector[:-1], 1, everybody, None)
        with pytest.raises(SearchIndexError):
            index.upsert([IndexRow("two", SHOP, vector[:-1], {})])
        assert index.ids() == {"one"}
