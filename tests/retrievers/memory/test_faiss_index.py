"""The FAISS index when it is large: same answers for narrow filters, exactly k, upserts and deletes, many threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from seamless_retail.retrievers.memory.entry import SHOP
from seamless_retail.retrievers.memory.faiss_index import FaissIndex
from seamless_retail.retrievers.memory.precision import unit
from seamless_retail.retrievers.memory.vector_index import IndexRow

SIZE, DIMENSION = 3000, 24


@pytest.fixture(scope="module")
def rows() -> list[IndexRow]:
    dice = np.random.default_rng(2)
    centres = dice.standard_normal((60, DIMENSION))
    vectors = unit(
        (centres[dice.integers(0, 60, SIZE)] + 0.3 * dice.standard_normal((SIZE, DIMENSION))).astype(np.float32)
    )
    owner = [SHOP if i % 2 else f"u{i % 100}" for i in range(SIZE)]
    return [IndexRow(str(i), owner[i], vectors[i], {"n": i % 7, "even": i % 2 == 0}) for i in range(SIZE)]


@pytest.fixture
def index(rows: list[IndexRow]) -> FaissIndex:
    index = FaissIndex(DIMENSION, flat_limit=500)
    for start in range(0, SIZE, 700):
        index.upsert(rows[start : start + 700])
    assert index.search(rows[0].vector, 1, frozenset([rows[0].owner]), None)[0][0] == "0"
    assert index.kind == "ivf-sq8" and len(index) == SIZE
    return index


def exact(rows: list[IndexRow], vector: np.ndarray, k: int, owners: frozenset[str], n: int | None = None) -> list[str]:
    seen = [row for row in rows if row.owner in owners and (n is None or row.metadata["n"] == n)]
    scores = np.stack([row.vector for row in seen]) @ vector
    return [seen[i].id for i in np.argsort(-scores)[:k]]


def overlap(found: list[tuple[str, float]], expected: list[str]) -> float:
    return len({id_ for id_, _ in found} & set(expected)) / len(expected)


def test_most_of_the_nearest_are_found_and_scores_are_cosines(index: FaissIndex, rows: list[IndexRow]) -> None:
    everyone = frozenset(row.owner for row in rows)
    shares = [
        overlap(index.search(row.vector, 10, everyone, None), exact(rows, row.vector, 10, everyone))
        for row in rows[:60]
    ]
    assert np.mean(shares) > 0.9
    assert all(index.search(row.vector, 1, everyone, None)[0][1] == pytest.approx(1, abs=0.01) for row in rows[:20])


def test_few_rows_among_many_are_found_exactly(index: FaissIndex, rows: list[IndexRow]) -> None:
    for row in rows[:20]:
        found = index.search(row.vector, 3, frozenset(["u4"]), {"n": 4})
        expected = exact(rows, row.vector, 3, frozenset(["u4"]), 4)
        assert found[0][0] == expected[0] and len(found) == len(expected)


@pytest.mark.parametrize("k", [1, 30, 1000, 5000])
def test_exactly_k_whenever_k_match(index: FaissIndex, rows: list[IndexRow], k: int) -> None:
    matching = sum(row.owner in (SHOP, "u2") for row in rows)
    found = index.search(rows[0].vector, k, frozenset([SHOP, "u2"]), None)
    assert len(found) == len({id_ for id_, _ in found}) == min(k, matching)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_upserts_and_deletes_keep_ids_with_their_vectors(index: FaissIndex, rows: list[IndexRow]) -> None:
    index.delete([str(i) for i in range(0, SIZE, 2)])
    index.upsert([IndexRow("1", "alice", rows[3].vector, {"n": 99})])
    assert len(index) == SIZE // 2 and index.ids() == {str(i) for i in range(1, SIZE, 2)}
    assert index.search(rows[3].vector, 9, frozenset(["alice"]), {"n": 99})[0][0] == "1"
    assert "1" not in {id_ for id_, _ in index.search(rows[1].vector, SIZE, frozenset([SHOP]), None)}
    hits = [index.search(rows[i].vector, 1, frozenset([SHOP]), None)[0][0] == str(i) for i in range(5, 205, 2)]
    assert np.mean(hits) > 0.9
    index.clear()
    assert len(index) == 0 and index.search(rows[0].vector, 5, frozenset([SHOP]), None) == []


def test_threads_search_while_others_write(index: FaissIndex, rows: list[IndexRow]) -> None:
    def work(thread: int) -> None:
        for i in range(8):
            index.upsert([IndexRow(f"t{thread}-{i}", f"t{thread}", rows[i].vector, {"n": 1})])
            found = index.search(rows[i].vector, 50, frozenset([f"t{thread}"]), {"n": 1})
            assert {id_ for id_, _ in found} == {f"t{thread}-{j}" for j in range(i + 1)}

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(index) == SIZE + 32
