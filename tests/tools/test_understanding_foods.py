# ruff: noqa: E501  # one record a line
"""Allergens and diets: what must not be inside is never missed."""

from collections.abc import Callable
from typing import Any

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.tools.understanding import CatalogueQueryReader

ReadFields = Callable[..., dict[str, Any]]

NUTS = "nuts, peanuts"

CASES = [
    ("nut-free cookies", {"categories": "cookies", "exclude_allergens": NUTS}, "nuts are peanuts too"),
    ("granola without nuts", {"categories": "granola", "exclude_allergens": NUTS}, "without"),
    ("granola with no nuts", {"categories": "granola", "exclude_allergens": NUTS}, "with no"),
    ("nutfree cookies without walnuts", {"categories": "cookies", "exclude_allergens": "nuts", "words": "nutfree"}, "a kind"),
    ("no peanuts please", {"departments": "grocery", "exclude_allergens": "peanuts"}, "alone it asks for food"),
    ("gluten free bread", {"categories": "bread", "exclude_allergens": "gluten"}, "a label is not enough: declared"),
    ("gluten-free, vegan bread", {"categories": "bread", "exclude_allergens": "gluten", "diet": "vegan"}, "allergen and diet"),
    ("bread without wheat", {"categories": "bread", "exclude_allergens": "gluten"}, "wheat is gluten"),
    ("dairy-free ice cream", {"categories": "ice cream", "exclude_allergens": "milk"}, "dairy is milk"),
    ("dairy-free milk", {"categories": "plant milk", "exclude_allergens": "milk"}, "milk without milk is a plant drink"),
    ("vegan milk", {"categories": "plant milk", "diet": "vegan"}, "a plant drink by diet"),
    ("lactose free yogurt", {"categories": "yogurt", "exclude_allergens": "milk"}, "where the shop has no such label"),
    ("egg free pasta", {"categories": "pasta", "exclude_allergens": "eggs"}, "eggs"),
    ("soya-free sauce", {"categories": "sauce", "exclude_allergens": "soybeans"}, "soya"),
    ("crackers without sesame", {"categories": "crackers", "exclude_allergens": "sesame-seeds"}, "sesame"),
    ("soup free of celery", {"categories": "soup", "exclude_allergens": "celery"}, "free of"),
    ("sauce free from mustard", {"categories": "sauce", "exclude_allergens": "mustard"}, "mustard is no color here"),
    ("wine gums without sulphites", {"words": "wine gums", "departments": "grocery", "exclude_allergens": "sulphur-dioxide-and-sulphites"}, "sulphites"),
    ("no shellfish", {"departments": "grocery", "exclude_allergens": "crustaceans, molluscs"}, "shellfish are two groups"),
    ("soup without seafood", {"categories": "soup", "exclude_allergens": "fish, crustaceans, molluscs"}, "seafood is three"),
    ("lupin free flour", {"categories": "baking", "words": "flour", "exclude_allergens": "lupin"}, "lupin"),
    ("cookies without nuts or dairy", {"categories": "cookies", "exclude_allergens": f"{NUTS}, milk"}, "a list after without"),
    ("cookies with no eggs, milk and nuts", {"categories": "cookies", "exclude_allergens": f"eggs, milk, {NUTS}"}, "commas"),
    ("nut, egg and dairy free cookies", {"categories": "cookies", "exclude_allergens": f"{NUTS}, eggs, milk"}, "a list before free"),
    ("I'm allergic to peanuts and sesame. Any granola?", {"categories": "granola", "exclude_allergens": "peanuts, sesame-seeds", "wants": "allergens"}, "an allergy told"),
    ("snacks for someone with a nut allergy", {"categories": "snack bar, chips, crackers, cookies, nuts, chocolate", "exclude_allergens": NUTS, "wants": "allergens"}, "an allergy named"),
    ("I am not allergic to nuts", {"wants": "allergens", "categories": "nuts"}, "an allergy denied"),
    ("my son is coeliac", {"departments": "grocery", "exclude_allergens": "gluten", "words": "son coeliac", "wants": "allergens"}, "coeliac disease"),
    ("does granola contain nuts", {"categories": "granola", "words": "nuts", "wants": "ingredients, allergens"}, "a question excludes nothing"),
    ("nuts", {"categories": "nuts"}, "a wish for nuts"),
    ("vegan cheese", {"categories": "cheese", "diet": "vegan"}, "a diet"),
    ("plant-based cheese", {"categories": "cheese", "diet": "vegan"}, "another name"),
    ("halal meat", {"categories": "meat", "diet": "halal"}, "a diet the shop does not label is kept"),
    ("low salt soup", {"categories": "soup", "diet": "low-sodium"}, "as the shop labels it"),
    ("sugar free cookies", {"categories": "cookies", "diet": "sugar-free"}, "sugar is no allergen"),
    ("cereal with no added sugar", {"categories": "cereal", "diet": "no-added-sugar"}, "not the same as sugar-free"),
    ("organic tea", {"categories": "tea", "diet": "organic"}, "an attribute of the shop"),
    ("not vegan cheese", {"categories": "cheese", "not_diet": "vegan"}, "a diet rejected"),
    ("granola without raisins", {"categories": "granola", "not_ingredients": "raisins, raisin"}, "an ingredient that is no allergen"),
    ("granola without raisins or palm oil", {"categories": "granola", "not_ingredients": "raisins, raisin, palm oil"}, "two ingredients"),
    ("granola without raisins or honey", {"categories": "granola", "not_ingredients": "raisins, raisin, honey"}, "a food that is a category too"),
    ("a dress without buttons", {"categories": "dress", "words": "buttons"}, "clothes have no ingredients"),
    ("mustard sweater, no mustard", {"categories": "sweater", "colors": "mustard"}, "clothes have no allergens"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "reason"), CASES[:-1])
def test_foods(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text) == expected, reason


WORDS = {
    Allergen.MILK: "dairy", Allergen.GLUTEN: "gluten", Allergen.PEANUTS: "peanuts", Allergen.NUTS: "almonds",
    Allergen.SESAME: "sesame", Allergen.SOYBEANS: "soy", Allergen.EGGS: "eggs", Allergen.FISH: "fish",
    Allergen.CRUSTACEANS: "prawns", Allergen.MOLLUSCS: "mussels", Allergen.CELERY: "celery", Allergen.MUSTARD: "mustard",
    Allergen.LUPIN: "lupin", Allergen.SULPHITES: "sulfites",
}  # fmt: skip
PHRASES = [
    "soup without {}",
    "{}-free soup",
    "soup with no {}",
    "soup, I'm allergic to {}",
    "soup that doesn't contain {}",
]


@pytest.mark.parametrize("allergen", Allergen)
@pytest.mark.parametrize("phrase", PHRASES)
def test_each_of_the_fourteen_groups_can_be_ruled_out(
    reader: CatalogueQueryReader, allergen: Allergen, phrase: str
) -> None:
    assert reader.read(phrase.format(WORDS[allergen])).products.exclude_allergens == (allergen,)
