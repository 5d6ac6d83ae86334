"""BM25, MiniLM, their fusion, and the fusion reranked by compressed memories, side by side on real shopper questions.

    python -m seamless_retail.training.benchmarks.reranking ../shared/data/amazon_pqa [--clara clara-nano] [--json FILE]

Each question of hetPQA and semiPQA (Amazon, dev parts) comes with candidates, of which humans marked those that answer
it. The files keep the order of an earlier ranker, so the candidates are shuffled with a seed. Every method but the
last two rows' parts ranks a question's own candidates through the same filtered search over the whole collection. The
weights of all methods come from other questions on other products (``training/recipes/retrieval_calibration.py``).

==================== ==================================================================================================
BM25, MiniLM         each part by itself, over the texts as they are in the file
BM25 (words)         the same over attribute records in words, as the pipeline reads them (``plain_words.py``)
fusion               reciprocal rank fusion of the two
hybrid               the same candidates by their calibrated probability
latent               by the similarity of the compressed memories alone
hybrid + rerank      the whole pipeline: ``HybridRetriever(reranker=…)``
scores               ``LatentReranker.scores``, which knows the question's own candidates only: ``seamless rerank``
==================== ==================================================================================================

Intervals are bootstrap intervals of 95 % over questions (over products where the file names them). Latency is that of
one search over the whole collection with a question nothing has seen, its embedding and memory included; the memories
of the candidates are there, as in a memory store, since documents are compressed once and read many times.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.documents import Document
from rich.console import Console
from rich.progress import track

from seamless_retail.retrievers import HybridRetriever, LexicalRetriever, MiniLMEmbeddings
from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.hybrid import ranked_text
from seamless_retail.retrievers.opening import open_reranker
from seamless_retail.retrievers.rag_config import CompressionConfig
from seamless_retail.retrievers.reranking import LatentReranker
from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.compression.scores import Resamples
from seamless_retail.training.benchmarks.retrieval import DEPTH, SETS, Question, gain, read

LATENCY_QUERIES = 100
FULL = "hybrid + rerank"
MEASURES = (f"nDCG@{DEPTH}", f"MRR@{DEPTH}", "P@1")

Search = Callable[[str, int, Filter | None], list[str]]
Figures = dict[str, np.ndarray]
"""By measure, one figure a question, ``[q]``."""

console = Console(stderr=True)


def main() -> None:
    """Run all methods on both sets and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the amazon_pqa files")
    parser.add_argument("--rate", type=int, default=32, help="of the light compressor")
    parser.add_argument("--clara", default="", help="a CLaRa model whose reasoner is measured too")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0: torch's choice")
    parser.add_argument("--questions", type=int, help="at most so many of each set; all of them by default")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    if arguments.threads:
        import torch

        torch.set_num_threads(arguments.threads)
    results = {name: measure(arguments.data / file, arguments) for name, file in SETS.items()}
    text = "\n\n".join(f"### {name}\n\n{report(result)}" for name, result in results.items())
    Console(soft_wrap=True, highlight=False).print(text, markup=False)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2), encoding="utf-8")


