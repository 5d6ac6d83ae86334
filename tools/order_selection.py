"""Which order, which units and which payment method a customer means; asked back with the options, never guessed."""

import re
from collections.abc import Iterable, Sequence

from seamless_retail.core.customers import Customer, PaymentMethod
from seamless_retail.core.errors import ClarificationError, NotFoundError
from seamless_retail.core.order_money import net_payments
from seamless_retail.core.orders import Order, OrderLine
from seamless_retail.core.ports import Shop
from seamless_retail.core.source_text import written_date
from seamless_retail.tools.order_words import method_words
from seamless_retail.tools.orders import get_order, previous_order
from seamless_retail.tools.understanding.message import words_of

LISTED = 4
"""Options that one question names."""
SEARCHED = 100

_NUMBER = re.compile(r"(?<![\w-])(ord-\d{4,9}|#?w\d{6,8})\b", re.IGNORECASE)
_PRONOUNS = frozenset({"it", "that", "this", "them", "those", "these", "one", "ones"})
_COUNTS = {"one": 1, "a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "both": 2}
_ALL = frozenset({"all", "both", "everything", "whole", "entire", "complete", "each"})
_ORDER_WORDS = frozenset(["order", "orders", "purchase", "package", "parcel", "delivery", "shipment"])
_LATEST = frozenset(["last", "latest", "newest", "recent"])
_PREVIOUS = frozenset(["previous", "before"])
_OTHER = """
the my an i you your from in of for on to with at and most pair pairs item items thing things product products ordered
bought got have has pending back please number
"""
_GENERIC = _PRONOUNS | _ALL | _ORDER_WORDS | _LATEST | _PREVIOUS | frozenset((*_COUNTS, *_OTHER.split()))
_BECAUSE = re.compile(r",|\b(?:because|since|as|which|they|that (?:is|was|are|were|arrived|came))\b.*", re.IGNORECASE)


def named_order(text: str) -> str:
    """The order number that a text names, or an empty text."""
    found = _NUMBER.search(text)
    return found[1].upper() if found else ""


def choose_order(
    shop: Shop, customer_id: str, what: str, focus_order_id: str, statuses: Sequence[str], product_id: str = ""
) -> Order:
    """The order that is meant.

    Args:
        shop: Where orders are kept.
        customer_id: The verified customer.
        what: How the customer calls it: a number, "my last order", "it", "the boots".
        focus_order_id: The order that the conversation is about.
        statuses: What orders must be for the operation; others are taken only when they are named.
        product_id: The product that the conversation is about.

    Raises:
        NotFoundError: The customer has no such order, or none.
        ClarificationError: Several may be meant.
    """
    if number := named_order(what):
        return get_order(shop, customer_id, number)
    orders = shop.orders.recent(customer_id, SEARCHED)
    if not orders:
        raise NotFoundError("I found no order in your account.")
    said = set(words_of(what))
    if said & _PREVIOUS:
        return previous_order(shop, customer_id, focus_order_id or orders[0].id)
    wanted = things(what)
    focused = next((order for order in orders if order.id == focus_order_id), None)
    if wanted:
        return _with_things(shop, orders, wanted, focused, statuses, what)
    if said & _LATEST:
        return orders[0]
    if focused is not None and (said & _PRONOUNS or not said or said & _ORDER_WORDS):
        return focused
    if product_id:
        orders = [order for order in orders if any(line.product_id == product_id for line in order.lines)] or orders
    fitting = [order for order in orders if order.status in statuses]
    return _only(fitting) if fitting else orders[0]


def choose_units(shop: Shop, order: Order, what: str, product_id: str = "") -> tuple[str, ...]:
    """The skus of the units that are meant, one for each unit.

    Raises:
        ClarificationError: None fit, or several may be meant.
    """
    said, wanted = words_of(_BECAUSE.sub("", what)), things(what)
    lines = [line for line in order.lines if line.quantity > 0]
    if wanted:
        found = [line for line in lines if wanted <= _words(shop, line)]
        if not found:
            raise ClarificationError(f"Which item of order {order.id} do you mean: {_told(lines)}?", "item")
    elif set(said) & _ORDER_WORDS or set(said) & _ALL:
        return tuple(line.sku for line in lines for _ in range(line.quantity))
    else:
        found = [line for line in lines if line.product_id == product_id] or lines
    if len(found) > 1 and not set(said) & _ALL:
        raise ClarificationError(f"Which of these do you mean: {_told(found)}?")
    if len(found) > 1:
        return tuple(line.sku for line in found for _ in range(line.quantity))
    return (found[0].sku,) * _count(found[0], said)


def choose_method(customer: Customer, order: Order, words: str = "") -> PaymentMethod:
    """The payment method that is named, or else the one that paid the order.

    Raises:
        ClarificationError: None or several of the customer's methods are meant.
    """
    methods = customer.payment_methods
    if words:
        return named_method(customer, words)
    paid = [name for name, cents in net_payments(order).items() if cents > 0]
    known = [method for name in paid for method in methods if method.id == name]
    if not (known or methods):
        raise ClarificationError("There is no payment method in your account; please add one there first.")
    return (known or list(methods))[0]


def named_method(customer: Customer, words: str) -> PaymentMethod:
    """The one payment method of a customer that words name.

    Raises:
        ClarificationError: None or several are meant.
    """
    said = set(words_of(words))
    found = [method for method in customer.payment_methods if said & _method_names(method)]
    if "gift" in said:
        found = [method for method in found if method.kind == "gift_card"]
    if len(found) != 1:
        options = _either(method_words(customer, method.id) for method in found or customer.payment_methods)
        raise ClarificationError(f"Which payment method do you mean: {options}?", "target")
    return found[0]


def things(what: str) -> frozenset[str]:
    """The stems of the words that describe a product."""
    plain = _NUMBER.sub(" ", _BECAUSE.sub("", what))
    return frozenset(_stem(word) for word in words_of(plain) if word not in _GENERIC and not word.isdecimal())


def _method_names(method: PaymentMethod) -> set[str]:
    kind = {"gift_card": {"gift"}, "paypal": {"paypal"}, "credit_card": {"credit", "debit"}, "account": {"account"}}
    card = {"card"} if method.kind in ("credit_card", "gift_card") else set()
    return {*kind[method.kind], *card, *words_of(method.brand), method.last_four} - {""}


def _with_things(
    shop: Shop,
    orders: Sequence[Order],
    wanted: frozenset[str],
    focused: Order | None,
    statuses: Sequence[str],
    what: str,
) -> Order:
    holding = [order for order in orders if any(wanted <= _words(shop, line) for line in order.lines)]
    if focused is not None and focused in holding:
        return focused
    if not holding:
        raise NotFoundError(f"I found no order with {what} in your account.")
    return _only([order for order in holding if order.status in statuses] or holding[:1])


def _only(orders: Sequence[Order]) -> Order:
    if len(orders) > 1:
        raise ClarificationError(f"Which order do you mean: {_either(map(_title, orders[:LISTED]))}?")
    return orders[0]


def _title(order: Order) -> str:
    items = ", ".join(line.name for line in order.lines[:2]) + (", …" if len(order.lines) > 2 else "")
    placed = f" of {written_date(order.placed_at)}" if order.placed_at else ""
    return f"{order.id}{placed} ({items})"


def _told(lines: Iterable[OrderLine]) -> str:
    return _either(
        f"{line.name}{f' ({options})' if (options := ', '.join(line.options.values())) else ''}"
        for line in list(lines)[: 2 * LISTED]
    )


def _either(options: Iterable[str]) -> str:
    told = list(options)
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} or {told[-1]}" if told else "none is there"


def _count(line: OrderLine, said: Sequence[str]) -> int:
    """How many units of a line are meant; "a" and "the" mean the only one."""
    counts = [_COUNTS.get(word) or (int(word) if word.isdecimal() and len(word) < 4 else 0) for word in said]
    named = next((count for count in counts if count), 0)
    if named > line.quantity:
        raise ClarificationError(f"You ordered {line.quantity} of {line.name}: how many of them do you mean?")
    if set(said) & _ALL or line.quantity == 1:
        return line.quantity
    if not named:
        raise ClarificationError(f"You ordered {line.quantity} of {line.name}: how many of them, or all?")
    return named


def _words(shop: Shop, line: OrderLine) -> set[str]:
    product = shop.catalogue.get(line.product_id)
    text = f"{line.name} {' '.join(line.options.values())} {product.category if product else ''}"
    material = " ".join(product.attributes.get("material", ())) if product else ""
    return {_stem(word) for word in words_of(f"{text} {material} {line.sku}")}


def _stem(word: str) -> str:
    for ending in ("sses", "shes", "ches"):
        if word.endswith(ending):
            return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
