"""Stock of a product: which variants are where, and what is on its way."""

from datetime import date
from typing import Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from seamless_retail.core.catalogue import Location, Product, Record, StockLevel, Variant
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.ports import Shop
from seamless_retail.tools.failure import ShopTool


class VariantStock(Record):
    """Where one variant is."""

    variant: Variant
    available: dict[str, int]
    """Units that can be promised now, by location id; locations that do not carry the variant are left out."""
    incoming: int = 0
    """Units of the next delivery."""
    incoming_on: date | None = None
    incoming_location_id: str = ""

    @property
    def total(self) -> int:
        """Units over all locations."""
        return sum(self.available.values())


class StockReport(Record):
    """Stock of the variants of one product that were asked for."""

    product: Product
    variants: tuple[VariantStock, ...]
    locations: tuple[Location, ...]

    @property
    def total(self) -> int:
        """Units of all these variants together."""
        return sum(stock.total for stock in self.variants)


def check_stock(shop: Shop, product_id: str, *, color: str = "", size: str = "", location_id: str = "") -> StockReport:
    """Stock of a product's active variants, by location.

    Args:
        shop: The shop.
        product_id: A product id, or a sku for one variant.
        color: Only variants of this color.
        size: Only variants of this size.
        location_id: Only this location.

    Raises:
        NotFoundError: There is no such product, variant or location.
    """
    product, sku = _product(shop, product_id)
    variants = [
        v
        for v in product.variants
        if v.active
        and (not sku or v.sku == sku)
        and (not color or v.color == color.lower())
        and (not size or v.size == size.lower())
    ]
    if not variants:
        raise _no_variant(product, color, size)
    locations = tuple(place for place in shop.stock.locations() if not location_id or place.id == location_id.lower())
    if not locations:
        known = ", ".join(place.id for place in shop.stock.locations())
        raise NotFoundError(f"There is no location {location_id!r}.", f"Locations are {known}.")
    levels = shop.stock.levels([v.sku for v in variants])
    places = {place.id for place in locations}
    stock = [
        _variant_stock(v, [level for level in levels.get(v.sku, []) if level.location_id in places]) for v in variants
    ]
    return StockReport(product=product, variants=tuple(stock), locations=locations)


def _product(shop: Shop, product_id: str) -> tuple[Product, str]:
    """The product, and the sku when the id is one."""
    if product := shop.catalogue.get(product_id):
        return product, ""
    if product := shop.catalogue.by_sku(product_id):
        return product, product_id
    raise NotFoundError(f"There is no product {product_id!r}.", "Search for the product first and use its id.")


def _no_variant(product: Product, color: str, size: str) -> NotFoundError:
    colors = ", ".join(sorted({v.color for v in product.variants if v.active and v.color}))
    sizes = ", ".join(dict.fromkeys(v.size for v in product.variants if v.active and v.size))
    asked = " ".join(word for word in (color, f"size {size}" if size else "") if word) or "at all"
    offered = "; ".join(f"{n}: {v}" for n, v in (("colors", colors), ("sizes", sizes)) if v) or "it is not for sale"
    return NotFoundError(f"{product.name} is not sold in {asked}.", f"It comes in {offered}.")


def _variant_stock(variant: Variant, levels: list[StockLevel]) -> VariantStock:
    coming = [level for level in levels if level.incoming and level.incoming_on]
    first = min(coming, key=lambda level: (level.incoming_on or date.max, level.location_id), default=None)
    return VariantStock(
        variant=variant,
        available={level.location_id: level.available for level in levels},
        incoming=first.incoming if first else 0,
        incoming_on=first.incoming_on if first else None,
        incoming_location_id=first.location_id if first else "",
    )


class StockArguments(BaseModel):
    """Which product, and which of its variants where."""

    product_id: str = Field(description="Product id such as 'F00001', or the sku of one variant.", min_length=1)
    color: str = Field("", description="Only variants of this color.")
    size: str = Field("", description="Only variants of this size.")
    location_id: str = Field("", description="Only this store or warehouse, by id.")


class CheckStockTool(ShopTool):
    """``check_stock``: see :func:`check_stock`."""

    name: str = "check_stock"
    description: str = "Units of a product that can be bought now, by color, size and location, and the next delivery."
    args_schema: ArgsSchema | None = StockArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Check with the arguments of :class:`StockArguments`."""
        asked = StockArguments(product_id=args[0]) if args else StockArguments(**kwargs)
        report = check_stock(
            self.shop, asked.product_id, color=asked.color, size=asked.size, location_id=asked.location_id
        )
        names = {place.id: place.name for place in report.locations}
        lines = [f"{report.product.name} ({report.product.id}): {report.total} units in stock."]
        lines += [_line(stock, names) for stock in report.variants]
        return "\n".join(lines), {
            "product_id": report.product.id,
            "total": report.total,
            "variants": [stock.model_dump(mode="json") for stock in report.variants],
        }


def _line(stock: VariantStock, names: dict[str, str]) -> str:
    variant = stock.variant
    label = " ".join(word for word in (variant.color, variant.size) if word) or "one form"
    where = ", ".join(f"{names[place]} {units}" for place, units in stock.available.items() if units) or "out of stock"
    coming = ""
    if stock.incoming:
        coming = f"; {stock.incoming} due {stock.incoming_on} at {names[stock.incoming_location_id]}"
    return f"{variant.sku} | {label} | {variant.price} | {where}{coming}"
