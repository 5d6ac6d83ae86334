"""Which filter values a message names: category, color, brand, season, material, and which of them it rejects."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from seamless_retail.core.errors import ContradictoryConstraintsError
from seamless_retail.tools.understanding.lexicon import Entry, Lexicon
from seamless_retail.tools.understanding.message import Message
from seamless_retail.tools.understanding.negation import is_joined, is_negated
from seamless_retail.tools.understanding.word_lists import COLORS_AMONG_CLOTHES, NEED_COMPANY

_DEPARTMENT_OF_FACET = {
    "colors": "fashion",
    **dict.fromkeys(("audience", "season", "occasion", "fit", "pattern", "material", "care", "feature"), "fashion"),
    **dict.fromkeys(("neck", "neckline", "sleeve", "length", "heel", "heel_height"), "fashion"),
    **dict.fromkeys(("diet", "flavour", "roast", "origin", "storage", "certification"), "grocery"),
}
_NEED_DEPARTMENT = frozenset(
    {"flavour", "roast", "origin", "storage", "certification", "heel", "heel_height", "length"}
)
"""Attributes whose values are everyday words: they count only where their department is talked about."""
_ORDER = ("categories", "colors", "attributes", "departments", "brands")
_COMPANY_WORDS = frozenset({"for", "to", "in", "at", "as", "this", "next", "by", "with", "of", "only"})
_COMPANY_FILLERS = frozenset({"a", "an", "the", "my", "our", "his", "her", "your", "their", "some", "very"})
_CONTAIN = [["contain"], ["contains"], ["containing"], ["contained"]]
_CONTAINED = [["it"], ["this"], ["that"], ["them"], ["these"]]
_CONTENT_FILLERS = frozenset({"any", "some", "the", "traces", "of", "a", "an"})
_COMPLEMENT_WORDS = frozenset({"with", "under", "over"})


class Match(NamedTuple):
    """A phrase of the message, tokens ``start`` up to ``end``, and what it asks for."""

    start: int
    end: int
    entry: Entry
    is_negated: bool
    others: tuple[Entry, ...] = ()
    """What the phrase could also mean here, likeliest first."""


@dataclass(slots=True)
class Filters:
    """Filter values by facet, in the order named, and the values that must not hold."""

    include: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    exclude: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    topic_words: set[str] = field(default_factory=set)
    """The words of the message that name a category or department."""


def read_attributes(message: Message, lexicon: Lexicon, department: str = "") -> Filters:
    """Read the filter values a message names and mark their words as used.

    Args:
        message: The message; words that other readers used are left alone.
        lexicon: The phrases of the catalogue.
        department: The department talked about so far, for words of several meanings ("mustard").

    Raises:
        ContradictoryConstraintsError: A value is both wished for and rejected.
    """
    candidates = _candidates(message, lexicon)
    matches = _negations(message, _choose(message, candidates, department, lexicon))
    filters = Filters()
    for match in _heads(message, matches, lexicon):
        if match.entry.facet in ("categories", "departments"):
            filters.topic_words.update(message.words[match.start : match.end])
        side = filters.exclude if match.is_negated else filters.include
        name = match.entry.facet.removeprefix("attributes.") if match.is_negated else match.entry.facet
        side[name] += [value for value in match.entry.values if value not in side[name]]
        if not match.entry.is_narrower or match.is_negated:
            message.take_tokens(match.start, match.end)
    return _settled(filters)


def department_of(message: Message, lexicon: Lexicon) -> str:
    """The department of the last phrase that can only mean one, or an empty text."""
    for _, _, entries in reversed(_candidates(message, lexicon)):
        named = {_home(entry, lexicon) for entry in entries} - {""}
        if len(named) == 1 and any(entry.facet in ("categories", "departments") for entry in entries):
            return named.pop()
    return ""


def _home(entry: Entry, lexicon: Lexicon) -> str:
    """The department in which an entry is at home, or an empty text."""
    match entry.facet:
        case "categories":
            return lexicon.department_of(entry.values[0])
        case "departments":
            return entry.values[0]
    return _DEPARTMENT_OF_FACET.get(entry.facet.removeprefix("attributes."), "")


_Candidate = tuple[int, int, tuple[Entry, ...]]


def _candidates(message: Message, lexicon: Lexicon) -> list[_Candidate]:
    found: list[_Candidate] = []
    at = 0
    while at < len(message.tokens):
        length, entries = lexicon.match(message.words, at)
        if not length or any(token.used for token in message.tokens[at : at + length]):
            at += 1
            continue
        found.append((at, at + length, entries))
        at += length
    return found


def _choose(message: Message, candidates: list[_Candidate], department: str, lexicon: Lexicon) -> list[Match]:
    """One meaning for each phrase, leaving out phrases that mean nothing here."""
    chosen = []
    spans = {start for start, _, _ in candidates} | {end - 1 for _, end, _ in candidates}
    for start, end, entries in candidates:
        phrase = " ".join(message.words[start:end])
        accompanied = start - 1 in spans or end in spans or _is_introduced(message, start)
        if phrase in NEED_COMPANY and not accompanied:
            continue
        fitting = [entry for entry in entries if _fits(entry, phrase, department, accompanied, lexicon)]
        if is_negated(message, start):
            fitting = [entry for entry in fitting if entry.facet != "attributes.flavour"]  # read as an ingredient
        fitting.sort(key=lambda e: _ORDER.index(e.facet.partition(".")[0]))
        if fitting:
            chosen.append(Match(start, end, fitting[0], is_negated(message, start), tuple(fitting[1:])))
    return chosen


def _fits(entry: Entry, phrase: str, department: str, accompanied: bool, lexicon: Lexicon) -> bool:
    if entry.facet == "categories":
        own = {lexicon.department_of(category) for category in entry.values}
        return not (department and phrase in COLORS_AMONG_CLOTHES and department not in own)
    if entry.facet == "colors" and phrase in COLORS_AMONG_CLOTHES:
        return department == "fashion" or (not department and accompanied)
    home = _home(entry, lexicon)
    if not department and entry.facet.removeprefix("attributes.") in _NEED_DEPARTMENT:
        return False
    return not home or not department or department == home or department not in ("fashion", "grocery")


def _is_introduced(message: Message, at: int) -> bool:
    """Whether "for", "in" and the like stand before the phrase: "for my husband", "for a garden party"."""
    before = [word for word in message.words[max(0, at - 4) : at] if word not in _COMPANY_FILLERS][-2:]
    nearest = next((i for i in range(at - 1, -1, -1) if message.words[i] in _COMPANY_WORDS), at)
    return bool(_COMPANY_WORDS & set(before)) and not message.breaks_between(nearest, at)


def _negations(message: Message, matches: list[Match]) -> list[Match]:
    """Carry a rejection over a list: "no wool or silk" rejects both."""
    carried: list[Match] = []
    for match in matches:
        previous = carried[-1] if carried else None
        if (
            previous
            and previous.is_negated
            and previous.entry.facet == match.entry.facet
            and is_joined(message, previous.end, match.start)
        ):
            match = match._replace(is_negated=True)
        carried.append(match)
    return carried


def _heads(message: Message, matches: list[Match], lexicon: Lexicon) -> list[Match]:
    """Without the categories that only modify another, or are asked about as contents ("does it contain nuts?").

    "chocolate" of "chocolate cookies" becomes a flavour where the catalogue has it, and free text otherwise.
    """
    wished = [m for m in matches if m.entry.facet == "categories" and not m.is_negated]
    foods = [m for m in wished if _home(m.entry, lexicon) != "fashion"]
    modifiers = _before_a_category(message, matches) | {m.start for m in foods if _is_content(message, m)}
    after_with = {m.start for m in wished if m.start > 0 and message.words[m.start - 1] in _COMPLEMENT_WORDS}
    if len(wished) > len(modifiers | after_with):
        modifiers |= after_with
    kept = [m for m in matches if m.entry.facet != "categories" or m.start not in modifiers]
    return kept + [m._replace(entry=m.others[0]) for m in wished if m.start in modifiers and m.others]


def _before_a_category(message: Message, matches: list[Match]) -> set[int]:
    """Starts of the matches from which unbroken words lead to a category: "honey almond" of "honey almond granola"."""
    leading: set[int] = set()
    for left, right in reversed([*pairwise(sorted(matches))]):
        touches = left.end == right.start and message.between(left.end - 1, right.start).strip() in ("", "-")
        if touches and (right.start in leading or (right.entry.facet == "categories" and not right.is_negated)):
            leading.add(left.start)
    return leading


def _is_content(message: Message, match: Match) -> bool:
    """Whether the phrase names what may be inside a product: "contain nuts", "milk in it"."""
    before = [word for word in message.words[max(0, match.start - 4) : match.start] if word not in _CONTENT_FILLERS]
    after = message.words[match.end : match.end + 2]
    return before[-1:] in _CONTAIN or (after[:1] == ["in"] and after[1:] in _CONTAINED)


def _settled(filters: Filters) -> Filters:
    """Resolve what is wished for and rejected at once, and drop departments that categories imply."""
    for facet, values in filters.include.items():
        rejected = filters.exclude.get(facet.removeprefix("attributes."), [])
        left = [value for value in values if value not in rejected]
        if values and not left:
            raise ContradictoryConstraintsError(
                f"The message asks both for {values[0]} and for nothing in {values[0]}.", "Keep one of the two wishes."
            )
        filters.include[facet] = left
    if filters.include.get("categories"):
        filters.include.pop("departments", None)
    return filters
