"""Merging of rankings: by rank, or by score."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal, TypeVar

T = TypeVar("T", bound=Hashable)
Fusion = Literal["rrf", "relative_score"]
"""How two rankings merge: by rank, or by score."""


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
    return _best_first(scores)


def relative_score_fusion(rankings: Iterable[Sequence[tuple[T, float]]]) -> list[tuple[T, float]]:
    """Merge scored rankings: the sum of each ranking's scores, brought to 0..1 by its least and its best score.

    A ranking whose scores are all equal gives 1 to each of its items. Equal sums keep the order of first appearance.
    Fox and Shaw 1994, "Combination of multiple searches" (CombSUM), TREC-2, over min-max normalised scores.

    Args:
        rankings: ``(item, score)``, each best first, without repetitions.

    Returns:
        ``(item, sum)``, best first.
    """
    sums: dict[T, float] = {}
    for ranking in rankings:
        scores = [score for _, score in ranking]
        least, span = min(scores, default=0.0), max(scores, default=0.0) - min(scores, default=0.0)
        for item, score in ranking:
            sums[item] = sums.get(item, 0.0) + ((score - least) / span if span else 1.0)
    return _best_first(sums)


def _best_first(scores: dict[T, float]) -> list[tuple[T, float]]:
    return sorted(scores.items(), key=lambda pair: -pair[1])
