"""Everything a label says about one product."""

from typing import Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from seamless_retail.core.catalogue import Allergen, Product
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.ports import Shop
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.product_lines import product_line


def find_product(shop: Shop, reference: str) -> Product:
    """The product with this id, sku or exact name (letter case aside).

    Raises:
        NotFoundError: There is none.
    """
    reference = reference.strip()
    named = shop.catalogue.vocabulary().product_names.get(reference.lower(), "")
    product = shop.catalogue.get(reference) or shop.catalogue.by_sku(reference) or shop.catalogue.get(named)
    if product is None:
        raise NotFoundError(f"There is no product {reference!r}.", "Search for the product first and use its id.")
    return product


def describe_product(product: Product) -> list[str]:
    """The label in lines: options and price, brand, attributes, and for food what it declares.

    A food whose label declares no allergens says so; that is not the same as a food declared free of them.
    """
    lines = [product_line(product, product.variants), product.description]
    if product.brand:
        lines.append(f"Brand: {product.brand}")
    lines += [f"{name.capitalize()}: {', '.join(values)}" for name, values in product.attributes.items() if values]
    if food := product.food:
        lines.append(f"Ingredients: {food.ingredients or 'not stated'}")
        lines.append(f"Contains allergens: {_declared(food.allergens)}")
        lines.append(f"May contain traces of: {_declared(food.traces)}")
        values = food.nutrition.model_dump(exclude_none=True) if food.nutrition else {}
        lines.append(f"Per 100 g: {', '.join(f'{n} {v:g}' for n, v in values.items()) or 'not stated'}")
    return [line for line in lines if line]


def _declared(allergens: tuple[Allergen, ...] | None) -> str:
    if allergens is None:
        return "not declared"
    return ", ".join(allergen.value for allergen in allergens) or "none declared"


class ProductArguments(BaseModel):
    """Which product."""

    product: str = Field(
        description="Product id such as 'F00001', a sku, or the exact name.", min_length=1, max_length=200
    )


class ProductDetailsTool(ShopTool):
    """``product_details``: see :func:`find_product` and :func:`describe_product`."""

    name: str = "product_details"
    description: str = (
        "Description, options, prices, materials, care, and for food the ingredients, allergens and nutrition."
    )
    args_schema: ArgsSchema | None = ProductArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Look up with the arguments of :class:`ProductArguments`."""
        asked = ProductArguments(product=args[0]) if args else ProductArguments(**kwargs)
        product = find_product(self.shop, asked.product)
        return "\n".join(describe_product(product)), product.model_dump(mode="json")
