"""Rankings of candidate documents for questions, and what a ranking is worth."""

import csv
import gzip
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DEPTH = 10
Floats = NDArray[np.floating]
Scorer = Callable[[int, NDArray[np.intp]], Floats]
"""Number of a question and numbers of its candidates → a score for each."""


@dataclass(frozen=True)
class RankingSet:
    """Questions over documents; each question ranks its own candidates."""

    name: str
    questions: Sequence[str]
    documents: Sequence[str]
    """Each once."""
    candidates: Sequence[NDArray[np.intp]]
    """For each question numbers of documents; ties keep this order."""
    relevant: Sequence[NDArray[np.bool_]]
    """For each question which of its candidates answer it."""

    @classmethod
    def over_all(cls, name: str, pairs: Iterable[tuple[str, str]], seed: int = 0) -> "RankingSet":
        """Every question ranks every document of the pairs (question, document that answers it)."""
        pairs = list(pairs)
        documents = sorted({document for _, document in pairs})
        random.Random(seed).shuffle(documents)
        answers: dict[str, set[str]] = {}
        for question, document in pairs:
            answers.setdefault(question, set()).add(document)
        everything = np.arange(len(documents))
        relevant = [np.array([document in right for document in documents]) for right in answers.values()]
        return cls(name, list(answers), documents, [everything] * len(answers), relevant)

    @classmethod
    def read(cls, name: str, path: Path, seed: int = 0) -> "RankingSet":
        """Graded candidates of hetPQA or semiPQA.

        The file keeps the order of an earlier ranker, so the rows are shuffled first. Questions without a relevant
        candidate are left out.
        """
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        random.Random(seed).shuffle(rows)
        grades: dict[str, dict[str, bool]] = {}
        for row in rows:
            own = grades.setdefault(row["qid"], {})
            own[row["candidate"]] = own.get(row["candidate"], False) or float(row["label"]) > 0
        texts = {row["qid"]: row["question"] for row in rows}
        kept = {qid: own for qid, own in grades.items() if any(own.values())}
        documents = list(dict.fromkeys(text for own in kept.values() for text in own))
        number = {text: place for place, text in enumerate(documents)}
        candidates = [np.array([number[text] for text in own]) for own in kept.values()]
        relevant = [np.array(list(own.values())) for own in kept.values()]
        return cls(name, [texts[qid] for qid in kept], documents, candidates, relevant)

    @property
    def texts(self) -> list[str]:
        """Everything that is encoded, each text once."""
        return sorted({*self.questions, *self.documents})

    def ndcg(self, score: Scorer) -> float:
        """nDCG@10 with binary relevance, mean over the questions."""
        found = []
        for number, (candidates, relevant) in enumerate(zip(self.candidates, self.relevant, strict=True)):
            hits = relevant[np.argsort(-score(number, candidates), kind="stable")[:DEPTH]]
            best = np.ones(min(int(relevant.sum()), DEPTH))
            found.append(_gain(hits) / _gain(best))
        return float(np.mean(found))

    def ndcg_of_vectors(self, questions: Floats, documents: Floats) -> float:
        """nDCG@10 by inner product of vectors ``[q, d]`` and ``[n, d]``."""
        return self.ndcg(lambda number, candidates: documents[candidates] @ questions[number])


def _gain(hits: NDArray[np.bool_] | Floats) -> float:
    return float((hits / np.log2(np.arange(2, len(hits) + 2))).sum())
