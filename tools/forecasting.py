"""Will it be there? Stock on a coming day, the day it runs out, what to reorder and what to move between stores."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation

from seamless_retail.core.catalogue import Product, StockLevel, Variant
from seamless_retail.core.demand import DemandOutlook, StockOutlook, Transfer
from seamless_retail.core.demand_source import forecast_source, written_chance, written_day
from seamless_retail.core.errors import InvalidQueryError, NotFoundError
from seamless_retail.core.evidence import Source
from seamless_retail.core.ports import DemandForecaster, Shop
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.inventory import check_stock
from seamless_retail.tools.stock_planning import propose_transfers, stock_outlook, together

MAX_VARIANTS = 12
"""Variants that one call of the tool tells."""


class ProductForecast(BaseModel):
    """What becomes of a product's stock."""

    product: Product
    outlooks: tuple[StockOutlook, ...]
    """One for each variant, in the product's order."""
    transfers: tuple[Transfer, ...] = ()


def forecast_stock(
    shop: Shop,
    demand: DemandForecaster,
    product: Product,
    variants: Sequence[Variant],
    day: date,
    location_id: str = "",
) -> ProductForecast:
    """The stock of some variants until a day, at one location or at all.

    Args:
        shop: Its stock and its day.
        demand: Forecasts it.
        product: Of the variants.
        variants: Those asked about.
        day: After today; one beyond the forecast counts as its last day.
        location_id: One location only.

    Raises:
        NotFoundError: There are no sales to forecast from.
    """
    expected = demand.outlooks(product)
    if not expected:
        raise NotFoundError(f"There are no sales of {product.name} to forecast from.", "Ask for its stock instead.")
    levels = shop.stock.levels([variant.sku for variant in variants])
    found = []
    for variant in variants:
        here = [each for each in expected if each.sku == variant.sku and location_id in ("", each.location_id)]
        if here:
            stock = [level for level in levels[variant.sku] if location_id in ("", level.location_id)]
            chosen = here[0] if location_id else together(here)
            found.append(stock_outlook(chosen, stock, shop.today(), day))
    moves = [move for variant in variants for move in _transfers(expected, levels[variant.sku], variant)]
    shown = [move for move in moves if location_id in ("", move.target_id)]
    return ProductForecast(product=product, outlooks=tuple(found), transfers=tuple(shown))


def _transfers(expected: Sequence[DemandOutlook], levels: Sequence[StockLevel], variant: Variant) -> list[Transfer]:
    return propose_transfers([each for each in expected if each.sku == variant.sku], levels)


def resolve_forecast(shop: Shop, demand: DemandForecaster, source_id: str) -> Source | None:
    """Render a ``forecast:`` source again from its id, as long as the shop's day is the same."""
    kind, _, key = source_id.partition(":")
    sku, _, rest = key.partition("@")
    location_id, _, day = rest.partition("@")
    product = shop.catalogue.by_sku(sku)
    variant = next((v for v in product.variants if v.sku == sku), None) if product else None
    if kind != "forecast" or product is None or variant is None:
        return None
    found = forecast_stock(shop, demand, product, [variant], date.fromisoformat(day), location_id)
    names = {place.id: place.name for place in shop.stock.locations()}
    return forecast_source(product, variant, found.outlooks[0], names.get(location_id, ""))


class ForecastArguments(BaseModel):
    """Which product, until when, and where."""

    product_id: str = Field(description="Product id such as 'F00001', or the sku of one variant.", min_length=1)
    day: date = Field(description="A day after today, such as 2026-11-21.")
    color: str = Field("", description="Only variants of this color.")
    size: str = Field("", description="Only variants of this size.")
    location_id: str = Field("", description="Only this store or warehouse, by id.")


class ForecastStockTool(ShopTool):
    """``forecast_stock``: see :func:`forecast_stock`."""

    name: str = "forecast_stock"
    description: str = (
        "Whether a product will be in stock on a coming day, when it runs out, how many units to reorder and which "
        "transfers between stores help."
    )
    args_schema: ArgsSchema | None = ForecastArguments
    demand: Annotated[DemandForecaster, SkipValidation] = Field(exclude=True, repr=False)
    """Forecasts the demand."""

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Forecast with the arguments of :class:`ForecastArguments`."""
        asked = ForecastArguments(**kwargs)
        if asked.day <= self.shop.today():
            raise InvalidQueryError(f"{asked.day} is not after today.", "Use check_stock for the stock of today.")
        where = asked.location_id.lower()
        report = check_stock(self.shop, asked.product_id, color=asked.color, size=asked.size, location_id=where)
        variants = [stock.variant for stock in report.variants][:MAX_VARIANTS]
        found = forecast_stock(self.shop, self.demand, report.product, variants, asked.day, where)
        names = {place.id: place.name for place in self.shop.stock.locations()}
        lines = [_line(outlook) for outlook in found.outlooks]
        lines += [
            f"Move {m.units} of {m.sku} from {names[m.source_id]} to {names[m.target_id]}" for m in found.transfers
        ]
        return "\n".join(lines), found.model_dump(mode="json", exclude={"product"})


def _line(outlook: StockOutlook) -> str:
    """One variant: chance, sales, stock-out and reorder."""
    out = f"around {outlook.stock_out_on}" if outlook.stock_out_on else f"not before {outlook.horizon}"
    return (
        f"{outlook.sku} | {outlook.available} available | {written_chance(outlook.in_stock)} in stock on "
        f"{written_day(outlook.day)} | sales until then {outlook.low} to {outlook.high} | runs out {out} | "
        f"reorder {outlook.reorder.units} (level {outlook.reorder.level} for {outlook.reorder.cover_days} days)"
    )
