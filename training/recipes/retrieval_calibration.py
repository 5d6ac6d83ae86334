"""Fits the model ``hybrid`` of ``retrievers/calibration.json``: when is a retrieved passage relevant?

    seamless shop seed && seamless index build
    python -m seamless_retail.training.recipes.retrieval_calibration ~/.seamless/index

The judgements (``training/data/retrieval_judgements.jsonl``) were written by hand for the demonstration shop: a query,
and a metadata filter that says which passages answer it; many queries are answered by nothing, some of them close to
the shop's business. Each query's best candidates become rows ``(cosine, coverage, rank) → relevant?`` of a logistic
regression, cross-validated by query. The recipe prints the weights to write into ``retrievers/calibration.json``, and
what a threshold on the score would let through. Models that weigh compressed memories too come from
``reranking_calibration.py``.
"""

import argparse
import json
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from seamless_retail.retrievers import HybridRetriever, MiniLMEmbeddings, open_retriever
from seamless_retail.retrievers.embeddings import query_vector
from seamless_retail.retrievers.reranking import SIGNALS

CANDIDATES = 10
"""Passages per query, the best by fused rank: what a caller can get to see."""
THRESHOLDS = (0.3, 0.4, 0.5, 0.55, 0.6, 0.7)


class Rows(NamedTuple):
    """The candidates of all queries."""

    features: np.ndarray
    """``[n, 3]``"""
    relevant: np.ndarray
    """bool ``[n]``"""
    query: np.ndarray
    """Number of the query, ``[n]``"""
    ids: list[list[str]]
    """Of each query's candidates."""


def main() -> None:
    """Fit and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path, help="index directory of the demonstration shop")
    retriever = open_retriever(parser.parse_args().index, MiniLMEmbeddings())
    judgements = read_judgements()
    rows = shop_candidates(retriever, judgements)
    model = LogisticRegression(C=100.0)
    folds = GroupKFold(5, shuffle=True, random_state=0)
    held_out = cross_val_predict(model, *rows[:2], groups=rows.query, cv=folds, method="predict_proba")[:, 1]
    model.fit(rows.features, rows.relevant)
    console = Console()
    for name, weight in zip((*SIGNALS, "intercept"), (*model.coef_[0], *model.intercept_), strict=True):
        console.print(f"{name} = {weight:.2f}")
    console.print(
        f"held-out AUC {roc_auc_score(rows.relevant, held_out):.3f}, log loss {log_loss(*rows[1:2], held_out):.3f}"
    )
    console.print(thresholds(rows, held_out, judgements))
    console.print(f"relevant passage first: {first_is_relevant(rows, held_out):.3f} of the answerable queries")


def read_judgements() -> list[dict[str, Any]]:
    """``{"query", "relevant": filter}`` per judgement; the filter admits nothing when nothing answers."""
    text = files("seamless_retail.training.data").joinpath("retrieval_judgements.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def shop_candidates(retriever: HybridRetriever, judgements: list[dict[str, Any]]) -> Rows:
    """The features and labels of each query's best candidates."""
    features, relevant, query, ids = [], [], [], []
    for number, judgement in enumerate(judgements):
        text = judgement["query"]
        vector = query_vector(retriever.store.embeddings, text)
        fused = dict(islice(retriever.candidates(text, vector).items(), CANDIDATES))
        answers = retriever.store.documents.mask(judgement["relevant"])
        features.append(retriever.features(text, vector, fused))
        relevant.append(answers[retriever.store.documents.rows(fused)])
        query.append(np.full(len(fused), number))
        ids.append(list(fused))
    return Rows(np.concatenate(features), np.concatenate(relevant), np.concatenate(query), ids)


def thresholds(rows: Rows, scores: np.ndarray, judgements: list[dict[str, Any]]) -> Table:
    """How many answerable and unanswerable queries keep a passage at each threshold."""
    table = Table("min_score", "answerable kept", "unanswerable kept", "precision of passages")
    answerable = np.array([rows.relevant[rows.query == number].any() for number in range(len(judgements))])
    best = np.array([scores[rows.query == number].max() for number in range(len(judgements))])
    for threshold in THRESHOLDS:
        kept = scores >= threshold
        shares = (best[answerable] >= threshold, best[~answerable] >= threshold, rows.relevant[kept])
        table.add_row(f"{threshold:.2f}", *(f"{share.mean():.3f}" for share in shares))
    return table


def first_is_relevant(rows: Rows, scores: np.ndarray) -> float:
    """Share of the answerable queries whose best-scored passage is relevant."""
    firsts = []
    for number in np.unique(rows.query[rows.relevant]):
        mine = rows.query == number
        firsts.append(rows.relevant[mine][scores[mine].argmax()])
    return float(np.mean(firsts))


if __name__ == "__main__":
    main()
