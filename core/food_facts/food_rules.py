"""The shape of a table row about food: what to do when a food is found, and how much of a nutrient is too much."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

Verdict = Literal["block", "warn"]
Action = Literal["avoid", "limit", "separate", "keep_steady", "ask"]
Severity = Literal["contraindicated", "major", "moderate", "minor"]

NUTRIENTS = (
    "sodium_mg",
    "sugars_g",
    "potassium_mg",
    "phosphorus_mg",
    "caffeine_mg",
    "protein_g",
    "iron_mg",
    "carbohydrates_g",
    "alcohol_pct",
)
"""The nutrients a label may give, per 100 g or 100 ml."""


@dataclass(frozen=True, slots=True)
class FoodRule:
    """What follows when one of these foods is in a product."""

    id: str
    """Table row, such as ``medicines/warfarin/vitamin-k``."""
    foods: tuple[str, ...]
    """Ids of ``foods.toml``."""
    allergens: tuple[str, ...]
    """Ids of the allergen tables, where a label reading says the same."""
    verdict: Verdict
    action: Action
    severity: Severity
    separate_hours: float | None
    """Hours to keep between the medicine and the food."""
    why: str
    """A clause for the shopper, after "because"."""
    source: str
    reviewed: bool
    signer: str
    """Who must sign the row before it is relied on."""
    unless: tuple[str, ...] = ()
    """Foods (claims) that lift the rule, such as a lactose-free claim."""
    name_only: bool = False
    """Whether the product itself must be the food, by its name; as an ingredient, what is blocked only warns."""


@dataclass(frozen=True, slots=True)
class NutrientLimit:
    """How much of a nutrient is too much, or too little, for one condition."""

    id: str
    nutrient: str
    basis: Literal["portion", "100g"]
    """``portion``: a serving, or 100 g where the label gives none."""
    above: float | None
    below: float | None
    per_day: float | None
    """The whole day's amount; a stated serving that alone reaches it is blocked."""
    verdict: Verdict
    required: bool
    """Whether a label that does not give the nutrient cannot be cleared."""
    stages: tuple[int, ...]
    """Stages of the disease it holds for; empty: all."""
    why: str
    source: str
    reviewed: bool
    signer: str


def read_table(name: str) -> dict[str, Any]:
    """One TOML file of this package."""
    text = files("seamless_retail.core.food_facts").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def split_terms(text: str) -> list[str]:
    """A comma- or line-separated list of terms."""
    return [term.strip() for line in text.splitlines() for term in line.split(",") if term.strip()]


def food_rule(table: str, row: dict[str, Any], number: int, rule: dict[str, Any]) -> FoodRule:
    """One rule of a row; the row's source, signer and review status hold where the rule gives none."""
    return FoodRule(
        id=f"{table}/{row['id']}/{rule.get('id', number)}",
        foods=tuple(rule.get("foods", ())),
        allergens=tuple(rule.get("allergens", ())),
        verdict=rule["verdict"],
        action=rule.get("action", "avoid" if rule["verdict"] == "block" else "limit"),
        severity=rule.get("severity", row.get("severity", "moderate")),
        separate_hours=rule.get("hours"),
        why=rule["why"],
        source=rule.get("source", row["source"]),
        reviewed=bool(rule.get("reviewed", row.get("reviewed", False))),
        signer=row["signer"],
        unless=tuple(rule.get("unless", ())),
        name_only=bool(rule.get("name_only", False)),
    )


def nutrient_limit(table: str, row: dict[str, Any], number: int, limit: dict[str, Any]) -> NutrientLimit:
    """One nutrient limit of a row."""
    return NutrientLimit(
        id=f"{table}/{row['id']}/{limit['nutrient']}-{number}",
        nutrient=limit["nutrient"],
        basis=limit.get("basis", "portion"),
        above=limit.get("above"),
        below=limit.get("below"),
        per_day=limit.get("per_day"),
        verdict=limit.get("verdict", "warn"),
        required=bool(limit.get("required", False)),
        stages=tuple(limit.get("stages", ())),
        why=limit["why"],
        source=limit.get("source", row["source"]),
        reviewed=bool(limit.get("reviewed", row.get("reviewed", False))),
        signer=row["signer"],
    )
