"""The retrieval benchmark: its figures on rankings whose worth is known, and the shuffle."""

import gzip
from pathlib import Path

import pytest

from seamless_retail.retrievers.filters import Filter
from seamless_retail.training.benchmarks.retrieval import Question, quality, read

QUESTIONS = [Question("1", "waterproof?", frozenset({"b", "d"})), Question("2", "how long?", frozenset({"x"}))]


@pytest.mark.parametrize(
    ("answers", "ndcg", "mrr"),
    [
        pytest.param({"1": ["b", "d", "a"], "2": ["x"]}, 1.0, 1.0, id="ideal"),
        pytest.param({"1": ["a", "b", "d"], "2": ["y", "x"]}, (0.6934 + 0.6309) / 2, 0.5, id="all one too low"),
        pytest.param({"1": ["a"], "2": []}, 0.0, 0.0, id="nothing relevant"),
    ],
)
def test_figures_of_known_rankings(answers: dict[str, list[str]], ndcg: float, mrr: float) -> None:
    """0.6934 = (1/log2(3) + 1/log2(4)) / (1 + 1/log2(3)); 0.6309 = 1/log2(3)."""

    def search(query: str, k: int, where: Filter | None) -> list[str]:
        return answers[where["question"] if where else ""]

    assert quality(search, QUESTIONS) == pytest.approx((ndcg, mrr), abs=1e-4)


def test_candidates_leave_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "set.tsv.gz"
    rows = "".join(f"7\t{n}\twhat size?\tcandidate {n}\t{int(n == 3)}\n" for n in range(50))
    path.write_bytes(gzip.compress(f"qid\tqa_pair_id\tquestion\tcandidate\tlabel\n8\t99\tany?\tno\t0\n{rows}".encode()))
    questions, documents = read(path, seed=0)
    assert questions == [Question("7", "what size?", frozenset({"4"}))], "the question without an answer is left out"
    order = [document.id for document in documents]
    assert order != sorted(order, key=lambda id_: int(id_ or 0))
    assert order == [document.id for document in read(path, seed=0)[1]]
    assert order != [document.id for document in read(path, seed=1)[1]]
