"""Patterns of words: ``vertrag* + nicht`` is found where both parts stand in one clause, in any order."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from seamless_retail.lobes.languages.words import Word, fold, split_words

_NASALS = re.compile(
    "[\u0901\u0902\u0981\u0982\u0a01\u0a02\u0a70\u0a71\u0a81\u0a82\u0b01\u0b02\u0c01\u0c02\u0c81\u0c82]"
)
"""Nasal signs of Indic scripts, which writers leave out or write one for the other."""
_ELIDING = ("fr", "it")
_ELISION = re.compile(r"^\w{1,4}['’](?=\w)")

_TOLD_BY_ACCENT = ("è", "é", "à", "où")
"""Short words that differ from others by their accent alone: Italian "è", which is not "e"."""


class Part(NamedTuple):
    """One word of a pattern; of an open one any letters may stand before or behind."""

    text: str
    opens: bool
    """Whether letters may stand before it."""
    goes_on: bool
    """Whether letters may follow it."""

    def fits(self, word: str) -> bool:
        """Whether a folded word is it."""
        if self.opens:
            return self.text in word if self.goes_on else word.endswith(self.text)
        return word.startswith(self.text) if self.goes_on else word == self.text


class Pattern(NamedTuple):
    """Phrases that stand in one clause."""

    parts: tuple[tuple[Part, ...], ...]

    def find(self, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
        """Where it stands: the places of its first phrase, each with the others in the same clause."""
        first, *others = self.parts
        for at, word in enumerate(words):
            if not _stands(first, words, at):
                continue
            clause = [n for n, other in enumerate(words) if other.clause == word.clause] if others else []
            if all(any(_stands(phrase, words, n) for n in clause) for phrase in others):
                yield at, at + len(first)

    def at(self, words: Sequence[Word], place: int) -> bool:
        """Whether its first phrase begins at a word."""
        return _stands(self.parts[0], words, place)


def pattern(term: str, iso: str) -> Pattern:
    """Read a pattern of ``restriction_cues.toml``."""
    phrases = (tuple(_parts(phrase, iso)) for phrase in term.split("+"))
    return Pattern(tuple(phrase for phrase in phrases if phrase))


def cue_words(text: str, iso: str) -> list[Word]:
    """The words of a message as patterns are compared with them."""
    return [word._replace(text=_folded(text[word.start : word.end], word.text, iso)) for word in split_words(text)]


def _parts(phrase: str, iso: str) -> Iterator[Part]:
    for token in phrase.split():
        words = cue_words(token.strip("*"), iso)
        for number, word in enumerate(words):
            opens = token.startswith("*") and number == 0
            yield Part(word.text, opens, token.endswith("*") and number == len(words) - 1)


def _folded(written: str, folded: str, iso: str) -> str:
    if written.lower() in _TOLD_BY_ACCENT:
        return written.lower()
    if iso in _ELIDING and _ELISION.match(written):
        folded = fold(_ELISION.sub("", written))
    return _NASALS.sub("", folded)


def _stands(phrase: Sequence[Part], words: Sequence[Word], at: int) -> bool:
    beside = words[at : at + len(phrase)]
    return len(beside) == len(phrase) and all(part.fits(word.text) for part, word in zip(phrase, beside, strict=True))
