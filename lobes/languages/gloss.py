"""A message in English, written from the words of it that the glossary knows: enough to find and to route, no more.

The sentences are authored, so what comes out says nothing that the glossary does not know. Negations are not read:
"I am not allergic to nuts" is written as an allergy, which restricts and never clears.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from seamless_retail.lobes.languages.glossary import Found, Glossary, english, kinds, reacted_to
from seamless_retail.lobes.languages.reading import Reading, listed
from seamless_retail.lobes.languages.sentences import request_sentences
from seamless_retail.lobes.languages.words import Word, split_words

_LEFT_OUT_BEFORE = frozenset({"hi", "mr", "bn", "gu", "kn", "ml", "pa", "or", "ur", "as", "ta", "te", "ja", "ko"})
"""Languages that say what is left out before the word "without"."""
_LONGEST_NAME = 6
_LISTED_WITHIN = 3
"""Words between two foods of one list: "a los cacahuetes y a la soja"."""


@dataclass(frozen=True, slots=True)
class Gloss:
    """What is understood of a message."""

    text: str
    """In English; empty when nothing was understood."""
    restricts: str = ""
    """The sentence of it that tells of allergies."""
    names_unknown_allergen: bool = False
    """Whether it tells of an allergy to something that the glossary does not know."""


def gloss(text: str, glossary: Glossary, is_name: Callable[[str], bool] = lambda phrase: False) -> Gloss:
    """Write a message in English.

    Args:
        text: The message, normalised.
        glossary: Of its language.
        is_name: Whether a lower-case phrase is a name or a word of the catalogue, to be kept as it is. Names of several
            words come before the glossary, single words after it.
    """
    words = split_words(text)
    phrases = _names(text, words, frozenset(), lambda phrase: " " in phrase and is_name(phrase))
    named = frozenset(at for _, first, last in phrases for at in range(first, last))
    found = tuple(glossary.find([word._replace(text="") if at in named else word for at, word in enumerate(words)]))
    taken = named | {at for one in found for at in range(one.first, one.last)}
    single = _names(text, words, taken, is_name)
    reading = Reading(text, words, found, names=tuple(name for name, *_ in sorted((*phrases, *single), key=_place)))
    allergens, unknown = _allergens(reading)
    reading = replace(reading, allergens=allergens, left_out=_left_out(reading, glossary.iso, allergens))
    restricts = f"I am allergic to {listed([english(f.concept) for f in allergens])}." if allergens else ""
    if not restricts and reading.has("intolerant", "allergic"):
        restricts = "I have an allergy."
    sentences = [restricts, *request_sentences(reading)]
    return Gloss(" ".join(filter(None, sentences)), restricts, unknown)


def _allergens(reading: Reading) -> tuple[tuple[Found, ...], bool]:
    """What is reacted to: of each clause that speaks of an allergy, the nearest that can be, and those beside it."""
    cues = [found for found in reading.found if found.concept in ("allergic", "intolerant")]
    chosen: list[Found] = []
    for cue in cues:
        able = [f for f in reading.found if f.concept in reacted_to()]
        near = [f for f in able if f.clause == cue.clause] or [f for f in able if _is_told_beside(f, cue)]
        near.sort(key=lambda found: _distance(found, cue))
        picked = near[:1]
        for other in near[1:]:
            if any(_distance(other, one) <= _LISTED_WITHIN and not _cue_between(reading, one, other) for one in picked):
                picked.append(other)
        chosen += picked
    return tuple(dict.fromkeys(chosen)), bool(cues) and not chosen


def _is_told_beside(found: Found, cue: Found) -> bool:
    """Whether it is told in the clause before or after, and is more often reacted to than bought."""
    return abs(found.clause - cue.clause) == 1 and kinds()[found.concept] == "allergen"


def _cue_between(reading: Reading, one: Found, other: Found) -> bool:
    """Whether something is asked between two foods, so that they are no list."""
    start, end = min(one.last, other.last), max(one.first, other.first)
    return any(kinds()[found.concept] == "cue" and start <= found.first < end for found in reading.found)


def _left_out(reading: Reading, iso: str, allergens: Collection[Found]) -> tuple[Found, ...]:
    """What the product is to be without."""
    out: list[Found] = []
    for cue in (found for found in reading.found if found.concept == "without"):
        able = [
            f
            for f in reading.found
            if f not in allergens and kinds()[f.concept] in ("product", "allergen") and _distance(f, cue) <= 2
        ]
        before = [f for f in able if f.first <= cue.first][-1:]
        after = [f for f in able if f.first > cue.first][:1]
        out += (before or after) if iso in _LEFT_OUT_BEFORE else (after or before)
    return tuple(dict.fromkeys(out))


def _names(
    text: str, words: Sequence[Word], taken: Collection[int], is_name: Callable[[str], bool]
) -> list[tuple[str, int, int]]:
    """Names and words of the catalogue as they are written, each with its first word and the one after its last."""
    names: list[tuple[str, int, int]] = []
    at = 0
    while at < len(words):
        for last in range(min(at + _LONGEST_NAME, len(words)), at, -1):
            phrase = text[words[at].start : words[last - 1].end]
            free = not any(place in taken for place in range(at, last)) and not words[at].is_number
            if free and is_name(phrase.lower()):
                names.append((phrase, at, last))
                at = last - 1
                break
        at += 1
    return names


def _place(name: tuple[str, int, int]) -> int:
    return name[1]


def _distance(one: Found, other: Found) -> int:
    """Words between two concepts."""
    return max(one.first - other.last, other.first - one.last, 0)
