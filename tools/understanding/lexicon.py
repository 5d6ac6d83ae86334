"""From the vocabulary of a catalogue to the phrases shoppers use: which words ask for which filter value."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from seamless_retail.core.ports import Vocabulary
from seamless_retail.tools.understanding.colors import color_names
from seamless_retail.tools.understanding.message import words_of
from seamless_retail.tools.understanding.word_lists import (
    ATTRIBUTES,
    CATEGORY_GROUPS,
    DEPARTMENTS,
    EQUIVALENT_CATEGORIES,
    NARROWER_CATEGORIES,
    Lines,
)

Words = tuple[str, ...]
_NOT_FILTERS = frozenset({"care", "color_family", "color", "size"})
"""Attributes whose plain values are not wishes ("can I dry clean it?"), or that have fields of their own."""
_IMITATIONS = frozenset({"faux", "vegan", "fake", "imitation", "mock"})


class Entry(NamedTuple):
    """What a phrase asks for."""

    facet: str
    """A field of ``ProductQuery`` (``categories``, ``colors`` …) or ``attributes.<name>``."""
    values: tuple[str, ...]
    is_narrower: bool = False
    """The phrase says more than the values do ("sundress" → dress), so it also stays in the free text."""


def forms(words: Words) -> Iterator[Words]:
    """The phrase itself, and with its last word in the singular or plural."""
    last = words[-1]
    for ending in {last, *_plurals(last), *_singulars(last)}:
        yield (*words[:-1], ending)


def _plurals(word: str) -> Iterator[str]:
    if word.endswith("s") and not word.endswith(("ss", "us")):
        return
    if word.endswith(("s", "x", "z", "ch", "sh")):
        yield word + "es"
    elif word.endswith("y") and word[-2:-1] not in "aeiou":
        yield word[:-1] + "ies"
    else:
        yield word + "s"
        if word.endswith(("f", "o")):
            yield word[:-1] + "ves" if word.endswith("f") else word + "es"


def _singulars(word: str) -> Iterator[str]:
    if not word.endswith("s") or word.endswith(("ss", "us")) or len(word) < 4:
        return
    yield word[:-1]
    if word.endswith("ies"):
        yield word[:-3] + "y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        yield word[:-2]
    if word.endswith("ves"):
        yield word[:-3] + "f"


class Lexicon:
    """Phrases and what they ask for; the longest phrase at a place wins.

    Args:
        vocabulary: The words of the catalogue.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._entries: defaultdict[Words, list[Entry]] = defaultdict(list)
        self._longest: dict[str, int] = {}
        self._departments = dict(vocabulary.category_departments)
        self._add_categories(vocabulary)
        for color, values in color_names(vocabulary.colors).items():
            self._add(words_of(color), Entry("colors", values))
        for name, values in vocabulary.attributes.items():
            self._add_attribute(name, values)
        for brand in vocabulary.brands:
            self._add(words_of(brand), Entry("brands", (brand,)))
        self._add_lines("departments", DEPARTMENTS, vocabulary.departments)

    def match(self, words: list[str], at: int) -> tuple[int, tuple[Entry, ...]]:
        """Length of the longest phrase that starts at ``words[at]``, and its entries; length 0 without one."""
        for length in range(min(self._longest.get(words[at], 0), len(words) - at), 0, -1):
            if entries := self._entries.get(tuple(words[at : at + length])):
                return length, tuple(entries)
        return 0, ()

    def values(self, facet: str, phrase: str) -> tuple[str, ...]:
        """The values of one facet that a whole phrase asks for; none when the phrase does not name that facet."""
        words = list(words_of(phrase))
        length, entries = self.match(words, 0) if words else (0, ())
        found = [entry.values for entry in entries if entry.facet == facet]
        return found[0] if found and length == len(words) else ()

    def known_values(self, facet: str) -> tuple[str, ...]:
        """Every value of a facet, sorted."""
        entries = (entry for entries in self._entries.values() for entry in entries if entry.facet == facet)
        return tuple(sorted({value for entry in entries for value in entry.values}))

    def department_of(self, category: str) -> str:
        """The department of a category, or an empty text."""
        return self._departments.get(category, "")

    def known_category(self, category: str) -> str:
        """The category itself if the catalogue has it, otherwise an empty text."""
        return category if category in self._departments else ""

    def words(self) -> set[str]:
        """Every single word of every phrase."""
        return {word for phrase in self._entries for word in phrase}

    def words_for(self, *facets: str) -> frozenset[str]:
        """Words that begin a phrase of one of these facets (``attributes`` stands for all attributes)."""
        return frozenset(
            phrase[0]
            for phrase, entries in self._entries.items()
            if any(entry.facet in facets or entry.facet.partition(".")[0] in facets for entry in entries)
        )

    def _add_categories(self, vocabulary: Vocabulary) -> None:
        for category in vocabulary.categories:
            for phrase in forms(words_of(category)):
                self._add(phrase, Entry("categories", (category,)))
        taken = set(self._entries)
        self._add_lines("categories", EQUIVALENT_CATEGORIES, vocabulary.categories, skip=taken)
        self._add_lines("categories", CATEGORY_GROUPS, vocabulary.categories, skip=taken)
        taken = set(self._entries)
        self._add_lines("categories", NARROWER_CATEGORIES, vocabulary.categories, skip=taken, is_narrower=True)

    def _add_attribute(self, name: str, values: tuple[str, ...]) -> None:
        facet = f"attributes.{name}"
        if name not in _NOT_FILTERS:
            for value in values:
                self._add(words_of(value), Entry(facet, _widened(name, (value,), values)))
        self._add_lines(facet, ATTRIBUTES.get(name, ()), values, skip=set(self._entries) if name == "material" else ())

    def _add_lines(
        self,
        facet: str,
        lines: Lines,
        known: Collection[str],
        skip: Collection[Words] = (),
        is_narrower: bool = False,
    ) -> None:
        by_form = {form: value for value in known if words_of(value) for form in forms(words_of(value))}
        for targets, phrases in lines:
            if values := _widened(facet.partition(".")[2], _resolve(targets, by_form), known):
                for phrase in phrases:
                    for form in forms(words_of(phrase)):
                        if form not in skip:
                            self._add(form, Entry(facet, values, is_narrower))

    def _add(self, phrase: Words, entry: Entry) -> None:
        if not phrase:
            return
        entries = self._entries[phrase]
        if all(known.facet != entry.facet for known in entries):
            entries.append(entry)
        self._longest[phrase[0]] = max(self._longest.get(phrase[0], 0), len(phrase))


def _resolve(targets: str, by_form: dict[Words, str]) -> tuple[str, ...]:
    """The catalogue values a line's targets mean: all of ``a + b``, the first known of ``a, b``."""
    joined = "+" in targets
    found = [
        by_form[words] for target in targets.split("+" if joined else ",") if (words := words_of(target)) in by_form
    ]
    return tuple(dict.fromkeys(found if joined else found[:1]))


def _widened(name: str, values: tuple[str, ...], known: Collection[str]) -> tuple[str, ...]:
    """Add what a value covers: wool covers merino wool (leather not faux leather), men's clothes unisex ones."""
    covered: list[str] = []
    if name == "material":
        kinds = (other for other in known if not _IMITATIONS & set(other.split()))
        covered = [other for other in kinds if any(value in other.split() or other.endswith(value) for value in values)]
    elif name == "audience" and set(values) & {"men", "women"}:
        covered = [value for value in known if value == "unisex"]
    return tuple(dict.fromkeys((*values, *covered)))
