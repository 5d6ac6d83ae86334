"""How long a whole answer takes in process, and how much of it is the graph's own work.

    python -m seamless_retail.training.benchmarks.ask [--home FOLDER] [--rounds 4] [--threads]

Every question of ``questions.py`` is asked once in each round, behind another opening each time, so that no answer
comes out of a cache of embeddings. ``overhead`` is the share of an answer's time in which no node runs, by the starts
and ends that LangGraph reports: the whole less the nodes on the critical path.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from langchain_core.callbacks import BaseCallbackHandler
from rich.console import Console
from rich.table import Table

from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import Parts, ask, assemble, build_brain, open_checkpointer, warm
from seamless_retail.graphs.tracing import tracing
from seamless_retail.training.benchmarks.questions import load_questions

OPENINGS = ("", "Hello! ", "Quick question: ", "Hi there, ", "Good morning. ", "Please tell me: ", "One more thing: ")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer; milliseconds."""

    question: str
    total_ms: float
    busy_ms: float
    """Time in which a node ran."""
    nodes_ms: Mapping[str, float]

    @property
    def overhead(self) -> float:
        """The share of the time in which none did."""
        return 1 - self.busy_ms / self.total_ms


class NodeClock(BaseCallbackHandler):
    """Notes when nodes start and end, in seconds."""

    def __init__(self, nodes: Container[str]) -> None:
        self._nodes = nodes
        self._started: dict[UUID, float] = {}
        self._spans: list[tuple[float, float]] = []

    def on_chain_start(self, *_: Any, run_id: UUID, name: str = "", **__: Any) -> None:
        """A node starts."""
        if name in self._nodes:
            self._started[run_id] = time.perf_counter()

    def on_chain_end(self, *_: Any, run_id: UUID, **__: Any) -> None:
        """A node ends."""
        if run_id in self._started:
            self._spans.append((self._started.pop(run_id), time.perf_counter()))

    def busy_ms(self) -> float:
        """Milliseconds in which at least one node ran."""
        busy, reached = 0.0, 0.0
        for start, end in sorted(self._spans):
            busy += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return busy * 1000


class Bench:
    """A brain and its clock."""

    def __init__(self, parts: Parts, checkpointer: Any) -> None:
        self._brain = build_brain(parts, checkpointer=checkpointer)

    def measure(self, question: str, principal: Principal, thread: str) -> Measurement:
        """Ask one question."""
        clock = NodeClock(self._brain.nodes)
        started = time.perf_counter()
        output = ask(self._brain, question, principal=principal, thread_id=thread, config={"callbacks": [clock]})
        total = (time.perf_counter() - started) * 1000
        nodes = {name: ms for name, ms in output["timings"].items() if name != "total"}
        return Measurement(question, total, clock.busy_ms(), nodes)

    def run(self, rounds: int) -> Iterator[Measurement]:
        """Ask all questions, round by round."""
        for number in range(rounds):
            for record in load_questions():
                principal = Principal(customer_id=record.get("customer", ""))
                for turn, text in enumerate(record["turns"]):
                    question = text if turn else f"{OPENINGS[number % len(OPENINGS)]}{text}"
                    yield self.measure(question, principal, f"{number}-{record['id']}")


def report(measurements: list[Measurement]) -> None:
    """Print the figures."""
    console = Console()
    totals = np.array([m.total_ms for m in measurements])
    overheads = np.array([m.overhead for m in measurements])
    console.print(f"{len(measurements)} answers")
    console.print(f"whole ask: p50 {np.percentile(totals, 50):.1f} ms, p95 {np.percentile(totals, 95):.1f} ms")
    overall = 1 - sum(m.busy_ms for m in measurements) / totals.sum()
    p50, p95 = np.percentile(overheads, [50, 95])
    console.print(f"overhead:  p50 {p50:.1%}, p95 {p95:.1%}, of all time {overall:.1%}")
    nodes: dict[str, list[float]] = defaultdict(list)
    for measurement in measurements:
        for name, ms in measurement.nodes_ms.items():
            nodes[name].append(ms)
    table = Table("node", "runs", "p50 ms", "p95 ms")
    for name, times in nodes.items():
        table.add_row(name, str(len(times)), f"{np.percentile(times, 50):.2f}", f"{np.percentile(times, 95):.2f}")
    console.print(table)
    for slow in sorted(measurements, key=lambda m: -m.total_ms)[:5]:
        slowest = max(slow.nodes_ms, key=slow.nodes_ms.__getitem__)
        console.print(f"[dim]{slow.total_ms:7.1f} ms  {slow.question!r} ({slowest} {slow.nodes_ms[slowest]:.1f} ms)[/]")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, help="folder with the shop and its index; by default the configured one")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", action="store_true", help="keep the conversations, as the command line does")
    arguments = parser.parse_args()
    settings = load_settings(**({"home": arguments.home} if arguments.home else {}), llm="", plugins=False)
    parts = assemble(settings)
    warm(parts)
    place = open_checkpointer(settings.threads_url) if arguments.threads else nullcontext(None)
    with tracing(settings), place as checkpointer:
        report(list(Bench(parts, checkpointer).run(arguments.rounds)))


if __name__ == "__main__":
    main()
