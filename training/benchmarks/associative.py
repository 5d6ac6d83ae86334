"""Associative memory beside a dictionary and vector indexes: recall of a missing role, noisy cues, bytes, time.

    python -m seamless_retail.training.benchmarks.associative [--facts 5000] [--sizes 100 1000 5000 20000] [--json FILE]

Facts (who, did what, with which thing, what came of it) are drawn from word lists with a seed; nothing is fitted to
them. A query gives three roles and asks for the fourth, each role in turn. An answer is right if a stored fact agrees
with it and with all cued roles *before* they were spoilt. The conditions:

- *exact*; *typos*: one letter swapped, dropped, doubled or replaced in every cue; *paraphrased*: every cue in other
  words where the lists have some (names have none); *both* of these;
- *two cues*: one role less is known; *one wrong*: one of the three cues is that of another fact (names any fact).

The baselines, in the same run: a dictionary over every subset of roles (exact keys), MiniLM of the fact as a sentence
in a flat FAISS index, and MiniLM of each role, side by side (the same structure as the memory's, in floats). Look-up
times are medians as a caller sees them, encoding included; the ratios are to the sentence index. The memory does not
encode exact cues again: it has their hypervectors. For recall, unlike times, each text is embedded once for all.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

import faiss
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from seamless_retail.retrievers.associative import AssociativeMemory, SuperpositionTrace
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.embeddings import Progress as Reported
from seamless_retail.training.benchmarks.associative_facts import CONDITIONS, ROLES, Fact, Query, draw_facts, queries
from seamless_retail.training.benchmarks.compression.markdown import table

DEPTH = 5
TIMED = ("exact", "typos")
TRACE_SIZES = (10, 25, 50, 100, 200, 400)
SENTENCE = "MiniLM sentence, FAISS flat"
Row = dict[str, Any]
Rows = list[Row]


class Method(Protocol):
    """A way to keep facts and to answer for a missing role."""

    bytes_per_fact: float

    def answers(self, query: Query) -> list[str]:
        """Fillers of the role asked for, best first."""


class OnceEmbeddings(MiniLMEmbeddings):
    """MiniLM that keeps its vectors: methods and conditions share most of their texts."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, NDArray[np.float32]] = {}

    def document_vectors(self, texts: Sequence[str], progress: Reported | None = None) -> NDArray[np.float32]:
        """Unit vectors, float32 ``[n, 384]``; texts that are kept are not encoded again."""
        new = [text for text in dict.fromkeys(texts) if text not in self.kept]
        if new:
            self.kept.update(zip(new, super().document_vectors(new, progress), strict=True))
        return np.stack([self.kept[text] for text in texts])


class ExactDictionary:
    """Fillers by the exact texts of any subset of roles; bytes are those of the texts alone."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = facts
        self._rows: dict[frozenset[tuple[str, str]], list[int]] = {}
        for row, fact in enumerate(facts):
            for count in (2, 3):
                for roles in combinations(ROLES, count):
                    self._rows.setdefault(frozenset((role, fact[role]) for role in roles), []).append(row)
        self.bytes_per_fact = text_bytes(facts)

    def answers(self, query: Query) -> list[str]:
        """The fillers of the facts that hold exactly these texts."""
        rows = self._rows.get(frozenset(query.cue.items()), [])
        return [self._facts[row][query.asked] for row in rows]


class SentenceIndex:
    """MiniLM of each fact as a sentence, exact FAISS search by cosine."""

    def __init__(self, facts: Sequence[Fact], embeddings: MiniLMEmbeddings) -> None:
        self._facts, self._embeddings = facts, embeddings
        self._index = faiss.IndexFlatIP(embeddings.dimension)
        self._index.add(embeddings.document_vectors([sentence(fact) for fact in facts]))
        self.bytes_per_fact = 4 * embeddings.dimension + text_bytes(facts)

    def answers(self, query: Query) -> list[str]:
        """The fillers of the facts whose sentences are nearest to the cues in a sentence."""
        vector = self._embeddings.document_vectors([sentence(query.cue)])
        return [self._facts[row][query.asked] for row in self._index.search(vector, DEPTH)[1][0]]


class RoleIndex:
    """MiniLM of each role side by side, exact FAISS search by the sum of the cued roles' cosines."""

    def __init__(self, facts: Sequence[Fact], embeddings: MiniLMEmbeddings) -> None:
        self._facts, self._embeddings = facts, embeddings
        texts = sorted({fact[role] for fact in facts for role in ROLES})
        vectors = dict(zip(texts, embeddings.document_vectors(texts), strict=True))
        self._index = faiss.IndexFlatIP(len(ROLES) * embeddings.dimension)
        self._index.add(np.stack([np.concatenate([vectors[fact[role]] for role in ROLES]) for fact in facts]))
        self.bytes_per_fact = 4 * self._index.d + text_bytes(facts)

    def answers(self, query: Query) -> list[str]:
        """The fillers of the facts nearest in the cued roles."""
        found = dict(zip(query.cue, self._embeddings.document_vectors(list(query.cue.values())), strict=True))
        unknown = np.zeros(self._embeddings.dimension, dtype=np.float32)
        vector = np.concatenate([found.get(role, unknown) for role in ROLES])
        return [self._facts[row][query.asked] for row in self._index.search(vector[None], DEPTH)[1][0]]


