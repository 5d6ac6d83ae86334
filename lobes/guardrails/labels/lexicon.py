"""The lexicon: all rows of all languages, looked up word by word.

A word is looked up once and remembered, so that a catalogue, whose labels share most words, is read quickly. Whole
words are found in a table; parts of compounds by trying the substrings whose first two letters and length occur in it.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, TypeVar

from seamless_retail.core.food_facts.allergens import Row, languages, rows
from seamless_retail.lobes.guardrails.labels.fuzzy import FuzzyIndex
from seamless_retail.lobes.guardrails.labels.homoglyphs import spellings
from seamless_retail.lobes.guardrails.labels.normalise import fold_term
from seamless_retail.lobes.guardrails.labels.patterns import Entry, compile_row
from seamless_retail.lobes.guardrails.labels.transliteration import transliterated

K = TypeVar("K")
V = TypeVar("V")
_SPEAKING = ("terms", "false_friends", "wording", "claims")
SETS_OF_LANGUAGES = 64
REMEMBERED = 200_000
"""Words kept with their hits; beyond it the memory is emptied."""
FOLLOWING = 500
"""Next words kept for each word that begins phrases."""


class Hit(NamedTuple):
    """Where in a word an entry (or the first word of a phrase) matches."""

    start: int
    end: int
    entry: Entry
    rule: str


class Lexicon:
    """Patterns over folded words.

    Args:
        listed: The rows; those of one language are matched in labels of all languages unless they are local.
        known: Real words that no misspelling stands for.
        use_fuzzy: Whether longer words may be misspelt.
    """

    def __init__(self, listed: Iterable[Row], known: frozenset[str] = frozenset(), use_fuzzy: bool = True) -> None:
        self._exact: dict[str, list[Entry]] = defaultdict(list)
        self._parts: dict[str, list[tuple[Entry, bool, bool]]] = defaultdict(list)
        self._cues: dict[str, set[str]] = defaultdict(set)
        self._fuzzy = FuzzyIndex() if use_fuzzy else None
        self._remembered: dict[str, tuple[Hit, ...]] = {}
        self._in_phrases: set[str] = set()
        self.beginnings: dict[str, dict[str, tuple[Hit, ...]] | None] = {}
        """For each word what ``later`` says of it, as far as that was asked."""
        self.weighed: dict[str, tuple[tuple[str, float], ...]] = {}
        """The weights of words, as far as ``weights`` was asked."""
        self._spoken: dict[frozenset[str], dict[str, tuple[Hit, ...]]] = {}
        for row in listed:
            self._add(row)
        lengths = defaultdict(set)
        for part in self._parts:
            lengths[part[:2]].add(len(part))
        self._lengths = {start: tuple(sorted(found)) for start, found in lengths.items()}
        self._everyday = known
        self._known = known | frozenset(self._cues) | self._in_phrases

    def _add(self, row: Row) -> None:
        if row.kind == "wording" and row.key == ("cues",):
            for word in row.pattern.split():
                self._cues[fold_term(word)].add(row.language)
            return
        entry = compile_row(row)
        if entry is None:
            return
        first = entry.words[0]
        for form in first.forms:
            if first.open_left or first.open_right:
                self._parts[form].append((entry, first.open_left, first.open_right))
            else:
                self._exact[form].append(entry)
        if len(entry.words) == 1:
            if self._fuzzy and row.kind == "terms" and not first.open_left and not entry.is_whole:
                self._fuzzy.add(first.forms, entry, first.open_right)
        else:
            self._in_phrases.update(form for word in entry.words for form in word.forms)
        if (
            len(entry.words) > 1
            and not any(word.open_left or word.open_right for word in entry.words)
            and row.kind != "wording"
        ):
            for last in entry.words[-1].forms:
                joined = "".join(min(word.forms, key=len) for word in entry.words[:-1]) + last
                self._exact[joined].append(_as_one_word(entry))

    def languages_of(self, word: str) -> set[str]:
        """The languages whose labels use this word often."""
        return self._cues.get(word, set())

    def is_known(self, word: str) -> bool:
        """Whether the word is one of the labels' everyday words."""
        return word in self._known

    def is_real(self, word: str) -> bool:
        """Whether a word is known as it is spelt: an everyday word, or named whole by some language's row."""
        return word in self._known or word in self._exact

    def stands_for_something(self, word: str) -> bool:
        """Whether a word is an everyday word of some language or stands for something by itself."""
        return word in self._cues or any(len(hit.entry.words) == 1 for hit in self.look_up(word))

    def look_up(self, word: str) -> tuple[Hit, ...]:
        """Everything that a folded word stands for, or begins."""
        found = self._remembered.get(word)
        if found is None:
            found = _remember(self._remembered, word, tuple(self._find(word)))
        return found

    def later(self, word: str) -> dict[str, tuple[Hit, ...]] | None:
        """For a word that begins phrases those begun with each next word so far; None for any other word."""
        is_first = any(len(hit.entry.words) > 1 and hit.end == len(word) for hit in self.look_up(word))
        return _remember(self.beginnings, word, {} if is_first else None)

    def phrases(self, word: str, following: str) -> tuple[Hit, ...]:
        """The phrases that two words in a row begin."""
        hits = (hit for hit in self.look_up(word) if len(hit.entry.words) > 1 and hit.end == len(word))
        begun = tuple(hit for hit in hits if hit.entry.words[1].matches(following))
        later = self.beginnings.get(word)
        return begun if later is None else _remember(later, following, begun, FOLLOWING)

    def words_in(self, active: frozenset[str]) -> dict[str, tuple[Hit, ...]]:
        """What single words stand for in labels of some languages, as far as ``single_in`` was asked."""
        found = self._spoken.get(active)
        if found is None:
            if len(self._spoken) >= SETS_OF_LANGUAGES:
                self._spoken.clear()
            found = self._spoken[active] = {}
        return found

    def single_in(self, word: str, active: frozenset[str]) -> tuple[Hit, ...]:
        """What a word of a label in some languages stands for by itself."""
        single = (
            hit for hit in self.look_up(word) if len(hit.entry.words) == 1 and not self._by_chance(hit, word, active)
        )
        counted = [hit for hit in single if counts_in(hit.entry, hit.rule, active)]
        if any(_explains(hit, word) for hit in counted if hit.rule != "fuzzy"):
            counted = [hit for hit in counted if hit.rule != "fuzzy"]
        return _remember(self.words_in(active), word, _without_doubles(counted))

    def _by_chance(self, hit: Hit, word: str, active: frozenset[str]) -> bool:
        """Whether a part of an everyday word looks like one of a language that the label is not in: "mushROOM"."""
        language = hit.entry.language
        is_part = hit.end - hit.start < len(word)
        return is_part and language != "en" and language not in active and word in self._everyday

    def weights(self, word: str) -> tuple[tuple[str, float], ...]:
        """How much a word speaks for each language: 1 shared by those that use it often, and half for each term."""
        shares = defaultdict[str, float](float)
        cued = self.languages_of(word)
        for language in cued:
            shares[language] += 1.0 / len(cued)
        places = defaultdict[tuple[int, int], set[str]](set)
        for hit in self.look_up(word):
            if len(hit.entry.words) == 1 and speaks(hit.entry, hit.rule):
                places[hit.start, hit.end].add(hit.entry.language)
        for spoken in places.values():
            for language in spoken:
                shares[language] += 0.5 / len(spoken)
        return _remember(self.weighed, word, tuple(shares.items()))

    def _find(self, word: str) -> list[Hit]:
        hits = self._whole_and_parts(word, "named")
        if not word.isascii():
            for spelling in spellings(word):
                hits += self._whole_and_parts(spelling, "homoglyph")
        is_explained = any(len(hit.entry.words) == 1 and not hit.entry.is_local for hit in hits)
        if self._fuzzy and not is_explained and word not in self._known:
            hits += [Hit(0, len(word), entry, "fuzzy") for entry in self._fuzzy.find(word)]
        return hits

    def _whole_and_parts(self, word: str, rule: str) -> list[Hit]:
        length = len(word)
        hits = [Hit(0, length, entry, rule) for entry in self._exact.get(word, ())]
        for start in range(length - 1):
            for size in self._lengths.get(word[start : start + 2], ()):
                end = start + size
                if end > length:
                    break
                for entry, open_left, open_right in self._parts.get(word[start:end], ()):
                    if (start == 0 or open_left) and (end == length or open_right):
                        hits.append(Hit(start, end, entry, rule))
        if length == 1 or (length and not word.isascii()):
            for start, letter in enumerate(word):
                hits += [
                    Hit(start, start + 1, entry, rule)
                    for entry, open_left, open_right in self._parts.get(letter, ())
                    if (start == 0 or open_left) and (start + 1 == length or open_right)
                ]
        return hits


