"""A customer's own orders. Who asks comes from the verified principal; another customer's order is simply not found."""

from typing import Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from seamless_retail.core.catalogue import Money
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.orders import Order, OrderLine
from seamless_retail.core.ports import Shop
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.understanding.message import words_of

_SEARCHED = 100
"""Newest orders that a search by words looks through."""


def get_order(shop: Shop, customer_id: str, order_id: str) -> Order:
    """One order of the customer.

    Raises:
        NotFoundError: The customer has no such order; the same for an order that does not exist and for another's.
    """
    number = order_id.strip().upper()
    order = shop.orders.get(number, customer_id) or shop.orders.get(f"#{number}", customer_id)
    if order is None:
        raise NotFoundError(
            f"There is no order {order_id.strip()} in this account.", "Check the number, or list the recent orders."
        )
    return order


def find_orders(shop: Shop, customer_id: str, words: str = "", status: str = "", limit: int = 5) -> list[Order]:
    """The customer's orders, newest first, whose lines have all the words and whose status is the one given."""
    wanted = {_stem(word) for word in words_of(words)}
    orders = shop.orders.recent(customer_id, _SEARCHED if wanted or status else limit)
    matching = [
        order
        for order in orders
        if (not status or order.status == status.lower())
        and wanted <= {_stem(w) for line in order.lines for w in _words(line)}
    ]
    return matching[:limit]


def previous_order(shop: Shop, customer_id: str, order_id: str) -> Order:
    """The order that the customer placed before another.

    Raises:
        NotFoundError: The customer has no such order, or it is the first.
    """
    later = get_order(shop, customer_id, order_id)
    orders = shop.orders.recent(customer_id, _SEARCHED)
    ids = [order.id for order in orders]
    at = ids.index(later.id) if later.id in ids else len(ids)
    if at + 1 >= len(ids):
        raise NotFoundError(f"There is no order before {later.id} in this account.", "It is the first one.")
    return orders[at + 1]


def _words(line: OrderLine) -> tuple[str, ...]:
    return words_of(f"{line.name} {line.product_id} {line.sku} {' '.join(line.options.values())}")


def _stem(word: str) -> str:
    return word.rstrip("s") or word


def track(order: Order) -> str:
    """How an order stands in one or two sentences: status, tracking numbers, expected day."""
    lines = [f"Order {order.id} is {order.status}."]
    if order.tracking:
        lines.append(f"Tracking: {', '.join(order.tracking)}.")
    if order.expected_on and order.status not in ("delivered", "cancelled", "returned"):
        lines.append(f"Expected on {order.expected_on}.")
    return " ".join(lines)


class ListOrdersArguments(BaseModel):
    """Which of the customer's orders."""

    words: str = Field("", max_length=200, description="Words of a product in the order, such as 'linen dress'.")
    status: str = Field("", description="Only orders of this status: 'shipped', 'delivered' …")
    limit: int = Field(5, ge=1, le=20, description="Orders to return, newest first.")


class OrderArguments(BaseModel):
    """Which order."""

    order_id: str = Field(description="The order's number, such as 'ORD-100001'.", min_length=1, max_length=40)


class ListOrdersTool(ShopTool):
    """``list_orders``: see :func:`find_orders`."""

    name: str = "list_orders"
    description: str = "Orders of the signed-in customer, newest first; by words of a product in them if given."
    args_schema: ArgsSchema | None = ListOrdersArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """List with the arguments of :class:`ListOrdersArguments`."""
        asked = ListOrdersArguments(words=args[0]) if args else ListOrdersArguments(**kwargs)
        orders = find_orders(self.shop, self.customer_id(), asked.words, asked.status, asked.limit)
        lines = [_summary(order) for order in orders] or ["No such orders."]
        return "\n".join(lines), {"orders": [order.model_dump(mode="json") for order in orders]}


class OrderDetailsTool(ShopTool):
    """``order_details``: see :func:`get_order`."""

    name: str = "order_details"
    description: str = "Lines, payments, status history and tracking of one order of the signed-in customer."
    args_schema: ArgsSchema | None = OrderArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Look up with the arguments of :class:`OrderArguments`."""
        asked = OrderArguments(order_id=args[0]) if args else OrderArguments(**kwargs)
        order = get_order(self.shop, self.customer_id(), asked.order_id)
        return _details(order), order.model_dump(mode="json")


def _summary(order: Order) -> str:
    placed = f"{order.placed_at:%Y-%m-%d}" if order.placed_at else "no date"
    items = ", ".join(f"{line.quantity} x {line.name}" for line in order.lines)
    return f"{order.id} | {placed} | {order.status} | {order.total} | {items}"


def _details(order: Order) -> str:
    lines = [track(order)]
    for line in order.lines:
        options = ", ".join(line.options.values())
        price = Money(cents=line.unit_price_cents, currency=order.currency)
        lines.append(f"{line.quantity} x {line.name} ({line.sku}{', ' + options if options else ''}) at {price}")
    for name, cents in (("Shipping", order.shipping_cents), ("Discount", -order.discount_cents)):
        if cents:
            lines.append(f"{name}: {Money(cents=cents, currency=order.currency)}")
    lines.append(f"Total: {order.total}")
    for payment in order.payments:
        lines.append(f"{payment.kind}: {Money(cents=payment.cents, currency=order.currency)} by {payment.method_id}")
    lines += [f"{change.at:%Y-%m-%d} {change.status} {change.note}".rstrip() for change in order.history if change.at]
    return "\n".join(lines)
