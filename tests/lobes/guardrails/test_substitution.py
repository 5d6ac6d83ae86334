"""Substitutes are near, and judged again; recipes are rewritten line by line, and judged as a whole."""

from seamless_retail.core.catalogue import Food, Product
from seamless_retail.lobes.guardrails.patient import read_context
from seamless_retail.lobes.guardrails.rules import Verdict
from seamless_retail.lobes.guardrails.substitution import rewrite_recipe, substitute


def _product(id: str, name: str, category: str, ingredients: str) -> Product:
    food = Food(ingredients=ingredients, allergens=(), traces=())  # what declares nothing as data is never cleared
    return Product(id=id, name=name, department="grocery", category=category, food=food)


SHELF = [
    _product("1", "Almond granola with honey", "granola", "oats, almonds, honey"),
    _product("2", "Seed granola with raisins", "granola", "oats, sunflower seeds, raisins"),
    _product("3", "Cashew granola", "granola", "oats, cashew nuts"),
    _product("4", "Mystery granola", "granola", ""),
    _product("5", "Rice", "rice", "rice"),
]


def test_the_nearest_product_that_passes_is_offered() -> None:
    found = substitute(SHELF[0], SHELF, read_context("I'm allergic to nuts"), limit=3)
    assert [substitute.product.id for substitute in found] == ["2"] or [s.product.id for s in found] == ["2", "5"]
    assert all(substitute.judgement.verdict is Verdict.PASS for substitute in found)


def test_nothing_is_offered_where_nothing_passes() -> None:
    shelf = [product for product in SHELF if product.id in ("1", "3", "4")]
    assert substitute(SHELF[0], shelf, read_context("I'm allergic to nuts")) == []


def test_a_recipe_is_rewritten_and_judged_again() -> None:
    recipe = rewrite_recipe(
        ["200 g wheat flour", "100 g butter", "2 eggs", "salt"], read_context("I'm vegan and coeliac")
    )
    assert [line.line for line in recipe.lines][3] == "salt"
    assert recipe.lines[0].line == "200 g rice flour"
    assert recipe.lines[1].line == "100 g olive oil"
    assert recipe.judgement.verdict is not Verdict.BLOCK


def test_what_cannot_be_replaced_is_left_empty_and_the_whole_stays_blocked() -> None:
    recipe = rewrite_recipe(["lupin flakes", "rice"], read_context("I'm allergic to lupin"))
    assert recipe.lines[0].line == ""
    assert recipe.judgement.verdict is Verdict.BLOCK
