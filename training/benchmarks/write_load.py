"""What the benchmarks of writes share: a database on each back end, all threads at once, and percentiles."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import numpy as np
from sqlalchemy import text

from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.seed import seed_shop

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

F = TypeVar("F", bound="DataclassInstance")
SERVER = "postgresql://postgres@127.0.0.1:5432/"
THREADS, OPERATIONS = 16, 2_000


def measured(description: str | None, measure: Callable[[str, str], F]) -> list[F]:
    """The figures of each back end that the command line names, over a shop seeded anew; written to ``--json`` too.

    Args:
        description: Of the command.
        measure: Figures of a back end and the URL of its shop.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=SERVER, help="PostgreSQL server; a database is made and dropped there")
    parser.add_argument("--backends", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args()
    found = []
    for backend in arguments.backends:
        with database(backend, arguments.server) as url:
            seed_shop(url)
            found.append(measure(backend, url))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(figures) for figures in found], indent=1))
    return found


@contextmanager
def database(backend: str, server: str) -> Iterator[str]:
    """An empty database, removed at the end."""
    if backend == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 'shop.db'}"
        return
    name = f"seamless_benchmark_{uuid4().hex}"
    with opened(f"{server}postgres") as engine:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield f"{server}{name}"
        finally:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


def together(operation: Callable[[int], str]) -> tuple[list[tuple[str, float]], float]:
    """All operations on all threads: answers with seconds, and operations a second."""
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda number: timed(operation, number), range(OPERATIONS)))
    return results, OPERATIONS / (time.perf_counter() - started)


def timed(operation: Callable[[int], str], number: int) -> tuple[str, float]:
    """What an operation answers, and how long it takes in seconds."""
    started = time.perf_counter()
    return operation(number), time.perf_counter() - started


def p95(seconds: list[float]) -> float:
    """The 95th percentile, in milliseconds."""
    return float(np.percentile(seconds, 95)) * 1e3


def interval(seconds: list[float], draws: int = 1000) -> tuple[float, float]:
    """The 95 % bootstrap interval of :func:`p95`."""
    drawn = np.random.default_rng(0).choice(seconds, (draws, len(seconds)))
    low, high = np.percentile(np.percentile(drawn, 95, axis=1), (2.5, 97.5))
    return float(low) * 1e3, float(high) * 1e3


def ms(value: float, bounds: tuple[float, float]) -> str:
    """A figure with its interval."""
    return f"{value:.2f} ms ({bounds[0]:.2f}-{bounds[1]:.2f})"
