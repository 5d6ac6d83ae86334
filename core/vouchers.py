"""Vouchers and rewards: what a voucher asks for, what it takes off, and why it does not count. Integer cents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Money, Record

CODES = "code"
"""The group of ordinary voucher codes: one of a group can be used for an order."""
REWARDS = "reward"
"""The group of vouchers that were had for points."""

Kind = Literal["percent", "amount", "shipping"]


class Voucher(Record):
    """A voucher and its rules."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]{3,40}$")]
    title: str
    kind: Kind
    """``percent`` and ``amount`` come off the goods, ``shipping`` off the shipping."""
    value: Annotated[int, Field(ge=0)] = 0
    """Whole percent, or cents; a ``shipping`` voucher takes all of it."""
    minimum_cents: int = 0
    """What all goods of the cart cost at least, promotions taken off."""
    max_discount_cents: int | None = None
    product_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    """It applies to these products and categories; to all goods when neither is named."""
    group: str = CODES
    """One voucher of a group can be used for an order; those of different groups add up."""
    exclusive: bool = False
    """Whether it can be used with no other voucher at all."""
    listed: bool = False
    """Whether the shop offers it by itself; another code has to be known."""
    customer_id: str = ""
    """Whose it is; empty: everybody's."""
    uses_per_customer: int | None = 1
    total_uses: int | None = None
    starts_on: date
    ends_on: date
    """The last day."""
    reward_id: str = ""
    """The reward it was had for; empty for an ordinary one."""


class Reward(Record):
    """A voucher that can be had for points."""

    id: str
    title: str
    points: Annotated[int, Field(gt=0)]
    kind: Kind
    value: Annotated[int, Field(ge=0)] = 0
    minimum_cents: int = 0
    max_discount_cents: int | None = None
    categories: tuple[str, ...] = ()
    valid_days: Annotated[int, Field(gt=0)] = 90


@dataclass(frozen=True, slots=True)
class Priced:
    """A line of a cart, as a voucher sees it."""

    product_id: str
    category: str
    cents: int
    """The whole line, promotions taken off."""


@dataclass(frozen=True, slots=True)
class VoucherUses:
    """How often a voucher was used; orders that were cancelled do not count."""

    by_customer: int = 0
    by_all: int = 0


@dataclass(frozen=True, slots=True)
class Saving:
    """What a voucher can take off one cart."""

    voucher: Voucher
    cents: int
    """At most so much."""
    lines: tuple[int, ...] = ()
    """Positions of the lines that it comes off; shipping stands after the last line."""


def saving(voucher: Voucher, lines: Sequence[Priced], shipping_cents: int) -> Saving:
    """What a voucher takes off when it is used alone; half a cent of a percentage counts for the customer.

    Args:
        voucher: Whose rules are met.
        lines: The cart.
        shipping_cents: What shipping costs.
    """
    if voucher.kind == "shipping":
        fitting = [len(lines)]
        base = shipping_cents
    else:
        fitting = [i for i, line in enumerate(lines) if applies(voucher, line)]
        base = sum(lines[i].cents for i in fitting)
    cents = {"percent": (base * voucher.value + 50) // 100, "amount": voucher.value, "shipping": base}[voucher.kind]
    limit = base if voucher.max_discount_cents is None else min(base, voucher.max_discount_cents)
    return Saving(voucher, min(cents, limit), tuple(fitting))


def applies(voucher: Voucher, line: Priced) -> bool:
    """Whether a voucher comes off a line."""
    everything = not (voucher.product_ids or voucher.categories)
    return everything or line.product_id in voucher.product_ids or line.category in voucher.categories


def objection(
    voucher: Voucher, customer_id: str, uses: VoucherUses, on: date, lines: Sequence[Priced], currency: str = "USD"
) -> str:
    """Why a customer cannot use a voucher for a cart, as a sentence; empty when nothing stands against it."""
    goods = sum(line.cents for line in lines)
    if voucher.customer_id not in ("", customer_id):
        return f"{voucher.code} is not known."  # whose it is concerns nobody else
    if on < voucher.starts_on:
        return f"{voucher.code} is good from {voucher.starts_on} on."
    if on > voucher.ends_on:
        return f"{voucher.code} was good until {voucher.ends_on}."
    if voucher.uses_per_customer is not None and uses.by_customer >= voucher.uses_per_customer:
        times = "once" if voucher.uses_per_customer == 1 else f"{voucher.uses_per_customer} times"
        return f"{voucher.code} can be used {times}, and you have used it."
    if voucher.total_uses is not None and uses.by_all >= voucher.total_uses:
        return f"{voucher.code} has been used up."
    if goods < voucher.minimum_cents:
        minimum = Money(cents=voucher.minimum_cents, currency=currency)
        missing = Money(cents=voucher.minimum_cents - goods, currency=currency)
        return f"{voucher.code} needs goods of {minimum}; {missing} are missing."
    if voucher.kind != "shipping" and not any(applies(voucher, line) for line in lines):
        return f"{voucher.code} applies to nothing in the cart."
    return ""


def conflict(a: Voucher, b: Voucher) -> bool:
    """Whether two vouchers exclude each other."""
    return a.exclusive or b.exclusive or a.group == b.group
