"""Words that announce that somebody must not eat something, and whether anything read of it what.

``restriction_cues.toml`` lists them for each language; the glossaries add what they know. A cue that nothing accounts
for clears no food: it is better to ask than to show something as fine that makes somebody ill.
"""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from seamless_retail.core.food_facts.food_rules import split_terms
from seamless_retail.core.languages import LANGUAGES
from seamless_retail.lobes.languages.cue_patterns import Pattern, cue_words, pattern
from seamless_retail.lobes.languages.glossary import Found, glossary, kinds, not_about_food, not_eaten, reacted_to
from seamless_retail.lobes.languages.words import Word, split_words

_INTOLERANCES = (
    "coeliac", "ncgs", "lactose-intolerance", "galactosemia", "hfi", "fructose_malabsorption", "alpha_gal", "histamine",
    "sulfite_asthma", "pku", "ibs_fodmap",
)  # fmt: skip
ACCOUNTED_BY: Mapping[str, tuple[str, ...]] = {
    "allergy": (
        "allergen:",
        "diet:gluten",
        "diet:dairy",
        "diet:low-fodmap",
        *(f"condition:{i}" for i in _INTOLERANCES),
    ),
    "avoid": ("allergen:", "diet:", "condition:", "medicine:"),
    "ill": ("allergen:", "diet:", "condition:", "medicine:"),
    "free": ("allergen:", "diet:"),
    "diabetes": ("condition:diabetes", "condition:gestational_diabetes"),
    "pregnancy": ("condition:pregnancy", "condition:gestational_diabetes"),
    "breastfeeding": ("condition:breastfeeding",),
    "kidney": ("condition:ckd", "condition:dialysis", "condition:kidney_stones"),
    "heart": ("condition:heart_failure", "condition:hyperlipidemia"),
    "pressure": ("condition:hypertension",),
    "medicine": ("medicine:",),
    "vegan": ("diet:vegan",),
    "vegetarian": ("diet:vegetarian", "diet:vegan", "diet:jain", "diet:buddhist"),
    "halal": ("diet:halal",),
    "kosher": ("diet:kosher",),
    "jain": ("diet:jain",),
    "fasting": ("diet:",),
}
"""Kind of cue → how the keys of the statements begin that say what it announces."""
OF_ONE_PRODUCT = frozenset({"free", "vegan", "vegetarian", "halal", "kosher", "jain", "fasting"})
"""Kinds that may be asked of one product; the others hold for the conversation."""
_REACTIONS = ("allergy", "avoid", "free")
_BY_CONCEPT = {"allergic": "allergy", "intolerant": "allergy", "without": "free"} | {
    diet: diet for diet in ("vegan", "vegetarian", "halal", "kosher")
}
_SAY_FIRST = frozenset({"hi", "mr", "bn", "gu", "kn", "ml", "pa", "or", "ur", "as", "ta", "te", "ja", "ko"})
"""Languages that say what is left out before the word "without"."""
_HARMLESS = frozenset({"sugar"})
_REACH = 2
_LONGEST_ITEM = {"zh": 5, "ja": 8}
"""Words (characters) of one thing in a list; 3 elsewhere."""


class Cue(NamedTuple):
    """A word that announces a restriction: words ``first`` to ``last`` (exclusive)."""

    kind: str
    first: int
    last: int


class _Message(NamedTuple):
    iso: str
    words: Sequence[Word]
    found: Sequence[Found]

    def names(self, first: int, last: int, besides: Collection[str] = ()) -> bool:
        """Whether the words say something known that is no cue of a restriction itself, nor one of ``besides``."""
        unknown = {*_BY_CONCEPT, *besides}
        return any(f.concept not in unknown and first < f.last and f.first < last for f in self.found) or any(
            p.at(self.words, at) for p in _patterns(self.iso).get("harmless", ()) for at in range(max(first, 0), last)
        )


