"""The hybrid retriever: LangChain's suite, union, order, score, overrides."""

import asyncio
import math
from copy import copy
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_tests.integration_tests import RetrieversIntegrationTests
from pydantic import ValidationError

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings, query_vector
from seamless_retail.retrievers.hybrid import HybridRetriever, ranked_text
from seamless_retail.retrievers.reranking import LatentReranker


@pytest.fixture(scope="module")
def hybrid(documents: list[Document], embeddings: MiniLMEmbeddings) -> HybridRetriever:
    return HybridRetriever.from_documents(documents, embeddings)


@pytest.fixture(scope="module")
def reranked(hybrid: HybridRetriever, reranker: LatentReranker) -> HybridRetriever:
    return hybrid.model_copy(update={"reranker": reranker})


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestHybridRetriever(RetrieversIntegrationTests):
    """LangChain's suite."""

    @pytest.fixture(autouse=True)
    def _parts(self, hybrid: HybridRetriever) -> None:
        self._params = {"store": hybrid.store, "lexical": hybrid.lexical}

    @property
    def retriever_constructor(self) -> type[HybridRetriever]:
        return HybridRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self._params

    @property
    def retriever_query_example(self) -> str:
        return "dress for a wedding"


class TestRerankedRetriever(TestHybridRetriever):
    """LangChain's suite, with the reranker."""

    @pytest.fixture(autouse=True)
    def _parts(self, hybrid: HybridRetriever, reranker: LatentReranker) -> None:
        self._params = {"store": hybrid.store, "lexical": hybrid.lexical, "reranker": reranker}