class Associative:
    """The memory under test, which grows with the sizes; bytes are those of its directory on disk."""

    def __init__(self, memory: AssociativeMemory, facts: Sequence[Fact]) -> None:
        self.memory = memory
        self.memory.store_many(facts[len(memory) :])
        with tempfile.TemporaryDirectory() as folder:
            self.memory.save(folder)
            written = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        self.bytes_per_fact = written / len(facts)

    def answers(self, query: Query) -> list[str]:
        """The fillers by unbinding and clean-up."""
        return [found.fillers[query.asked] for found in self.memory.recollect(query.cue, DEPTH)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=5000, help="facts of the comparison")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 5000, 20_000])
    parser.add_argument("--queries", type=int, default=200, help="queries for each condition and size")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    embeddings = OnceEmbeddings()
    facts = draw_facts(max(options.facts, *options.sizes), options.seed)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        curve, rows = measured(facts, options, embeddings, progress)
        sections = {
            "recall of the missing role, exact cues": curve,
            f"{options.facts} facts, recall@1 / recall@{DEPTH}": rows,
            "pairs superposed in one trace": trace_curve(facts, embeddings, progress),
        }
    console = Console()
    for title, rows in sections.items():
        show(console, title, rows)
    if options.json:
        options.json.write_text(json.dumps(sections, indent=2) + "\n", encoding="utf-8")


def measured(
    facts: list[Fact], options: argparse.Namespace, embeddings: OnceEmbeddings, progress: Progress
) -> tuple[Rows, Rows]:
    """Recall of one growing memory against the number of facts, and the comparison at ``options.facts``."""
    memory, curve, comparison = AssociativeMemory(embeddings), [], []
    for size in progress.track(sorted({*options.sizes, options.facts}), description="sizes"):
        method = Associative(memory, facts[:size])
        if size in options.sizes:
            curve.append(at_size(method, facts[:size], options))
        if size == options.facts:
            comparison = compared(method, facts[:size], options, embeddings, progress)
    return curve, comparison


def at_size(method: Associative, facts: list[Fact], options: argparse.Namespace) -> Row:
    """Recall with exact cues, and how often the clean-up tells what the table of fillers does."""
    asked = queries(facts, "exact", options.queries, options.seed + 1)
    right = [query.is_right(answer) for query in asked for answer in method.answers(query)[:1]]
    agree = [cleaned_up_right(method.memory, query) for query in asked]
    return {
        "facts": len(facts),
        "recall@1": f"{sum(right) / len(asked):.4f}",
        "clean-up agrees with the table": f"{np.mean(agree):.4f}",
        "bytes per fact": round(method.bytes_per_fact),
    }


