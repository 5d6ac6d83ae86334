"""Words of a folded label, and the words that spelling tricks and broken lines hide."""

import re
from itertools import pairwise
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+(?:[\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff][^\W_]*)*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
"""``WORD`` in folded text of ASCII letters only, found twice as fast."""
_BREAK = re.compile(r"\s?-\s+|\s+-\s?|-\s*\n\s*")
_MARKED = re.compile(r"(?<![\w@$€!|¡])[^\W\d]*+[\d@$€!|¡][\w@$€!|¡]*+")
"""Runs of letters, digits and marks that leetspeak may hide in."""
_ASCII_MARKS = "@$!|_"
_LEET = re.compile(r"[^\W_]*(?:[@$€!|¡][^\W_@$€!|¡]+|\d[^\W\d_]+|[^\W\d_]+[\d@$€])[\w@$€!|¡]*")
_ADDITIVE = re.compile(r"(?:e|ins)?\d{3,4}[a-z]?|[a-z]\d{1,2}|\d+(?:g|mg|kg|ml|cl|l|kj|kcal|mcg|ug|ppm|oz|%)?")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .\-_*·])[^\W\d_])(?:\1[^\W\d_]){2,}(?![^\W_])")
_LEAST_SPACED = 4
_HYPHEN = re.compile(r"-\s|\s-")
_DIGITS_I = str.maketrans("01345678@$€!|¡", "oieasgtbasei" + "li")
_DIGITS_L = str.maketrans("01345678@$€!|¡", "oleasgtbaseli" + "i")


class Token(NamedTuple):
    """A word and its span in the folded text."""

    text: str
    start: int
    end: int


class Disguised(NamedTuple):
    """What a stretch of the folded text may stand for: ``m1lk``, ``m i l k``, ``Wei- zenmehl``."""

    text: str
    places: tuple[int, ...]
    """For each of its characters the place in the folded text."""
    rule: str
    inner: int
    """A hit inside it counts only if it crosses this place of ``text``; -1: any hit counts."""


def tokenize(text: str) -> list[Token]:
    """All words in order."""
    words = _ASCII_WORD if text.isascii() else WORD
    # The constructor of a NamedTuple would take longer than finding the word.
    new = tuple.__new__
    return [new(Token, (match[0], *match.span())) for match in words.finditer(text)]


def disguised(text: str, tokens: list[Token]) -> list[Disguised]:
    """The words hidden by leetspeak, by spacing letters and by line breaks."""
    found = []
    for start, end in _mixed(text, tokens):
        found += _leet(text, start, end)
    if not text.isascii() or [len(token.text) for token in tokens].count(1) >= _LEAST_SPACED:
        for match in _SPACED.finditer(text):
            places = tuple(range(match.start(), match.end(), 2))
            found.append(Disguised("".join(text[place] for place in places), places, "spaced letters", -1))
    if "-" in text and _HYPHEN.search(text):
        found += _broken(text, tokens)
    return found


def _mixed(text: str, tokens: list[Token]) -> list[tuple[int, int]]:
    """The runs of letters with digits or marks among them; in text without marks these are words."""
    if text.isascii() and not any(mark in text for mark in _ASCII_MARKS):
        return [(start, end) for word, start, end in tokens if not word.isalpha() and not word.isdigit()]
    return [run.span() for run in _MARKED.finditer(text) if not run[0].isdigit()]


def _leet(text: str, start: int, end: int) -> list[Disguised]:
    found = []
    for match in _LEET.finditer(text, start, end):
        word = match[0]
        if len(word) > 2 and not _ADDITIVE.fullmatch(word):
            places = tuple(range(match.start(), match.end()))
            variants = {word.translate(_DIGITS_I), word.translate(_DIGITS_L)}
            found += [Disguised(variant, places, "leetspeak", -1) for variant in sorted(variants - {word})]
    return found


def _broken(text: str, tokens: list[Token]) -> list[Disguised]:
    found = []
    for left, right in pairwise(tokens):
        if right.start - left.end <= 4 and _BREAK.fullmatch(text[left.end : right.start]):
            places = (*range(left.start, left.end), *range(right.start, right.end))
            found.append(Disguised(left.text + right.text, places, "broken word", len(left.text)))
    return found
