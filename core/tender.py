"""What pays an order: one method, or a gift card and another method for the rest. Integer cents."""

from collections.abc import Sequence
from datetime import datetime

from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.errors import InvalidQueryError, NotFoundError, PaymentDeclinedError
from seamless_retail.core.orders import Payment


def payments_for(
    method_ids: Sequence[str], methods: Sequence[PaymentMethod], total_cents: int, at: datetime | None
) -> tuple[Payment, ...]:
    """Split a total over payment methods, the gift card first; at least one payment, perhaps of nothing.

    Args:
        method_ids: One or two.
        methods: The customer's own.
        total_cents: What is to be paid.
        at: When.

    Raises:
        NotFoundError: The customer has no such method.
        InvalidQueryError: The methods cannot pay together.
        PaymentDeclinedError: A gift card that pays alone has too little on it.
    """
    known = {method.id: method for method in methods}
    if missing := [method_id for method_id in method_ids if method_id not in known]:
        raise NotFoundError(
            f"Payment method {missing[0]} not found.", f"The customer has {', '.join(known) or 'no payment methods'}."
        )
    chosen = sorted((known[method_id] for method_id in dict.fromkeys(method_ids)), key=lambda m: m.kind != "gift_card")
    if len(chosen) == 2 and [method.kind == "gift_card" for method in chosen] != [True, False]:
        raise InvalidQueryError("These two methods cannot pay together.", "Use a gift card and one other method.")
    if len(chosen) == 1 and (chosen[0].balance_cents or 0) < total_cents and chosen[0].kind == "gift_card":
        raise PaymentDeclinedError("The gift card has too little on it.", "Name another method for the rest.")
    payments = []
    for method in chosen:
        cents = min(total_cents, method.balance_cents or 0) if method.kind == "gift_card" else total_cents
        total_cents -= cents
        if cents:
            payments.append(Payment(kind="payment", cents=cents, method_id=method.id, at=at))
    return tuple(payments) or (Payment(kind="payment", cents=0, method_id=chosen[0].id, at=at),)
