"""Turns what a customer wants done to an order into a draft that can be proposed; nothing is changed here."""

import re
from dataclasses import dataclass

from seamless_retail.core.customers import Customer
from seamless_retail.core.errors import ClarificationError, PolicyRefusal, SeamlessError, UnknownCustomerError
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
from seamless_retail.core.orders import Order
from seamless_retail.core.ports import OrderDesk, Shop
from seamless_retail.core.proposals import ProposalDraft
from seamless_retail.core.wishes import Operation, Wish
from seamless_retail.lobes.lobe import LobeRequest
from seamless_retail.tools.order_changes import draft_change
from seamless_retail.tools.order_selection import choose_method, choose_order, choose_units, named_order, things
from seamless_retail.tools.understanding.addresses import read_address
from seamless_retail.tools.variant_choice import choose_variant

PENDING = ("pending",)
MODIFIABLE = ("pending", "pending (item modified)")
DELIVERED = ("delivered",)
STATUSES: dict[Operation, tuple[str, ...]] = {
    "cancel_order": PENDING,
    "change_order_address": MODIFIABLE,
    "change_order_payment": MODIFIABLE,
    "exchange_items": (*DELIVERED, *PENDING),
    "return_items": DELIVERED,
    "request_refund": DELIVERED,
    "undo_order_change": (),
}
"""What an order is for an operation; an order of another status is meant only when it is named."""
ADDRESS = "To which address? Please give street and number, city, state and postal code, separated by commas."
REASON = "What is wrong with it: did it arrive damaged, is it the wrong item, or was it not received?"
UNDONE_OF = 5
"""Newest orders that are looked through for a change to undo."""

_MISTAKE = re.compile(r"\b(?:mistake|accident\w*|wrong(?:ly)?|error)\b", re.IGNORECASE)
_REASONS = (
    (
        "damaged",
        re.compile(r"\b(?:damaged|broken|defective|faulty|torn|ripped|cracked|stain\w*|hole)\b", re.IGNORECASE),
    ),
    ("wrong item", re.compile(r"\bwrong\b|\bnot what i\b", re.IGNORECASE)),
    (
        "not received",
        re.compile(r"\bn[o']t received\b|\b(?:never|not|n't) (?:arrive\w*|came|come)\b|\bmissing\b", re.I),
    ),
)


@dataclass(frozen=True, slots=True)
class OrderActions:
    """Drafts changes of orders."""

    shop: Shop
    desk: OrderDesk

    def draft(self, request: LobeRequest, wish: Wish) -> tuple[Order, ProposalDraft]:
        """The order and what would be done to it.

        Raises:
            ClarificationError: The customer has to say more.
            SeamlessError: It would be refused; the message is the rule.
        """
        customer = self.shop.customers.get(request.principal.customer_id)
        if customer is None:
            raise UnknownCustomerError(request.principal.customer_id)
        order = self._order(request, wish)
        change = self._request(request, wish, order, customer)
        return order, draft_change(self.shop, self.desk, customer.id, change)

    def _order(self, request: LobeRequest, wish: Wish) -> Order:
        customer_id, focus = request.principal.customer_id, request.focus.order_id
        said = f"{wish.what} {named_order(request.understanding.text)}".strip()
        if wish.operation == "undo_order_change" and not named_order(said):
            return self._last_changed(customer_id, focus)
        what = wish.what if named_order(wish.what) else said
        product_id = request.understanding.selected_product_id
        return choose_order(self.shop, customer_id, what, focus, STATUSES[wish.operation], product_id)

    def _last_changed(self, customer_id: str, focus: str) -> Order:
        """The order in focus, or the only recent one with a change that can be undone."""
        recent = self.shop.orders.recent(customer_id, UNDONE_OF)
        undoable = [order for order in recent if self._can_undo(customer_id, order.id)]
        if focused := [order for order in recent if order.id == focus and (order in undoable or not undoable)]:
            return focused[0]
        if not undoable:
            raise PolicyRefusal("There is no change of your orders to undo.")
        if len(undoable) > 1:
            raise ClarificationError(f"The change of which order: {' or '.join(order.id for order in undoable)}?")
        return undoable[0]

    def _can_undo(self, customer_id: str, order_id: str) -> bool:
        try:
            self.desk.preview(customer_id, UndoChange(order_id=order_id))
        except SeamlessError:
            return False
        return True

    def _request(self, request: LobeRequest, wish: Wish, order: Order, customer: Customer) -> OrderRequest:
        match wish.operation:
            case "cancel_order":
                return self._cancellation(request, wish, order)
            case "undo_order_change":
                return UndoChange(order_id=order.id)
            case "change_order_address":
                address = read_address(wish.target)
                if address is None:
                    raise ClarificationError(ADDRESS, "target")
                return ChangeAddress(order_id=order.id, address=address)
            case "change_order_payment":
                method = choose_method(customer, order, wish.target or "?")
                return ChangePayment(order_id=order.id, payment_method_id=method.id)
        return self._about_items(request, wish, order, customer)

    def _cancellation(self, request: LobeRequest, wish: Wish, order: Order) -> CancelOrder:
        if things(wish.what) and len(order.lines) > 1:
            raise PolicyRefusal(
                f"Single items cannot be cancelled, only order {order.id} as a whole.",
                f"Say “cancel order {order.id}” for that.",
            )
        by_mistake = _MISTAKE.search(request.understanding.text)
        return CancelOrder(order_id=order.id, reason="ordered by mistake" if by_mistake else "no longer needed")

    def _about_items(self, request: LobeRequest, wish: Wish, order: Order, customer: Customer) -> OrderRequest:
        units = choose_units(self.shop, order, wish.what, request.understanding.selected_product_id)
        method = choose_method(customer, order)
        about = {"order_id": order.id, "item_ids": units, "payment_method_id": method.id}
        if wish.operation == "return_items":
            return ReturnItems.model_validate(about)
        if wish.operation == "request_refund":
            said = f"{request.understanding.text} {wish.target}"
            reason = next((name for name, pattern in _REASONS if pattern.search(said)), "")
            if not reason:
                raise ClarificationError(REASON, "target")
            return RequestRefund.model_validate({**about, "reason": reason})
        new = self._new_variants(order, units, wish.target)
        kind = ChangeItems if order.status.startswith("pending") else ExchangeItems
        return kind.model_validate({**about, "new_item_ids": new})

    def _new_variants(self, order: Order, units: tuple[str, ...], words: str) -> tuple[str, ...]:
        chosen: dict[str, str] = {}
        for sku in units:
            if sku not in chosen:
                product_id = next(line.product_id for line in order.lines if line.sku == sku)
                product = self.shop.catalogue.get(product_id)
                own = next((v for v in product.variants if v.sku == sku), None) if product else None
                chosen[sku] = choose_variant(self.shop, product_id, words, own, units.count(sku)).sku
        return tuple(chosen[sku] for sku in units)
