"""Reciprocal rank fusion."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reciprocal_rank_fusion(rankings: Iterable[Sequence[T]], k: int = 60) -> list[tuple[T, float]]:
    """Merge rankings: an item scores the sum of ``1 / (k + rank)`` over the rankings that hold it, ranks from 1.

    Equal scores keep the order of first appearance. Cormack, Clarke, Büttcher 2009, "Reciprocal rank fusion outperforms
    Condorcet and individual rank learning methods", SIGIR, which also gives ``k = 60``.

    Args:
        rankings: Each best first, without repetitions.
        k: Damps the difference between the first ranks.

    Returns:
        ``(item, score)``, best first.
    """
    scores: dict[T, float] = {}
    for ranking in rankings:
        for rank, item in enumerate(ranking, start=1):
            scores[item] = scores.get(item, 0.0) + 1.0 / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
