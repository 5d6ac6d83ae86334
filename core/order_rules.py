"""The rules of changing an order, without a database: an order and a request go in, the changed order comes out.

The rules, their order and their messages are those of the retail tool contract of tau2-bench, so that the desk over SQL
and the environment of :mod:`seamless_retail.tools.tau2_retail` decide alike. Two holes of its reference are closed: a
refund gives back what was paid and not given back yet, and each item takes price and options of its own new variant.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import singledispatch
from typing import Any

from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.errors import InvalidQueryError, NotFoundError, PaymentDeclinedError, PolicyRefusal
from seamless_retail.core.order_lines import LineChange, replace_units, without_units
from seamless_retail.core.order_money import gift_card_credits, net_payments, refunds_of
from seamless_retail.core.order_requests import (
    CANCEL_REASONS,
    REFUND_REASONS,
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    RequestRefund,
    ReturnItems,
    RuledRequest,
)
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange

MODIFIED = "pending (item modified)"
ONCE = "changed_once"
"""Detail of an order whose items were changed or exchanged; it stays when that is undone."""


class Offer(Record):
    """A variant as it can be ordered now."""

    sku: str
    product_id: str
    price_cents: int
    options: dict[str, str] = Field(default_factory=dict)
    available: bool = True


Offers = Callable[[str, str], Offer | None]
"""The offer of a product id and a sku; ``None`` when the product has no such variant."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a rule may look at beside the order."""

    methods: Mapping[str, PaymentMethod]
    """The payment methods of the order's customer."""
    offers: Offers
    at: datetime | None = None
    """When it happens; ``None`` where the store keeps no times."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An order after a request."""

    order: Order
    credits: Mapping[str, int] = field(default_factory=dict)
    """Cents that gift cards receive (negative: pay), by method id; they move at once."""
    freed: tuple[OrderLine, ...] = ()
    """Units that the order needs no longer."""
    needed: tuple[OrderLine, ...] = ()
    """Units that it needs now."""
    effect_cents: int = 0
    """What the customer pays more; negative: gets back, now or once the store has carried the request out."""


@singledispatch
def decide(request: RuledRequest, order: Order, situation: Situation) -> Outcome:
    """Apply a request to an order.

    Args:
        request: What is asked for, about this order.
        order: The order as it is.
        situation: Payment methods, offers and time.

    Raises:
        PolicyRefusal: The order's status or the store's policy does not allow it.
        NotFoundError: An item, variant or payment method is not there.
        InvalidQueryError: The arguments do not fit together.
        PaymentDeclinedError: A gift card has too little on it.
    """
    raise TypeError(f"no rule for {type(request).__name__}")


@decide.register
def _cancel(request: CancelOrder, order: Order, situation: Situation) -> Outcome:
    if order.status != "pending":
        raise _refused("Non-pending order cannot be cancelled.", order)
    if request.reason not in CANCEL_REASONS:
        raise InvalidQueryError("Invalid reason.", f"The reason is {' or '.join(map(repr, CANCEL_REASONS))}.")
    refunds = refunds_of(order, situation.at)
    changed = _changed(
        order, situation, "cancelled", request.reason, details={"cancel_reason": request.reason}, movements=refunds
    )
    credits = gift_card_credits(refunds, situation.methods)
    return Outcome(changed, credits, freed=order.lines, effect_cents=-sum(refund.cents for refund in refunds))


@decide.register
def _change_address(request: ChangeAddress, order: Order, situation: Situation) -> Outcome:
    if "pending" not in order.status:
        raise _refused("Non-pending order cannot be modified.", order)
    changed = _changed(order, situation, order.status, "address changed")
    return Outcome(changed.model_copy(update={"address": request.address}))


