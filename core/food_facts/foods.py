"""Foods that conditions, medicines and diets speak of, with their names in many languages and their false friends."""

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from seamless_retail.core.food_facts.food_rules import read_table, split_terms
from seamless_retail.core.food_facts.terms import TermIndex


@dataclass(frozen=True, slots=True)
class FoodGroup:
    """One food, or one kind of foods."""

    id: str
    name: str
    """For a sentence: ``Contains grapefruit``."""
    terms: tuple[str, ...]
    false_friends: tuple[str, ...]
    """Phrases that hold a term and mean another thing."""
    e_numbers: tuple[str, ...]


@cache
def load_foods() -> dict[str, FoodGroup]:
    """All food groups by id."""
    return {
        id: FoodGroup(
            id=id,
            name=row.get("name", id.replace("-", " ")),
            terms=tuple(split_terms(row["terms"])),
            false_friends=tuple(split_terms(row.get("not", ""))),
            e_numbers=tuple(row.get("e", ())),
        )
        for id, row in read_table("foods.toml").items()
    }


class FoodTerm(NamedTuple):
    """What a term stands for."""

    food: str
    is_false_friend: bool
    languages: str
    """Codes joined by ``+`` of the languages in which the word means that; empty: in all."""


@cache
def food_index() -> TermIndex[FoodTerm]:
    """All terms of all foods; an E-number counts with a space, as an INS number, and with a letter after it."""
    terms: list[tuple[str, FoodTerm]] = []
    for food in load_foods().values():
        for term in food.terms:
            languages, _, word = term.rpartition(":")
            terms.append((word, FoodTerm(food.id, False, languages)))
        terms += [(term, FoodTerm(food.id, True, "")) for term in food.false_friends]
        for number in food.e_numbers:
            digits = number.removeprefix("E")
            terms += [(f"{mark}{digits}*", FoodTerm(food.id, False, "")) for mark in ("E", "E ", "INS ", "INS", "Е")]
    return TermIndex(terms)
