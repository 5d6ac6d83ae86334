"""What the store itself does with orders: sends them, carries out what customers asked for. No model reaches it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from seamless_retail.core.database.account_writer import update_order
from seamless_retail.core.database.order_book import File, log_change, move_credits, offers_of, open_file
from seamless_retail.core.database.order_desk import effects_of
from seamless_retail.core.database.order_points import take_points_back
from seamless_retail.core.database.order_stock import hand_over, hold_stock, shelve, units_of
from seamless_retail.core.database.points_book import book_purchase
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.errors import NotFoundError, PolicyRefusal
from seamless_retail.core.order_lines import replace_units, without_units
from seamless_retail.core.order_money import gift_card_credits
from seamless_retail.core.order_rules import Outcome
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange


@dataclass(frozen=True, slots=True)
class _Settlement:
    """What carrying a request out does beside the order."""

    outcome: Outcome
    back: tuple[OrderLine, ...] = ()
    """Units that came back to the store."""
    points: tuple[int, int] = (0, 1)
    """The share of the goods whose points are taken back."""


class SqlOrderClerk:
    """Sends orders, and carries out returns, refunds and exchanges once the store has what it needs for it.

    Args:
        writes: Runs the changes.
    """

    def __init__(self, writes: Writes) -> None:
        self._writes = writes

    def settle(self, order_id: str, key: str = "") -> Order:
        """Carry out what is requested: the parcel of a return or exchange came in, or a refund was granted.

        Args:
            order_id: An order whose status is ``return requested``, ``refund requested`` or ``exchange requested``.
            key: The same under the same key is carried out once.

        Raises:
            NotFoundError: There is no such order.
            PolicyRefusal: Nothing is requested for it.
            PaymentDeclinedError: The gift card that pays the difference of an exchange has too little on it by now.
        """

        def work(session: Session) -> Order:
            file, now = open_file(session, order_id, None), self._writes.now()
            settlement = _settle(session, file, now)
            order = settlement.outcome.order
            move_credits(session, file, settlement.outcome.credits)
            hold_stock(session, settlement.back, settlement.outcome.needed)
            for sku, units in sorted(units_of(settlement.back).items()):
                shelve(session, sku, units)
            hand_over(session, order, settlement.outcome.needed)
            points = take_points_back(session, order, settlement.points, now) if settlement.points[0] else []
            update_order(session.connection(), file.order, order)
            log_change(session, file.order, "settle", now, None, effects_of(settlement.outcome, points))
            return order

        return self._run("settle", {"order_id": order_id}, key, work)

    def ship(self, order_id: str, tracking: Sequence[str], key: str = "") -> Order:
        """Hand an order to the carrier; what was promised to it leaves the shelf.

        Args:
            order_id: A pending or processed order.
            tracking: The carrier's numbers.
            key: The same under the same key is carried out once.

        Raises:
            NotFoundError: There is no such order.
            PolicyRefusal: It was sent or cancelled already.
        """

        def work(session: Session) -> Order:
            file, now = open_file(session, order_id, None), self._writes.now()
            if "pending" not in file.order.status and file.order.status != "processed":
                raise _not_now("Only an order that waits can be sent.", file.order)
            order = _moved_on(file.order, "shipped", now).model_copy(update={"tracking": tuple(tracking)})
            hold_stock(session, order.lines)
            hand_over(session, order, order.lines)
            update_order(session.connection(), file.order, order)
            log_change(session, file.order, "ship", now, None, effects_of(Outcome(order), []))
            return order

        return self._run("ship", {"order_id": order_id, "tracking": list(tracking)}, key, work)

    def deliver(self, order_id: str, key: str = "") -> Order:
        """Note that an order has arrived, and book the points that it earns.

        Raises:
            NotFoundError: There is no such order.
            PolicyRefusal: It is not on its way.
        """

        def work(session: Session) -> Order:
            file, now = open_file(session, order_id, None), self._writes.now()
            if file.order.status != "shipped":
                raise _not_now("Only an order on its way can arrive.", file.order)
            order = _moved_on(file.order, "delivered", now)
            update_order(session.connection(), file.order, order)
            book_purchase(session, order, now)
            log_change(session, file.order, "deliver", now, None, effects_of(Outcome(order), []))
            return order

        return self._run("deliver", {"order_id": order_id}, key, work)

    def _run(self, operation: str, body: Mapping[str, Any], key: str, work: Callable[[Session], Order]) -> Order:
        stored = self._writes.run(customer_id="", key=key, operation=operation, body=body, work=work)
        return Order.model_validate(stored)


def _settle(session: Session, file: File, now: datetime) -> _Settlement:
    order = file.order
    if order.status == "return requested" and "return_items" in order.details:
        return _taken_back(file, "return", now)
    if order.status == "refund requested":
        return _taken_back(file, "refund", now)
    if order.status == "exchange requested" and "exchange_pairs" in order.details:
        return _exchanged(session, file, now)
    raise _not_now("Nothing is requested for this order.", order)


def _taken_back(file: File, kind: str, now: datetime) -> _Settlement:
    """Money back; the goods too, when it is a return."""
    order = file.order
    withdrawal = without_units(order, order.details[f"{kind}_items"])
    refund = Payment(
        kind="refund",
        cents=withdrawal.refund_cents,
        method_id=order.details[f"{kind}_payment_method_id"],
        at=now,
    )
    word = "returned" if kind == "return" else "refunded"
    status = word if withdrawal.is_all else f"partly {word}"
    # A whole order that came back is worth nothing by its status and keeps its lines as they were.
    kept = {} if withdrawal.is_all else {"lines": withdrawal.lines, "discount_cents": withdrawal.discount_cents}
    changed = _moved_on(order, status, now).model_copy(update={"payments": (*order.payments, refund), **kept})
    goods = sum(line.quantity * line.unit_price_cents for line in order.lines)
    value = sum(line.quantity * line.unit_price_cents for line in withdrawal.taken)
    outcome = Outcome(changed, gift_card_credits((refund,), file.methods), effect_cents=-refund.cents)
    return _Settlement(outcome, withdrawal.taken if kind == "return" else (), (value, goods))


def _exchanged(session: Session, file: File, now: datetime) -> _Settlement:
    """The new units at the prices that were agreed; the difference is paid or given back now."""
    order = file.order
    pairs: list[list[str]] = order.details["exchange_pairs"]
    products = {line.sku: line.product_id for line in order.lines}
    offers = offers_of(session, now)
    variants = []
    for old, new in pairs:
        offer = offers(products[old], new)
        if offer is None:
            raise NotFoundError("Variant not found.", f"{new} is not sold any more.")
        variants.append((offer.sku, order.details["exchange_prices_cents"][new], offer.options))
    change = replace_units(order, [old for old, _ in pairs], variants)
    difference = order.details["exchange_price_difference_cents"]
    movement = Payment(
        kind="payment" if difference > 0 else "refund",
        cents=abs(difference),
        method_id=order.details["exchange_payment_method_id"],
        at=now,
    )
    changed = _moved_on(order, "delivered", now).model_copy(
        update={"lines": change.lines, "payments": (*order.payments, movement)}
    )
    credits = gift_card_credits((movement,), file.methods)
    return _Settlement(Outcome(changed, credits, needed=change.added, effect_cents=difference), change.removed)


def _moved_on(order: Order, status: str, now: datetime) -> Order:
    step = StatusChange(status=status, at=now, note=f"after {order.status}")
    return order.model_copy(update={"status": status, "history": (*order.history, step)})


def _not_now(message: str, order: Order) -> PolicyRefusal:
    return PolicyRefusal(message, f"Order {order.id} is {order.status}.")