def counts_in(entry: Entry, rule: str, active: frozenset[str]) -> bool:
    """Whether a match counts in a label: short words only in languages it is in; with none known, all count."""
    if not active or entry.language in active:
        return True
    return not (entry.is_local or (rule == "fuzzy" and entry.language != "en"))


def _without_doubles(hits: list[Hit]) -> tuple[Hit, ...]:
    """One of the hits that say the same of the same letters, as "milk" does in two languages: that of the first row.

    Where false friends are among the hits all stay, because those of a language mask its own terms only.
    """
    if any(hit.entry.kind == "false_friends" for hit in hits):
        return tuple(hits)
    first = dict[tuple[object, ...], Hit]()
    for hit in sorted(hits, key=lambda hit: hit.entry.row.id):
        entry = hit.entry
        said = (hit.start, hit.end, hit.rule, entry.kind, entry.row.key, entry.allergens, entry.is_whole)
        first.setdefault(said, hit)
    kept = set(map(id, first.values()))
    return tuple(hit for hit in hits if id(hit) in kept)


def speaks(entry: Entry, rule: str) -> bool:
    """Whether a match tells what language a label is in."""
    return rule == "named" and not entry.is_local and entry.kind in _SPEAKING


def _remember(memory: dict[K, V], key: K, value: V, most: int = REMEMBERED) -> V:
    if len(memory) >= most:
        memory.clear()
    memory[key] = value
    return value


def _explains(hit: Hit, word: str) -> bool:
    """Whether a word needs no other reading; a short part that counts in one language only is not enough."""
    return not hit.entry.is_local or 2 * (hit.end - hit.start) >= len(word)


def _as_one_word(entry: Entry) -> Entry:
    return Entry(entry.row, entry.words[:1], entry.allergens, entry.groups, False, entry.is_whole)


@cache
def packaged_rows() -> tuple[Row, ...]:
    """The rows of all languages of the package."""
    listed = tuple(row for language in languages() for row in rows(language))
    return (*listed, *transliterated(listed))
