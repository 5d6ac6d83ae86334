"""How people speak of what they must not eat, from ``wording/*.toml``, and the names of the tables."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.food_rules import split_terms
from seamless_retail.core.food_facts.foods import load_foods
from seamless_retail.core.food_facts.terms import TermIndex, fold

PEOPLE = ("self", "child", "partner", "parent", "sibling", "grandparent", "guest", "pet", "household", "third")
MARKS = (
    "allergy", "anaphylaxis", "intolerance", "avoid", "free", "dislike", "not", "tolerates", "ruled_out", "past",
    "stopped", "planned", "but", "take", "month", "year", "symptom", "switch", "only", "absent", "family",
    "hypothetical", "discouraged", "normal", "cannot", "denies", "not_yet", "none", "was",
    "asks", "corrects",
)  # fmt: skip

_CHAT = {
    "en": (re.compile(r"\b(can|don|doesn|won|mustn|shouldn|isn|aren) t\b"), r"\1t"),
    "it": (re.compile(r"\bnon\b"), "nn"),
    "pt": (re.compile(r"\bnao\b"), "n"),
}
"""Negations as they are typed in haste."""
_AMBIGUOUS = frozenset({"leben"})
"""Words of labels that mean something else in a sentence: the fermented milk, and German "to live"."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a phrase stands for: a mark (``avoid``), a person (``child``), or an entity (``allergen``, ``milk``)."""

    role: str
    id: str = ""
    is_false_friend: bool = False


@cache
def wording(language: str) -> dict[str, Any]:
    """The phrases of one language by role, and its names of the allergens."""
    text = _folder().joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def everyday_words() -> dict[str, tuple[str, ...]]:
    """Everyday words of each language, by which it is told."""
    table = tomllib.loads(_folder().joinpath("everyday.toml").read_text(encoding="utf-8"))
    return {language: tuple(split_terms(words)) for language, words in table.items()}


def languages() -> tuple[str, ...]:
    """Codes of the languages that notes are read in."""
    return tuple(everyday_words())


def _folder() -> Traversable:
    return files("seamless_retail.lobes.guardrails.patient").joinpath("wording")


@cache
def phrases(language: str) -> TermIndex[Phrase]:
    """Marks, people and allergens of one language."""
    table = wording(language)
    terms: list[tuple[str, Phrase]] = []
    for role in (*MARKS, *PEOPLE):
        listed = split_terms(table.get(role, ""))
        terms += [(term, Phrase(role)) for term in dict.fromkeys((*listed, *_chat_spellings(language, listed)))]
    for ids, names in table["allergens"].items():
        terms += [(term, Phrase("allergen", ids)) for term in split_terms(names)]
    if language in allergen_facts.languages():
        marks = {fold(term) for term, _ in terms}
        terms += [(term, phrase) for term, phrase in _label_terms(language) if fold(term) not in marks]
    return TermIndex(terms, plurals=language == "en")


def _chat_spellings(language: str, listed: Iterable[str]) -> Iterator[str]:
    """How phrases with a negation are typed in haste: "cant have", "nn posso"."""
    if language not in _CHAT:
        return
    pattern, short = _CHAT[language]
    for term in listed:
        if (spelling := pattern.sub(short, term)) != term and " " in spelling:
            yield spelling


@cache
def entities() -> TermIndex[Phrase]:
    """Conditions and diets, in all languages."""
    terms: list[tuple[str, Phrase]] = []
    for condition in load_conditions().values():
        terms += [(name, Phrase("condition", condition.id)) for name in condition.names]
        terms += [(name, Phrase("condition", condition.id, True)) for name in condition.false_friends]
    for diet in load_diets().values():
        terms += [(name, Phrase("diet", diet.id)) for name in diet.names]
        terms += [(name, Phrase("diet", diet.id, True)) for name in diet.false_friends]
    terms += [(name, Phrase("allergen", "milk", True)) for name in load_foods()["dairy"].false_friends]
    return TermIndex(terms, plurals=False)


def _label_terms(language: str) -> list[tuple[str, Phrase]]:
    """What labels call the allergens: "whey" and "tahini" are said of allergies too."""
    found: list[tuple[str, Phrase]] = []
    for row in allergen_facts.rows(language):
        pattern = row.pattern
        if row.key == ("sulphur-dioxide-and-sulphites",):
            continue  # "wine" is no allergen that people name
        if row.kind != "terms" or "=" in row.flags or (pattern.startswith("*") and pattern.endswith("*")):
            continue
        if len(pattern.strip("*")) > 3 and pattern.strip("*") not in _AMBIGUOUS:
            found.append((pattern, Phrase("allergen", " ".join(row.key))))
    return found
