"""Medicines that food interacts with: names, brands, and what to avoid, limit, keep steady or take apart."""

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

SIGNER = "pharmacist"


@dataclass(frozen=True, slots=True)
class Medicine:
    """One medicine, with the rules of its class."""

    inn: str
    """International non-proprietary name, lower case: the id of ``medicine:warfarin``."""
    names: tuple[str, ...]
    """Brands and names in other scripts or of other countries."""
    group: str
    """The row of its class."""
    effect: str
    severity: str
    source: str
    reviewed: bool
    signer: str
    washout_days: int
    """Days after the last dose for which the rules still hold."""
    rules: tuple[FoodRule, ...]
    limits: tuple[NutrientLimit, ...]
    false_friends: tuple[str, ...] = ()
    """Phrases that hold a name and mean another thing: "lithium battery"."""


@cache
def load_medicines() -> dict[str, Medicine]:
    """All medicines by INN."""
    medicines: dict[str, Medicine] = {}
    for row in read_table("medicines.toml")["row"]:
        row = {**row, "signer": SIGNER}
        rules = tuple(food_rule("medicines", row, n, rule) for n, rule in enumerate(row["rules"]))
        limits = tuple(nutrient_limit("medicines", row, n, limit) for n, limit in enumerate(row.get("limits", ())))
        for inn, names in row["members"].items():
            medicines[inn] = Medicine(
                inn=inn,
                names=tuple(split_terms(names)),
                group=row["id"],
                effect=row["effect"],
                severity=row["severity"],
                source=row["source"],
                reviewed=bool(row.get("reviewed", False)),
                signer=SIGNER,
                washout_days=row.get("washout_days", 0),
                rules=rules,
                limits=limits,
                false_friends=tuple(split_terms(row.get("not", ""))),
            )
    return medicines


@dataclass(frozen=True, slots=True)
class MedicineClass:
    """A kind of medicine that people name instead of one: judged by the rules of ``group``."""

    id: str
    said: str
    """How a sentence calls it: "a blood thinner"."""
    group: str
    names: tuple[str, ...]
    covers: tuple[str, ...]
    """Rows whose members are of this kind: beside one of them the kind says nothing more."""


@cache
def medicine_classes() -> dict[str, MedicineClass]:
    """The kinds of medicines by id."""
    rows = read_table("medicines.toml")["class"]
    return {
        row["id"]: MedicineClass(
            row["id"],
            row["said"],
            row["group"],
            tuple(split_terms(row["names"])),
            tuple(row.get("covers", (row["group"],))),
        )
        for row in rows
    }


@cache
def medicine(id: str) -> Medicine | None:
    """A medicine by its INN, or the first of a kind by the kind's id; None if the tables do not know it."""
    if found := load_medicines().get(id):
        return found
    group = medicine_classes()[id].group if id in medicine_classes() else id
    return next((known for known in load_medicines().values() if known.group == group), None)


def said(id: str) -> str:
    """How a sentence calls a medicine or a kind of medicines: ``warfarin``, ``a blood thinner``."""
    if kind := medicine_classes().get(id):
        return kind.said
    known = load_medicines().get(id)
    return known.names[0] if known and "-" in id else id
