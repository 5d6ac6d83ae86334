"""Turns what a customer wants done to the cart into a draft that can be proposed; nothing is changed here."""

import re
from dataclasses import dataclass

from seamless_retail.core.cart import AddItem, CartChange, ClearCart, PlaceOrder, SetQuantity, UsePoints
from seamless_retail.core.desks import Desks
from seamless_retail.core.errors import ClarificationError, PolicyRefusal, UnknownCustomerError
from seamless_retail.core.ports import FoodCheck, Shop
from seamless_retail.core.proposals import ProposalDraft
from seamless_retail.core.wishes import Wish
from seamless_retail.lobes.lobe import LobeRequest
from seamless_retail.tools.cart_proposals import draft_cart_change, voucher_change
from seamless_retail.tools.checkout import draft_order
from seamless_retail.tools.order_selection import named_method, things
from seamless_retail.tools.order_words import method_words
from seamless_retail.tools.understanding.message import words_of
from seamless_retail.tools.variant_choice import choose_variant

_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10, "twelve": 12, "both": 2}


@dataclass(frozen=True, slots=True)
class CartActions:
    """Drafts changes of the cart, and orders of what is in it."""

    shop: Shop
    desks: Desks
    food_check: FoodCheck | None = None

    def draft(self, request: LobeRequest, wish: Wish) -> ProposalDraft:
        """What would be done.

        Raises:
            ClarificationError: The customer has to say more.
            SeamlessError: It would be refused.
        """
        if wish.operation == "place_order":
            return self._order(request, wish)
        change = self._change(request, wish)
        return draft_cart_change(self.shop, self.desks.cart, self.food_check, request.principal, change)

    def _change(self, request: LobeRequest, wish: Wish) -> CartChange:
        customer_id = request.principal.customer_id
        match wish.operation:
            case "add_to_cart":
                return self._added(request, wish)
            case "remove_from_cart":
                return self._removed(customer_id, wish)
            case "use_points":
                return UsePoints(points=self._points(customer_id, wish))
        return voucher_change(self.desks.cart, customer_id, wish.target)

    def _added(self, request: LobeRequest, wish: Wish) -> AddItem:
        understanding = request.understanding
        named = (understanding.selected_product_id, *understanding.products.product_ids)
        found = (wish.product_id,) if wish.product_id else named
        ids = list(dict.fromkeys(filter(None, found))) or [request.focus.selected_product_id]
        if not ids[0]:
            raise ClarificationError("Which product do you mean? Please say its name.", "item")
        if len(ids) > 1:
            names = " or ".join(product.name for product in self.shop.catalogue.get_many(ids[:4]))
            raise ClarificationError(f"Which of these do you mean: {names}?", "item")
        quantity = _quantity(wish.what, understanding.products.quantity)
        words = f"{wish.what} {wish.target}"
        variant = choose_variant(self.shop, ids[0], words, units=quantity)
        return AddItem(sku=variant.sku, quantity=quantity)

    def _removed(self, customer_id: str, wish: Wish) -> CartChange:
        wanted = things(wish.what)
        if not wanted:
            return ClearCart()
        lines = self.desks.cart.view(customer_id).lines
        found = [line for line in lines if wanted <= things(f"{line.name} {' '.join(line.options.values())}")]
        if len(found) != 1:
            names = " or ".join(line.name for line in found or lines)
            raise ClarificationError(f"Which of these do you mean: {names or 'your cart is empty'}?", "item")
        return SetQuantity(sku=found[0].sku, quantity=0)

    def _points(self, customer_id: str, wish: Wish) -> int:
        if number := re.sub(r"\D", "", wish.target):
            return int(number)
        account = self.shop.loyalty.account(customer_id, self.shop.today())
        if account is None or account.balance <= 0:
            raise PolicyRefusal("You have no points to use.")
        return account.balance

    def _order(self, request: LobeRequest, wish: Wish) -> ProposalDraft:
        customer = self.shop.customers.get(request.principal.customer_id)
        if customer is None:
            raise UnknownCustomerError(request.principal.customer_id)
        if not self.desks.cart.view(customer.id).lines:
            raise PolicyRefusal("Your cart is empty.", "Put something into it first.")
        named = [named_method(customer, part) for part in re.split(r"\band\b|,", wish.target) if part.strip()]
        methods = named or list(customer.payment_methods)
        if not named and len(methods) != 1:
            options = " or ".join(method_words(customer, method.id) for method in methods)
            raise ClarificationError(f"How do you want to pay: {options}?", "target")
        order = PlaceOrder(payment_method_ids=tuple(method.id for method in methods))
        return draft_order(self.shop, self.desks.checkout, self.food_check, request.principal, order)


def _quantity(what: str, understood: int | None) -> int:
    first = next(iter(words_of(what)), "")
    if first.isdecimal() and len(first) < 3:
        return max(1, int(first))
    return understood or _COUNTS.get(first, 1)
