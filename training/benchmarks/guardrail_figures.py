"""Figures of the guard's benchmark: a share with its 95 % interval, its aim, and the ids that failed."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, NamedTuple

Z = 1.96
"""Standard normal quantile of a two-sided interval of 95 %."""
RESAMPLES = 1000


class Aim(NamedTuple):
    """A bound that a figure is to keep."""

    bound: float
    is_least: bool = True

    def holds(self, value: float) -> bool:
        """Whether the figure keeps it."""
        return value >= self.bound if self.is_least else value <= self.bound

    def __str__(self) -> str:
        """``>= 0.97``."""
        return f"{'>=' if self.is_least else '<='} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    total: int = 0
    aim: Aim | None = None
    failing: tuple[str, ...] = ()

    @property
    def is_met(self) -> bool | None:
        """Whether the aim is kept; None without an aim or a value."""
        return None if self.aim is None or self.value is None else self.aim.holds(self.value)


def share(name: str, count: int, total: int, aim: Aim | None = None, failing: Iterable[str] = ()) -> Figure:
    """A share with Wilson's interval (Wilson 1927)."""
    if not total:
        return Figure(name, None, aim=aim)
    part = count / total
    middle = (part + Z * Z / (2 * total)) / (1 + Z * Z / total)
    half = Z * sqrt(part * (1 - part) / total + Z * Z / (4 * total * total)) / (1 + Z * Z / total)
    return Figure(name, part, max(0.0, middle - half), min(1.0, middle + half), total, aim, tuple(sorted(failing)))


def drop(name: str, pairs: Sequence[tuple[int, int, int]], aim: Aim | None = None) -> Figure:
    """How far a recall falls, with a bootstrap interval over cases.

    Args:
        name: The row.
        pairs: For each case how many were to be found, found in the clean text, and found in the changed one.
        aim: Its bound.
    """
    if not pairs:
        return Figure(name, None, aim=aim)
    draw = random.Random(0)
    drawn = sorted(_fall(draw.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    low, high = drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]
    return Figure(name, _fall(pairs), low, high, sum(wanted for wanted, _, _ in pairs), aim)


def _fall(pairs: Sequence[tuple[int, int, int]]) -> float:
    wanted, clean, changed = (sum(pair[place] for pair in pairs) for place in range(3))
    return (clean - changed) / max(1, wanted)


def render(figures: Iterable[Figure]) -> str:
    """A markdown table."""
    lines = ["| figure | value | 95 % interval | n | aim | met |", "|---|---:|---|---:|---|---|"]
    for figure in figures:
        value = "-" if figure.value is None else f"{figure.value:.3f}"
        interval = f"{figure.low:.3f} to {figure.high:.3f}" if figure.low is not None else ""
        met = {None: "", True: "yes", False: "**no**"}[figure.is_met]
        lines.append(f"| {figure.name} | {value} | {interval} | {figure.total or ''} | {figure.aim or ''} | {met} |")
    return "\n".join(lines)


def as_records(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """The figures for a JSON file."""
    return [asdict(f) | {"aim": str(f.aim) if f.aim else None, "is_met": f.is_met} for f in figures]
