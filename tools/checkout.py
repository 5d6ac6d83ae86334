"""Placing an order: the cart is priced, proposed in words with what is paid, approved, then ordered once."""

from collections.abc import Mapping
from typing import Annotated, Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation

from seamless_retail.core.cart import PlaceOrder
from seamless_retail.core.errors import UnknownCustomerError
from seamless_retail.core.ports import CartDesk, Checkout, FoodCheck, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.tools.cart import cart_warnings
from seamless_retail.tools.cart_words import order_words
from seamless_retail.tools.order_words import method_words
from seamless_retail.tools.proposing import ProposingTool


def draft_order(
    shop: Shop, checkout: Checkout, check: FoodCheck | None, principal: Principal, order: PlaceOrder
) -> ProposalDraft:
    """What placing the order would be; nothing is changed.

    Raises:
        SeamlessError: It would be refused.
    """
    quote = checkout.preview(principal.customer_id, order)
    customer = shop.customers.get(principal.customer_id)
    if customer is None:
        raise UnknownCustomerError(principal.customer_id)
    paid_with = " and ".join(method_words(customer, method) for method in order.payment_method_ids)
    return ProposalDraft(
        tool="place_order",
        arguments=order.model_dump(mode="json"),
        words=order_words(quote, paid_with, cart_warnings(shop, check, principal, quote)),
        effect_cents=quote.total_cents,
        currency=quote.currency,
    )


class PlaceOrderArguments(BaseModel):
    """What pays the order; what is ordered is the cart."""

    payment_method_ids: list[str] = Field(
        description="Id of the customer's payment method, or of a gift card and of the method that pays the rest.",
        min_length=1,
        max_length=2,
    )


class PlaceOrderTool(ProposingTool):
    """``place_order``: see :meth:`seamless_retail.core.ports.Checkout.place`."""

    name: str = "place_order"
    description: str = "Order what is in the signed-in customer's cart. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = PlaceOrderArguments
    cart: Annotated[CartDesk, SkipValidation] = Field(exclude=True, repr=False)
    checkout: Annotated[Checkout, SkipValidation] = Field(exclude=True, repr=False)
    food_check: Annotated[FoodCheck | None, SkipValidation] = Field(None, exclude=True, repr=False)
    """Warns of foods that the customer must not eat, before the yes."""

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The request, bound to the cart as it is: another cart needs another yes."""
        revision = self.cart.view(self.customer_id()).revision
        asked = {"payment_method_ids": given["payment_method_ids"], "cart_revision": revision}
        return PlaceOrder.model_validate(asked).model_dump(mode="json")

    def draft(self, customer_id: str, arguments: Mapping[str, Any]) -> ProposalDraft:
        """The order in words, at its price."""
        order = PlaceOrder.model_validate(arguments)
        return draft_order(self.shop, self.checkout, self.food_check, self.principal(), order)

    def write(self, proposal: Proposal) -> Mapping[str, Any]:
        """Order at the price that was approved."""
        order = PlaceOrder.model_validate(proposal.arguments)
        placed = self.checkout.place(proposal.customer_id, order, key=proposal.id, total_cents=proposal.effect_cents)
        return placed.model_dump(mode="json")