@decide.register
def _change_payment(request: ChangePayment, order: Order, situation: Situation) -> Outcome:
    if "pending" not in order.status:
        raise _refused("Non-pending order cannot be modified.", order)
    method = _method(request.payment_method_id, situation)
    if len(order.payments) != 1 or order.payments[0].kind != "payment":
        raise PolicyRefusal(
            "There should be exactly one payment for a pending order.", "Its payment was changed or split already."
        )
    paid = order.payments[0]
    if paid.method_id == method.id:
        raise InvalidQueryError(
            "The new payment method should be different from the current one.", "Choose another payment method."
        )
    if method.kind == "gift_card" and (method.balance_cents or 0) < paid.cents:
        raise _too_little("Insufficient gift card balance to pay for the order.")
    movements = (
        Payment(kind="payment", cents=paid.cents, method_id=method.id, at=situation.at),
        Payment(kind="refund", cents=paid.cents, method_id=paid.method_id, at=situation.at),
    )
    changed = _changed(order, situation, order.status, "payment method changed", movements=movements)
    return Outcome(changed, gift_card_credits(movements, situation.methods))


@decide.register
def _change_items(request: ChangeItems, order: Order, situation: Situation) -> Outcome:
    if order.status != "pending":
        raise _refused("Non-pending order cannot be modified.", order)
    if ONCE in order.details:
        raise PolicyRefusal("The items of an order can be changed once.", "They were changed already.")
    missing = _missing(order, request.item_ids)
    if missing:
        raise NotFoundError(f"{missing} not found.", "Use the item ids of the order, each as often as it is there.")
    if len(request.item_ids) != len(request.new_item_ids):
        raise _uneven()
    change = _pair(request, order, situation, must_differ=True)
    difference = change.difference_cents
    method = _method(request.payment_method_id, situation)
    if method.kind == "gift_card" and (method.balance_cents or 0) < difference:
        raise _too_little("Insufficient gift card balance to pay for the new item.")
    kind = "payment" if difference > 0 else "refund"
    movement = Payment.model_validate(
        {"kind": kind, "cents": abs(difference), "method_id": method.id, "at": situation.at}
    )
    changed = _changed(order, situation, MODIFIED, "items changed", movements=(movement,), details={ONCE: True})
    changed = changed.model_copy(update={"lines": change.lines})
    return Outcome(changed, gift_card_credits((movement,), situation.methods), change.removed, change.added, difference)


@decide.register
def _exchange(request: ExchangeItems, order: Order, situation: Situation) -> Outcome:
    if order.status != "delivered":
        raise _refused("Non-delivered order cannot be exchanged.", order)
    missing = _missing(order, request.item_ids)
    if missing:
        raise NotFoundError(
            f"Number of {missing} not found.", "Use the item ids of the order, each as often as it is there."
        )
    if len(request.item_ids) != len(request.new_item_ids):
        raise _uneven()
    change = _pair(request, order, situation, must_differ=False)
    method = _method(request.payment_method_id, situation)
    if method.kind == "gift_card" and (method.balance_cents or 0) < change.difference_cents:
        raise _too_little("Insufficient gift card balance to pay for the price difference.")
    if ONCE in order.details:
        raise PolicyRefusal("An order can be exchanged once.", "Its items were exchanged already; return them instead.")
    details = {
        ONCE: True,
        "exchange_items": sorted(request.item_ids),
        "exchange_new_items": sorted(request.new_item_ids),
        "exchange_pairs": [list(pair) for pair in zip(request.item_ids, request.new_item_ids, strict=True)],
        "exchange_prices_cents": {line.sku: line.unit_price_cents for line in change.added},
        "exchange_payment_method_id": method.id,
        "exchange_price_difference_cents": change.difference_cents,
    }
    changed = _changed(order, situation, "exchange requested", "exchange", details=details)
    return Outcome(changed, needed=change.added, effect_cents=change.difference_cents)


@decide.register
def _return(request: ReturnItems, order: Order, situation: Situation) -> Outcome:
    if order.status != "delivered":
        raise _refused("Non-delivered order cannot be returned.", order)
    method = _refund_method(request.payment_method_id, order, situation)
    _check_items(order, request.item_ids)
    details = {"return_items": sorted(request.item_ids), "return_payment_method_id": method.id}
    changed = _changed(order, situation, "return requested", "return", details=details)
    return Outcome(changed, effect_cents=-without_units(order, request.item_ids).refund_cents)


