"""The backends that need no server keep what every vector index must keep; a careless one does not."""

from collections.abc import Iterator

import pytest

from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.conformance import DIMENSION, VectorIndexConformance
from seamless_retail.retrievers.memory.entry import Floats
from seamless_retail.retrievers.memory.faiss_index import FaissIndex
from seamless_retail.retrievers.memory.vector_index import VectorIndex


class TestFaiss(VectorIndexConformance):
    @pytest.fixture
    def index(self) -> Iterator[VectorIndex]:
        index = FaissIndex(DIMENSION)
        yield index
        index.close()


class Careless(FaissIndex):
    """Looks at owners and filter after the query, as many do."""

    def search(self, vector: Floats, k: int, owners: frozenset[str], filter: Filter | None) -> list[tuple[str, float]]:
        found = super().search(vector, 3 * k, frozenset(self._owners), None)
        mine = set()
        for owner in owners:
            mine |= {id_ for id_, _ in super().search(vector, len(self) or 1, frozenset({owner}), filter)}
        return [hit for hit in found if hit[0] in mine][:k]


def test_the_suite_catches_an_index_that_filters_after_the_query() -> None:
    with pytest.raises(AssertionError):
        VectorIndexConformance().test_k_results_come_although_others_are_nearer(Careless(DIMENSION))
