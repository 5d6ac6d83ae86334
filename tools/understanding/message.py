"""A normalised message as words with their places, and which of them a filter has already used up."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"[0-9]+(?:[.,][0-9]+)*[^\W_]*|[^\W_]+(?:'[^\W_]+)*")
_BREAK = re.compile(r"[.;:!?()\"]")


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """Lower case, without accents, possessive ending and apostrophes: ``Women's`` → ``women``, ``don't`` → ``dont``."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    return plain.removesuffix("'s").replace("'", "")


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text, hyphens separating: ``T-Shirt`` → ``("t", "shirt")``."""
    return tuple(fold(match[0]) for match in _WORD.finditer(text))


@dataclass(slots=True)
class Token:
    """One word: folded (and perhaps corrected) text, and its span in the message."""

    word: str
    start: int
    end: int
    used: bool = False


class Message:
    """The words of a message. Readers of the message mark what they understood with :meth:`take`."""

    def __init__(self, text: str, correct: Callable[[str], str] = str) -> None:
        self.text = text
        self.lower = text.lower() if len(text.lower()) == len(text) else text
        """Lower case with the same character positions."""
        self.tokens = [Token(correct(fold(m[0])), m.start(), m.end()) for m in _WORD.finditer(text)]
        self.words = [token.word for token in self.tokens]

    def take(self, start: int, end: int) -> None:
        """Mark the words that overlap characters ``start`` to ``end`` as used."""
        for token in self.tokens:
            if token.start < end and start < token.end:
                token.used = True

    def take_tokens(self, first: int, last: int) -> None:
        """Mark tokens ``first`` up to, not including, ``last`` as used."""
        for token in self.tokens[first:last]:
            token.used = True

    def is_free(self, start: int, end: int) -> bool:
        """Whether no word in this character span is used."""
        return not any(token.used for token in self.tokens if token.start < end and start < token.end)

    def unused_text(self) -> str:
        """The message in lower case with its used words blanked out."""
        text = self.lower
        for token in self.tokens:
            if token.used:
                text = text[: token.start] + " " * (token.end - token.start) + text[token.end :]
        return text

    def between(self, left: int, right: int) -> str:
        """The characters between token ``left`` and token ``right``."""
        return self.text[self.tokens[left].end : self.tokens[right].start]

    def breaks_between(self, left: int, right: int) -> bool:
        """Whether a sentence or clause ends between the two tokens."""
        return bool(_BREAK.search(self.between(left, right)))

    def remaining(self, drop: frozenset[str]) -> str:
        """The unused words as written, without those in ``drop``; hyphenated words stay together."""
        return "".join(self._pieces(drop)).strip()

    def _pieces(self, drop: frozenset[str]) -> Iterator[str]:
        previous = -2
        for i, token in enumerate(self.tokens):
            if token.used or (token.word in drop and not self._is_hyphenated(i)):
                continue
            joined = previous == i - 1 and self.between(previous, i) == "-"
            yield ("-" if joined else " ") + self.text[token.start : token.end]
            previous = i

    def _is_hyphenated(self, i: int) -> bool:
        left = i > 0 and not self.tokens[i - 1].used and self.between(i - 1, i) == "-"
        right = i + 1 < len(self.tokens) and not self.tokens[i + 1].used and self.between(i, i + 1) == "-"
        return left or right