@decide.register
def _request_refund(request: RequestRefund, order: Order, situation: Situation) -> Outcome:
    if order.status != "delivered":
        raise _refused("Non-delivered order cannot be refunded.", order)
    if request.reason not in REFUND_REASONS:
        raise InvalidQueryError("Invalid reason.", f"The reason is one of {', '.join(map(repr, REFUND_REASONS))}.")
    method = _refund_method(request.payment_method_id, order, situation)
    _check_items(order, request.item_ids)
    details = {
        "refund_items": sorted(request.item_ids),
        "refund_payment_method_id": method.id,
        "refund_reason": request.reason,
    }
    changed = _changed(order, situation, "refund requested", request.reason, details=details)
    return Outcome(changed, effect_cents=-without_units(order, request.item_ids).refund_cents)


def _pair(request: ChangeItems | ExchangeItems, order: Order, situation: Situation, *, must_differ: bool) -> LineChange:
    """Each named unit of the order with its own new variant."""
    new: list[Offer] = []
    products = {line.sku: line.product_id for line in order.lines}
    for item_id, new_item_id in zip(request.item_ids, request.new_item_ids, strict=True):
        if must_differ and item_id == new_item_id:
            raise InvalidQueryError(
                "The new item id should be different from the old item id.", "Choose another variant."
            )
        offer = situation.offers(products[item_id], new_item_id)
        if offer is None:
            raise NotFoundError("Variant not found.", f"{new_item_id} is not a variant of the product of {item_id}.")
        if not offer.available:
            raise NotFoundError(f"New item {new_item_id} not found or available.", "Choose a variant that is in stock.")
        new.append(offer)
    variants = [(offer.sku, offer.price_cents, offer.options) for offer in new]
    return replace_units(order, request.item_ids, variants)


def _missing(order: Order, item_ids: Sequence[str]) -> str:
    """The first item that is named more often than the order has it; empty when there is none."""
    there: Counter[str] = Counter()
    for line in order.lines:
        there[line.sku] += line.quantity
    wanted = Counter(item_ids)
    return next((item_id for item_id in item_ids if wanted[item_id] > there[item_id]), "")


def _check_items(order: Order, item_ids: Sequence[str]) -> None:
    if _missing(order, item_ids):
        raise NotFoundError("Some item not found.", "Use the item ids of the order, each as often as it is there.")


def _method(method_id: str, situation: Situation) -> PaymentMethod:
    method = situation.methods.get(method_id)
    if method is None:
        raise NotFoundError("Payment method not found.", "Use one of the customer's own payment methods.")
    return method


def _refund_method(method_id: str, order: Order, situation: Situation) -> PaymentMethod:
    method = _method(method_id, situation)
    paid = [name for name, cents in net_payments(order).items() if cents > 0]
    originals = paid or [payment.method_id for payment in order.payments[:1]]
    if method.kind != "gift_card" and method.id not in originals:
        raise PolicyRefusal(
            "Payment method should be the original payment method.", "A gift card of the customer is accepted too."
        )
    return method


def _changed(
    order: Order,
    situation: Situation,
    status: str,
    note: str,
    *,
    details: Mapping[str, Any] | None = None,
    movements: Sequence[Payment] = (),
) -> Order:
    return order.model_copy(
        update={
            "status": status,
            "payments": (*order.payments, *movements),
            "history": (*order.history, StatusChange(status=status, at=situation.at, note=note)),
            "details": {**order.details, **(details or {})},
        }
    )


def _refused(message: str, order: Order) -> PolicyRefusal:
    return PolicyRefusal(message, f"Order {order.id} is {order.status}.")


def _uneven() -> InvalidQueryError:
    return InvalidQueryError(
        "The number of items to be exchanged should match.", "Give one new item id for each old one."
    )


def _too_little(message: str) -> PaymentDeclinedError:
    return PaymentDeclinedError(message, "Choose another payment method.")
