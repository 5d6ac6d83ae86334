"""Misspelt words: one edit from a term of six or seven letters, two from a longer one, and never from a real word.

Candidates come by the pigeonhole principle: a word with n edits keeps one of n + 1 pieces of the term unharmed, shifted
by at most n places. They are verified by optimal string alignment distance (Damerau 1964).
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from seamless_retail.lobes.guardrails.labels.patterns import Entry, is_unspaced

SHORTEST = 6
TWO_EDITS = 9
"""Length from which two edits are allowed."""
LONGEST_ENDING = 3
"""Letters that may follow a misspelt stem."""


class FuzzyIndex:
    """Terms by their pieces."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self._entries: dict[str, list[tuple[Entry, bool]]] = defaultdict(list)
        self._letters: dict[str, int] = {}

    def add(self, forms: Iterable[str], entry: Entry, open_right: bool) -> None:
        """Index the forms of a term; with ``open_right`` they are stems that more letters may follow."""
        for form in forms:
            if len(form) < SHORTEST or not form.isalpha() or is_unspaced(form):
                continue
            if form not in self._entries:
                for start, end in _pieces(len(form)):
                    self._pieces[form[start:end]].append((start, form))
                self._letters[form] = _letters(form)
            self._entries[form].append((entry, open_right))

    def find(self, word: str) -> list[Entry]:
        """The entries that a misspelt word may stand for, of the nearest term; empty if none is near enough."""
        if len(word) < SHORTEST or not word.isalpha() or is_unspaced(word):
            return []
        best, found, letters = 3, list[Entry](), _letters(word)
        for form in self._candidates(word):
            # An edit takes away at most one letter of the form: more than its edits missing, and it cannot be meant.
            if (self._letters[form] & ~letters).bit_count() > _allowed(form):
                continue
            for entry, open_right in self._entries[form]:
                edits = _edits(word, form, open_right, min(best, _allowed(form)))
                if edits is not None and edits <= best:
                    found = [*found, entry] if edits == best else [entry]
                    best = edits
        return found

    def _candidates(self, word: str) -> list[str]:
        seen = dict[str, None]()
        for size in range(2, 7):
            for start in range(len(word) - size + 1):
                for place, form in self._pieces.get(word[start : start + size], ()):
                    if abs(place - start) <= _allowed(form) and form[0] in word[:2]:
                        seen[form] = None
        return list(seen)


def _allowed(form: str) -> int:
    return 2 if len(form) >= TWO_EDITS else 1


def _letters(word: str) -> int:
    """The set of a word's letters in 64 bits; letters that share a bit only make words look nearer."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _pieces(length: int) -> list[tuple[int, int]]:
    count = 3 if length >= TWO_EDITS else 2
    bounds = [round(length * part / count) for part in range(count + 1)]
    pieces = [(start, min(end, start + 6)) for start, end in pairwise(bounds)]
    # Swapping the letters on both sides of the first bound harms two pieces with one edit: one shorter piece survives.
    return [*pieces, (0, bounds[1] - 1)] if bounds[1] > 3 else pieces


def _edits(word: str, form: str, open_right: bool, limit: int) -> int | None:
    if not open_right:
        return distance(word, form, limit)
    if len(word) > len(form) + LONGEST_ENDING:
        return None
    lengths = {min(len(word), len(form) + shift) for shift in (-1, 0, 1)}
    found = [edits for n in lengths if (edits := distance(word[:n], form, min(limit, 1))) is not None]
    return min(found, default=None)


def distance(left: str, right: str, limit: int) -> int | None:
    """Optimal string alignment distance (insert, delete, replace, swap neighbours), or None if above ``limit``."""
    if abs(len(left) - len(right)) > limit:
        return None
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return None
        before, last = last, row
    return last[-1] if last[-1] <= limit else None
