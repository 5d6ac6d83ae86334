"""The compressed memory against raw FAISS on the same vectors: speed, opening, memory, storage, adding.

    python -m seamless_retail.training.benchmarks.memory_store --documents 100000 --json memory_store.json

Search, opening and memory are measured on synthetic memories: as many directions as there are "subjects" (one for 50
documents), each document near one of them, in the layout of the light compressor's balanced configuration; half of
them belong to the shop, the rest to 1,000 users. The baseline is ``IndexFlatIP`` over the same float32 vectors, in the
same run, one query at a time, the two measured in turns. Opening and resident memory are those of a fresh process.
Adding and storage are measured on texts of the catalogue with the packaged light compressor; the baseline of adding is
MiniLM's own encoding, that of storage a float32 MiniLM vector and the text. Nothing here is tuned on these figures.
"""

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np
import psutil
from rich.console import Console

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database import open_shop
from seamless_retail.core.database.seed import seed_shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import product_source
from seamless_retail.models.fitted_code import STEP, FittedCode
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.memory.compressors import LightCompressor
from seamless_retail.retrievers.memory.entry import SHOP, Compressed, CompressorIdentity, Floats, MemoryEntry
from seamless_retail.retrievers.memory.ledger_reading import IndexRows
from seamless_retail.retrievers.memory.manifest import Layout
from seamless_retail.retrievers.memory.precision import pooled, unit
from seamless_retail.retrievers.memory.store import ClaraVectorStore
from seamless_retail.retrievers.passages import passages

DIMENSION, RATE, USERS, QUERIES, K = 256, 32, 1000, 200, 10
MINILM_BYTES = 4 * 384
STORED = 5000
"""Documents of the storage part, so that what a directory costs once does not count."""


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: float
    baseline: float
    unit: str
    target: str

    @property
    def ratio(self) -> float:
        """Value to baseline."""
        return self.value / self.baseline if self.baseline else float("nan")


def _code() -> FittedCode:
    """Fitted to the tokens of :func:`entries`."""
    numbers = np.ones(DIMENSION, dtype=np.float32)
    return FittedCode.of(0 * numbers, STEP * (2 / DIMENSION) ** 0.5 * numbers)


class Synthetic:
    """Stands where a compressor would: the memories are drawn, not made of texts."""

    layout = Layout(tokens=_code(), vector=None)
    identity = CompressorIdentity("synthetic", "0" * 64, RATE, DIMENSION, DIMENSION)

    def compress(self, texts: list[str]) -> list[Compressed]:
        """One random memory for each text."""
        return self.query(texts)

    def query(self, texts: list[str]) -> list[Compressed]:
        """One random memory for each text."""
        rows = np.random.default_rng(len(texts)).standard_normal((len(texts), DIMENSION)).astype(np.float32)
        return [Compressed(row[None], unit(row)) for row in rows]

    def score(self, query: Compressed, tokens: list[Floats]) -> Floats:
        """Cosines of pooled vectors."""
        return np.concatenate([pooled(rows, [len(rows)]) for rows in tokens]) @ query.vector


