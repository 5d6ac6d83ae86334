"""BM25, MiniLM, their rank fusion and the hybrid retriever: ranking of real shopper questions, and latency.

    python -m seamless_retail.training.benchmarks.retrieval ../shared/data/amazon_pqa

Each question of hetPQA and semiPQA (Amazon, dev parts) comes with candidates, of which humans marked those that answer
it. Every method ranks a question's candidates through the same filtered search that the shop uses. The files keep the
order of an earlier ranker, so the candidates are shuffled before they are indexed: ties fall by that order. RRF is the
fused rank alone; the hybrid retriever orders the same candidates by its calibrated score.
Questions without a relevant candidate are left out. Latency is that of one search over the whole collection with a
question the embedding cache has not seen, query embedding included.
"""

import argparse
import csv
import gzip
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.documents import Document
from rich.console import Console
from rich.table import Table

from seamless_retail.retrievers import HybridRetriever, MiniLMEmbeddings, reciprocal_rank_fusion
from seamless_retail.retrievers.filters import Filter

SETS = {"hetPQA": "hetpqa_ranking_dev.tsv.gz", "semiPQA": "semipqa_ranking_dev.tsv.gz"}
DEPTH = 10
LATENCY_QUERIES = 200

Search = Callable[[str, int, Filter | None], list[str]]


@dataclass(frozen=True)
class Question:
    """A question and the ids of its relevant candidates."""

    id: str
    text: str
    relevant: frozenset[str]


def main() -> None:
    """Run all methods on both sets and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the amazon_pqa files")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0: torch's choice")
    arguments = parser.parse_args()
    if arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    encoder = MiniLMEmbeddings().encoder
    table = Table("set", "method", f"nDCG@{DEPTH}", f"MRR@{DEPTH}", "p50 ms", "p95 ms", "questions", "texts")
    for name, file in SETS.items():
        questions, documents = read(arguments.data / file, arguments.seed)
        embeddings = MiniLMEmbeddings(encoder)
        retriever = HybridRetriever.from_documents(documents, embeddings)
        for method, search in methods(retriever).items():
            figures = [f"{figure:.3f}" for figure in quality(search, questions)]
            figures += [f"{figure:.1f}" for figure in latency(search, questions, method)]
            table.add_row(name, method, *figures, str(len(questions)), str(len(documents)))
    Console().print(table)


def read(path: Path, seed: int) -> tuple[list[Question], list[Document]]:
    """Questions with a relevant candidate, and all candidates in random order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    documents = [
        Document(id=str(number), page_content=row["candidate"], metadata={"question": row["qid"]})
        for number, row in enumerate(rows)
    ]
    relevant: dict[str, set[str]] = {}
    for number, row in enumerate(rows):
        if float(row["label"]) > 0:
            relevant.setdefault(row["qid"], set()).add(str(number))
    texts = {row["qid"]: row["question"] for row in rows}
    random.Random(seed).shuffle(documents)
    return [Question(qid, texts[qid], frozenset(ids)) for qid, ids in relevant.items()], documents


def methods(retriever: HybridRetriever) -> dict[str, Search]:
    """The ways to rank, by name."""
    store, lexical, embeddings = retriever.store, retriever.lexical, retriever.store.embeddings

    def bm25(query: str, k: int, where: Filter | None) -> list[str]:
        return [id_ for id_, _ in lexical.search(query, k, where)]

    def dense(query: str, k: int, where: Filter | None) -> list[str]:
        return [id_ for id_, _ in store.nearest(embeddings.embed_query(query), k, where)]

    def rank_fusion(query: str, k: int, where: Filter | None) -> list[str]:
        rankings = [bm25(query, retriever.lexical_k, where), dense(query, retriever.dense_k, where)]
        return [id_ for id_, _ in reciprocal_rank_fusion(rankings, retriever.rrf_k)][:k]

    def hybrid(query: str, k: int, where: Filter | None) -> list[str]:
        return [str(document.id) for document in retriever.invoke(query, k=k, filter=where)]

    return {"BM25": bm25, "MiniLM": dense, "RRF": rank_fusion, "hybrid": hybrid}


def quality(search: Search, questions: list[Question]) -> tuple[float, float]:
    """nDCG@10 and MRR@10 of each question's ranked candidates, mean over questions."""
    gains, reciprocals = [], []
    for question in questions:
        ranked = search(question.text, DEPTH, {"question": question.id})
        hits = np.array([id_ in question.relevant for id_ in ranked], dtype=float)
        gains.append(gain(hits) / gain(np.ones(min(len(question.relevant), DEPTH))))
        reciprocals.append(1.0 / (1 + int(hits.argmax())) if hits.any() else 0.0)
    return float(np.mean(gains)), float(np.mean(reciprocals))


def latency(search: Search, questions: list[Question], method: str) -> tuple[float, float]:
    """Median and 95th percentile of a search over everything, in milliseconds; no text was embedded before."""
    times = []
    for question in questions[:LATENCY_QUERIES]:
        began = time.perf_counter()
        search(f"{method}: {question.text}", 5, None)
        times.append(1000 * (time.perf_counter() - began))
    p50, p95 = np.percentile(times, [50, 95]).tolist()
    return p50, p95


def gain(hits: np.ndarray) -> float:
    """Discounted cumulative gain of binary relevance, ``[k]``."""
    return float((hits / np.log2(np.arange(2, len(hits) + 2))).sum())


if __name__ == "__main__":
    main()
