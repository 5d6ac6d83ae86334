"""Taking single units out of the lines of an order, or replacing them; lines keep their places."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seamless_retail.core.orders import Order, OrderLine

NewVariant = tuple[str, int, Mapping[str, str]]
"""Sku, price in cents, options."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """Lines after units were replaced."""

    lines: tuple[OrderLine, ...]
    removed: tuple[OrderLine, ...]
    added: tuple[OrderLine, ...]

    @property
    def difference_cents(self) -> int:
        """What the new units cost more."""
        return _value(self.added) - _value(self.removed)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What an order is once units have come back."""

    lines: tuple[OrderLine, ...]
    """The lines, and a credit note: the units again with negative quantity."""
    taken: tuple[OrderLine, ...]
    discount_cents: int
    """The discount that stays: the units that came back take their share of it with them."""
    refund_cents: int
    is_all: bool
    """Whether nothing is left; then shipping is refunded too."""


def replace_units(order: Order, skus: Sequence[str], new: Sequence[NewVariant]) -> LineChange:
    """Replace units one by one; the n-th unit named becomes the n-th new variant.

    Args:
        order: Holds every sku at least as often as it is named.
        skus: The units, one sku per unit.
        new: As many variants.
    """
    waiting: dict[str, list[NewVariant]] = {}
    for sku, variant in zip(skus, new, strict=True):
        waiting.setdefault(sku, []).append(variant)
    lines: list[OrderLine] = []
    removed: list[OrderLine] = []
    added: list[OrderLine] = []
    for line in order.lines:
        queue = waiting.get(line.sku, [])
        taken, queue[:] = queue[: max(line.quantity, 0)], queue[max(line.quantity, 0) :]
        if len(taken) < line.quantity or line.quantity < 0:
            lines.append(line if not taken else line.model_copy(update={"quantity": line.quantity - len(taken)}))
        units = [_unit(line, *variant) for variant in taken]
        lines += units
        added += units
        removed += [line.model_copy(update={"quantity": 1})] * len(taken)
    return LineChange(tuple(lines), tuple(removed), tuple(added))


def without_units(order: Order, skus: Sequence[str]) -> Withdrawal:
    """Take units back; the refund is their price less their share of the discount, rounded for the customer.

    Args:
        order: Holds every sku at least as often as it is named.
        skus: The units, one sku per unit.
    """
    wanted = Counter(skus)
    taken = []
    for line in order.lines:
        units = min(wanted[line.sku], max(line.quantity, 0))
        wanted[line.sku] -= units
        if units:
            taken.append(line.model_copy(update={"quantity": units}))
    value, goods = _value(taken), _value(order.lines)
    share = order.discount_cents * value // goods if goods else 0
    credit = tuple(line.model_copy(update={"quantity": -line.quantity}) for line in taken)
    is_all = sum(line.quantity for line in taken) == sum(line.quantity for line in order.lines)
    refund = order.total_cents if is_all else value - share
    return Withdrawal((*order.lines, *credit), tuple(taken), order.discount_cents - share, refund, is_all)


def _unit(line: OrderLine, sku: str, price_cents: int, options: Mapping[str, str]) -> OrderLine:
    new = {"sku": sku, "quantity": 1, "unit_price_cents": price_cents, "options": dict(options)}
    return line.model_copy(update=new)


def _value(lines: Sequence[OrderLine]) -> int:
    return sum(line.quantity * line.unit_price_cents for line in lines)
