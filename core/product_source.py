"""The citable text of a product."""

from collections.abc import Iterable
from typing import Any

from seamless_retail.core.catalogue import Allergen, Nutrition, Product, Variant
from seamless_retail.core.evidence import Source
from seamless_retail.core.source_text import (
    SourceText,
    label_of,
    written_name,
    written_range,
    written_size,
)

_NUTRIENTS = {
    "energy_kcal": "energy {} kcal",
    "protein_g": "protein {} g",
    "fat_g": "fat {} g",
    "saturated_fat_g": "saturated fat {} g",
    "carbohydrates_g": "carbohydrates {} g",
    "sugars_g": "sugars {} g",
    "fibre_g": "fiber {} g",
    "sodium_mg": "sodium {} mg",
    "potassium_mg": "potassium {} mg",
    "phosphorus_mg": "phosphorus {} mg",
    "iron_mg": "iron {} mg",
    "caffeine_mg": "caffeine {} mg",
    "alcohol_pct": "alcohol {} %",
}


def product_source(product: Product) -> Source:
    """Render a product.

    Fields: ``name``, ``brand``, ``category``, ``description``, ``attributes.<name>`` (``material`` also under its own
    name), ``colors``, ``colors.<color>``, ``sizes``, ``sizes.<size>``, ``options.<name>``, ``price``, ``ingredients``,
    ``serving``, ``allergens``, ``traces``, ``nutrition``, ``nutrition.<nutrient>``, ``variants``, ``variants.<sku>``. A
    field is absent when the record says nothing; ``allergens`` and ``traces`` are present for every grocery. All but
    ``name``, ``description`` and the dotted item fields span their label too.
    """
    text = SourceText()
    variants = [variant for variant in product.variants if variant.active]
    text.line(" ".join(product.name.split()), "name")
    text.value("Brand", product.brand, "brand")
    text.value("Category", f"{product.category} ({product.department})", "category")
    if product.description:
        text.line(product.description, "description")
    for name, values in product.attributes.items():
        aliases = ("material",) if name == "material" else ()
        text.value(label_of(name), ", ".join(values), f"attributes.{name}", *aliases)
    text.items("Colors", _distinct(variant.color for variant in variants), "colors")
    sizes = _distinct(variant.size for variant in variants)
    text.items("Sizes", {size: written_size(size) for size in sizes}, "sizes")
    for name, choices in _options(variants).items():
        text.value(label_of(name), ", ".join(choices), f"options.{name}")
    if product.price_range:
        text.value("Price", written_range(*product.price_range), "price")
    _write_food(text, product)
    _write_variants(text, variants)
    return Source(
        id=f"product:{product.id}",
        kind="product",
        title=product.name,
        text=text.text,
        fields=text.fields,
        metadata=_metadata(product, variants),
    )


def variant_label(variant: Variant) -> str:
    """What tells a variant from its siblings: ``navy, size M, cotton``; empty for an only form."""
    size = f"size {written_size(variant.size)}" if variant.size else ""
    return ", ".join(part for part in (variant.color, size, *variant.options.values()) if part)


def _write_food(text: SourceText, product: Product) -> None:
    """A grocery without a label declares nothing, which is said in the same words as an empty label."""
    if product.food is None:
        if product.department == "grocery":
            text.line("Allergens: not declared", "allergens")
            text.line("May contain: not declared", "traces")
        return
    food = product.food
    text.value("Ingredients", food.ingredients, "ingredients")
    if food.allergens is None:
        text.line("Allergens: not declared", "allergens")
    else:
        text.line(f"Contains: {_allergens(food.allergens)}", "allergens")
    text.line(f"May contain: {'not declared' if food.traces is None else _allergens(food.traces)}", "traces")
    text.value("Serving", food.serving, "serving")
    if food.nutrition:
        text.items("Nutrition per 100 g", _nutrients(food.nutrition), "nutrition")


def _write_variants(text: SourceText, variants: list[Variant]) -> None:
    """One line per variant: which colour exists in which size, and at what price."""
    if len(variants) < 2:
        return
    text.line("Variants:")
    start = len(text.text) - len("Variants:")
    for variant in variants:
        text.line(f"{variant.sku}: {variant_label(variant) or 'standard'}, {variant.price}", f"variants.{variant.sku}")
    text.fields["variants"] = (start, len(text.text))


def _allergens(allergens: Iterable[Allergen]) -> str:
    return ", ".join(written_name(allergen) for allergen in allergens) or "no declarable allergen"


def _nutrients(nutrition: Nutrition) -> dict[str, str]:
    values = nutrition.model_dump(exclude_none=True)
    return {name: form.format(f"{values[name]:g}") for name, form in _NUTRIENTS.items() if name in values}


def _distinct(values: Iterable[str]) -> dict[str, str]:
    """The values once each, in order, none empty."""
    return {value: value for value in values if value}


def _options(variants: list[Variant]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for variant in variants for name in variant.options)
    return {name: list(_distinct(v.options.get(name, "") for v in variants)) for name in names}


def _metadata(product: Product, variants: list[Variant]) -> dict[str, Any]:
    """Filterable values.

    Declared allergens are left out on purpose: a filter cannot tell a product that declares nothing from one that
    declares "none". Exclude allergens with ``ProductQuery.exclude_allergens``.
    """
    metadata: dict[str, Any] = {
        "product_id": product.id,
        "department": product.department,
        "category": product.category,
        "brand": product.brand.lower(),
        "colors": list(_distinct(variant.color for variant in variants)),
        "sizes": list(_distinct(variant.size for variant in variants)),
        "popularity": product.popularity,
    }
    if product.price_range:
        low, high = product.price_range
        metadata |= {"price": low.cents, "price_max": high.cents, "currency": low.currency}
    return metadata | {f"attributes.{name}": list(values) for name, values in product.attributes.items()}
