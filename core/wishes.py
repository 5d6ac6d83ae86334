"""What a customer wants done, as it was said."""

from typing import Literal

from seamless_retail.core.catalogue import Record

Operation = Literal[
    "cancel_order",
    "change_order_address",
    "change_order_payment",
    "exchange_items",
    "return_items",
    "request_refund",
    "undo_order_change",
    "add_to_cart",
    "remove_from_cart",
    "use_points",
    "use_vouchers",
    "place_order",
]

Part = Literal["", "what", "item", "target"]

CART_OPERATIONS = frozenset({"add_to_cart", "remove_from_cart", "use_points", "use_vouchers", "place_order"})
RETURN_OPERATIONS = frozenset({"exchange_items", "return_items", "request_refund"})


class Wish(Record):
    """An operation and what was said about it."""

    operation: Operation
    what: str = ""
    """What it is about: "the boots", "my last order", "it"; may be empty."""
    target: str = ""
    """Into what: "a 9", "12 Elm Street, Portland, OR 97201", a code; may be empty."""
    product_id: str = ""
    """The product that it is about, once that is known."""
    certain: bool = True
    """Whether the words can hardly mean anything else; "change it to red" may also go on with a search."""
    missing: Part = ""
    """The part that was asked back: an answer is added to ``what``, or stands in place of it, or is the ``target``."""
