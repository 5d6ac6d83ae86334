"""From a recipe to what its label declares: ingredient list, allergens, nutrition, diets."""

from collections.abc import Sequence
from random import Random

from seamless_retail.core.catalogue import Allergen, Nutrition
from seamless_retail.core.database.seed.content import words
from seamless_retail.core.database.seed.grocery_specs import Item, Maker
from seamless_retail.core.database.seed.ingredients import NUTRIENTS, Ingredient, ingredients

ETHANOL_G_PER_ML = 0.789
LOW_SODIUM_MG = 120
"""Per 100 g, as the policy on diet labels says."""
SUGAR_FREE_G = 0.5
HIGH_FIBRE_G = 6
HIGH_PROTEIN_SHARE = 0.2
"""Of the energy."""
_ANIMALS = frozenset({"meat", "fish", "shellfish", "gelatin", "rennet"})
_ANIMAL_PRODUCTS = _ANIMALS | {"dairy", "egg", "honey", "beeswax"}
_NOT_HALAL = frozenset({"pork", "alcohol", "gelatin", "rennet"})
_NOT_KOSHER = frozenset({"pork", "shellfish", "gelatin", "rennet", "alcohol"})
_MINOR_SHARE = 0.02
_GENERIC = frozenset(
    words("white, powder, sauce, dark, whole, flour, milk, sweet, green, black, sugar, juice, vegetable")
)
"""Words of ingredient names that alone promise nothing."""

Mix = list[tuple[Ingredient, float]]
"""Ingredients with their shares of what goes in, largest first."""


def mix(item: Item, random: Random) -> Mix:
    """One maker's version of a recipe: amounts vary a little, alternatives are decided."""
    table = ingredients()
    chosen = [
        (table[random.choice(names.split("/"))], weight * random.uniform(0.94, 1.06)) for names, weight in item.recipe
    ]
    total = sum(weight for _, weight in chosen)
    return sorted(((i, weight / total) for i, weight in chosen), key=lambda share: (-share[1], share[0].name))


def ingredient_list(contents: Mix, item: Item, maker: Maker) -> str:
    """The list as the maker prints it, in order of weight."""
    if len(contents) == 1 and contents[0][0].parts:
        return ", ".join(ingredients()[part].printed(maker.organic) for part in contents[0][0].parts)
    major = [_printed(share, item, maker) for share in contents if share[1] >= _MINOR_SHARE]
    minor = [_printed(share, item, maker) for share in contents if share[1] < _MINOR_SHARE]
    if maker.label == "minor" and len(minor) > 1 and major:
        return f"{', '.join(major)}, contains 2% or less of: {', '.join(minor)}"
    return ", ".join([*major, *minor])


def makes(maker: Maker, item: Item) -> bool:
    """Whether a recipe is in a maker's line and keeps to its principles."""
    used = [ingredients()[name] for names, _ in item.recipe for name in names.split("/")]
    kinds = frozenset[str]().union(*(ingredient.kinds for ingredient in used))
    nuts = any(ingredient.allergens & {Allergen.NUTS, Allergen.PEANUTS} for ingredient in used)
    refused = (
        (maker.plant_based and kinds & _ANIMAL_PRODUCTS)
        or (maker.halal and kinds & {"pork", "alcohol"})
        or (maker.organic and all("additive" in ingredient.kinds for ingredient in used))
    )
    return bool(set(maker.groups) & set(item.group)) and not refused and not (maker.careful and nuts)


def contained(contents: Mix) -> tuple[Allergen, ...]:
    """The allergens of the ingredients, in the order of the regulation."""
    found = frozenset[Allergen]().union(*(ingredient.allergens for ingredient, _ in contents))
    return tuple(allergen for allergen in Allergen if allergen in found)


def traces(item: Item, maker: Maker, contains: Sequence[Allergen], random: Random) -> tuple[Allergen, ...]:
    """Allergens that the plant handles besides those of the product."""
    if maker.careful:
        return ()
    likely = [allergen for allergen in item.facility if allergen not in contains and random.random() < 0.75]
    return tuple(allergen for allergen in Allergen if allergen in likely)


