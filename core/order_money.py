"""The money of an order: what each method paid, what goes back, what moves on gift cards. Integer cents."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.orders import Order, Payment


def net_payments(order: Order) -> dict[str, int]:
    """What each method has paid for an order less what it got back, in the order in which they first paid."""
    net: dict[str, int] = {}
    for movement in order.payments:
        cents = movement.cents if movement.kind == "payment" else -movement.cents
        net[movement.method_id] = net.get(movement.method_id, 0) + cents
    return net


def moved_back(before: Order, now: Order, at: datetime | None) -> tuple[Payment, ...]:
    """The movements that bring what each method has paid back to what it had paid before."""
    then, paid = net_payments(before), net_payments(now)
    differences = {method: then.get(method, 0) - paid.get(method, 0) for method in {**then, **paid}}
    return tuple(
        Payment.model_validate(
            {"kind": "payment" if cents > 0 else "refund", "cents": abs(cents), "method_id": method, "at": at}
        )
        for method, cents in differences.items()
        if cents
    )


def gift_card_credits(movements: Sequence[Payment], methods: Mapping[str, PaymentMethod]) -> dict[str, int]:
    """What movements of an order's money put on the customer's gift cards (negative: take off)."""
    credits: Counter[str] = Counter()
    for movement in movements:
        method = methods.get(movement.method_id)
        if method is not None and method.kind == "gift_card":
            credits[method.id] += movement.cents if movement.kind == "refund" else -movement.cents
    return {method: cents for method, cents in credits.items() if cents}


def refunds_of(order: Order, at: datetime | None) -> tuple[Payment, ...]:
    """One refund for each payment that was not refunded yet, so that no more goes back than came in."""
    refunded = Counter[str]()
    for movement in order.payments:
        if movement.kind == "refund":
            refunded[movement.method_id] += movement.cents
    refunds = []
    for movement in order.payments:
        if movement.kind == "payment":
            covered = min(movement.cents, refunded[movement.method_id])
            refunded[movement.method_id] -= covered
            if covered < movement.cents or not movement.cents:
                cents = movement.cents - covered
                refunds.append(Payment(kind="refund", cents=cents, method_id=movement.method_id, at=at))
    return tuple(refunds)
