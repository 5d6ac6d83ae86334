"""The word lists of this package, read from ``data/*.toml``; what each holds is said there."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from seamless_retail.core.catalogue import Allergen

Lines = tuple[tuple[str, tuple[str, ...]], ...]
"""Pairs of what is meant and the phrases that say it."""

_DATA = files("seamless_retail.tools.understanding") / "data"


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(_DATA.joinpath(name).read_text(encoding="utf-8"))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(","))


def _lines(rows: Iterable[Mapping[str, str]]) -> Lines:
    return tuple((row["means"], _listed(row["said"])) for row in rows)


def _patterns(table: Mapping[str, Iterable[str]]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(alternatives)) for name, alternatives in table.items()}


_synonyms, _colors, _words = _table("synonyms.toml"), _table("colors.toml"), _table("words.toml")
_foods, _phrases = _table("foods.toml"), _table("phrases.toml")

EQUIVALENT_CATEGORIES = _lines(_synonyms["equivalent_categories"])
CATEGORY_GROUPS = _lines(_synonyms["category_groups"])
NARROWER_CATEGORIES = _lines(_synonyms["narrower_categories"])
DEPARTMENTS = _lines(_synonyms["departments"])
ATTRIBUTES = {name: _lines(rows) for name, rows in _synonyms["attributes"].items()}

COLOR_FAMILIES: dict[str, tuple[str, ...]] = {family: _listed(colors) for family, colors in _colors["families"].items()}
COLOR_SPELLINGS: dict[str, str] = _colors["spellings"]

ALLERGENS = tuple((tuple(map(Allergen, row["means"])), _listed(row["said"])) for row in _foods["allergens"])
DIETS = tuple(((row["means"], *row.get("same", ())), _listed(row["said"])) for row in _foods["diets"])
DIET_AS_ALLERGENS = {diet: tuple(map(Allergen, names)) for diet, names in _foods["diet_as_allergens"].items()}
DIET_AS_INGREDIENT: dict[str, str] = _foods["diet_as_ingredient"]
WITHOUT_MILK: dict[str, str] = _foods["without_milk"]

STOP_WORDS = frozenset(word for text in _words["stop_words"].values() for word in text.split())
NEED_COMPANY = frozenset(_words["filters"]["need_company"].split())
COLORS_AMONG_CLOTHES = frozenset(_words["filters"]["colors_among_clothes"].split())
UNSIZED_CATEGORIES = frozenset(_words["filters"]["unsized_categories"].split())
SHADES = frozenset(_words["filters"]["shades"].split())
NEGATORS = frozenset(_words["negation"]["negators"].split())
NEGATING_PAIRS = frozenset(tuple(pair.split()) for pair in _listed(_words["negation"]["pairs"]))
NEGATION_FILLERS = frozenset(_words["negation"]["fillers"].split())

WANTS = _patterns(_phrases["wants"])
SORTS = _patterns(_phrases["sorts"])
AVAILABILITY = _patterns(_phrases["availability"])
FOLLOWUP = _patterns(_phrases["followup"])
POINTER = _patterns(_phrases["pointer"])

REAL_WORDS = frozenset(_DATA.joinpath("real_words.txt").read_text(encoding="utf-8").split())
"""English words that resemble a catalogue word and are not misspellings of it."""
