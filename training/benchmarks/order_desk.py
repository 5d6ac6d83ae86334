"""Orders under load: operations a second and latency on SQLite and PostgreSQL, and whether anything is lost.

    python -m seamless_retail.training.benchmarks.order_desk --json order_desk.json

The demonstration shop is seeded anew on each back end, with 2,000 more orders, half of them pending and half delivered.
First one caller reads and writes in turns (p95, with a bootstrap interval); then 16 threads carry out 2,000 operations,
two thirds of them writes of every kind, eight in ten on the orders of twenty customers, so that they collide. After
that the books are checked: payments less refunds of every order against its worth, gift cards with what orders took
from them, stock against what is promised, and each logged change against the writes that were answered. The named
baseline, in the same run, is a bare transaction: one order row read by its key and one of its columns written back.
"""

import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.order_load import faults, gift_money, prepare
from seamless_retail.training.benchmarks.write_load import (
    THREADS,
    interval,
    measured,
    ms,
    p95,
    timed,
    together,
)

ALONE = 400
READ_TARGET_MS, WRITE_TARGET_MS = 5.0, 20.0


@dataclass(frozen=True)
class Figures:
    """One back end."""

    backend: str
    read_median_ms: float
    write_median_ms: float
    bare_median_ms: float
    read_p95_ms: float
    read_interval_ms: tuple[float, float]
    write_p95_ms: float
    write_interval_ms: tuple[float, float]
    bare_write_p95_ms: float
    read_processor_ms: float
    write_processor_ms: float
    """Processor time of this process for one operation: what another process on the machine does not change."""
    operations_per_s: float
    bare_operations_per_s: float
    loaded_read_p95_ms: float
    loaded_write_p95_ms: float
    carried_out: int
    refused: int
    given_up: int
    faults: list[str]


def main() -> None:
    """Measure and print a markdown table."""
    found = measured(__doc__, measure)
    head = ["back end", *(figures.backend for figures in found)]
    rows = [
        [
            f"read, p95 (target {READ_TARGET_MS:g} ms)",
            *(ms(f.read_p95_ms, f.read_interval_ms) for f in found),
        ],
        [
            f"write, p95 (target {WRITE_TARGET_MS:g} ms)",
            *(ms(f.write_p95_ms, f.write_interval_ms) for f in found),
        ],
        [
            "processor time of a read / write",
            *(f"{f.read_processor_ms:.1f} / {f.write_processor_ms:.1f} ms" for f in found),
        ],
        ["median of a read / write", *(f"{f.read_median_ms:.1f} / {f.write_median_ms:.1f} ms" for f in found)],
        ["bare transaction, median", *(f"{f.bare_median_ms:.2f} ms" for f in found)],
        ["bare transaction, p95", *(f"{f.bare_write_p95_ms:.2f} ms" for f in found)],
        [f"operations/s, {THREADS} threads", *(f"{f.operations_per_s:,.0f}" for f in found)],
        [f"bare transactions/s, {THREADS} threads", *(f"{f.bare_operations_per_s:,.0f}" for f in found)],
        ["read under load, p95", *(f"{f.loaded_read_p95_ms:.1f} ms" for f in found)],
        ["write under load, p95", *(f"{f.loaded_write_p95_ms:.1f} ms" for f in found)],
        ["writes done / refused / given up", *(f"{f.carried_out} / {f.refused} / {f.given_up}" for f in found)],
        ["faults in the books", *(str(len(f.faults)) for f in found)],
    ]
    Console().print(table(head, rows), markup=False, soft_wrap=True)


def measure(backend: str, url: str) -> Figures:
    """Alone, then all at once, then the books."""
    load = prepare(url)
    before = gift_money(load)
    alone: dict[str, list[tuple[str, float]]] = {"read": [], "write": [], "bare": []}
    spent: Counter[str] = Counter()
    for number in range(ALONE):
        for name, operation in (("read", load.read), ("write", load.write), ("bare", load.bare)):
            started = time.process_time()
            alone[name].append(timed(operation, 10**6 + number))
            spent[name] += (time.process_time() - started) * 1e3 / ALONE
    reads, bare = ([seconds for _, seconds in alone[name]] for name in ("read", "bare"))
    writes = [seconds for answer, seconds in alone["write"] if answer == "done"]
    results, operations_per_s = together(lambda n: load.write(n) if n % 3 else load.read(n))
    _, bare_per_s = together(load.bare)
    answers = Counter(answer for answer, _ in [*alone["write"], *results])
    figures = Figures(
        backend=backend,
        read_median_ms=float(np.median(reads)) * 1e3,
        write_median_ms=float(np.median(writes)) * 1e3,
        bare_median_ms=float(np.median(bare)) * 1e3,
        read_p95_ms=p95(reads),
        read_interval_ms=interval(reads),
        write_p95_ms=p95(writes),
        write_interval_ms=interval(writes),
        bare_write_p95_ms=p95(bare),
        read_processor_ms=spent["read"],
        write_processor_ms=spent["write"],
        operations_per_s=operations_per_s,
        bare_operations_per_s=bare_per_s,
        loaded_read_p95_ms=p95([seconds for answer, seconds in results if answer == "read"]),
        loaded_write_p95_ms=p95([seconds for answer, seconds in results if answer == "done"]),
        carried_out=answers["done"],
        refused=answers["refused"],
        given_up=answers["given up"],
        faults=faults(load, before, answers["done"]),
    )
    load.shop.close()
    return figures


if __name__ == "__main__":
    main()
