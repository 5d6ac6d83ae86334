"""Finds what texts say of people's health: allergies, conditions, medicines, what somebody must not eat.

Conditions and medicines are those of the food tables, in all their languages, wherever they stand: what a shop says
of a medicine is no loss to a trace. Allergies are told from labels by the person they are said of, because "Contains:
peanuts" is what the shop sells and "my son cannot have peanuts" is not.
"""

import re
from functools import cache, lru_cache

from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.medicines import load_medicines
from seamless_retail.core.food_facts.terms import TermIndex, split_words

HEALTH = "[health]"

_PERSON = (
    r"\b(?:i|i'm|im|i've|my|me|mine|we|our|us|you|you're|your|he|she|his|her|him|they|their|son|daughter|wife|husband|"
    r"child|children|kid|kids|baby|mother|father|mum|mom|dad|friend|guest|partner|brother|sister)\b"
)
_ALLERGY = (
    r"(?:\ballerg(?:y|ies|ic)\b|\bintoleran(?:t|ce|ces)\b|\banaphyla\w+|\bepi-?pen\w*|"
    r"\b(?:cannot|can['’]?t) (?:eat|have|tolerate|drink)\b|\b(?:must|may|should|do|does) not eat\b|"
    r"\bdon['’]t eat\b|\breacts? to\b|"
    r"\bavoids? \w+ for (?:my|his|her|health))"
)
_ELSEWHERE = (
    r"(?:allergi[eks]\w*|allergisch\w*|unverträglich\w*|allergique\w*|intoléran\w*|al[eé]rgic\w*|alergia\w*|allergic[oa]|"
    r"intolleran\w*|alergiczn\w*|uczulon\w*|alergisk\w*|аллерги\w*|непереносимост\w*|alerji\w*|حساسية|एलर्जी|过敏|過敏|"
    r"アレルギー|알레르기)"
)
_CLAUSE = re.compile(r"(?:[^.!?;\n\\\"]|[.!?](?=\w))+")
_ABOUT_ALLERGY = re.compile(rf"{_ALLERGY}", re.IGNORECASE)
_ABOUT_PERSON = re.compile(_PERSON, re.IGNORECASE)
_FOREIGN = re.compile(_ELSEWHERE, re.IGNORECASE)
_ENGLISH = re.compile(r"allergi(?:es|c)", re.IGNORECASE)
_LISTED = re.compile(r"((?:Allergies|Conditions|Medicines|Diets): )[^\n\\]+")
_PROFILE = re.compile(r"(your (?:profile lists|conditions|medicines|diet) )[^.;\n\\]+")
_KEYS = re.compile(
    r"\b(?:allergen|medicine|condition|diet):[a-z][\w-]*|\b(?:allergens|medicines|conditions|diets)/[a-z][\w/-]*"
)
_HINT = re.compile(rf"{_ALLERGY}|{_ELSEWHERE}|:|/|profile|conditions", re.IGNORECASE)


@lru_cache(4096)
def without_health(text: str) -> str:
    """The text with what it says of somebody's health replaced by ``[health]``."""
    if _HINT.search(text):
        text = _LISTED.sub(rf"\1{HEALTH}", text)
        text = _PROFILE.sub(rf"\1{HEALTH}", text)
        text = _KEYS.sub(HEALTH, text)
        text = _CLAUSE.sub(_clause, text)
    return _without_terms(text)


def _clause(match: re.Match[str]) -> str:
    clause = match.group()
    foreign = any(not _ENGLISH.fullmatch(found.group()) for found in _FOREIGN.finditer(clause))
    if foreign or (_ABOUT_ALLERGY.search(clause) and _ABOUT_PERSON.search(clause)):
        space = clause[: len(clause) - len(clause.lstrip())]
        return f"{space}{HEALTH}"
    return clause


def _without_terms(text: str) -> str:
    words = split_words(text)
    parts, end = [], 0
    for found in sorted(_terms().find(words), key=lambda found: (found.first, -found.last)):
        start, stop = words[found.first].start, words[found.last - 1].end
        if start >= end:
            parts += [text[end:start], HEALTH]
            end = stop
    return "".join(parts) + text[end:]


@cache
def _terms() -> TermIndex[bool]:
    """Names of conditions and medicines; not the shortest, which mean other things in a shop."""
    names = [name for condition in load_conditions().values() for name in (condition.name, *condition.names)]
    names += [name for medicine in load_medicines().values() for name in (medicine.inn, *medicine.names)]
    return TermIndex((name, True) for name in names if len(name.strip("*")) > 3 or not name.isascii())
