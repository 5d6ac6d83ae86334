"""Many pairs in one hypervector."""

import pytest

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.associative import AssociativeMemory, SuperpositionTrace
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

PAIRS = {("bought", "on Fridays"): "oat milk", ("bought", "for Lena"): "wooden puzzle", ("returned",): "red sofa"}


@pytest.fixture
def trace(embeddings: MiniLMEmbeddings) -> SuperpositionTrace:
    trace = SuperpositionTrace(AssociativeMemory(embeddings).encoder)
    for key, value in PAIRS.items():
        trace.add(key, value)
    return trace


def test_every_pair_is_recalled_from_one_vector(trace: SuperpositionTrace) -> None:
    assert {key: trace.recall(key)[0][0] for key in PAIRS} == PAIRS
    assert trace.bits.nbytes == 1250


def test_keys_are_ordered(trace: SuperpositionTrace) -> None:
    assert trace.recall(["on Fridays", "bought"])[0][1] < 0.2 < trace.recall(["bought", "on Fridays"])[0][1]


def test_a_removed_pair_is_noise(trace: SuperpositionTrace) -> None:
    trace.remove(["returned"], "red sofa")
    assert len(trace) == 2
    assert trace.recall(["returned"])[0][1] < 0.1
    assert trace.recall(["bought", "for Lena"])[0][0] == "wooden puzzle"


def test_values_of_others_can_be_told_apart(trace: SuperpositionTrace) -> None:
    trace.know([f"article {number}" for number in range(20)])
    assert trace.recall(["returned"], k=3)[0][0] == "red sofa"


def test_an_empty_key_is_refused(trace: SuperpositionTrace) -> None:
    with pytest.raises(InvalidQueryError, match="empty"):
        trace.recall([])
