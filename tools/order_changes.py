"""Tools that change a customer's own orders. Each proposes, passes the approval gate, and does what was approved.

Who asks comes from the verified principal. What a tool would do is tried first without doing it, so that what the store
refuses is never proposed.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation, TypeAdapter

from seamless_retail.core.customers import Address
from seamless_retail.core.errors import UnknownCustomerError
from seamless_retail.core.order_requests import (
    ChangeAddress,
    OrderRequest,
)
from seamless_retail.core.ports import OrderDesk, Shop
from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.tools.order_words import describe
from seamless_retail.tools.orders import get_order
from seamless_retail.tools.proposing import ProposingTool

_ITEMS = "Skus of items of the order; one that is meant twice is given twice."
_METHOD = "Id of one of the customer's payment methods."
_REQUESTS: TypeAdapter[OrderRequest] = TypeAdapter(Annotated[OrderRequest, Field(discriminator="operation")])


def draft_change(shop: Shop, desk: OrderDesk, customer_id: str, request: OrderRequest) -> ProposalDraft:
    """What a change would be, in words and money; nothing is changed.

    Raises:
        SeamlessError: The change would be refused; the message is the rule.
    """
    outcome = desk.preview(customer_id, request)
    order, customer = shop.orders.get(request.order_id, customer_id), shop.customers.get(customer_id)
    if order is None or customer is None:
        raise UnknownCustomerError(customer_id)
    return ProposalDraft(
        tool=request.operation,
        arguments=request.model_dump(mode="json"),
        words=describe(request, order, customer, outcome.effect_cents),
        effect_cents=outcome.effect_cents,
        currency=order.currency,
    )


def carry_out_proposal(desk: OrderDesk, proposal: Proposal) -> Mapping[str, Any]:
    """Do what a proposal of these tools says, at the price that was approved; once for each proposal."""
    request = _REQUESTS.validate_python(proposal.arguments)
    order = desk.carry_out(proposal.customer_id, request, key=proposal.id, effect_cents=proposal.effect_cents)
    return order.model_dump(mode="json")


class _OrderArguments(BaseModel):
    order_id: str = Field(description="The order's number, such as 'ORD-100001'.", min_length=1, max_length=40)


class CancelArguments(_OrderArguments):
    """Which order, and why."""

    reason: Literal["no longer needed", "ordered by mistake"] = Field(description="The customer's reason.")


class AddressArguments(_OrderArguments):
    """Which order, and where it goes instead."""

    line1: str = Field(description="Street and number.", min_length=1, max_length=200)
    line2: str = Field("", description="Flat, floor, company.", max_length=200)
    city: str = Field(description="City.", min_length=1, max_length=100)
    state: str = Field("", description="State or province.", max_length=100)
    postal_code: str = Field(description="Postal code.", min_length=1, max_length=20)
    country: str = Field("US", description="Two-letter country code.", min_length=2, max_length=2)


class PaymentArguments(_OrderArguments):
    """Which order, and what pays it instead."""

    payment_method_id: str = Field(description=_METHOD, min_length=1)


class ItemsArguments(PaymentArguments):
    """Which items become which variants of the same products, pairwise, and what pays the difference."""

    item_ids: list[str] = Field(description=_ITEMS, min_length=1, max_length=100)
    new_item_ids: list[str] = Field(description="Skus of the new variants, in the same order.", min_length=1)


class ReturnArguments(PaymentArguments):
    """Which items come back, and where the refund goes: the original payment method or a gift card."""

    item_ids: list[str] = Field(description=_ITEMS, min_length=1, max_length=100)


class RefundArguments(ReturnArguments):
    """Which items a refund is asked for, and why."""

    reason: Literal["damaged", "wrong item", "not received"] = Field(description="What is wrong with them.")


class UndoArguments(_OrderArguments):
    """Which order's last change is taken back."""


class OrderChangeTool(ProposingTool):
    """Base of the tools that change an order."""

    desk: Annotated[OrderDesk, SkipValidation] = Field(exclude=True, repr=False)

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The request as JSON data, for an order that the customer has."""
        order = get_order(self.shop, self.customer_id(), given["order_id"])
        return self._request({**given, "order_id": order.id}).model_dump(mode="json")

    def draft(self, customer_id: str, arguments: Mapping[str, Any]) -> ProposalDraft:
        """See :func:`draft_change`."""
        return draft_change(self.shop, self.desk, customer_id, _REQUESTS.validate_python(arguments))

    def write(self, proposal: Proposal) -> Mapping[str, Any]:
        """See :func:`carry_out_proposal`."""
        return carry_out_proposal(self.desk, proposal)

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Propose, wait for the answer inside a graph, and do it; the artifact holds the order."""
        content, artifact = super().answer(*args, **kwargs)
        artifact["order"] = artifact.pop("result")
        return content, artifact

    def _request(self, arguments: dict[str, Any]) -> OrderRequest:
        return _REQUESTS.validate_python({"operation": self.name, **arguments})


class CancelOrderTool(OrderChangeTool):
    """``cancel_order``."""

    name: str = "cancel_order"
    description: str = "Cancel a pending order of the signed-in customer. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = CancelArguments


class ChangeOrderAddressTool(OrderChangeTool):
    """``change_order_address``."""

    name: str = "change_order_address"
    description: str = "Send a pending order to another address. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = AddressArguments

    def _request(self, arguments: dict[str, Any]) -> OrderRequest:
        order_id = arguments.pop("order_id")
        return ChangeAddress(order_id=order_id, address=Address.model_validate(arguments))


class ChangeOrderPaymentTool(OrderChangeTool):
    """``change_order_payment``."""

    name: str = "change_order_payment"
    description: str = "Pay a pending order with another method. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = PaymentArguments


class ChangeOrderItemsTool(OrderChangeTool):
    """``change_order_items``."""

    name: str = "change_order_items"
    description: str = (
        "Change items of a pending order into other colors or sizes of the same products; once per order, so collect "
        "all changes first. The customer is asked to approve it first."
    )
    args_schema: ArgsSchema | None = ItemsArguments


class ExchangeItemsTool(OrderChangeTool):
    """``exchange_items``."""

    name: str = "exchange_items"
    description: str = (
        "Exchange items of a delivered order for other colors or sizes of the same products; once per order, so "
        "collect all items first. The customer is asked to approve it first."
    )
    args_schema: ArgsSchema | None = ItemsArguments


class ReturnItemsTool(OrderChangeTool):
    """``return_items``."""

    name: str = "return_items"
    description: str = "Return items of a delivered order. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = ReturnArguments


class RequestRefundTool(OrderChangeTool):
    """``request_refund``."""

    name: str = "request_refund"
    description: str = (
        "Ask for a refund of items that arrived damaged or wrong, or not at all. The customer is asked to approve it "
        "first."
    )
    args_schema: ArgsSchema | None = RefundArguments


class UndoOrderChangeTool(OrderChangeTool):
    """``undo_order_change``."""

    name: str = "undo_order_change"
    description: str = "Take back what was last done to an order, shortly after. The customer is asked to approve it."
    args_schema: ArgsSchema | None = UndoArguments


ORDER_CHANGE_TOOLS: tuple[type[OrderChangeTool], ...] = (
    CancelOrderTool,
    ChangeOrderAddressTool,
    ChangeOrderPaymentTool,
    ChangeOrderItemsTool,
    ExchangeItemsTool,
    ReturnItemsTool,
    RequestRefundTool,
    UndoOrderChangeTool,
)
