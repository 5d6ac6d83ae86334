"""Everything the rules look at in one product, read once: label readings, foods, portions."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from seamless_retail.core.food_facts.allergens import allergens, groups_of, jurisdictions
from seamless_retail.core.food_facts.terms import split_words
from seamless_retail.lobes.guardrails.labels import Finding, LabelReading, Opaque, Status, read_label
from seamless_retail.lobes.guardrails.rules.recognition import FoodHit, find_foods
from seamless_retail.lobes.guardrails.rules.verdicts import ProductFacts

Read = Callable[..., LabelReading]
"""``read_label``, or the method ``read`` of a reader with further rows."""

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
    jurisdiction: str = "EU"

    @property
    def texts(self) -> tuple[tuple[str, str], ...]:
        """The name and the ingredients, as far as they are there."""
        return tuple((where, reading.text) for where, reading in self.readings if where in ("name", "ingredients"))

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

    def hiding(self, ids: Collection[str]) -> Iterator[Opaque]:
        """Ingredients of no stated source that may hide one of these allergens.

        "Natural flavour" hides nothing that the producer must declare whatever ingredient it comes in (Regulation (EU)
        No 1169/2011, Article 21; 21 U.S.C. 343(w)), if we hold that declaration as data and it does not name it. It
        hides what the law of the jurisdiction leaves undeclared, such as mustard in the United States.
        """
        open_groups = {_group(allergen) for allergen in ids if not self._must_be_declared(allergen)}
        for where, reading in self.readings if open_groups else ():
            for opaque in reading.opaque if where == "ingredients" else ():
                if not opaque.may_hide or open_groups & {_group(hidden) for hidden in opaque.may_hide}:
                    yield opaque

    def _must_be_declared(self, allergen: str) -> bool:
        law = jurisdictions()[self.jurisdiction].mandatory
        return self.product.allergens is not None and (allergen in law or _group(allergen) in law)

    @property
    def undeclared(self) -> tuple[str, ...]:
        """Declarations that a source of structured data keeps, and has none of for this product."""
        if not self.product.is_declared_as_data:
            return ()
        declared = (("allergens", self.product.allergens), ("traces", self.product.traces))
        return tuple(field for field, values in declared if values is None)

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


def _group(allergen: str) -> str:
    return groups_of(allergen)[-1] if allergen in allergens() else allergen.partition(":")[0]


def _is_about(id: str, allergen: str) -> bool:
    return id == allergen or id.startswith(f"{allergen}:")


def _is_same_food(group: Finding, member: Finding) -> bool:
    """Whether a group's finding only repeats its member's: "nuts" of "cashew nuts"."""
    touches = group.span[0] <= member.span[1] + 1 and member.span[0] <= group.span[1] + 1
    return touches and group.status is member.status


@lru_cache(maxsize=2048)
def _read(
    read: Read, name: str, ingredients: str, may_contain: str, claims: str, language: str | None, jurisdiction: str
) -> tuple[tuple[tuple[str, LabelReading], ...], Mapping[str, tuple[FoodHit, ...]]]:
    traces = may_contain
    if traces and not any(mark in traces.casefold() for mark in _MAY_CONTAIN):
        traces = f"May contain: {traces}"
    texts = (("ingredients", ingredients), ("name", name), ("may_contain", traces), ("claims", claims))
    given = [(where, text) for where, text in texts if text.strip()]
    readings = tuple((where, read(text, language=language, jurisdiction=jurisdiction)) for where, text in given)
    main = next((reading.language for where, reading in readings if where == "ingredients"), None)
    spoken = language or main or next((reading.language for _, reading in readings), None)
    hits: dict[str, list[FoodHit]] = {}
    for where, text in given:
        for hit in find_foods(text, where, spoken) if where != "may_contain" else ():
            hits.setdefault(hit.food, []).append(hit)
    return readings, MappingProxyType({food: tuple(found) for food, found in hits.items()})


def read_product(product: ProductFacts, jurisdiction: str = "EU", read: Read = read_label) -> Evidence:
    """Read the texts of a product; the same texts are read once by each reader."""
    texts = (product.name, product.ingredients, product.may_contain, product.claims)
    readings, hits = _read(read, *texts, product.language, jurisdiction)
    return Evidence(product, readings, hits, jurisdiction)
