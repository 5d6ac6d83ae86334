"""The comparison of two sentence models on the same questions."""

import numpy as np
from langchain_core.documents import Document

from seamless_retail.retrievers import MiniLMEmbeddings
from seamless_retail.training.benchmarks.reranking import MEASURES, Figures
from seamless_retail.training.benchmarks.retrieval import Question
from seamless_retail.training.benchmarks.retrieval_adapter import compared, on_candidates, report


def figures(*values: float) -> Figures:
    return {measure: np.array(values) for measure in MEASURES}


def test_gains_are_paired() -> None:
    found = compared({"cosine": [figures(0.2, 0.6, 0.9), figures(0.3, 0.7, 1.0)]}, ["a", "b", "c"])
    gain = found["cosine"]["gain"][MEASURES[0]]
    np.testing.assert_allclose([gain["mean"], *gain["interval"]], 0.1)
    assert "| cosine | nDCG@10 | 0.567 | 0.667 | +0.100 (+0.100 to +0.100) |" in report(found)


def test_every_model_ranks_a_questions_own_candidates() -> None:
    texts = ["the tent is waterproof", "two poles are included", "the cup holds a litre", "the cup is blue"]
    documents = [
        Document(id=str(number), page_content=text, metadata={"question": "tent" if number < 2 else "cup"})
        for number, text in enumerate(texts)
    ]
    questions = [Question("tent", "does the tent keep rain out?", frozenset("0"))]
    questions.append(Question("cup", "how much does the cup hold?", frozenset("2")))
    embeddings = MiniLMEmbeddings()
    found = on_candidates({"a": embeddings, "b": embeddings}, questions, documents, ["cosine", "hybrid"], None)
    assert [len(models) for models in found.values()] == [2, 2]
    for models in found.values():
        for one in models:
            assert one[MEASURES[0]].tolist() == [1.0, 1.0]
