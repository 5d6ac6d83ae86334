"""Conditions that food matters to: how people name them, what to avoid, and how much of a nutrient is too much."""

from dataclasses import dataclass
from functools import cache

from seamless_retail.core.food_facts.food_rules import (
    FoodRule,
    NutrientLimit,
    food_rule,
    nutrient_limit,
    read_table,
    split_terms,
)

SIGNER = "dietitian"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition with its rules."""

    id: str
    name: str
    """For a sentence: ``because of your kidney disease``."""
    aliases: tuple[str, ...]
    """Other ids and spellings that a profile may use."""
    names: tuple[str, ...]
    false_friends: tuple[str, ...]
    allergens: tuple[str, ...]
    """Allergens that it is about."""
    source: str
    reviewed: bool
    signer: str
    rules: tuple[FoodRule, ...]
    limits: tuple[NutrientLimit, ...]


@cache
def load_conditions() -> dict[str, Condition]:
    """All conditions by id."""
    conditions: dict[str, Condition] = {}
    for row in read_table("conditions.toml")["row"]:
        row = {**row, "signer": SIGNER}
        conditions[row["id"]] = Condition(
            id=row["id"],
            name=row["name"],
            aliases=tuple(row.get("aliases", ())),
            names=tuple(split_terms(row["names"])),
            false_friends=tuple(split_terms(row.get("not", ""))),
            allergens=tuple(row.get("allergens", ())),
            source=row["source"],
            reviewed=bool(row.get("reviewed", False)),
            signer=SIGNER,
            rules=tuple(food_rule("conditions", row, n, rule) for n, rule in enumerate(row["rules"])),
            limits=tuple(nutrient_limit("conditions", row, n, limit) for n, limit in enumerate(row.get("limits", ()))),
        )
    return conditions


@cache
def condition_ids() -> dict[str, str]:
    """Every id, alias and name, lower case, to the id."""
    ids: dict[str, str] = {}
    for condition in load_conditions().values():
        for name in (*condition.aliases, *condition.names, condition.name):
            ids.setdefault(name.rstrip("*").lower(), condition.id)
    ids.update({condition: condition for condition in load_conditions()})
    return ids
