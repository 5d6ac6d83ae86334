"""Changes of orders in the customer's words, with what they cost."""

from collections import Counter
from collections.abc import Iterable
from functools import singledispatch

from seamless_retail.core.catalogue import Money
from seamless_retail.core.customers import Customer, PaymentMethod
from seamless_retail.core.order_requests import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    OrderRequest,
    RequestRefund,
    ReturnItems,
    UndoChange,
)
from seamless_retail.core.orders import Order, OrderLine

_KINDS = {"credit_card": "card", "gift_card": "gift card", "paypal": "PayPal", "account": "account"}


def describe(request: OrderRequest, order: Order, customer: Customer, effect_cents: int) -> str:
    """One or two sentences: what will be done to which order, and what the customer pays or gets back.

    Args:
        request: What will be done.
        order: The order as it is.
        customer: Whose it is.
        effect_cents: What the customer pays more; negative: gets back.
    """
    return f"{_action(request, order, customer)} {_effect(request, order, customer, effect_cents)}"


@singledispatch
def _action(request: OrderRequest, order: Order, customer: Customer) -> str:
    raise TypeError(f"no words for {type(request).__name__}")


@_action.register
def _cancel(request: CancelOrder, order: Order, customer: Customer) -> str:
    return f"Cancel order {order.id} ({_items(order.lines)}), {request.reason}."


@_action.register
def _address(request: ChangeAddress, order: Order, customer: Customer) -> str:
    a = request.address
    parts = (a.line1, a.line2, a.city, f"{a.state} {a.postal_code}".strip(), a.country)
    return f"Send order {order.id} to {', '.join(part for part in parts if part)}."


@_action.register
def _payment(request: ChangePayment, order: Order, customer: Customer) -> str:
    amount = Money(cents=order.balance_cents, currency=order.currency)
    new = method_words(customer, request.payment_method_id)
    return (
        f"Pay order {order.id} ({amount}) with {new} instead of {method_words(customer, order.payments[0].method_id)}."
    )


@_action.register(ChangeItems)
@_action.register(ExchangeItems)
def _items_change(request: ChangeItems | ExchangeItems, order: Order, customer: Customer) -> str:
    names = {line.sku: line.name for line in order.lines}
    pairs = zip(request.item_ids, request.new_item_ids, strict=True)
    changes = ", ".join(f"{names[old]} {old} for {new}" for old, new in pairs)
    if isinstance(request, ChangeItems):
        return f"Change order {order.id}: {changes}. Items can be changed once."
    return f"Exchange from order {order.id}: {changes}. An order can be exchanged once."


@_action.register
def _return(request: ReturnItems, order: Order, customer: Customer) -> str:
    return f"Return from order {order.id}: {_named(request.item_ids, order)}."


@_action.register
def _refund(request: RequestRefund, order: Order, customer: Customer) -> str:
    return f"Ask for a refund from order {order.id}: {_named(request.item_ids, order)}, {request.reason}."


@_action.register
def _undo(request: UndoChange, order: Order, customer: Customer) -> str:
    step = order.history[-1].note or order.status if order.history else order.status
    return f"Take back the last change of order {order.id} ({step})."


def method_words(customer: Customer, method_id: str) -> str:
    """A payment method as a customer knows it."""
    method = next((m for m in customer.payment_methods if m.id == method_id), None)
    return _method(method) if method is not None else "the original payment method"


def _method(method: PaymentMethod) -> str:
    ending = f" ending in {method.last_four}" if method.last_four else ""
    return f"your {method.brand + ' ' if method.brand else ''}{_KINDS[method.kind]}{ending}"


def _effect(request: OrderRequest, order: Order, customer: Customer, cents: int) -> str:
    amount = Money(cents=abs(cents), currency=order.currency)
    later = isinstance(request, ReturnItems | ExchangeItems | RequestRefund)
    if not cents:
        return "It costs nothing."
    method = getattr(request, "payment_method_id", "")
    where = method_words(customer, method) if method else _paid_with(order, customer)
    if cents > 0:
        return f"You pay {amount} more, with {where}{', when the exchange is carried out' if later else ''}."
    return f"You get {amount} back, to {where}{', once the store has dealt with it' if later else ''}."


def _paid_with(order: Order, customer: Customer) -> str:
    methods = dict.fromkeys(movement.method_id for movement in order.payments)
    return " and ".join(dict.fromkeys(method_words(customer, method) for method in methods))


def _items(lines: Iterable[OrderLine]) -> str:
    return ", ".join(f"{line.quantity} x {line.name}" for line in lines)


def _named(skus: Iterable[str], order: Order) -> str:
    names = {line.sku: line.name for line in order.lines}
    return ", ".join(f"{count} x {names[sku]} ({sku})" for sku, count in Counter(skus).items())
