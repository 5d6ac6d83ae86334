"""The reranking benchmark's figures, and that its weights come from other products and questions."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.retrievers.filters import Filter
from seamless_retail.training.benchmarks.compression.scores import Resamples
from seamless_retail.training.benchmarks.reranking import MEASURES, ahead, quality, summary
from seamless_retail.training.benchmarks.retrieval import Question
from seamless_retail.training.data.clara_catalogue import split_of
from seamless_retail.training.recipes.reranking_calibration import read_questions

QUESTIONS = [Question("1", "waterproof?", frozenset({"b", "d"})), Question("2", "how long?", frozenset({"x"}))]


def ranked(answers: dict[str, list[str]]) -> dict[str, np.ndarray]:
    def search(query: str, k: int, where: Filter | None) -> list[str]:
        return answers[where["question"] if where else ""][:k]

    return quality(search, QUESTIONS)


def test_figures_of_known_rankings() -> None:
    """0.6934 = (1/log2(3) + 1/log2(4)) / (1 + 1/log2(3))."""
    figures = ranked({"1": ["a", "b", "d"], "2": ["x"]})
    assert figures[MEASURES[0]].tolist() == pytest.approx([0.6934, 1.0], abs=1e-4)
    assert figures["MRR@10"].tolist() == [0.5, 1.0]
    assert figures["P@1"].tolist() == [0.0, 1.0]
    assert ranked({"1": [], "2": ["y"]})["MRR@10"].tolist() == [0.0, 0.0]


def test_a_lead_is_the_mean_difference_on_the_same_questions() -> None:
    full, part = ranked({"1": ["b", "d"], "2": ["x"]}), ranked({"1": ["b", "d"], "2": ["y", "x"]})
    resamples = Resamples(["1", "2"])
    assert ahead(full, part, resamples)["MRR@10"]["mean"] == 0.25
    assert ahead(full, part, resamples)["MRR@10"]["interval"] == (0.0, 0.5)
    assert summary(full, resamples)["P@1"] == {"mean": 1.0, "interval": (1.0, 1.0)}


def test_weights_are_fitted_on_other_products_and_other_questions(tmp_path: Path) -> None:
    def write(name: str, *rows: str) -> None:
        (tmp_path / f"{name}.tsv.gz").write_bytes(gzip.compress("\n".join(rows).encode() + b"\n"))

    write("hetpqa_ranking_dev", "qid\tASIN\tquestion\tcandidate\tlabel", "1\tSEEN\tis it red?\tyes\t1")
    write("semipqa_ranking_dev", "qid\tquestion\tcandidate\tlabel", "1\tHow long?\tx\t1")
    write("semipqa_data2text_train", "data\ttext", *(f"name_{n}: {{ value:{n} }}\tIt is {n}." for n in range(30)))
    rows = [f"P{n}\tdoes it do {n}?\tit does {n}\tsaid\tCQA" for n in range(200)]
    rows += ["SEEN\tanother question?\tevidence\tsaid\tCQA", "P1\thow long?\tevidence\tsaid\tCQA"]
    write("hetpqa_answers_train", "ASIN\tquestion\tcandidate\tanswer\tsource", *rows)
    questions = read_questions(tmp_path, seed=0)
    assert sorted(question.text for question in questions) == sorted(
        f"does it do {n}?" for n in range(200) if split_of(f"P{n}") != "train"
    ), "products that the compressor was trained on are left out"
    assert "SEEN" not in {question.product for question in questions}
    for question in questions:
        right = [text for text, label in zip(question.candidates, question.relevant, strict=True) if label]
        assert right == [question.text.replace("does it do", "it does").rstrip("?")]
        assert len(set(question.candidates)) == len(question.candidates) > 6
    assert read_questions(tmp_path, seed=0) == questions
