"""Between the records of tau2's retail data (dictionaries, amounts in dollars) and ours (integer cents)."""

from collections.abc import Mapping
from typing import Any

from seamless_retail.core.customers import Address, PaymentMethod
from seamless_retail.core.order_rules import ONCE, Offer
from seamless_retail.core.orders import Order, OrderLine, Payment

Entry = dict[str, Any]

_CENTS = "_cents"
_UNKNOWN_TO_TAU2 = frozenset({"exchange_pairs", "exchange_prices_cents", ONCE})


def to_cents(dollars: float) -> int:
    """An amount in cents; the data has two decimals."""
    return round(dollars * 100)


def to_dollars(cents: int) -> float:
    """The float nearest to an amount, as the data writes it."""
    return cents / 100


def read_order(entry: Mapping[str, Any]) -> Order:
    """What the rules need to know of an order."""
    return Order(
        id=entry["order_id"],
        customer_id=entry["user_id"],
        status=entry["status"],
        lines=tuple(_read_line(item) for item in entry["items"]),
        payments=tuple(
            Payment(kind=line["transaction_type"], cents=to_cents(line["amount"]), method_id=line["payment_method_id"])
            for line in entry["payment_history"]
        ),
    )


def write_order(entry: Entry, before: Order, after: Order) -> None:
    """Bring an order's dictionary to what the rules made of it; what did not change stays the same object."""
    entry["status"] = after.status
    for item, old, new in zip(entry["items"], before.lines, after.lines, strict=True):
        if new != old:
            item |= {"item_id": new.sku, "price": to_dollars(new.unit_price_cents), "options": dict(new.options)}
    for movement in after.payments[len(before.payments) :]:
        entry["payment_history"].append(
            {
                "transaction_type": movement.kind,
                "amount": to_dollars(movement.cents),
                "payment_method_id": movement.method_id,
            }
        )
    if after.address != before.address and after.address is not None:
        entry["address"] = write_address(after.address)
    for name, value in after.details.items():
        if name in _UNKNOWN_TO_TAU2:
            continue
        is_amount = name.endswith(_CENTS)
        entry[name.removesuffix(_CENTS)] = to_dollars(value) if is_amount else value


def read_method(entry: Mapping[str, Any]) -> PaymentMethod:
    """A payment method of a user."""
    balance = to_cents(entry["balance"]) if "balance" in entry else None
    return PaymentMethod(id=entry["id"], kind=entry["source"], balance_cents=balance)


def read_offer(product_id: str, entry: Mapping[str, Any]) -> Offer:
    """A variant of a product."""
    return Offer(
        sku=entry["item_id"],
        product_id=product_id,
        price_cents=to_cents(entry["price"]),
        options=entry["options"],
        available=entry["available"],
    )


def write_address(address: Address) -> Entry:
    """An address in the names of the data."""
    return {
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "country": address.country,
        "state": address.state,
        "zip": address.postal_code,
    }


def _read_line(item: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        sku=item["item_id"],
        product_id=item["product_id"],
        name=item["name"],
        quantity=1,
        unit_price_cents=to_cents(item["price"]),
        options=item["options"],
    )
