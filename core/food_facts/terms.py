"""Many terms in many languages, found in a text in one pass: exact words, stems and word ends, longest match first.

Text is folded before it is compared: lower case, Latin and Greek accents removed, ligatures and Arabic letter forms
unified; Chinese, Japanese and Korean are compared character by character. Every match keeps its span in the text as
given. A term may end in ``*`` (``grapefruit*`` finds "Grapefruitsaft") or begin with it (``*kase`` finds "Ziegenkäse").
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_CJK = "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_CJK}]|(?:(?![{_CJK}])[\w\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0962\u0963])+")
_GLUE = re.compile(r"[\s\-‐‑–'’´`\u200b\u200c\u200d\u00ad\u2060\ufeff·・]*")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u00ad\u2060\ufeff"), None)
_LETTERS = str.maketrans(
    {"ß": "ss", "ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ı": "i", "ð": "d", "þ": "th", "أ": "ا", "إ": "ا",
     "آ": "ا", "ٱ": "ا", "ة": "ه", "ى": "ي", "ـ": None, "ё": "е", "ς": "σ"}
)  # fmt: skip
_ARABIC_ARTICLES = ("وال", "بال", "كال", "فال", "ال", "لل")


class Word(NamedTuple):
    """One word of a text."""

    text: str
    """Folded."""
    start: int
    """First character in the text as given."""
    end: int
    breaks: bool
    """Whether more than a space or a hyphen stands between the word before and this one."""


class Match(NamedTuple, Generic[T]):
    """A term found: words ``first`` to ``last`` (exclusive) of the text."""

    value: T
    first: int
    last: int


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The comparable form of a word."""
    plain = unicodedata.normalize("NFKC", word).translate(_INVISIBLE).casefold().translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFD", plain) if not "\u0300" <= c <= "\u036f" or c == "\u0306")
    # Russian й keeps its breve: "чай" (tea) is not "чаи".
    plain = re.sub("(?<!и)\u0306", "", plain)
    plain = re.sub("[\u064b-\u0652]", "", unicodedata.normalize("NFC", plain))
    for article in _ARABIC_ARTICLES:
        if plain.startswith(article) and len(plain) - len(article) >= 3:
            return plain[len(article) :]
    return plain


def split_words(text: str) -> list[Word]:
    """The words of a text, folded, with their places."""
    words: list[Word] = []
    end = 0
    for found in _WORD.finditer(text):
        folded = fold(found[0])
        if not folded:
            continue
        gap = _GLUE.match(text, end)
        breaks = bool(words) and (gap is None or gap.end() < found.start())
        words.append(Word(folded, found.start(), found.end(), breaks))
        end = found.end()
    return words


@dataclass(frozen=True, slots=True)
class _Entry(Generic[T]):
    value: T
    rest: tuple[tuple[str, bool], ...]
    """The words after the first, each with whether it is only a stem."""


class TermIndex(Generic[T]):
    """Terms, each with a value.

    Args:
        terms: Pairs of a term and its value.
        plurals: Whether an added English "s" or "es" is overlooked.
    """

    def __init__(self, terms: Iterable[tuple[str, T]], *, plurals: bool = True) -> None:
        self._plurals = plurals
        self._exact: dict[str, list[_Entry[T]]] = {}
        self._stems: dict[str, list[_Entry[T]]] = {}
        self._ends: dict[str, list[_Entry[T]]] = {}
        for term, value in terms:
            self._add(term.strip(), value)
        self._stem_sizes = sorted({len(stem) for stem in self._stems})
        self._end_sizes = sorted({len(end) for end in self._ends})
        self._seen: dict[str, tuple[_Entry[T], ...]] = {}

    def _add(self, term: str, value: T) -> None:
        parts = [(fold(m[0]), term[m.end() : m.end() + 1] == "*") for m in _WORD.finditer(term)]
        if not parts:
            raise ValueError(f"The term {term!r} has no word.")
        (first, stem), *rest = parts
        into = self._ends if term.startswith("*") else self._stems if stem else self._exact
        into.setdefault(first, []).append(_Entry(value, tuple(rest)))

    def find(self, words: Sequence[Word], *, across_breaks: bool = False) -> list[Match[T]]:
        """Every term at every place; at one place the longest of each value."""
        matches: list[Match[T]] = []
        for at, word in enumerate(words):
            entries = self._starting(word.text)
            if not entries:
                continue
            longest: dict[T, int] = {}
            for entry in entries:
                last = at + 1 + len(entry.rest)
                if entry.rest and not self._continues(words, at, entry.rest, across_breaks):
                    continue
                if last > longest.get(entry.value, 0):
                    longest[entry.value] = last
            matches += [Match(value, at, last) for value, last in longest.items()]
        return matches

    def has_word(self, word: str) -> bool:
        """Whether the folded word begins or is a term."""
        return bool(self._starting(word))

    def _continues(
        self, words: Sequence[Word], at: int, rest: tuple[tuple[str, bool], ...], across_breaks: bool
    ) -> bool:
        if at + len(rest) >= len(words):
            return False
        for place, (part, stem) in enumerate(rest, at + 1):
            word = words[place]
            if word.breaks and not across_breaks:
                return False
            if not (word.text.startswith(part) if stem else self._same(word.text, part)):
                return False
        return True

    def _same(self, word: str, part: str) -> bool:
        if word == part:
            return True
        return self._plurals and len(part) > 2 and word in (part + "s", part + "es")

    def _starting(self, word: str) -> tuple[_Entry[T], ...]:
        known = self._seen.get(word)
        if known is None:
            known = tuple(self._look_up(word))
            if len(self._seen) < 50_000:
                self._seen[word] = known
        return known

    def _look_up(self, word: str) -> list[_Entry[T]]:
        found = list(self._exact.get(word, ()))
        if self._plurals and word.endswith("s") and len(word) > 3:
            found += self._exact.get(word[:-1], ())
            if word.endswith("es"):
                found += self._exact.get(word[:-2], ())
        for size in self._stem_sizes:
            if size > len(word):
                break
            found += self._stems.get(word[:size], ())
        for size in self._end_sizes:
            if size > len(word):
                break
            found += self._ends.get(word[-size:], ())
        return found
