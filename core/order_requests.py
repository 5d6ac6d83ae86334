"""What a customer can ask to have done to an order, as typed requests: exact arguments and nothing else."""

from typing import Annotated, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.customers import Address

Items = Annotated[tuple[str, ...], Field(max_length=100)]
"""Skus; one that is meant twice stands there twice."""

CANCEL_REASONS = ("no longer needed", "ordered by mistake")
REFUND_REASONS = ("damaged", "wrong item", "not received")


class CancelOrder(Record):
    """Cancel a whole order."""

    operation: Literal["cancel_order"] = "cancel_order"
    order_id: str
    reason: str
    """One of :data:`CANCEL_REASONS`."""


class ChangeAddress(Record):
    """Send an order elsewhere."""

    operation: Literal["change_order_address"] = "change_order_address"
    order_id: str
    address: Address


class ChangePayment(Record):
    """Pay an order with another method."""

    operation: Literal["change_order_payment"] = "change_order_payment"
    order_id: str
    payment_method_id: str


class ChangeItems(Record):
    """Change items of a pending order into other variants of the same products, pairwise."""

    operation: Literal["change_order_items"] = "change_order_items"
    order_id: str
    item_ids: Items
    new_item_ids: Items
    payment_method_id: str
    """Pays the difference, or receives it."""


class ExchangeItems(Record):
    """Exchange items of a delivered order for other variants of the same products, pairwise."""

    operation: Literal["exchange_items"] = "exchange_items"
    order_id: str
    item_ids: Items
    new_item_ids: Items
    payment_method_id: str
    """Pays the difference, or receives it, when the exchange is carried out."""


class ReturnItems(Record):
    """Send items of a delivered order back."""

    operation: Literal["return_items"] = "return_items"
    order_id: str
    item_ids: Items
    payment_method_id: str
    """Receives the refund: a method that paid, or a gift card of the customer."""


class RequestRefund(Record):
    """Ask for the money of items that cannot be sent back: damaged, wrong, or never received."""

    operation: Literal["request_refund"] = "request_refund"
    order_id: str
    item_ids: Items
    reason: str
    """One of :data:`REFUND_REASONS`."""
    payment_method_id: str


class UndoChange(Record):
    """Take the last change of an order back."""

    operation: Literal["undo_order_change"] = "undo_order_change"
    order_id: str


RuledRequest = CancelOrder | ChangeAddress | ChangePayment | ChangeItems | ExchangeItems | ReturnItems | RequestRefund
"""Requests that the rules of :mod:`~seamless_retail.core.order_rules` decide from the order alone."""

OrderRequest = RuledRequest | UndoChange
