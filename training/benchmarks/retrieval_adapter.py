"""Another sentence model in place of the bundled MiniLM, on the same questions: what it gains, with intervals.

    python -m seamless_retail.training.benchmarks.retrieval_adapter ../shared/data/amazon_pqa --model runs/retrieval

Real shopper questions rank their own candidates, as in ``reranking.py``: by the cosine alone, in the hybrid retriever,
and in the hybrid retriever with latent reranking. The compressor and the calibrations stay those of the package: they
were made for the bundled MiniLM. With ``--home`` the judged questions of the demonstration shop are asked as well
(``training/data/retrieval_judgements.jsonl``), against an index of each model's own.

Gains are paired: the mean difference on the same questions, with a bootstrap interval of 95 %.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.documents import Document
from rich.console import Console
from rich.progress import track

from seamless_retail.core.settings import load_settings
from seamless_retail.models.bundled_minilm import BUNDLED
from seamless_retail.retrievers import HybridRetriever, MiniLMEmbeddings
from seamless_retail.retrievers.filters import MetadataIndex
from seamless_retail.retrievers.hybrid import ranked_text
from seamless_retail.retrievers.index import shop_sources
from seamless_retail.retrievers.opening import open_reranker
from seamless_retail.retrievers.passages import passages
from seamless_retail.retrievers.rag_config import CompressionConfig
from seamless_retail.retrievers.reranking import LatentReranker
from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.compression.scores import Resamples
from seamless_retail.training.benchmarks.reranking import (
    FULL,
    MEASURES,
    Figures,
    Search,
    ahead,
    invoked,
    quality,
    summary,
    vectors,
)
from seamless_retail.training.benchmarks.retrieval import SETS, Question, read
from seamless_retail.training.recipes.retrieval_calibration import read_judgements

METHODS = ("cosine", "hybrid", FULL)

console = Console(stderr=True)


def main() -> None:
    """Measure both models and print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the amazon_pqa files")
    parser.add_argument("--model", required=True, help="folder of an adapter, or any sentence-transformers model")
    parser.add_argument("--home", type=Path, help="a SEAMLESS_HOME with the demonstration shop")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle of the candidates")
    parser.add_argument("--questions", type=int, help="at most so many of each set; all of them by default")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    models = {BUNDLED: MiniLMEmbeddings(), arguments.model: MiniLMEmbeddings(arguments.model)}
    reranker = None
    if FULL in arguments.methods:
        reranker = open_reranker(CompressionConfig(), models[BUNDLED], cache_size=40_000)
    results = {}
    for name, file in SETS.items():
        questions, documents = read(arguments.data / file, arguments.seed)
        questions = questions[: arguments.questions]
        asked = {question.id for question in questions}
        documents = [document for document in documents if document.metadata["question"] in asked]
        figures = on_candidates(models, questions, documents, arguments.methods, reranker)
        results[name] = compared(figures, [question.id for question in questions])
    if arguments.home:
        results["shop"] = of_shop(models, arguments.home)
    Console(soft_wrap=True, highlight=False).print(
        "\n\n".join(f"### {name}\n\n{report(result)}" for name, result in results.items()), markup=False
    )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2), encoding="utf-8")


def on_candidates(
    models: Mapping[str, MiniLMEmbeddings],
    questions: Sequence[Question],
    documents: Sequence[Document],
    methods: Sequence[str],
    reranker: LatentReranker | None,
) -> dict[str, list[Figures]]:
    """By method, the figures of each model in turn."""
    found: dict[str, list[Figures]] = {}
    if reranker is not None:
        reranker.tokens([ranked_text(document) for document in documents])
    for model, embeddings in models.items():
        plain = HybridRetriever.from_documents(documents, embeddings)
        searches: dict[str, Search] = {
            "cosine": vectors(plain.store),
            "hybrid": invoked(plain),
            FULL: invoked(plain.model_copy(update={"reranker": reranker})),
        }
        for method in methods:
            shown = track(questions, f"{model}: {method}", console=console, transient=True)
            found.setdefault(method, []).append(quality(searches[method], shown))
    return found


def compared(figures: Mapping[str, Sequence[Figures]], groups: Sequence[str]) -> dict[str, Any]:
    """Each method's figures before and after, and the paired gain."""
    resamples = Resamples(groups)
    return {
        method: {
            "before": summary(before, resamples),
            "after": summary(after, resamples),
            "gain": ahead(after, before, resamples),
        }
        for method, (before, after) in figures.items()
    }


def of_shop(models: Mapping[str, MiniLMEmbeddings], home: Path) -> dict[str, Any]:
    """The judged questions that something answers, over the shop's own passages."""
    from seamless_retail.core.database import open_shop

    shop = open_shop(load_settings(plugins=False, home=home).shop_url)
    documents = [
        passage.model_copy(update={"id": str(number)})
        for number, passage in enumerate(passage for source in shop_sources(shop) for passage in passages(source))
    ]
    index, questions = MetadataIndex([document.metadata for document in documents]), []
    for row in read_judgements():
        mask = index.mask(row["relevant"])
        if mask.any():
            questions.append(Question(row["query"], row["query"], frozenset(np.flatnonzero(mask).astype(str))))
    figures: dict[str, list[Figures]] = {}
    for embeddings in models.values():
        retriever = HybridRetriever.from_documents(documents, embeddings)
        for method, search in {"cosine": vectors(retriever.store), "hybrid": invoked(retriever)}.items():
            figures.setdefault(method, []).append(quality(_everywhere(search), questions))
    return compared(figures, [question.id for question in questions])


def _everywhere(search: Search) -> Search:
    """A search that leaves the filter aside: the judged questions are asked over the whole shop."""
    return lambda query, k, where: search(query, k, None)


def report(result: Mapping[str, Any]) -> str:
    """The table of one set."""
    rows = []
    for method, found in result.items():
        for measure in MEASURES:
            low, high = found["gain"][measure]["interval"]
            gain = f"{found['gain'][measure]['mean']:+.3f} ({low:+.3f} to {high:+.3f})"
            before, after = (f"{found[when][measure]['mean']:.3f}" for when in ("before", "after"))
            rows.append([method, measure, before, after, gain])
    return table(["ranked by", "measure", BUNDLED, "the other model", "gain"], rows)


if __name__ == "__main__":
    main()
