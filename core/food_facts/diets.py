"""Diets: how people name them, and the foods that they exclude, ask about, or disagree on."""

from dataclasses import dataclass
from functools import cache

from seamless_retail.core.food_facts.food_rules import NutrientLimit, nutrient_limit, read_table, split_terms


@dataclass(frozen=True, slots=True)
class Diet:
    """One diet. Food ids are those of ``foods.toml``."""

    id: str
    name: str
    aliases: tuple[str, ...]
    names: tuple[str, ...]
    false_friends: tuple[str, ...]
    excludes: tuple[str, ...]
    allergens: tuple[str, ...]
    """Allergens that it excludes too."""
    asks: tuple[str, ...]
    """Foods whose origin a label does not tell: they cannot be cleared."""
    warns: tuple[str, ...]
    unless: tuple[str, ...]
    """Foods or claims that lift an exclusion."""
    unless_warn: tuple[str, ...]
    together: tuple[tuple[str, str], ...]
    """Foods that must not be in one dish."""
    certified: str
    """A claim that answers what would be asked, such as ``halal``."""
    limits: tuple[NutrientLimit, ...]
    source: str
    reviewed: bool
    signer: str


@cache
def load_diets() -> dict[str, Diet]:
    """All diets by id."""
    diets: dict[str, Diet] = {}
    for row in read_table("diets.toml")["row"]:
        diets[row["id"]] = Diet(
            id=row["id"],
            name=row["name"],
            aliases=tuple(row.get("aliases", ())),
            names=tuple(split_terms(row["names"])),
            false_friends=tuple(split_terms(row.get("not", ""))),
            excludes=tuple(row["block"]),
            allergens=tuple(row.get("allergens", ())),
            asks=tuple(row.get("ask", ())),
            warns=tuple(row.get("warn", ())),
            unless=tuple(row.get("unless", ())),
            unless_warn=tuple(row.get("unless_warn", ())),
            together=tuple((first, second) for first, second in row.get("together", ())),
            certified=row.get("certified", ""),
            limits=tuple(nutrient_limit("diets", row, n, limit) for n, limit in enumerate(row.get("limits", ()))),
            source=row["source"],
            reviewed=bool(row.get("reviewed", False)),
            signer=row["signer"],
        )
    return diets


@cache
def diet_ids() -> dict[str, str]:
    """Every id, alias and name, lower case, to the id."""
    ids: dict[str, str] = {}
    for diet in load_diets().values():
        for name in (*diet.aliases, *diet.names, diet.name):
            ids.setdefault(name.rstrip("*").lower(), diet.id)
    ids.update({diet: diet for diet in load_diets()})
    return ids