def compared(
    memory: Associative,
    facts: list[Fact],
    options: argparse.Namespace,
    embeddings: OnceEmbeddings,
    progress: Progress,
) -> Rows:
    """All methods under all conditions, and their look-up times."""
    makers: dict[str, Callable[[], Method]] = {
        SENTENCE: lambda: SentenceIndex(facts, embeddings),
        "dictionary": lambda: ExactDictionary(facts),
        "MiniLM by role, FAISS flat": lambda: RoleIndex(facts, embeddings),
        "associative memory": lambda: memory,
    }
    rows: Rows = []
    for name, make in progress.track(list(makers.items()), description="methods"):
        method = make()
        recalls: Row = {condition: recall(method, facts, condition, options) for condition in CONDITIONS}
        times = {condition: look_up(method, facts, condition, options, embeddings) for condition in TIMED}
        rows.append({"method": name, **recalls, "bytes per fact": round(method.bytes_per_fact), **milliseconds(times)})
    base = {column: rows[0][column] for column in milliseconds(dict.fromkeys(TIMED, 0.0))}
    return [{**row, **{f"{column}, ratio": f"{row[column] / base[column]:.3f}x" for column in base}} for row in rows]


def recall(method: Method, facts: list[Fact], condition: str, options: argparse.Namespace) -> str:
    """The shares of queries with a right answer first, and among the first five."""
    asked = queries(facts, condition, options.queries, options.seed + 2)
    right = [[query.is_right(answer) for answer in method.answers(query)[:DEPTH]] for query in asked]
    return f"{np.mean([hits[:1] == [True] for hits in right]):.3f} / {np.mean([any(hits) for hits in right]):.3f}"


def look_up(
    method: Method, facts: list[Fact], condition: str, options: argparse.Namespace, embeddings: OnceEmbeddings
) -> float:
    """Median milliseconds of a query, over queries of their own, nothing of which is embedded beforehand."""
    times, kept = [], embeddings.kept
    for query in queries(facts, condition, 60, options.seed + 3):
        embeddings.kept = {}
        began = time.perf_counter()
        method.answers(query)
        times.append(1000 * (time.perf_counter() - began))
    embeddings.kept = kept
    return float(np.median(times))


def milliseconds(times: dict[str, float]) -> Row:
    """Columns of look-up times."""
    return {f"ms, {condition} cues": round(value, 4) for condition, value in times.items()}


def cleaned_up_right(memory: AssociativeMemory, query: Query) -> bool:
    """Whether unbinding and clean-up give the filler that the table of the fact found holds."""
    found = memory.recollect(query.cue, 1)[0]
    return found.fillers == memory.get([found.id])[0].fillers


def trace_curve(facts: list[Fact], embeddings: MiniLMEmbeddings, progress: Progress) -> Rows:
    """Recall of one trace of subject-object pairs against their number; all objects are known to its clean-up."""
    pairs = list({fact["subject"]: fact["object"] for fact in facts}.items())[: max(TRACE_SIZES)]
    trace = SuperpositionTrace(AssociativeMemory(embeddings).encoder)
    trace.know([fact["object"] for fact in facts])
    rows: Rows = []
    for size in progress.track(TRACE_SIZES, description="trace"):
        for subject, thing in pairs[len(trace) : size]:
            trace.add([subject], thing)
        right = [trace.recall([subject])[0][0] == thing for subject, thing in pairs[: min(size, 100)]]
        rows.append({"pairs": size, "recall@1": f"{np.mean(right):.3f}", "bytes of the trace": trace.bits.nbytes})
    return rows


def sentence(fillers: Mapping[str, str]) -> str:
    """The texts of the roles given, in the order of the roles."""
    return " ".join(fillers[role] for role in ROLES if role in fillers)


def text_bytes(facts: Sequence[Fact]) -> float:
    """Mean UTF-8 bytes of a fact's texts."""
    return sum(len(text.encode()) for fact in facts for text in fact.values()) / len(facts)


def show(console: Console, title: str, rows: Rows) -> None:
    """One Markdown table."""
    body = table(list(rows[0]), ([str(cell) for cell in row.values()] for row in rows))
    console.print(f"\n### {title}\n\n{body}", soft_wrap=True, markup=False, highlight=False)


if __name__ == "__main__":
    main()
