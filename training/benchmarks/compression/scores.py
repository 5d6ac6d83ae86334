"""Scores of answers: exact match and token F1 as SQuAD counts them (Rajpurkar et al. 2016), and their intervals."""

import re
import string
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.ports import NOT_STATED

Values = NDArray[np.float64]
Interval = tuple[float, float]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalised(text: str) -> str:
    """Lower case, without punctuation, articles and superfluous white space."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


_WHOLE = frozenset(("yes", "no", normalised(NOT_STATED)))
"""Answers that are right or wrong as a whole: sharing a word with one earns nothing."""


def exact_match(answer: str, right: Sequence[str]) -> float:
    """1 if the answer is one of the right ones."""
    return float(normalised(answer) in {normalised(text) for text in right})


def token_f1(answer: str, right: Sequence[str]) -> float:
    """The best F1 over the right answers, with HotpotQA's guard for yes and no (Yang et al. 2018)."""
    return max(_f1(normalised(answer), normalised(text)) for text in right)


def _f1(answer: str, right: str) -> float:
    if answer == right:
        return 1.0
    if answer in _WHOLE or right in _WHOLE:
        return 0.0
    found, wanted = Counter(answer.split()), Counter(right.split())
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0


def recall_at(scores: Sequence[float], right: int, k: int) -> float:
    """Whether the right candidate is among the ``k`` best; its chance of being so where equal scores leave it open."""
    better = sum(score > scores[right] for score in scores)
    equal = sum(score == scores[right] for score in scores)
    return min(max(k - better, 0), equal) / equal


class Resamples:
    """Bootstrap intervals of 95 % over questions that come in groups: questions on one document stand or fall together.

    Args:
        groups: The group of each question, ``[n]``.
        draws: Resamples, each of as many groups as there are.
        seed: Of the draws.
    """

    def __init__(self, groups: Sequence[Hashable], draws: int = 2000, seed: int = 0) -> None:
        place = {group: i for i, group in enumerate(dict.fromkeys(groups))}
        self._group = np.array([place[group] for group in groups], dtype=np.int64)
        count = len(place)
        self._times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws)
        self._sizes = self._times @ np.bincount(self._group)

    def mean(self, scores: Sequence[float]) -> Interval:
        """Of the mean score ``[n]``."""
        return _percentiles(self._totals(scores) / self._sizes)

    def share(self, scores: Sequence[float], reference: Sequence[float]) -> Interval | None:
        """Of the mean score as a share of the mean reference on the same questions; ``None`` if that is ever 0."""
        below = self._totals(reference)
        return None if (below == 0).any() else _percentiles(self._totals(scores) / below)

    def _totals(self, scores: Sequence[float]) -> Values:
        totals: Values = self._times.astype(np.float64) @ np.bincount(self._group, weights=np.array(scores))
        return totals


def _percentiles(values: Values) -> Interval:
    low, high = np.percentile(values, [2.5, 97.5]).tolist()
    return low, high