def nutrition(contents: Mix, item: Item, maker: Maker) -> Nutrition:
    """Per 100 g as sold. Energy by the general factors 4-4-9 (21 CFR 101.9), and 7 for alcohol."""
    sums = {
        name: sum(share * ingredient.nutrients.get(name, 0.0) for ingredient, share in contents) / item.yield_
        for name in NUTRIENTS
    }
    grams = {name: round(value, 1) for name, value in sums.items() if name.endswith("_g")}
    grams["saturated_fat_g"] = min(grams["saturated_fat_g"], grams["fat_g"])
    grams["sugars_g"] = min(grams["sugars_g"], grams["carbohydrates_g"])
    alcohol = (item.alcohol or 0.0) * ETHANOL_G_PER_ML
    energy = 4 * grams["protein_g"] + 4 * grams["carbohydrates_g"] + 9 * grams["fat_g"] + 7 * alcohol
    caffeine = round(sums["caffeine_mg"])
    return Nutrition(
        energy_kcal=round(energy),
        **grams,
        sodium_mg=round(sums["sodium_mg"]),
        potassium_mg=round(sums["potassium_mg"]),
        phosphorus_mg=round(sums["phosphorus_mg"]) if maker.minerals else None,
        iron_mg=round(sums["iron_mg"], 1),
        caffeine_mg=caffeine if caffeine >= 1 else None,
        alcohol_pct=item.alcohol,
    )


def diets(
    contents: Mix,
    item: Item,
    maker: Maker,
    contains: Sequence[Allergen],
    may_contain: Sequence[Allergen],
    values: Nutrition,
) -> tuple[str, ...]:
    """The diet labels that are true of a product; halal and kosher only where the maker is certified."""
    kinds = frozenset[str]().union(*(ingredient.kinds for ingredient, _ in contents))
    whole = sum(share for ingredient, share in contents if "whole" in ingredient.kinds)
    near = {*contains, *may_contain}
    meat_with_milk = "meat" in kinds and "dairy" in kinds
    protein = 4 * (values.protein_g or 0)
    claims = {
        "vegan": not kinds & _ANIMAL_PRODUCTS,
        "vegetarian": not kinds & _ANIMALS,
        "gluten-free": Allergen.GLUTEN not in near,
        "dairy-free": Allergen.MILK not in contains,
        "lactose-free": Allergen.MILK not in contains or "Lactose-Free" in item.name,
        "nut-free": not near & {Allergen.NUTS, Allergen.PEANUTS},
        "halal": (maker.halal or item.halal) and not kinds & _NOT_HALAL,
        "kosher": maker.kosher and not kinds & _NOT_KOSHER and not meat_with_milk,
        "organic": maker.organic,
        "low-sodium": (values.sodium_mg or 0) <= LOW_SODIUM_MG,
        "sugar-free": item.sweetened and (values.sugars_g or 0) < SUGAR_FREE_G,
        "no-added-sugar": item.sweetened and not kinds & {"sugar"},
        "high-protein": protein >= HIGH_PROTEIN_SHARE * max(values.energy_kcal or 0, 40),
        "high-fibre": (values.fibre_g or 0) >= HIGH_FIBRE_G,
        "wholegrain": whole >= 0.5,
        "caffeine-free": item.stimulant and not values.caffeine_mg,
        "decaf": "Decaf" in item.name,
    }
    drinkable = claims if item.alcohol is None else {name: claims[name] for name in ("organic", "kosher")}
    return tuple(name for name, true in drinkable.items() if true)


def _printed(share: tuple[Ingredient, float], item: Item, maker: Maker) -> str:
    ingredient, weight = share
    text = ingredient.printed(maker.organic)
    if maker.label != "percent" or weight < _MINOR_SHARE or not _promised(ingredient, item):
        return text
    percent = f"{weight * 100:.0f}%"
    return f"{text} {percent}" if text.endswith(")") else f"{text} ({percent})"


def _promised(ingredient: Ingredient, item: Item) -> bool:
    """Whether the product's name speaks of the ingredient, so that its share has to be told."""
    telling = [word.rstrip("s") for word in ingredient.name.split() if len(word) > 3 and word not in _GENERIC]
    return any(word in item.name.lower() for word in telling)