@pytest.mark.parametrize("kind", ["hybrid", "reranked"])
@pytest.mark.parametrize(
    ("query", "source_id"),
    [
        pytest.param("peppermint", "product:G2", id="a rare word, as BM25 finds it"),
        pytest.param("footwear for jogging", "product:F3", id="no common word, as vectors find it"),
        pytest.param("can I get my money back for something on sale?", "policy:returns-window", id="a question"),
        pytest.param("how many days does delivery take", "policy:shipping-times", id="words of two policies"),
    ],
)
def test_first_answer(kind: str, query: str, source_id: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(kind).invoke(query, k=1)
    assert found[0].metadata["source_id"] == source_id


def test_every_document_has_a_score_and_an_exact_span(hybrid: HybridRetriever) -> None:
    found = hybrid.invoke("granola with almonds", k=9)
    assert all(0.0 <= document.metadata["score"] <= 1.0 for document in found)
    assert all(
        document.metadata["end"] - document.metadata["start"] == len(document.page_content) for document in found
    )


def test_the_score_tells_an_answer_from_the_best_of_nothing(hybrid: HybridRetriever) -> None:
    answered = hybrid.invoke("do gift cards expire?", k=1)[0].metadata["score"]
    foreign = hybrid.invoke("who won the football world cup in 1998?", k=1)[0].metadata["score"]
    assert foreign < 0.2 < 0.8 < answered


def test_min_score_leaves_out_the_doubtful(hybrid: HybridRetriever) -> None:
    query = "who won the football world cup in 1998?"
    assert hybrid.invoke(query)
    assert hybrid.invoke(query, min_score=0.5) == []
    assert hybrid.model_copy(update={"min_score": 0.5}).invoke(query) == []


def test_a_filter_holds_for_both_halves(hybrid: HybridRetriever) -> None:
    found = hybrid.invoke("red dress", k=9, filter={"kind": "product", "colors": "red", "price": {"$lt": 10000}})
    assert [document.metadata["product_id"] for document in found] == ["F3"]


def test_a_call_replaces_the_configured_filter(documents: list[Document], embeddings: MiniLMEmbeddings) -> None:
    policies = HybridRetriever.from_documents(documents, embeddings, filter={"kind": "policy"})
    assert {d.metadata["kind"] for d in policies.invoke("dress", k=9)} == {"policy"}
    assert {d.metadata["kind"] for d in policies.invoke("dress", k=9, filter={"kind": "product"})} == {"product"}


def test_k_beyond_the_candidate_counts_is_honoured(documents: list[Document], embeddings: MiniLMEmbeddings) -> None:
    narrow = HybridRetriever.from_documents(documents, embeddings, lexical_k=1, dense_k=1)
    assert len(narrow.invoke("dress", k=8)) == 8


def test_candidates_are_the_union_in_fused_order(hybrid: HybridRetriever) -> None:
    query, expected = "returning sale items", {}
    vector = query_vector(hybrid.store.embeddings, query)
    lexical = [id_ for id_, _ in hybrid.lexical.search(query, 25)]
    dense = [id_ for id_, _ in hybrid.store.nearest(vector, 12)]
    assert set(lexical) != set(dense)
    for ranking in (lexical, dense):
        for rank, id_ in enumerate(ranking, start=1):
            expected[id_] = expected.get(id_, 0) + 1 / (60 + rank)
    found = hybrid.candidates(query, vector)
    assert found == pytest.approx(expected)
    assert list(found) == sorted(found, key=lambda id_: -found[id_])


def test_results_are_in_order_of_score(hybrid: HybridRetriever) -> None:
    scores = [document.metadata["score"] for document in hybrid.invoke("returning sale items", k=9)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 1


@pytest.mark.parametrize(
    ("query", "options"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param(" \n", {}, id="blank"),
        pytest.param("dress \ud800", {}, id="unpaired surrogate"),
        pytest.param("dress", {"k": 0}, id="k of zero"),
        pytest.param("dress", {"filter": {"price": {"$near": 1}}}, id="unknown operator"),
    ],
)
def test_bad_input_is_a_typed_error(hybrid: HybridRetriever, query: str, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidQueryError):
        hybrid.invoke(query, **options)


def test_bad_fields_are_refused(hybrid: HybridRetriever) -> None:
    with pytest.raises(ValidationError):
        HybridRetriever(store=hybrid.store, lexical=hybrid.lexical, min_score=2)


def test_no_documents_no_answers(embeddings: MiniLMEmbeddings) -> None:
    assert HybridRetriever.from_documents([], embeddings).invoke("dress") == []


def test_it_works_over_other_embeddings_and_plain_documents() -> None:
    documents = [Document(page_content="linen dress"), Document(page_content="wool coat")]
    found = HybridRetriever.from_documents(documents, DeterministicFakeEmbedding(size=16)).invoke("wool coat", k=1)
    assert found[0].page_content == "wool coat"


def test_async_takes_the_same_overrides(hybrid: HybridRetriever) -> None:
    options: dict[str, Any] = {"k": 2, "filter": {"kind": "policy"}}
    assert asyncio.run(hybrid.ainvoke("returns", **options)) == hybrid.invoke("returns", **options)


def test_the_score_with_memories_tells_an_answer_from_the_best_of_nothing(reranked: HybridRetriever) -> None:
    assert reranked.invoke("do gift cards expire?", k=1)[0].metadata["score"] > 0.55
    assert reranked.invoke("who won the football world cup in 1998?", min_score=0.3) == []


def test_the_score_with_memories_is_the_calibrated_one_of_its_signals(reranked: HybridRetriever) -> None:
    query = "returning sale items"
    vector = query_vector(reranked.store.embeddings, query)
    fused = reranked.candidates(query, vector)
    documents, scores = reranked.scored(query, vector, fused)
    assert [document.id for document in documents] == list(fused)
    found = {document.id: document.metadata["score"] for document in reranked.invoke(query, k=9)}
    assert found == {id_: scores[list(fused).index(str(id_))] for id_ in found}
    assert reranked.reranker is not None
    weights = reranked.reranker.calibration.weights
    cosine, coverage, _ = reranked.features(query, vector, fused)[0]
    latent = reranked.reranker.similarities(query, [ranked_text(documents[0])])[0]
    logit = weights["cosine"] * cosine + weights["coverage"] * coverage + weights["latent"] * latent
    expected = 1 / (1 + math.exp(-logit - reranked.reranker.calibration.intercept))
    assert scores[0] == pytest.approx(expected, abs=1e-5)


def test_search_kwargs_are_defaults_that_a_call_replaces(hybrid: HybridRetriever) -> None:
    fields = {"store": hybrid.store, "lexical": hybrid.lexical}
    narrow = HybridRetriever(**fields, search_kwargs={"k": 2, "filter": {"kind": "policy"}, "score_threshold": 1e-5})
    assert narrow.invoke("returns") == hybrid.invoke("returns", k=2, filter={"kind": "policy"}, min_score=1e-5)
    assert len(narrow.invoke("returns", k=3)) == 3
    assert narrow.invoke("returns", score_threshold=1.0) == []
    with pytest.raises(ValidationError, match="unknown search_kwargs"):
        HybridRetriever(**fields, search_kwargs={"fetch_k": 3})
    with pytest.raises(InvalidQueryError, match="fetch_k"):
        hybrid.invoke("returns", fetch_k=3)


def test_relative_score_fusion_finds_the_same_candidates(
    documents: list[Document], embeddings: MiniLMEmbeddings, hybrid: HybridRetriever
) -> None:
    by_score = HybridRetriever.from_documents(documents, embeddings, fusion="relative_score")
    vector = query_vector(embeddings, "returning sale items")
    found = by_score.candidates("returning sale items", vector)
    assert set(found) == set(hybrid.candidates("returning sale items", vector))
    assert 0 <= min(found.values()) <= max(found.values()) <= 2
    assert by_score.invoke("do gift cards expire?", k=1)[0].metadata["source_id"] == "policy:gift-cards"


def test_a_threshold_needs_a_calibration_and_the_order_does_not(
    reranked: HybridRetriever, reranker: LatentReranker
) -> None:
    bare = copy(reranker)
    bare.calibration = None
    retriever = reranked.model_copy(update={"reranker": bare})
    assert retriever.invoke("do gift cards expire?", k=1)[0].metadata["source_id"] == "policy:gift-cards"
    with pytest.raises(ConfigurationError, match="not calibrated"):
        retriever.invoke("do gift cards expire?", min_score=0.55)
