"""How long a whole answer takes in process, and how much of it is the graph's own work.

    python -m seamless_retail.training.benchmarks.ask [--home FOLDER] [--rounds 4] [--threads] [--json FILE]

Every question of ``questions.py`` is asked once in each round, behind another opening each time, so that no answer
comes out of a cache of embeddings. ``overhead`` is the share of an answer's time in which no node runs, by the starts
and ends that LangGraph reports: the whole less the nodes on the critical path. ``guard`` is the share of the food
guard: of its checks of texts, and of the steps that exist for it alone (``listen``, ``nutrition``).
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, fields, replace
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
from seamless_retail.lobes.guardrails.food_guard import FoodGuard, FoodVerdict
from seamless_retail.lobes.guardrails.patient import PatientContext
from seamless_retail.training.benchmarks.questions import load_questions

GUARD_STEPS = ("listen", "nutrition")
OPENINGS = ("", "Hello! ", "Quick question: ", "Hi there, ", "Good morning. ", "Please tell me: ", "One more thing: ")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer; milliseconds."""

    question: str
    total_ms: float
    busy_ms: float
    """Time in which a node ran."""
    nodes_ms: Mapping[str, float]
    guard_ms: float
    """Time in the food guard: its own steps, and its checks within other steps."""
    is_guarded: bool
    """Whether something restricted the customer's food."""

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


@dataclass(frozen=True, slots=True)
class TimedGuard(FoodGuard):
    """A food guard that notes how long it judges texts, which it does within the steps of others."""

    spent_ms: list[float] = field(default_factory=list)

    def check_texts(self, context: PatientContext, texts: Sequence[str], **options: Any) -> tuple[FoodVerdict, ...]:
        """As the guard, with a clock."""
        started = time.perf_counter()
        verdicts = FoodGuard.check_texts(self, context, texts, **options)
        self.spent_ms.append((time.perf_counter() - started) * 1000)
        return verdicts


class Bench:
    """A brain and its clock."""

    def __init__(self, parts: Parts, checkpointer: Any) -> None:
        known = {given.name: getattr(parts.food_guard, given.name) for given in fields(parts.food_guard)}
        self._guard = TimedGuard(**known)
        self._brain = build_brain(replace(parts, food_guard=self._guard), checkpointer=checkpointer)

    def measure(self, question: str, principal: Principal, thread: str) -> Measurement:
        """Ask one question."""
        clock = NodeClock(self._brain.nodes)
        self._guard.spent_ms.clear()
        started = time.perf_counter()
        output = ask(self._brain, question, principal=principal, thread_id=thread, config={"callbacks": [clock]})
        total = (time.perf_counter() - started) * 1000
        nodes = {name: ms for name, ms in output["timings"].items() if name != "total"}
        guard = sum(self._guard.spent_ms) + sum(nodes.get(step, 0.0) for step in GUARD_STEPS)
        return Measurement(question, total, clock.busy_ms(), nodes, guard, bool(self._guard.spent_ms))

    def run(self, rounds: int) -> Iterator[Measurement]:
        """Ask all questions, round by round."""
        for number in range(rounds):
            for record in load_questions():
                principal = Principal(customer_id=record.get("customer", ""))
                for turn, text in enumerate(record["turns"]):
                    question = text if turn else f"{OPENINGS[number % len(OPENINGS)]}{text}"
                    yield self.measure(question, principal, f"{number}-{record['id']}")


def guard_share(measurements: Sequence[Measurement]) -> tuple[float, float, float]:
    """The guard's share of all time, and its 95 % interval over answers (bootstrap of 2,000)."""
    guard, total = (np.array([getattr(m, name) for m in measurements]) for name in ("guard_ms", "total_ms"))
    drawn = np.random.default_rng(0).integers(0, len(guard), (2000, len(guard)))
    shares = guard[drawn].sum(1) / total[drawn].sum(1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(guard.sum() / total.sum()), float(low), float(high)


def figures(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """The figures as JSON."""
    totals = np.array([m.total_ms for m in measurements])
    groups = {
        "all": measurements,
        "restricted": [m for m in measurements if m.is_guarded],
        "unrestricted": [m for m in measurements if not m.is_guarded],
    }
    return {
        "answers": len(measurements),
        "ask_ms": {f"p{p}": round(float(np.percentile(totals, p)), 2) for p in (50, 95)},
        "guard": {
            name: {
                "answers": len(group),
                "share": [round(value, 4) for value in guard_share(group)],
                "p50_ms": round(float(np.median([m.guard_ms for m in group])), 2),
                "p95_ms": round(float(np.percentile([m.guard_ms for m in group], 95)), 2),
            }
            for name, group in groups.items()
            if group
        },
    }


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
    for name, told in figures(measurements)["guard"].items():
        share, low, high = told["share"]
        console.print(
            f"guard:     {share:.1%} of the time of {told['answers']} answers ({name}), 95 % interval {low:.1%} to "
            f"{high:.1%}; p50 {told['p50_ms']:.1f} ms, p95 {told['p95_ms']:.1f} ms"
        )
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
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--threads", action="store_true", help="keep the conversations, as the command line does")
    arguments = parser.parse_args()
    settings = load_settings(**({"home": arguments.home} if arguments.home else {}), llm="", plugins=False)
    parts = assemble(settings)
    warm(parts)
    place = open_checkpointer(settings.threads_url) if arguments.threads else nullcontext(None)
    with tracing(settings), place as checkpointer:
        measurements = list(Bench(parts, checkpointer).run(arguments.rounds))
    report(measurements)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures(measurements), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