def measure(path: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of every method on one set."""
    questions, documents = read(path, arguments.seed)
    questions = questions[: arguments.questions]
    embeddings = MiniLMEmbeddings()
    reranker = open_reranker(CompressionConfig(rate=arguments.rate), embeddings, cache_size=2 * len(documents) + 2)
    console.print(f"{path.name}: {len(questions)} questions, {len(documents)} candidates; embedding and compressing")
    plain = HybridRetriever.from_documents(documents, embeddings)
    full = plain.model_copy(update={"reranker": reranker})
    reranker.tokens([ranked_text(document) for document in documents])
    found = {**searches(plain, full, documents), **alone(reranker, documents)}
    if arguments.clara:
        found[f"{arguments.clara} reasoner"] = reasoner(arguments.clara, documents)
    figures = {
        name: quality(search, track(questions, name, console=console, transient=True)) for name, search in found.items()
    }
    resamples = Resamples([question.id for question in questions])
    return {
        "questions": len(questions),
        "candidates": len(documents),
        "compressor": reranker.compressor.identity.name,
        "methods": {name: summary(figure, resamples) for name, figure in figures.items()},
        "ahead": {name: ahead(figures[FULL], figure, resamples) for name, figure in figures.items() if name != FULL},
        "latency_ms": latencies(plain, full, questions),
    }


def searches(plain: HybridRetriever, full: HybridRetriever, documents: Sequence[Document]) -> dict[str, Search]:
    """Filtered searches over the whole collection, by name."""
    embeddings = plain.store.embeddings
    return {
        "BM25": words(LexicalRetriever.from_documents(documents)),
        "MiniLM": vectors(plain.store),
        "BM25 (words)": words(plain.lexical),
        "fusion": lambda query, k, where: list(
            plain.candidates(query, np.asarray(embeddings.embed_query(query), dtype=np.float32), filter=where)
        )[:k],
        "hybrid": invoked(plain),
        FULL: invoked(full),
    }


def words(lexical: LexicalRetriever) -> Search:
    """BM25."""
    return lambda query, k, where: [id_ for id_, _ in lexical.search(query, k, where)]


def vectors(store: Any) -> Search:
    """Cosine of the embeddings."""
    return lambda query, k, where: [id_ for id_, _ in store.nearest(store.embeddings.embed_query(query), k, where)]


def invoked(retriever: HybridRetriever) -> Search:
    """A retriever as users call it."""
    return lambda query, k, where: [str(document.id) for document in retriever.invoke(query, k=k, filter=where)]


def alone(reranker: LatentReranker, documents: Sequence[Document]) -> dict[str, Search]:
    """Rankings of a question's own candidates, without an index."""
    own = by_question(documents)

    def ranking(score: Callable[[str, list[str]], Any]) -> Search:
        def search(query: str, k: int, where: Filter | None) -> list[str]:
            candidates = own[(where or {})["question"]]
            order = np.argsort(-score(query, [text for _, text in candidates]), kind="stable")[:k]
            return [candidates[place][0] for place in order]

        return search

    return {"latent": ranking(reranker.similarities), "scores": ranking(reranker.scores)}


def reasoner(name: str, documents: Sequence[Document]) -> Search:
    """CLaRa's query reasoner by late interaction with CLaRa's memories."""
    from seamless_retail.retrievers.opening import open_compressor

    compressor = open_compressor(CompressionConfig(model=name))
    console.print(f"{name}: compressing {len(documents)} candidates")
    texts = sorted({document.page_content for document in documents}, key=len)
    tokens = {}
    for start in track(range(0, len(texts), 64), name, console=console, transient=True):
        batch = texts[start : start + 64]
        tokens.update(zip(batch, (memory.tokens for memory in compressor.compress(batch)), strict=True))
    own = by_question(documents, raw=True)

    def search(query: str, k: int, where: Filter | None) -> list[str]:
        candidates = own[(where or {})["question"]]
        scores = compressor.score(compressor.query([query])[0], [tokens[text] for _, text in candidates])
        return [candidates[place][0] for place in np.argsort(-scores, kind="stable")[:k]]

    return search


def by_question(documents: Iterable[Document], raw: bool = False) -> dict[str, list[tuple[str, str]]]:
    """Id and text of each question's candidates, in their shuffled order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for document in documents:
        text = document.page_content if raw else ranked_text(document)
        found.setdefault(document.metadata["question"], []).append((str(document.id), text))
    return found


def quality(search: Search, questions: Iterable[Question]) -> Figures:
    """Each question's nDCG@10, MRR@10 and P@1."""
    rows = []
    for question in questions:
        ranked = search(question.text, DEPTH, {"question": question.id})
        hits = np.zeros(DEPTH)
        hits[: len(ranked)] = [id_ in question.relevant for id_ in ranked]
        ideal = gain(np.ones(min(len(question.relevant), DEPTH)))
        rows.append((gain(hits) / ideal, 1.0 / (1 + int(hits.argmax())) if hits.any() else 0.0, hits[0]))
    return dict(zip(MEASURES, np.array(rows).T, strict=True))


def summary(figures: Figures, resamples: Resamples) -> dict[str, Any]:
    """Mean and interval of each measure."""
    return {
        name: {"mean": float(row.mean()), "interval": resamples.mean(row.tolist())} for name, row in figures.items()
    }


def ahead(full: Figures, part: Figures, resamples: Resamples) -> dict[str, Any]:
    """By how much the whole pipeline is ahead of a part on the same questions, with the interval of the difference."""
    return summary({name: full[name] - part[name] for name in MEASURES}, resamples)


def latencies(plain: HybridRetriever, full: HybridRetriever, questions: Sequence[Question]) -> dict[str, Any]:
    """Median of a search over everything in milliseconds, each method with wordings of its own."""
    parts = {"BM25 + MiniLM": lambda query: _parts(plain, query), "hybrid": plain.invoke, FULL: full.invoke}
    found: dict[str, Any] = {}
    for name, search in parts.items():
        times = []
        for question in questions[:LATENCY_QUERIES]:
            began = time.perf_counter()
            search(f"{name}: {question.text}")
            times.append(1000 * (time.perf_counter() - began))
        p50, p95 = np.percentile(times, [50, 95]).tolist()
        found[name] = {"p50": p50, "p95": p95}
    for name in parts:
        found[name]["times_parts"] = found[name]["p50"] / found["BM25 + MiniLM"]["p50"]
    return found


def _parts(plain: HybridRetriever, query: str) -> None:
    """Both searches of the pipeline and nothing else: the named baseline of its latency."""
    plain.lexical.search(query, plain.lexical_k)
    plain.store.nearest(plain.store.embeddings.embed_query(query), plain.dense_k)


def report(result: Mapping[str, Any]) -> str:
    """The tables of one set."""
    head = f"{result['questions']} questions, {result['candidates']} candidates, memories by {result['compressor']}."
    columns = [cell for name in MEASURES for cell in (name, "95 %")]
    rows = [[name, *(cell for m in MEASURES for cell in _cells(found[m]))] for name, found in result["methods"].items()]
    lead = [
        [name, *(cell for m in MEASURES for cell in _cells(found[m], "+"))] for name, found in result["ahead"].items()
    ]
    times = [
        [name, f"{found['p50']:.1f}", f"{found['p95']:.1f}", f"{found['times_parts']:.2f}x"]
        for name, found in result["latency_ms"].items()
    ]
    return "\n\n".join(
        (
            head,
            table(["ranked by", *columns], rows),
            table([f"{FULL} is ahead of", *columns], lead),
            table(["search over everything", "p50 ms", "p95 ms", "of BM25 + MiniLM"], times),
        )
    )


def _cells(figure: Mapping[str, Any], sign: str = "") -> tuple[str, str]:
    low, high = figure["interval"]
    return f"{figure['mean']:{sign}.3f}", f"{low:{sign}.3f} to {high:{sign}.3f}"


if __name__ == "__main__":
    main()