def unread_restrictions(text: str, code: str, keys: Collection[str], read: Iterable[str] = ()) -> frozenset[str]:
    """The kinds of restrictions that a message announces and that nothing read.

    Args:
        text: The message as it came.
        code: NLLB code of its language; of languages without a list nothing is told.
        keys: Keys of all statements that were read of it, also of those that do not restrict: ``allergen:milk``.
        read: The words of the original in which they were read.

    Returns:
        Kinds of :data:`ACCOUNTED_BY`.
    """
    language = LANGUAGES.get(code)
    known = glossary(language.iso) if language else None
    if known is None:
        return frozenset()
    words = cue_words(text, known.iso)
    message = _Message(known.iso, words, known.find(split_words(text)))
    cues = [cue for cue in _cues(message) if cue.kind != "free" or not _is_harmless(cue, message)]
    unread = {cue.kind for cue in cues if not any(key.startswith(ACCOUNTED_BY[cue.kind]) for key in keys)}
    reacting = [cue for cue in cues if cue.kind in _REACTIONS]
    told = {word.text for part in read for word in cue_words(part, known.iso)}
    if reacting and not unread and _has_unread_item(message, reacting, told):
        unread |= {cue.kind for cue in reacting}
    return frozenset(unread)


def _cues(message: _Message) -> Iterator[Cue]:
    for found in message.found:
        if kind := _BY_CONCEPT.get(found.concept):
            yield Cue(kind, found.first, found.last)
    for kind in ACCOUNTED_BY:
        for one in _patterns(message.iso).get(kind, ()):
            for first, last in one.find(message.words):
                yield Cue(kind, first, last)


def _is_harmless(cue: Cue, message: _Message) -> bool:
    """Whether what is left out is known to harm nobody, or cannot be food."""
    named = {found.concept for found in message.found}
    if named & (not_eaten() | not_about_food()) and not any(
        kinds()[concept] == "product" and concept not in not_eaten() for concept in named
    ):
        return True
    reacting = reacted_to() - _HARMLESS
    if message.names(cue.first, cue.last, reacting):
        return True
    if message.names(cue.first, cue.last):
        return False  # a compound of something that people react to: "haferfrei"
    before = (max(cue.first - _REACH, 0), cue.first)
    behind = (cue.last, min(cue.last + _REACH, len(message.words)))
    first, last = before if message.iso in _SAY_FIRST and cue.first else behind
    beside = [at for at in range(first, last) if message.words[at].clause == message.words[cue.first].clause]
    return bool(beside) and message.names(beside[0], beside[-1] + 1, reacting)


def _has_unread_item(message: _Message, cues: Sequence[Cue], read: Collection[str]) -> bool:
    """Whether a list of what was read has a thing that nobody knows: "to nuts and X", "allergic to X and nuts"."""
    items = list(_items(message))
    longest = _LONGEST_ITEM.get(message.iso, 3)
    is_read = [any(message.words[at].text in read for at in range(*item)) for item in items]
    for number, (first, last) in enumerate(items):
        near = any(is_read[other] for other in (number - 1, number + 1) if 0 <= other < len(items))
        if not near or is_read[number] or message.names(first, last):
            continue
        inside = [cue for cue in cues if first <= cue.first and cue.last <= last]
        if any(_has_object(cue, first, last, message.iso) for cue in inside) if inside else last - first <= longest:
            return True
    return False


def _has_object(cue: Cue, first: int, last: int, iso: str) -> bool:
    """Whether at least two of the words around a cue stand where its language says what it is about."""
    before, behind = cue.first - first, last - cue.last
    return (max(before, behind) if iso == "zh" else before if iso in _SAY_FIRST else behind) >= 2


def _items(message: _Message) -> Iterator[tuple[int, int]]:
    """The parts of a message between commas and words for "and"."""
    joins = _patterns(message.iso).get("and", ())
    first = 0
    for at, word in enumerate(message.words):
        joined = any(p.at(message.words, at) for p in joins)
        if at > first and (joined or word.clause != message.words[at - 1].clause):
            yield first, at
            first = at
        if joined:
            first = at + 1
    if first < len(message.words):
        yield first, len(message.words)


@cache
def _patterns(iso: str) -> dict[str, tuple[Pattern, ...]]:
    table = tomllib.loads((files(__package__) / "restriction_cues.toml").read_text(encoding="utf-8")).get(iso, {})
    if unknown := sorted(table.keys() - ACCOUNTED_BY.keys() - {"and", "harmless"}):
        raise ValueError(f"restriction_cues.toml names unknown kinds in [{iso}]: {', '.join(unknown)}.")
    listed = {kind: (pattern(term, iso) for term in split_terms(terms)) for kind, terms in table.items()}
    return {kind: tuple(one for one in found if one.parts) for kind, found in listed.items()}
