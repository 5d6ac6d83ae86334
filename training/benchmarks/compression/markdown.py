"""Tables for the README."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def percent(share: float | None) -> str:
    """``0.9713`` → ``97.1 %``; a dash where there is no figure."""
    return "–" if share is None else f"{100 * share:.1f} %"


def between(interval: Sequence[float] | None) -> str:
    """``[0.95, 0.98]`` → ``95.0–98.0``, in percent."""
    return "–" if interval is None else "–".join(f"{100 * end:.1f}" for end in interval)


def times(factor: float) -> str:
    """``3.314`` → ``3.31x``."""
    return f"{factor:.2f}x"
