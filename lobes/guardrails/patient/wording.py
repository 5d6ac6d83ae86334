"""The phrases of ``wording.toml``, the tables' names, and which language a note is written in."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.food_rules import split_terms
from seamless_retail.core.food_facts.foods import load_foods
from seamless_retail.core.food_facts.terms import TermIndex, Word

PEOPLE = ("self", "child", "partner", "parent", "sibling", "grandparent", "guest", "pet", "household", "third")
MARKS = (
    "allergy", "anaphylaxis", "intolerance", "avoid", "free", "dislike", "not", "tolerates", "ruled_out", "past",
    "stopped", "planned", "but", "take", "month", "year", "symptom", "switch", "only", "absent", "family",
    "hypothetical", "discouraged", "normal", "cannot",
)  # fmt: skip
_SCRIPTS = (
    ("\u0370", "\u03ff", "el"),
    ("\u1f00", "\u1fff", "el"),
    ("\u0400", "\u052f", "ru"),
    ("\u0600", "\u06ff", "ar"),
    ("\u0900", "\u097f", "hi"),
    ("\u3040", "\u30ff", "ja"),
    ("\uac00", "\ud7a3", "ko"),
    ("\u4e00", "\u9fff", "zh"),
)
_LATIN = ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "sv", "da", "fi", "cs", "ro", "tr")


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a phrase stands for: a mark (``avoid``), a person (``child``), or an entity (``allergen``, ``milk``)."""

    role: str
    id: str = ""
    is_false_friend: bool = False


@cache
def wording() -> dict[str, dict[str, Any]]:
    """The file, by language."""
    text = files("seamless_retail.lobes.guardrails.patient").joinpath("wording.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def languages() -> tuple[str, ...]:
    """Codes of the languages that notes are read in."""
    return tuple(wording())


@cache
def phrases(language: str) -> TermIndex[Phrase]:
    """Marks, people and allergens of one language."""
    table = wording()[language]
    terms: list[tuple[str, Phrase]] = []
    for role in (*MARKS, *PEOPLE):
        terms += [(term, Phrase(role)) for term in split_terms(table.get(role, ""))]
    for ids, names in table["allergens"].items():
        terms += [(term, Phrase("allergen", ids)) for term in split_terms(names)]
    if language in allergen_facts.languages():
        terms += _label_terms(language)
    return TermIndex(terms, plurals=language == "en")


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


def identify(words: list[Word], told: str | None = None) -> tuple[str, ...]:
    """The languages of a note, the main one first; English always comes along, shoppers mix it in."""
    if told and told.lower()[:2] in wording():
        return tuple(dict.fromkeys((told.lower()[:2], "en")))
    scripts = [script for word in words if (script := _script(word.text))]
    if scripts:
        has_kana = "ja" in scripts
        main = max(dict.fromkeys(scripts), key=scripts.count)
        return ("ja" if has_kana and main == "zh" else main, "en")
    scores = dict.fromkeys(_LATIN, 0.0)
    for word in words:
        for language, weight in _everyday().get(word.text, {}).items():
            if language in scores:
                scores[language] += weight
    for language in scores:
        known = phrases(language)
        scores[language] += 0.3 * sum(known.has_word(word.text) for word in words)
    main = max(scores, key=lambda language: (scores[language], language == "en"))
    return tuple(dict.fromkeys((main if scores[main] else "en", "en")))


@cache
def _everyday() -> dict[str, dict[str, float]]:
    """Everyday words → the languages they belong to, each with the weight of its rarity."""
    owners: dict[str, list[str]] = {}
    for language, table in wording().items():
        for word in split_terms(table["words"]):
            owners.setdefault(word, []).append(language)
    return {word: {language: 1.0 / len(of) ** 0.5 for language in of} for word, of in owners.items()}


def _script(word: str) -> str | None:
    return next((language for low, high, language in _SCRIPTS if low <= word[0] <= high), None)


def _label_terms(language: str) -> list[tuple[str, Phrase]]:
    """What labels call the allergens: "whey" and "tahini" are said of allergies too."""
    found: list[tuple[str, Phrase]] = []
    for row in allergen_facts.rows(language):
        pattern = row.pattern
        if row.key == ("sulphur-dioxide-and-sulphites",):
            continue  # "wine" is no allergen that people name
        if row.kind != "terms" or "=" in row.flags or (pattern.startswith("*") and pattern.endswith("*")):
            continue
        if len(pattern.strip("*")) > 3:
            found.append((pattern, Phrase("allergen", " ".join(row.key))))
    return found
