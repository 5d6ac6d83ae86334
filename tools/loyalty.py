"""Where a customer stands in the loyalty programme."""

import re
from typing import Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.errors import NotFoundError, UnknownCustomerError
from seamless_retail.core.loyalty import LoyaltyAccount
from seamless_retail.core.ports import Shop
from seamless_retail.tools.failure import ShopTool

_WORTH = re.compile(r"\b[0-9,]+ points?\b.*[$£€][0-9]")


class LoyaltyStatement(Record):
    """An account and what follows from it."""

    account: LoyaltyAccount
    lines: tuple[str, ...]
    """The account in plain sentences: balance, tier, way to the next tier, points that expire, their worth."""


def loyalty_statement(shop: Shop, customer_id: str) -> LoyaltyStatement:
    """The account of a customer on the shop's current day, explained.

    Raises:
        UnknownCustomerError: There is no such customer.
        NotFoundError: The customer has not joined the programme.
    """
    account = shop.loyalty.account(customer_id, shop.today())
    if account is not None:
        lines = [*_lines(account), *([value] if (value := points_value(shop)) else [])]
        return LoyaltyStatement(account=account, lines=tuple(lines))
    if shop.customers.get(customer_id) is None:
        raise UnknownCustomerError(customer_id)
    raise NotFoundError("This customer is not in the loyalty programme.", "Joining is free at any till or online.")


def points_value(shop: Shop) -> str:
    """The sentence of the shop's loyalty policies that says what points are worth; empty when none does."""
    bodies = [document.body for document in shop.policies.all() if document.topic == "loyalty"]
    sentences = (sentence for body in bodies for sentence in re.split(r"(?<=[.!?])\s+", body))
    return next((sentence for sentence in sentences if _WORTH.search(sentence)), "")


def points_for(account: LoyaltyAccount, cents: int) -> int:
    """Points that a purchase of so many cents earns in the account's tier; started dollars do not count."""
    return max(0, cents) // 100 * account.tier.points_per_dollar


def _lines(account: LoyaltyAccount) -> list[str]:
    tier, following = account.tier, account.next_tier
    lines = [
        f"Balance: {account.balance:,} points.",
        f"Tier: {tier.name}, {tier.points_per_dollar} points for each dollar spent.",
        f"Earned in the last twelve months: {account.earned_this_year:,} points.",
    ]
    if tier.perks:
        lines.append(f"Perks: {'; '.join(tier.perks)}.")
    if following:
        lines.append(f"{account.points_to_next_tier:,} more points reach {following.name}.")
    if account.points_expiring and account.next_expiry:
        lines.append(f"{account.points_expiring:,} points expire on {account.next_expiry}.")
    return lines


class LoyaltyArguments(BaseModel):
    """How much of the ledger to show."""

    entries: int = Field(5, ge=0, le=50, description="Recent ledger entries to list.")
    purchase: float | None = Field(
        None, ge=0, description="Amount of a purchase, to say how many points it would earn."
    )


class LoyaltyTool(ShopTool):
    """``loyalty_account``: the points and tier of the signed-in customer."""

    name: str = "loyalty_account"
    description: str = "Points, tier, expiry and recent ledger entries of the signed-in customer."
    args_schema: ArgsSchema | None = LoyaltyArguments

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Answer with the arguments of :class:`LoyaltyArguments`."""
        asked = LoyaltyArguments(**kwargs)
        statement = loyalty_statement(self.shop, self.customer_id())
        account = statement.account
        lines = [*statement.lines]
        if asked.purchase is not None:
            lines.append(
                f"A purchase of {asked.purchase:.2f} earns {points_for(account, round(asked.purchase * 100))} points."
            )
        lines += [
            f"{e.at:%Y-%m-%d} | {e.kind} | {e.points:+d} | {e.order_id or e.note}"
            for e in account.recent[: asked.entries]
        ]
        return "\n".join(lines), account.model_dump(mode="json")
