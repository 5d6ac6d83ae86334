"""Words of 24 languages and the English words they stand for: products, colors, allergens, and what is asked.

``concepts.toml`` lists what can be meant, ``glossary/*.toml`` how each language says it. Matches are deterministic: the
longest first, an exact word before an inflected one. They serve finding and routing and never clear a food.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from seamless_retail.core.languages import LANGUAGES
from seamless_retail.lobes.languages.words import Word, split_words, stem

KINDS = ("product", "color", "trait", "allergen", "cue")
_FUSIONAL = ("ru", "ko", "hi", "mr", "bn", "gu", "pa", "or", "as", "ur", "ar")
_AGGLUTINATIVE = ("ta", "te", "kn", "ml")
_COMPOUNDING = ("de", "nl")
_SLACK = {**dict.fromkeys(_FUSIONAL, 5), **dict.fromkeys(_AGGLUTINATIVE, 12), "ru": 3, "ar": 3, "ur": 3, "ko": 9}
"""Characters that an ending may have; 2 elsewhere. Korean is counted by its letters."""
_LEAST_STEMS = {**dict.fromkeys(_FUSIONAL + _AGGLUTINATIVE, 3), "ko": 4}
"""Characters of a stem that endings are looked for on; 4 elsewhere."""
_LEAST_PART = 4


class Found(NamedTuple):
    """A concept that a message names: words ``first`` to ``last`` (exclusive)."""

    concept: str
    first: int
    last: int
    clause: int


class _Term(NamedTuple):
    concept: str
    words: tuple[str, ...]


class _Match(NamedTuple):
    concept: str
    length: int
    certainty: int
    """Letters that agree, and one more for a word without an ending."""


@cache
def kinds() -> dict[str, str]:
    """Concept → kind, one of :data:`KINDS`."""
    table = _table(files(__package__) / "concepts.toml")
    return {concept: kind for kind in KINDS for concept in table[kind].split()}


@cache
def reacted_to() -> frozenset[str]:
    """Concepts that people are allergic to or leave out."""
    return frozenset(_table(files(__package__) / "concepts.toml")["reacted_to"].split())


@cache
def not_eaten() -> frozenset[str]:
    """Products that nobody eats."""
    return frozenset(_table(files(__package__) / "concepts.toml")["not_eaten"].split())


@cache
def not_about_food() -> frozenset[str]:
    """Cues of messages about orders, the shop and money."""
    return frozenset(_table(files(__package__) / "concepts.toml")["not_about_food"].split())


def english(concept: str) -> str:
    """The English words of a concept."""
    return concept.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Glossary:
    """The words of one language."""

    iso: str
    """ISO 639-1; Chinese has one glossary for both scripts."""
    terms: dict[str, tuple[str, ...]]
    """Concept → how it is said, the usual word first."""
    _starts: dict[str, list[_Term]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for concept, listed in self.terms.items():
            for term in listed:
                words = tuple(word.text for word in split_words(term))
                self._starts.setdefault(words[0], []).append(_Term(concept, words))

    def find(self, words: Sequence[Word]) -> list[Found]:
        """The concepts that words name, from left to right; no word counts twice, except the parts of a compound."""
        found: list[Found] = []
        at = 0
        while at < len(words):
            matches = sorted(self._at(words, at), key=lambda match: (-match.length, -match.certainty))
            if matches:
                found.append(Found(matches[0].concept, at, at + matches[0].length, words[at].clause))
                at += matches[0].length
                continue
            found += [Found(concept, at, at + 1, words[at].clause) for concept in self._parts(words[at].text)]
            at += 1
        return found

    def say(self, concept: str) -> str:
        """The usual word for a concept; empty if there is none."""
        return next(iter(self.terms.get(concept, ())), "")

    def _at(self, words: Sequence[Word], at: int) -> Iterator[_Match]:
        for start, certainty in self._beginnings(words[at].text):
            for concept, parts in self._starts[start]:
                rest = words[at + 1 : at + len(parts)]
                if len(rest) == len(parts) - 1 and all(map(self._same, (word.text for word in rest), parts[1:])):
                    yield _Match(concept, len(parts), certainty)

    def _beginnings(self, word: str) -> Iterator[tuple[str, int]]:
        """The first words of terms that a word is a form of."""
        if word in self._starts:
            yield word, 2 * len(word) + 1
        for start, base in self._stems(word):
            if start != word and word.startswith(base):
                yield start, 2 * len(base)

    def _stems(self, word: str) -> Iterator[tuple[str, str]]:
        slack = _SLACK.get(self.iso, 2)
        for base, starts in _stems(self.iso).get(word[: _least_stem(self.iso)], ()):
            if 0 <= len(word) - len(base) <= slack:
                yield from ((start, base) for start in starts)

    def _same(self, word: str, part: str) -> bool:
        if word == part:
            return True
        base = _base(part, self.iso)
        ending = len(word) - len(base)
        return len(base) >= _least_stem(self.iso) and word.startswith(base) and ending <= _SLACK.get(self.iso, 2)

    def _parts(self, word: str) -> Iterator[str]:
        """The concepts at the beginning and the end of a German or Dutch compound."""
        if self.iso not in _COMPOUNDING or len(word) < 2 * _LEAST_PART:
            return
        whole = (start for start, terms in self._starts.items() if len(terms[0].words) == 1)
        known = [start for start in whole if len(start) >= _LEAST_PART]
        for fits in (word.startswith, word.endswith):
            longest = max((start for start in known if fits(start)), key=len, default="")
            if longest:
                yield self._starts[longest][0].concept


@cache
def glossary(iso: str) -> Glossary | None:
    """The glossary of a language, such as ``es`` or ``zh-Hant``; none of English and of languages without a file."""
    name = iso.partition("-")[0]
    file = files(__package__) / "glossary" / f"{name}.toml"
    if not file.is_file():
        return None
    terms = {concept: tuple(t.strip() for t in said.split(",") if t.strip()) for concept, said in _table(file).items()}
    if unknown := sorted(terms.keys() - kinds().keys()):
        raise ValueError(f"glossary/{name}.toml names unknown concepts: {', '.join(unknown)}.")
    return Glossary(name, terms)


def languages() -> tuple[str, ...]:
    """ISO codes of the languages that have a glossary."""
    return tuple(language.iso for language in LANGUAGES.values() if glossary(language.iso))


@cache
def _stems(iso: str) -> dict[str, list[tuple[str, list[str]]]]:
    """Stem and the first words of terms it belongs to, by the first letters of the stem."""
    known = glossary(iso)
    by_base: dict[str, list[str]] = {}
    for start in known._starts if known else ():
        by_base.setdefault(_base(start, iso), []).append(start)
    found: dict[str, list[tuple[str, list[str]]]] = {}
    least = _least_stem(iso)
    for base, starts in by_base.items():
        if len(base) >= least:
            found.setdefault(base[:least], []).append((base, starts))
    return found


def _least_stem(iso: str) -> int:
    return _LEAST_STEMS.get(iso, 4)


def _base(word: str, iso: str) -> str:
    """What stays of a word in its other forms."""
    if iso in ("ru", "it") and len(word) > 4 and word[-1] in "аеёийоуыьэюяaeio":
        return word[:-1]
    if iso in ("es", "pt", "fr") and len(word) > 4 and word[-1] in "aeo":
        return word[:-1]
    return stem(word) if iso in _FUSIONAL + _AGGLUTINATIVE else word


def _table(file: Traversable) -> dict[str, str]:
    return tomllib.loads(file.read_text(encoding="utf-8"))
