"""The ingredient table: composition, allergens and origin, and how a label prints an ingredient."""

from dataclasses import dataclass
from functools import cache

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.database.seed.content import read_text, words

NUTRIENTS = (
    "protein_g", "carbohydrates_g", "fat_g", "saturated_fat_g", "sugars_g", "fibre_g",
    "sodium_mg", "potassium_mg", "phosphorus_mg", "iron_mg", "caffeine_mg",
)  # fmt: skip
_SHORT = {"sulphites": Allergen.SULPHITES}


@dataclass(frozen=True)
class Ingredient:
    """One ingredient. ``allergens`` and ``kinds`` include those of its parts; ``nutrients`` are per 100 g."""

    name: str
    nutrients: dict[str, float]
    allergens: frozenset[Allergen]
    kinds: frozenset[str]
    parts: tuple[str, ...]
    label: str

    def printed(self, organic: bool) -> str:
        """How an ingredient list prints it: a compound with its parts in parentheses."""
        if not self.parts:
            return f"organic {self.label}" if organic and "additive" not in self.kinds else self.label
        own = ingredients()
        inside = ", ".join(own[part].printed(organic) for part in self.parts)
        return f"{self.label} ({inside})"


@cache
def ingredients() -> dict[str, Ingredient]:
    """All ingredients by name."""
    rows = [line for line in read_text("grocery/ingredients.txt").splitlines() if line and not line.startswith("#")]
    fields = {row[0]: row for row in ([field.strip() for field in line.split("|")] for line in rows)}
    found: dict[str, Ingredient] = {}
    for name in fields:
        _read(name, fields, found)
    return found


def _read(name: str, fields: dict[str, list[str]], found: dict[str, Ingredient]) -> Ingredient:
    if name not in found:
        _, numbers, allergens, kinds, rest = fields[name]
        parts = () if rest.startswith("=") else words(rest)
        inside = [_read(part, fields, found) for part in parts]
        found[name] = Ingredient(
            name=name,
            nutrients=dict(zip(NUTRIENTS, map(float, numbers.split()), strict=False)),
            allergens=frozenset(_allergen(word) for word in words(allergens)).union(*(p.allergens for p in inside)),
            kinds=frozenset(kinds.split()).union(*(part.kinds - {"additive", "whole"} for part in inside)),
            parts=parts,
            label=rest[1:] if rest.startswith("=") else name,
        )
    return found[name]


def _allergen(word: str) -> Allergen:
    return _SHORT.get(word) or Allergen(word)
