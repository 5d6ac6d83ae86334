"""Training pairs keep away from what is reported, and rankings are worth what they should be."""

import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.training.benchmarks.light_compressor import Baselines, markdown, ranking_sets
from seamless_retail.training.benchmarks.ranking import RankingSet
from seamless_retail.training.data.compressor_texts import RANKINGS, limited, pairs

DATA = Path(os.environ.get("SEAMLESS_DATA", "../shared/data"))
needs_data = pytest.mark.skipif(not (DATA / "amazon_pqa").is_dir(), reason="the real texts are not here")


def plain(text: str) -> str:
    return " ".join(text.casefold().split())


def test_no_document_and_no_product_stands_on_two_sides() -> None:
    documents = {split: {pair.document for pair in pairs(split, None)} for split in ("train", "dev", "test")}
    assert all(len(of) > 100 for of in documents.values())
    assert not documents["train"] & documents["dev"]
    assert not documents["train"] & documents["test"]
    assert not documents["dev"] & documents["test"]


@needs_data
def test_real_pairs_leave_out_what_the_rankings_hold() -> None:
    held: set[str] = set()
    products: set[str] = set()
    for name in RANKINGS:
        with gzip.open(DATA / "amazon_pqa" / name, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                held |= {plain(row["question"]), plain(row["candidate"])}
                products.add(row.get("ASIN", ""))
    for split in ("train", "dev"):
        real = [pair for pair in pairs(split, DATA) if pair.source in ("hetPQA", "attributes")]
        assert len(real) > 200
        assert not held & {plain(pair.document) for pair in real}
        shoppers = [pair for pair in real if pair.source == "hetPQA"]
        assert not held & {plain(pair.question) for pair in shoppers}
        assert not products & {pair.group for pair in shoppers}


def test_a_limit_keeps_all_questions_of_the_documents_it_keeps() -> None:
    everything = pairs("dev", None)
    kept = limited(everything, {"policies": 2})
    documents = {pair.document for pair in kept if pair.source == "policies"}
    assert len(documents) == 2
    assert [pair for pair in kept if pair.source == "policies"] == [p for p in everything if p.document in documents]
    assert [pair for pair in kept if pair.source != "policies"] == [p for p in everything if p.source != "policies"]


def test_ndcg_of_known_rankings() -> None:
    ranking = RankingSet("three", ["q"], ["a", "b", "c"], [np.arange(3)], [np.array([False, True, True])])
    assert ranking.ndcg(lambda number, candidates: np.array([0.0, 2.0, 1.0])) == pytest.approx(1.0)
    worst = (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    assert ranking.ndcg(lambda number, candidates: np.array([3.0, 2.0, 1.0])) == pytest.approx(worst)


def test_graded_candidates_are_shuffled_and_questions_without_an_answer_left_out(tmp_path: Path) -> None:
    rows = [("1", "q one", f"text {place}", str(int(place < 3))) for place in range(30)]
    rows += [("2", "q two", "nothing", "0")]
    path = tmp_path / "ranking.tsv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerows([("qid", "question", "candidate", "label"), *rows])
    ranking = RankingSet.read("tiny", path)
    assert ranking.questions == ["q one"]
    (candidates,), (relevant,) = ranking.candidates, ranking.relevant
    assert {ranking.documents[i] for i in candidates[relevant]} == {"text 0", "text 1", "text 2"}
    assert not relevant[:3].all()


@pytest.mark.parametrize("bits", [32, 8, 4])
def test_pca_gets_nearer_to_the_inner_products_with_every_byte(bits: int) -> None:
    vectors = known_vectors()
    baselines, exact = Baselines(vectors), vectors @ vectors.T
    rough, fine = (
        np.abs(baselines.projected(vectors, size, bits) @ baselines.pca(vectors, size, bits).T - exact).mean()
        for size in (8 * bits // 8, 32 * bits // 8)
    )
    assert fine < rough / 2
    assert baselines.pca(vectors, 10_000, bits).shape == vectors.shape


def test_product_quantization_gets_nearer_with_every_byte() -> None:
    vectors = known_vectors()
    baselines = Baselines(vectors)
    rough, fine = (np.square(baselines.pq(vectors, size) - vectors).sum() for size in (2, 16.5))
    assert fine < rough / 2


def known_vectors() -> np.ndarray:
    """Unit vectors ``[600, 32]`` whose axes have very different variances."""
    vectors = np.random.default_rng(0).normal(size=(600, 32)) * np.linspace(2, 0.1, 32)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_the_table_states_ratios_to_minilm() -> None:
    ways = dict.fromkeys(("pooled", "late", "PCA 32 bit", "PCA 8 bit", "PCA 4 bit", "PQ"), 0.4)
    record = {"set": "s", "configuration": "c", "bytes": 128.0, "of vector and text": 0.2, "MiniLM": 0.5, **ways}
    assert "| s | c | 128 | 0.20 | 0.5000 | 80.0% |" in markdown([record])


def test_the_shops_set_needs_no_files(tmp_path: Path) -> None:
    (shop,) = ranking_sets(tmp_path, 0)
    assert shop.name == "shop"
    assert len(shop.questions) > 500
    assert all(relevant.any() for relevant in shop.relevant)
