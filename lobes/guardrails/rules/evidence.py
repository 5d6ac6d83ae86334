"""Everything the rules look at in one product, read once: label readings, foods, portions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from seamless_retail.core.food_facts.terms import split_words
from seamless_retail.lobes.guardrails.labels import Finding, LabelReading, Opaque, Status, read_label
from seamless_retail.lobes.guardrails.rules.recognition import FoodHit, find_foods
from seamless_retail.lobes.guardrails.rules.verdicts import ProductFacts

PORTION_G = 100.0
"""The portion where the label gives no serving."""
_MAY_CONTAIN = ("may contain", "peut contenir", "traces", "spuren", "puede contener", "può contenere", "kan sporen")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One product, read."""

    product: ProductFacts
    readings: tuple[tuple[str, LabelReading], ...]
    """Name, ingredients, may_contain and claims, as far as they are there."""
    hits: Mapping[str, tuple[FoodHit, ...]]
    """By food."""

    def findings(self, allergen: str) -> Iterator[tuple[str, Finding]]:
        """What the texts say of an allergen or of its members; a name or a claim never clears anything."""
        for where, reading in self.readings:
            own = [f for f in reading.findings if _is_about(f.allergen, allergen) and f.status is not Status.FREE_FROM]
            members = [finding for finding in own if finding.allergen != allergen]
            for finding in own:
                if finding.allergen != allergen or not any(_is_same_food(finding, member) for member in members):
                    yield where, finding

    def foods(self, food: str) -> Iterator[FoodHit]:
        """Where a food is named as being in it."""
        return (hit for hit in self.hits.get(food, ()) if not hit.is_claim and hit.where != "claims")

    def has(self, food: str) -> bool:
        """Whether a food, or a claim such as lactose-free, stands anywhere."""
        return food in self.hits

    def claims(self, word: str) -> bool:
        """Whether the claims or the name say a word, such as ``halal``."""
        return word in f"{self.product.claims} {self.product.name}".casefold()

    @property
    def opaque(self) -> Iterator[Opaque]:
        """Ingredients whose source is not stated."""
        return (opaque for where, reading in self.readings if where == "ingredients" for opaque in reading.opaque)

    @property
    def unreadable(self) -> str:
        """Why silence means nothing here: no ingredients, or a language that is not read; empty if it does."""
        if not self.product.ingredients.strip():
            return "the list of ingredients is missing"
        reading = next(reading for where, reading in self.readings if where == "ingredients")
        if not reading.cannot_clear or self._knows_every_ingredient:
            return ""
        return "the list of ingredients could not be read"

    @property
    def _knows_every_ingredient(self) -> bool:
        """Whether the tables name every word: "spinach" tells no language, and hides nothing."""
        text = self.product.ingredients
        known = [hit.span for hits in self.hits.values() for hit in hits if hit.where == "ingredients"]
        words = [word for word in split_words(text) if not word.text.isdigit()]
        return bool(words) and all(any(a <= word.start and word.end <= b for a, b in known) for word in words)

    def amount(self, nutrient: str, basis: str) -> float | None:
        """A nutrient per portion or per 100 g; None if the label does not say."""
        value = self.product.nutrition.get(nutrient)
        if value is None or basis == "100g" or nutrient.endswith("_pct"):
            return value
        return value * (self.product.serving_g or PORTION_G) / 100.0


def _is_about(id: str, allergen: str) -> bool:
    return id == allergen or id.startswith(f"{allergen}:")


def _is_same_food(group: Finding, member: Finding) -> bool:
    """Whether a group's finding only repeats its member's: "nuts" of "cashew nuts"."""
    touches = group.span[0] <= member.span[1] + 1 and member.span[0] <= group.span[1] + 1
    return touches and group.status is member.status


@lru_cache(maxsize=2048)
def _read(
    name: str, ingredients: str, may_contain: str, claims: str, language: str | None, jurisdiction: str
) -> tuple[tuple[tuple[str, LabelReading], ...], Mapping[str, tuple[FoodHit, ...]]]:
    traces = may_contain
    if traces and not any(mark in traces.casefold() for mark in _MAY_CONTAIN):
        traces = f"May contain: {traces}"
    texts = (("ingredients", ingredients), ("name", name), ("may_contain", traces), ("claims", claims))
    given = [(where, text) for where, text in texts if text.strip()]
    readings = tuple((where, read_label(text, language=language, jurisdiction=jurisdiction)) for where, text in given)
    main = next((reading.language for where, reading in readings if where == "ingredients"), None)
    spoken = language or main or next((reading.language for _, reading in readings), None)
    hits: dict[str, list[FoodHit]] = {}
    for where, text in given:
        for hit in find_foods(text, where, spoken) if where != "may_contain" else ():
            hits.setdefault(hit.food, []).append(hit)
    return readings, MappingProxyType({food: tuple(found) for food, found in hits.items()})


def read_product(product: ProductFacts, jurisdiction: str = "EU") -> Evidence:
    """Read the texts of a product; the same texts are read once."""
    readings, hits = _read(
        product.name, product.ingredients, product.may_contain, product.claims, product.language, jurisdiction
    )
    return Evidence(product, readings, hits)