def main() -> None:
    """Measure and print a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=100, help="catalogue texts of the adding and storage parts")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.open:
        sys.stdout.write(json.dumps(opening(arguments.open)))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = searching(Path(folder) / "search", arguments.documents)
        figures += texts(Path(folder) / "texts", arguments.texts)
    lines = ["| what | ours | baseline | ratio | target |", "|---|---|---|---|---|"]
    for figure in figures:
        values = f"{figure.value:,.2f} {figure.unit} | {figure.baseline:,.2f} {figure.unit} | {figure.ratio:.2f}"
        lines.append(f"| {figure.what} | {values} | {figure.target} |")
    Console().print("\n".join(lines), markup=False, soft_wrap=True)
    if arguments.json:
        found = [{**asdict(figure), "ratio": figure.ratio} for figure in figures]
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


def searching(folder: Path, documents: int) -> list[Figure]:
    """Search, opening and memory over synthetic entries."""
    dice = np.random.default_rng(0)
    store = ClaraVectorStore.open(folder, Synthetic(), keep_text=False)
    subjects = unit(dice.standard_normal((max(1, documents // 50), DIMENSION)).astype(np.float32))
    for start in range(0, documents, 5000):
        store.add_compressed(entries(dice, subjects, start, min(5000, documents - start)))
    rows: list[IndexRows] = []
    store.ledger.follow(0, rows.append, lambda _: None)
    keys, vectors = [key for part in rows for key in part.keys], np.concatenate([part.vectors for part in rows])
    raw = faiss.IndexFlatIP(DIMENSION)
    raw.add(vectors)
    noise = 0.5 * dice.standard_normal((QUERIES, DIMENSION)) / DIMENSION**0.5
    queries = unit((vectors[dice.choice(documents, QUERIES)] + noise).astype(np.float32))
    figures = timed_searches(store, raw, keys, queries)
    store.close()
    figures += opened_in_a_fresh_process(folder, documents)
    return figures


def entries(dice: np.random.Generator, subjects: Floats, start: int, count: int) -> list[MemoryEntry]:
    """Memories of two to six tokens, as passages of the catalogue have, each near its subject."""
    made = []
    for number in range(start, start + count):
        noise = dice.standard_normal((2 + number % 5, DIMENSION)) / DIMENSION**0.5
        tokens = (subjects[dice.integers(len(subjects))] + noise).astype(np.float32)
        owner = SHOP if number % 2 else f"user-{number // 2 % USERS}"
        metadata = {"title": f"Document {number}", "kind": f"kind-{number % 10}"}
        made.append(MemoryEntry(f"d{number}", owner, None, metadata, tokens, pooled(tokens, [len(tokens)])[0]))
    return made


def timed_searches(store: ClaraVectorStore, raw: faiss.IndexFlatIP, keys: list[str], queries: Floats) -> list[Figure]:
    """Median times of ours and of raw FAISS, one after the other for each query."""
    everyone = frozenset(store.ledger.counts())
    own = frozenset((SHOP, "user-7"))
    engine = store.engine
    ways: dict[str, Callable[[Floats], object]] = {
        "raw": lambda query: raw.search(query[None], K),
        "all": lambda query: engine.nearest(query, K, everyone, None),
        "user": lambda query: engine.nearest(query, K, own, None),
        "filter": lambda query: engine.nearest(query, K, own, {"kind": "kind-3"}),
    }
    for way in ways.values():
        way(queries[0])
    times: dict[str, list[float]] = {name: [] for name in ways}
    for query in queries:
        for name, way in ways.items():
            began = time.perf_counter()
            way(query)
            times[name].append(1000 * (time.perf_counter() - began))
    p50 = {name: float(np.median(found)) for name, found in times.items()}
    exact = raw.search(queries, K)[1]
    found = [{key for key, _ in engine.nearest(query, K, everyone, None)} for query in queries]
    shares = [len({keys[row] for row in rows} & ours) / K for rows, ours in zip(exact, found, strict=True)]
    return [
        Figure("search p50", p50["all"], p50["raw"], "ms", "<= 1.2"),
        Figure("search p50, by user", p50["user"], p50["raw"], "ms", "<= 1.5"),
        Figure("search p50, by user and metadata", p50["filter"], p50["raw"], "ms", "-"),
        Figure(f"recall@{K} against exact search", float(np.mean(shares)), 1.0, "", "-"),
    ]


def opening(folder: Path) -> dict[str, float]:
    """In a fresh process: seconds until the store has answered, and resident bytes that this took."""
    process = psutil.Process()
    before = process.memory_info().rss
    began = time.perf_counter()
    store = ClaraVectorStore.open(folder, Synthetic())
    store.engine.nearest(np.ones(DIMENSION, dtype=np.float32), K, frozenset((SHOP,)), None)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "bytes": process.memory_info().rss - before}


def opened_in_a_fresh_process(folder: Path, documents: int) -> list[Figure]:
    """Opening time and memory."""
    command = [sys.executable, "-m", "seamless_retail.training.benchmarks.memory_store", "--open", str(folder)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    disk = size(folder)
    return [
        Figure(f"opening {documents:,}", found["seconds"], 2.0, "s", "<= 2 s"),
        Figure("resident memory against disk", found["bytes"] / 2**20, disk / 2**20, "MiB", "<= 1.5"),
    ]


def texts(folder: Path, count: int) -> list[Figure]:
    """Adding and storage, on texts of the catalogue."""
    found = catalogue_texts(folder, count)
    minilm = MiniLMEmbeddings()
    minilm.document_vectors(found[:64])
    encoding, adding = [], []
    figures = []
    for round_ in range(2):
        began = time.perf_counter()
        minilm.document_vectors(found)
        encoding.append(len(found) / (time.perf_counter() - began))
        store = ClaraVectorStore.open(folder / f"adding-{round_}", LightCompressor())
        began = time.perf_counter()
        store.add_texts(found)
        adding.append(len(found) / (time.perf_counter() - began))
        store.close()
    figures.append(Figure("adding", max(adding), max(encoding), "documents/s", ">= 0.9"))
    plain = MINILM_BYTES + float(np.mean([len(text.encode()) for text in found]))
    for config in ("conservative", "balanced", "aggressive", "extreme"):
        store = ClaraVectorStore.open(folder / config, LightCompressor(config), keep_text=False)
        made = store.compressor.compress(found)
        store.add_compressed([_repeated(number, found, made) for number in range(STORED)])
        store.close()
        target = "<= 0.25" if config == "balanced" else "-"
        stored = size(folder / config) / STORED
        figures.append(Figure(f"whole directory per document, {config}", stored, plain, "bytes", target))
    return figures


def _repeated(number: int, texts: list[str], made: list[Compressed]) -> MemoryEntry:
    """A document of the storage part, without its text: the compressed texts in turn, each under ids of its own."""
    text, memory = texts[number % len(texts)], made[number % len(texts)]
    return MemoryEntry(secrets.token_urlsafe(12), SHOP, None, {"title": text[:40]}, memory.tokens, memory.vector)


def catalogue_texts(folder: Path, count: int) -> list[str]:
    """Passages of the demonstration shop's products, repeated with a number where there are too few."""
    folder.mkdir(parents=True)
    url = f"sqlite:///{folder / 'shop.db'}"
    seed_shop(url)
    shop = open_shop(url)
    products: list[Product] = list(shop.catalogue.get_many(sorted(shop.catalogue.find_ids(ProductQuery()))[:count]))
    found = [passage.page_content for product in products for passage in passages(product_source(product))][:count]
    return [f"{found[i % len(found)]} {i // len(found) or ''}".strip() for i in range(count)]


def size(folder: Path) -> int:
    """Bytes of a memory's directory."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
