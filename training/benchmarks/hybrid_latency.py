"""Latency of one hybrid search with latent reranking over many documents, the question's embedding and memory included.

    python -m seamless_retail.training.benchmarks.hybrid_latency --documents 100000 --json hybrid_latency.json

A document is made of two passages of the demonstration shop: their texts one after the other with a number, so that
BM25 has real words to count; the mean of their MiniLM vectors and their memory tokens, with noise, so that no two are
alike and only the passages are read by MiniLM. The memories stand in a ``ClaraVectorStore`` on the disk, and the
questions are those of ``training/data/retrieval_judgements.jsonl``, each asked once. The named baseline, measured in
turns with the pipeline, is BM25 and MiniLM, each searched by itself and nothing made of it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from langchain_core.documents import Document
from rich.console import Console

from seamless_retail.retrievers import HybridRetriever, LexicalRetriever, MiniLMEmbeddings
from seamless_retail.retrievers.faiss_store import FaissStore
from seamless_retail.retrievers.hybrid import ranked_text
from seamless_retail.retrievers.memory.compressors import LightCompressor
from seamless_retail.retrievers.memory.entry import SHOP, Floats, MemoryEntry
from seamless_retail.retrievers.memory.precision import pooled, unit
from seamless_retail.retrievers.memory.store import ClaraVectorStore
from seamless_retail.retrievers.opening import open_compressor
from seamless_retail.retrievers.rag_config import CompressionConfig
from seamless_retail.retrievers.reranking import LatentReranker
from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.memory_store import catalogue_texts
from seamless_retail.training.recipes.retrieval_calibration import read_judgements

PASSAGES, TOGETHER = 300, 5000
NOISE = 0.3
"""Length of what is added to a vector, and of what is added to a token as a share of its own."""
Times = tuple[float, float]
"""Milliseconds by the clock and of the processor."""
FULL, HYBRID, PARTS = "hybrid + rerank", "hybrid", "BM25 and MiniLM"
TARGET_MS = 40.0


class Passages(NamedTuple):
    """What documents are made of."""

    texts: list[str]
    vectors: Floats
    """``[n, 384]``, of MiniLM."""
    tokens: list[Floats]
    """``[m, d]`` of each."""


def main() -> None:
    """Measure and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument(
        "--threads", type=int, default=1, help="of torch; more are slower where others use the processor too"
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    embeddings = MiniLMEmbeddings()
    compressor = open_compressor(CompressionConfig(), embeddings)
    questions = [judgement["query"] for judgement in read_judgements()][: arguments.questions]
    with tempfile.TemporaryDirectory() as folder:
        texts = catalogue_texts(Path(folder) / "shop", PASSAGES)
        made = [memory.tokens for memory in compressor.compress(texts)]
        passages = Passages(texts, np.asarray(embeddings.embed_documents(texts), dtype=np.float32), made)
        full = filled(passages, embeddings, compressor, Path(folder) / "memory", arguments.documents)
        times = timed(full, questions)
    found = {name: summary(row) for name, row in times.items()}
    Console().print(report(found), markup=False, soft_wrap=True)
    if arguments.json:
        arguments.json.write_text(json.dumps({"documents": arguments.documents, "ms": found}, indent=2) + "\n")


def summary(times: Sequence[Times]) -> dict[str, float]:
    """Quantiles by the clock, and the median of the processor: of the two the one that other work leaves alone."""
    clock, processor = np.array(times).T
    return {"p50": float(np.median(clock)), "p95": float(np.percentile(clock, 95)), "cpu": float(np.median(processor))}


def report(found: Mapping[str, Mapping[str, float]]) -> str:
    """A markdown table."""
    head = ["search", "p50 ms", "p95 ms", f"of {PARTS}", "p50 ms of the processor", "target"]
    rows = []
    for name, row in found.items():
        ratio, target = f"{row['p50'] / found[PARTS]['p50']:.2f}x", f"p50 <= {TARGET_MS:.0f}" if name == FULL else "-"
        rows.append([name, f"{row['p50']:.1f}", f"{row['p95']:.1f}", ratio, f"{row['cpu']:.1f}", target])
    return table(head, rows)


def filled(
    passages: Passages, embeddings: MiniLMEmbeddings, compressor: LightCompressor, folder: Path, count: int
) -> HybridRetriever:
    """A retriever over ``count`` documents, whose memories are in a store in ``folder``."""
    dice = np.random.default_rng(0)
    memory = ClaraVectorStore.open(folder, compressor, keep_text=False)
    store, documents = FaissStore(embeddings), []
    vectors = []
    for start in range(0, count, TOGETHER):
        entries = []
        for number in range(start, min(count, start + TOGETHER)):
            one, other = dice.choice(len(passages.texts), 2, replace=False).tolist()
            text = f"{passages.texts[one]}\n{passages.texts[other]} {number}"
            documents.append(Document(id=f"d{number}", page_content=text))
            vectors.append(_moved(passages.vectors[one] + passages.vectors[other], dice))
            tokens = _moved(np.concatenate([passages.tokens[one], passages.tokens[other]]), dice)
            entries.append(MemoryEntry(f"d{number}", SHOP, None, {}, tokens, pooled(tokens, [len(tokens)])[0]))
        memory.add_compressed(entries)
    store.add_embedded(documents, unit(np.stack(vectors)))
    lexical = LexicalRetriever.from_documents(documents, text_of=ranked_text)
    reranker = LatentReranker(compressor, embeddings=embeddings, memories=memory, cache_size=0)
    return HybridRetriever(store=store, lexical=lexical, reranker=reranker)


def _moved(rows: Floats, dice: np.random.Generator) -> Floats:
    noise = dice.standard_normal(rows.shape).astype(np.float32) / np.float32(rows.shape[-1] ** 0.5)
    moved: Floats = rows + NOISE * noise * np.linalg.norm(rows, axis=-1, keepdims=True)
    return moved


def timed(full: HybridRetriever, questions: Sequence[str]) -> dict[str, list[Times]]:
    """How long each search takes for each question; every way has wordings of its own, so that nothing is cached."""
    plain = full.model_copy(update={"reranker": None})

    def parts(query: str) -> None:
        plain.lexical.search(query, plain.lexical_k)
        plain.store.nearest(plain.store.embeddings.embed_query(query), plain.dense_k)

    ways: dict[str, Callable[[str], object]] = {PARTS: parts, HYBRID: plain.invoke, FULL: full.invoke}
    times: dict[str, list[Times]] = {name: [] for name in ways}
    for name, search in ways.items():
        search(f"{name}: warm")
    for question in questions:
        for name, search in ways.items():
            began, used = time.perf_counter(), time.process_time()
            search(f"{question} ({name})")
            times[name].append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)))
    return times


if __name__ == "__main__":
    main()
