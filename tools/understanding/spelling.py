"""Correct one slip of the pen in a word, against the words the shop knows.

An index over all one-letter deletions (Garbe's symmetric delete algorithm, https://github.com/wolfgarbe/SymSpell)
finds the words within one edit in a few look-ups. An edit is an inserted, missing, wrong or swapped letter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

MINIMUM_LETTERS = 5


def within_one_edit(a: str, b: str) -> bool:
    """Whether one inserted, missing, wrong or swapped letter turns ``a`` into ``b``."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return max(len(a), len(b)) <= 1 or (len(a) == len(b) == 2 and a == b[::-1])


class Speller:
    """Corrects words of at least five letters whose first letter is right.

    Args:
        words: The words to correct towards.
        real_words: Words that are spelled correctly although they resemble one of ``words`` ("books", "boots").
    """

    def __init__(self, words: Iterable[str], real_words: Collection[str] = ()) -> None:
        self._words = {word for word in words if word.isalpha()}
        self._real = frozenset(real_words)
        self._by_deletion: defaultdict[str, list[str]] = defaultdict(list)
        for word in sorted(self._words):
            if len(word) >= MINIMUM_LETTERS:
                for shorter in {word, *_deletions(word)}:
                    self._by_deletion[shorter].append(word)

    def correct(self, word: str) -> str:
        """The word itself when it is known, short or resembles nothing; otherwise the known word one edit away."""
        if len(word) < MINIMUM_LETTERS or word in self._words or word in self._real or not word.isalpha():
            return word
        candidates = {
            known
            for key in (word, *_deletions(word))
            for known in self._by_deletion.get(key, ())
            if known[0] == word[0] and within_one_edit(word, known)
        }
        return min(candidates, key=lambda known: (abs(len(known) - len(word)), known), default=word)


def _deletions(word: str) -> Iterator[str]:
    return (word[:i] + word[i + 1 :] for i in range(len(word)))
