"""Claims that repeat a food's label: ingredients, allergens and traces, nutrition. They judge nothing."""

import re
from collections.abc import Sequence

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.evidence import Claim
from seamless_retail.core.source_text import written_name
from seamless_retail.lobes.product_record import ProductRecord
from seamless_retail.lobes.wording import join_words

_NUTRIENTS = {
    "energy_kcal": r"\b(?:calorie|kcal|energy)",
    "protein_g": r"\bprotein",
    "saturated_fat_g": r"\bsaturated",
    "fat_g": r"\bfat\b",
    "carbohydrates_g": r"\bcarb",
    "sugars_g": r"\bsugar",
    "fibre_g": r"\bfib(?:re|er)",
    "sodium_mg": r"\b(?:sodium|salt)",
    "potassium_mg": r"\bpotassium",
    "phosphorus_mg": r"\bphosph",
    "iron_mg": r"\biron\b",
    "caffeine_mg": r"\bcaffeine",
    "alcohol_pct": r"\balcohol",
}
"""How customers call the nutrients, by field of the label."""


def ingredient_claims(record: ProductRecord) -> list[Claim]:
    """The ingredient list."""
    if not record.has("ingredients"):
        return record.not_stated("ingredients")
    value = record.quote("ingredients", "Ingredients: ").rstrip(".")
    return [record.claim("ingredients", ["ingredients"], value=value)]


def allergen_claims(record: ProductRecord, named: Sequence[Allergen] = ()) -> list[Claim]:
    """Whether the named allergens are declared; without any named, all that is declared."""
    food = record.product.food
    if not record.has("allergens"):
        return record.not_stated("allergens")
    if food is None or food.allergens is None:
        what = f"whether it contains {join_words([written_name(a) for a in named], 'or')}" if named else "its allergens"
        return [record.claim("undeclared", ["allergens"], what=what)]
    if named:
        return [_named_allergen(record, allergen) for allergen in named]
    claims = [record.claim("allergens", ["allergens"], value=_names(food.allergens))]
    if food.traces is None:
        claims.append(record.claim("undeclared", ["traces"], what="traces of other allergens"))
    elif food.traces:
        claims.append(record.claim("traces", ["traces"], value=_names(food.traces)))
    return claims


def _names(allergens: Sequence[Allergen]) -> str:
    return join_words([written_name(allergen) for allergen in allergens]) or "no declarable allergen"


def _named_allergen(record: ProductRecord, allergen: Allergen) -> Claim:
    """One allergen against a label that declares its allergens."""
    food, name = record.product.food, written_name(allergen)
    if food is not None and allergen in (food.allergens or ()):
        return record.claim("contains_allergen", ["allergens"], allergen=name)
    if food is None or food.traces is None:
        return record.claim("undeclared", ["allergens", "traces"], what=f"whether it may contain {name}")
    kind = "may_contain_allergen" if allergen in food.traces else "lacks_allergen"
    return record.claim(kind, ["allergens", "traces"], allergen=name)


def nutrition_claims(record: ProductRecord, text: str) -> list[Claim]:
    """The nutrients that the message names, or all values of the label."""
    if not record.has("nutrition"):
        return record.not_stated("nutrition values")
    asked = [name for name, pattern in _NUTRIENTS.items() if re.search(pattern, text, re.IGNORECASE)]
    found = [name for name in asked if record.has(f"nutrition.{name}")]
    if asked and not found:
        return record.not_stated(join_words([written_name(name.rpartition("_")[0]) for name in asked]))
    value = join_words([record.quote(f"nutrition.{name}") for name in found])
    return [record.claim("nutrition", ["nutrition"], value=value or record.quote("nutrition", "Nutrition per 100 g: "))]
