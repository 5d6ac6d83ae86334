"""Vouchers and rewards: which save the most, what points can be turned into, and doing so after a yes."""

from collections.abc import Mapping
from typing import Annotated, Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation

from seamless_retail.core.cart import VoucherOffers
from seamless_retail.core.catalogue import Money
from seamless_retail.core.ports import CartDesk, PointsDesk
from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.core.vouchers import Reward
from seamless_retail.tools.cart import NoArguments
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.proposing import ProposingTool


def describe_offers(offers: VoucherOffers, currency: str) -> list[str]:
    """The best vouchers for the cart, and what becomes of each."""
    if not offers.offers:
        return ["There are no vouchers for this customer."]
    total = Money(cents=sum(found.cents for found in offers.best), currency=currency)
    best = " and ".join(found.code for found in offers.best)
    head = f"Best: {best}, {total} off." if best else "No voucher saves anything on this cart."
    return [head, *offers.explained]


class BestVouchersTool(ShopTool):
    """``best_vouchers``: see :meth:`seamless_retail.core.ports.CartDesk.offers`."""

    name: str = "best_vouchers"
    description: str = "Which vouchers save the most on the signed-in customer's cart, and why not the others."
    args_schema: ArgsSchema | None = NoArguments
    cart: Annotated[CartDesk, SkipValidation] = Field(exclude=True, repr=False)

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Tell the best set and each voucher's part."""
        customer_id = self.customer_id()
        offers = self.cart.offers(customer_id)
        return "\n".join(describe_offers(offers, self.cart.view(customer_id).currency)), offers.model_dump(mode="json")


class ListRewardsTool(ShopTool):
    """``list_rewards``: what points can be turned into."""

    name: str = "list_rewards"
    description: str = "The rewards that points can be turned into, and which the signed-in customer's points reach."
    args_schema: ArgsSchema | None = NoArguments
    points: Annotated[PointsDesk, SkipValidation] = Field(exclude=True, repr=False)

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """List with the balance."""
        account = self.shop.loyalty.account(self.customer_id(), self.shop.today())
        balance, rewards = (account.balance if account else 0), self.points.rewards()
        lines = [f"Balance: {balance:,} points."] + [_reward_line(reward, balance) for reward in rewards]
        return "\n".join(lines), {"balance": balance, "rewards": [reward.model_dump(mode="json") for reward in rewards]}


class RewardArguments(BaseModel):
    """Which reward."""

    reward_id: str = Field(description="Id of the reward, as list_rewards tells it.", min_length=1, max_length=100)


class RedeemRewardTool(ProposingTool):
    """``redeem_reward``: see :meth:`seamless_retail.core.ports.PointsDesk.redeem`."""

    name: str = "redeem_reward"
    description: str = "Turn points into a reward voucher. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = RewardArguments
    points: Annotated[PointsDesk, SkipValidation] = Field(exclude=True, repr=False)

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The reward and what it costs now: another price needs another yes."""
        costs = {reward.id: reward.points for reward in self.points.rewards()}
        return {"reward_id": given["reward_id"], "points": costs.get(given["reward_id"], 0)}

    def draft(self, customer_id: str, arguments: Mapping[str, Any]) -> ProposalDraft:
        """The reward in words."""
        reward = self.points.check_redeem(customer_id, arguments["reward_id"])
        words = f"Turn {reward.points:,} points into a voucher: {reward.title}, good for {reward.valid_days} days."
        return ProposalDraft(tool=self.name, arguments=dict(arguments), words=words)

    def write(self, proposal: Proposal) -> Mapping[str, Any]:
        """Redeem at the points that were approved."""
        asked = proposal.arguments
        voucher = self.points.redeem(proposal.customer_id, asked["reward_id"], proposal.id, asked["points"])
        return voucher.model_dump(mode="json")


class GiveBackArguments(BaseModel):
    """Which reward voucher."""

    code: str = Field(description="Code of the reward voucher.", min_length=1, max_length=40)


class GiveBackRewardTool(ProposingTool):
    """``give_back_reward``: see :meth:`seamless_retail.core.ports.PointsDesk.give_back`."""

    name: str = "give_back_reward"
    description: str = "Give an unused reward voucher back for its points. The customer is asked to approve it first."
    args_schema: ArgsSchema | None = GiveBackArguments
    points: Annotated[PointsDesk, SkipValidation] = Field(exclude=True, repr=False)

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The code."""
        return {"code": str(given["code"]).strip().upper()}

    def draft(self, customer_id: str, arguments: Mapping[str, Any]) -> ProposalDraft:
        """The voucher and its points in words."""
        code = arguments["code"]
        points = self.points.check_give_back(customer_id, code)
        words = f"Give the reward voucher {code} back for {points:,} points; it cannot be used any more."
        return ProposalDraft(tool=self.name, arguments=dict(arguments), words=words)

    def write(self, proposal: Proposal) -> Mapping[str, Any]:
        """Give it back."""
        code = proposal.arguments["code"]
        return {"points": self.points.give_back(proposal.customer_id, code, key=proposal.id)}


def _reward_line(reward: Reward, balance: int) -> str:
    reach = "within reach" if balance >= reward.points else f"{reward.points - balance:,} points short"
    return f"{reward.id} | {reward.title} | {reward.points:,} points | good for {reward.valid_days} days | {reach}"
