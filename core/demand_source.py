"""An outlook on stock as a text to cite."""

from datetime import date

from seamless_retail.core.catalogue import Product, Variant
from seamless_retail.core.demand import StockOutlook
from seamless_retail.core.evidence import Source
from seamless_retail.core.product_source import variant_label
from seamless_retail.core.source_text import SourceText, written_date


def written_day(day: date) -> str:
    """The day with its weekday: ``Saturday, November 21, 2026``."""
    return f"{day:%A}, {written_date(day)}"


def written_chance(probability: float) -> str:
    """A probability in whole per cent; certainty is not claimed."""
    return f"{min(max(round(probability * 100), 1), 99)} %"


def written_units(units: int) -> str:
    """``1 unit``, ``12 units``."""
    return f"{units:,} unit{'' if units == 1 else 's'}"


def forecast_source(product: Product, variant: Variant, outlook: StockOutlook, place: str = "") -> Source:
    """What is expected of one variant's stock.

    Fields: ``basis``, ``available``, ``sales``, ``chance``, ``stock_out`` (unless it is out now), ``reorder``.

    Args:
        product: Whose variant it is.
        variant: What is forecast.
        outlook: The figures.
        place: Name of the location; empty for all together.
    """
    label = f"{product.name} ({variant_label(variant)})" if variant_label(variant) else product.name
    text, reorder = SourceText(), outlook.reorder
    where = f"at {place}" if place else "at all locations"
    text.line(f"Forecast for {label}, SKU {variant.sku}, {where}")
    made = f"Made on {written_date(outlook.made_on)} from {outlook.history_days} days of sales"
    text.line(f"{made} by {outlook.method}", "basis")
    due = f", {outlook.incoming:,} more due by {written_day(outlook.day)}" if outlook.incoming else ""
    text.line(f"Available now: {outlook.available:,}{due}", "available")
    sold = f"Expected sales until {written_day(outlook.day)}: {written_units(round(outlook.expected))}"
    text.line(f"{sold}, 80 % interval {outlook.low} to {outlook.high}", "sales")
    text.line(f"Chance to be in stock on {written_day(outlook.day)}: {written_chance(outlook.in_stock)}", "chance")
    if outlook.available:
        text.line(f"Stock-out: {_stock_out(outlook)}", "stock_out")
    text.line(
        f"Reorder proposal: {written_units(reorder.units)}. The demand of {reorder.cover_days} days stays within "
        f"{written_units(reorder.level)} with {written_chance(reorder.service_level)} certainty; "
        f"{reorder.position:,} are here or on their way",
        "reorder",
    )
    return Source(
        id=f"forecast:{variant.sku}@{outlook.location_id}@{outlook.day.isoformat()}",
        kind="forecast",
        title=f"Forecast for {label}",
        text=text.text,
        fields=text.fields,
        metadata={"product_id": product.id, "sku": variant.sku, "day": outlook.day.isoformat()},
    )


def _stock_out(outlook: StockOutlook) -> str:
    if outlook.stock_out_on is None and outlook.earliest_stock_out is None:
        return f"not before {written_day(outlook.horizon)}, where the forecast ends"
    early = f"{written_day(outlook.earliest_stock_out)} at the earliest" if outlook.earliest_stock_out else ""
    if outlook.stock_out_on is None:
        return f"{early}, more likely not before {written_day(outlook.horizon)}, where the forecast ends"
    return f"around {written_day(outlook.stock_out_on)}, {early}"
