"""Reranking by compressed memories: the scores, where memories come from, and the choice that can be trained."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from langchain_core.documents import Document

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.retrievers.calibration import Calibration, calibration_for
from seamless_retail.retrievers.memory.compressors import LightCompressor
from seamless_retail.retrievers.memory.entry import Compressed, Floats
from seamless_retail.retrievers.memory.store import ClaraVectorStore
from seamless_retail.retrievers.plain_words import plain_words
from seamless_retail.retrievers.rag_config import LIGHT_RATES
from seamless_retail.retrievers.reranking import LatentReranker

QUESTION = "can I put it in the dishwasher?"
TEXTS = [
    "The battery lasts for two days.",
    "is_dishwasher_safe:  { value:true }",
    "Ships within three business days.",
    "We ate at nine.",
]
EVEN = Calibration(weights={"latent": 1.0}, intercept=0.0)


class Counting:
    """The light compressor, which counts the texts it is given."""

    def __init__(self, compressor: LightCompressor) -> None:
        self._compressor = compressor
        self.identity = compressor.identity
        self.compressed: list[str] = []

    def compress(self, texts: Sequence[str]) -> list[Compressed]:
        self.compressed += texts
        return self._compressor.compress(texts)

    def query(self, texts: Sequence[str]) -> list[Compressed]:
        return self._compressor.query(texts)

    def score(self, query: Compressed, tokens: Sequence[Floats]) -> Floats:
        return self._compressor.score(query, tokens)


@pytest.fixture(scope="session")
def light(reranker: LatentReranker) -> LightCompressor:
    assert isinstance(reranker.compressor, LightCompressor)
    return reranker.compressor


def test_the_answer_scores_best_and_scores_are_probabilities(reranker: LatentReranker) -> None:
    scores = reranker.scores(QUESTION, TEXTS)
    assert scores.argmax() == 1
    assert ((scores > 0) & (scores < 1)).all()
    assert scores[1] > 0.5 > scores[[0, 2, 3]].max()


def test_scores_are_in_the_order_of_the_candidates(reranker: LatentReranker) -> None:
    scores = reranker.scores(QUESTION, TEXTS)
    assert reranker.scores(QUESTION, TEXTS[::-1])[::-1] == pytest.approx(scores, abs=1e-6)


def test_the_score_tells_an_answer_from_the_best_of_nothing(reranker: LatentReranker) -> None:
    assert reranker.scores("who won the world cup in 1998?", TEXTS).max() < 0.3


def test_no_candidates_no_scores(reranker: LatentReranker) -> None:
    assert len(reranker.scores(QUESTION, [])) == 0
    assert len(reranker.similarities(QUESTION, [])) == 0


@pytest.mark.parametrize(
    ("query", "texts", "message"),
    [
        pytest.param(" ", ["a"], "query is empty", id="blank query"),
        pytest.param("\ud800", ["a"], "The query is not valid Unicode", id="half a pair in the query"),
        pytest.param("why", ["a", "secret\ud800"], "The candidate 1 is not valid Unicode", id="in a candidate"),
    ],
)
def test_bad_input_is_a_typed_error_that_quotes_nothing(
    reranker: LatentReranker, query: str, texts: list[str], message: str
) -> None:
    with pytest.raises(InvalidQueryError, match=message) as caught:
        reranker.scores(query, texts)
    assert "secret" not in str(caught.value)


def test_rerank_returns_the_best_documents_with_scores(reranker: LatentReranker) -> None:
    documents = [Document(id=str(place), page_content=text, metadata={"n": place}) for place, text in enumerate(TEXTS)]
    found = reranker.rerank(QUESTION, documents, k=2)
    assert found[0].id == "1"
    assert found[0].metadata["score"] > found[1].metadata["score"]
    assert "score" not in documents[1].metadata
    assert [document.id for document in reranker.rerank(QUESTION, documents, k=4, min_score=0.5)] == ["1"]


def test_a_text_is_compressed_once(light: LightCompressor) -> None:
    counting = Counting(light)
    reranker = LatentReranker(counting, EVEN)
    first = reranker.similarities(QUESTION, TEXTS)
    assert (reranker.similarities(QUESTION, TEXTS[::-1])[::-1] == first).all()
    assert counting.compressed == TEXTS
    assert reranker.stats() == {"memories": 4, "bytes": 4 * 256 * 4, "hit_rate": 0.5}
    reranker.clear()
    reranker.similarities(QUESTION, TEXTS[:1])
    assert counting.compressed == [*TEXTS, TEXTS[0]]


def test_memories_of_a_store_are_used_and_the_rest_is_compressed(light: LightCompressor, tmp_path: Path) -> None:
    with_store = Counting(light)
    store = ClaraVectorStore.open(tmp_path / "memory", light)
    store.add_texts(TEXTS[:3], ids=["a", "b", "c"])
    reranker = LatentReranker(with_store, EVEN, memories=store)
    similar = reranker.similarities(QUESTION, TEXTS, ["a", "b", "c", "d"])
    assert with_store.compressed == [TEXTS[3]]
    assert similar == pytest.approx(LatentReranker(light, EVEN).similarities(QUESTION, TEXTS), abs=0.08)
    store.delete(["b"])
    reranker.similarities(QUESTION, TEXTS, ["a", "b", "c", "d"])
    assert with_store.compressed == [TEXTS[3], TEXTS[1]], "an entry that is gone is not read from anywhere"
    store.close()


def test_memories_of_another_compressor_are_refused(light: LightCompressor, tmp_path: Path) -> None:
    store = ClaraVectorStore.open(tmp_path / "memory", LightCompressor("aggressive", light.model))
    with pytest.raises(ConfigurationError, match="light-aggressive"):
        LatentReranker(light, EVEN, memories=store)
    store.close()


def test_calibrations_belong_to_weights(light: LightCompressor) -> None:
    found = calibration_for(light.identity)
    assert found is not None
    assert found.weights["latent"] > 0
    assert calibration_for(replace(light.identity, sha256="0" * 64)) is None
    assert calibration_for(replace(light.identity, name="mine")) is None


@pytest.mark.parametrize("rate", LIGHT_RATES)
def test_every_rate_of_the_light_compressor_is_calibrated(light: LightCompressor, rate: int) -> None:
    reranker = LatentReranker(LightCompressor(LIGHT_RATES[rate], light.model))
    assert reranker.calibration is not None
    scores = reranker.scores(QUESTION, TEXTS)
    assert scores[1] > 0.5 > scores[[0, 2, 3]].max()


def test_without_a_calibration_similarities_are_the_scores_and_a_threshold_is_refused(light: LightCompressor) -> None:
    strange = Counting(light)
    strange.identity = replace(light.identity, sha256="0" * 64)
    reranker = LatentReranker(strange)
    scores = reranker.scores(QUESTION, TEXTS)
    assert scores == pytest.approx((1 + reranker.similarities(QUESTION, [plain_words(text) for text in TEXTS])) / 2)
    assert scores.argmax() == 1
    documents = [Document(page_content=text) for text in TEXTS]
    assert reranker.rerank(QUESTION, documents, k=1) != []
    with pytest.raises(ConfigurationError, match="light-balanced@32 are not calibrated") as caught:
        reranker.rerank(QUESTION, documents, min_score=0.55)
    assert "reranking_calibration" in caught.value.remedy


def test_the_choice_is_in_the_order_of_similarity_and_teaches_the_question(reranker: LatentReranker) -> None:
    order = np.argsort(-reranker.similarities(QUESTION, TEXTS))
    hits = reranker.choose(QUESTION, TEXTS, k=2)
    assert hits.chosen.indices[0].tolist() == order[:2].tolist()
    wanted = torch.from_numpy(reranker.tokens(TEXTS)[1])[0]
    (gradient,) = torch.autograd.grad(-(hits.memories[0, 0, 0] @ wanted), hits.question)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().max() > 0
