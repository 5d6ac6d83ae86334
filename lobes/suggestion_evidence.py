"""What the reason of a suggestion rests on, as citations: labels, sales, shared orders, the customer's own orders."""

from collections.abc import Iterable, Sequence

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Citation, Source
from seamless_retail.core.orders import Order
from seamless_retail.core.source_text import SourceText
from seamless_retail.core.sources import order_source, product_source
from seamless_retail.lobes.product_record import cite_together
from seamless_retail.tools.recommendation import Recommendation


def sales_source(found: Iterable[Recommendation]) -> Source:
    """Units sold a week; fields are product ids."""
    text = SourceText()
    text.line("Best sellers of the last twelve weeks, units sold a week", "title")
    for recommendation in found:
        units = round(recommendation.product.popularity)
        text.line(
            f"{recommendation.product.name}: {f'about {units}' if units else 'less than one'} sold a week",
            recommendation.product.id,
        )
    return Source(
        id="catalogue:best-sellers", kind="catalogue", title="Best sellers", text=text.text, fields=text.fields
    )


def together_source(product: Product, counts: Sequence[tuple[str, int]], names: dict[str, str]) -> Source:
    """In how many orders other products stand with this one; fields are product ids."""
    text = SourceText()
    text.line(f"Bought with the {product.name}", "title")
    for product_id, orders in counts:
        if product_id in names:
            text.line(f"{names[product_id]}: in {orders} {'order' if orders == 1 else 'orders'}", product_id)
    return Source(
        id=f"catalogue:bought-with-{product.id}",
        kind="catalogue",
        title=f"Bought with the {product.name}",
        text=text.text,
        fields=text.fields,
    )


def rhythm_source(found: Iterable[Recommendation]) -> Source:
    """When the customer ordered consumables, as their reasons tell it; fields are product ids."""
    text = SourceText()
    text.line("From your own orders, what you order again", "title")
    for recommendation in found:
        text.line(f"{recommendation.product.name}: {recommendation.reason}", recommendation.product.id)
    return Source(
        id="catalogue:bought-again", kind="catalogue", title="Your repeat orders", text=text.text, fields=text.fields
    )


def label_citations(product: Product, reason: str) -> list[Citation]:
    """The product's brand and attributes that the reason names."""
    named = [f"attributes.{name}" for name, values in product.attributes.items() if any(v in reason for v in values)]
    brand = ["brand"] if product.brand and product.brand in reason else []
    return cite_together(product_source(product), [*brand, *named])


def ordered_citations(orders: Sequence[Order], reason: str) -> list[Citation]:
    """The line of the customer's own order that the reason names ("the Linen Dress you ordered")."""
    for order in orders:
        for position, line in enumerate(order.lines):
            if f"the {line.name} you ordered" in reason:
                return [order_source(order).cite(f"lines.{position}")]
    return []
