"""Every row of the lexicon that a label's words match, with its span in the folded text."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from seamless_retail.lobes.guardrails.labels.lexicon import Hit, Lexicon
from seamless_retail.lobes.guardrails.labels.patterns import Entry
from seamless_retail.lobes.guardrails.labels.tokens import Disguised, Token

_BETWEEN = frozenset(" -'\t\n\r\"")
"""What may stand between the words of one phrase."""


class Match(NamedTuple):
    """An entry at a span of the folded text."""

    start: int
    end: int
    entry: Entry
    rule: str


def match_words(lexicon: Lexicon, tokens: Iterable[Token], active: frozenset[str]) -> list[Match]:
    """The entries that single words match as they stand, in a label of the active languages."""
    found, known, new = list[Match](), lexicon.words_in(active), tuple.__new__
    for word, begin, _ in tokens:
        hits = known.get(word)
        for start, end, entry, rule in lexicon.single_in(word, active) if hits is None else hits:
            found.append(new(Match, (begin + start, begin + end, entry, rule)))
    return found


def match_phrases(lexicon: Lexicon, text: str, tokens: Sequence[Token]) -> list[Match]:
    """The entries of several words that the words of the text match as they stand, in whatever language."""
    found, known = list[Match](), lexicon.beginnings
    for position, (left, right) in enumerate(pairwise(tokens)):
        word, following = left[0], right[0]
        later = known[word] if word in known else lexicon.later(word)
        if later is None:
            continue
        hits = later.get(following)
        for hit in lexicon.phrases(word, following) if hits is None else hits:
            if (end := _end_of_phrase(text, tokens, position, hit)) is not None:
                found.append(Match(left.start + hit.start, end, hit.entry, hit.rule))
    return found


def match_disguised(lexicon: Lexicon, words: Iterable[Disguised]) -> list[Match]:
    """The entries that hidden words match; a word in disguise is not misspelt as well."""
    found = []
    for word in words:
        for start, end, entry, rule in lexicon.look_up(word.text):
            if len(entry.words) > 1 or rule == "fuzzy" or (word.inner >= 0 and not start < word.inner < end):
                continue
            if end - start > 2:
                found.append(Match(word.places[start], word.places[end - 1] + 1, entry, word.rule))
    return found


def _end_of_phrase(text: str, tokens: Sequence[Token], position: int, hit: Hit) -> int | None:
    for offset, word in enumerate(hit.entry.words[1:], 1):
        if position + offset >= len(tokens):
            return None
        left, right = tokens[position + offset - 1], tokens[position + offset]
        gap = text[left.end : right.start]
        if len(gap) > 4 or not _BETWEEN.issuperset(gap) or not word.matches(right.text):
            return None
    return tokens[position + len(hit.entry.words) - 1].end
