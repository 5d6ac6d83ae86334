"""Changes of orders over SQL: what a customer may have done to the own orders, by the rules of ``core/order_rules``.

Each change is one transaction: order, payments, gift cards, stock and points move together or not at all. Payments less
refunds equal what the order is worth before and after. Another customer's order is not found.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.database.account_writer import update_order
from seamless_retail.core.database.order_book import (
    CHANGES,
    File,
    log_change,
    move_credits,
    offers_of,
    open_file,
)
from seamless_retail.core.database.order_points import book_again, take_points_back
from seamless_retail.core.database.order_stock import hold_stock, promise, put_back
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.database.voucher_book import check_still_there
from seamless_retail.core.errors import ConflictError, NotAuthorizedError, PolicyRefusal
from seamless_retail.core.loyalty import LoyaltyEntry
from seamless_retail.core.order_money import gift_card_credits, moved_back
from seamless_retail.core.order_requests import OrderRequest, UndoChange
from seamless_retail.core.order_rules import ONCE, Outcome, Situation, decide
from seamless_retail.core.orders import Order, OrderLine, StatusChange

UNDO_WINDOW = timedelta(minutes=30)


class SqlOrderDesk:
    """Implements :class:`seamless_retail.core.ports.OrderDesk`.

    Args:
        engine: The shop database.
        writes: Runs the changes.
        undo_window: For how long a customer may take a change back; zero: not at all.
    """

    def __init__(self, engine: Engine, writes: Writes, undo_window: timedelta = UNDO_WINDOW) -> None:
        self._engine, self._writes, self._undo_window = engine, writes, undo_window

    def preview(self, customer_id: str, request: OrderRequest) -> Outcome:
        """What a request would do; nothing is changed.

        Raises:
            SeamlessError: As :meth:`carry_out` would.
        """
        _check_signed_in(customer_id)
        with Session(self._engine) as session:
            file = open_file(session, request.order_id, customer_id)
            return self._outcome(session, file, request)[0]

    def carry_out(
        self, customer_id: str, request: OrderRequest, key: str = "", effect_cents: int | None = None
    ) -> Order:
        """Change an order.

        Args:
            customer_id: The verified customer.
            request: What is asked for.
            key: The client's key: the same request under the same key is carried out once.
            effect_cents: What the customer agreed to pay more (negative: to get back); ``None``: whatever it is.

        Raises:
            NotAuthorizedError: A guest asks.
            NotFoundError: The order is not there or another's; an item, variant or payment method is not there.
            PolicyRefusal: The order's status or the store's policy does not allow it.
            InvalidQueryError: The arguments do not fit together.
            OutOfStockError: There are not enough units of a new variant.
            PaymentDeclinedError: A gift card has too little on it.
            ConflictError: The key was used for another request, or the effect is not what was agreed.
        """
        _check_signed_in(customer_id)

        def work(session: Session) -> Order:
            file = open_file(session, request.order_id, customer_id)
            outcome, undone = self._outcome(session, file, request)
            if effect_cents not in (None, outcome.effect_cents):
                raise ConflictError("The price has changed since it was agreed.", "Ask again for the present price.")
            return self._write(session, file, request, outcome, undone)

        body = request.model_dump(mode="json")
        stored = self._writes.run(customer_id=customer_id, key=key, operation=request.operation, body=body, work=work)
        return Order.model_validate(stored)

    def _outcome(self, session: Session, file: File, request: OrderRequest) -> tuple[Outcome, "_Change | None"]:
        now = self._writes.now()
        if not isinstance(request, UndoChange):
            return decide(request, file.order, Situation(file.methods, offers_of(session, now), now)), None
        change = _last_change(session, file.order, now)
        return _undo(file, change, now), change

    def _write(
        self, session: Session, file: File, request: OrderRequest, outcome: Outcome, undone: "_Change | None"
    ) -> Order:
        now, order = self._writes.now(), outcome.order
        if undone is not None:
            check_still_there(session, order, undone.points, now)
        move_credits(session, file, outcome.credits)
        hold_stock(session, outcome.freed, outcome.needed)
        put_back(session, order, outcome.freed)
        promise(session, order, outcome.needed, now)
        update_order(session.connection(), file.order, order)
        points: list[LoyaltyEntry] = []
        if undone is not None:
            book_again(session, order, undone.points, now)
            this = (CHANGES.c.order_id == order.id) & (CHANGES.c.position == undone.position)
            session.execute(update(CHANGES).where(this).values(undone_at=now))
        elif order.status == "cancelled":
            points = take_points_back(session, order, (1, 1), now)
        until = now + self._undo_window if undone is None and self._undo_window else None
        log_change(session, file.order, request.operation, now, until, effects_of(outcome, points))
        return order


class _Change:
    """A change as it was logged."""

    def __init__(self, row: Any) -> None:
        self.position: int = row.position
        self.operation: str = row.operation
        self.before = Order.model_validate(row.before)
        self.freed = tuple(OrderLine.model_validate(line) for line in row.effects["freed"])
        self.needed = tuple(OrderLine.model_validate(line) for line in row.effects["needed"])
        self.points = [LoyaltyEntry.model_validate(entry) for entry in row.effects["points"]]


def effects_of(outcome: Outcome, points: Sequence[LoyaltyEntry]) -> dict[str, Any]:
    """What a change did beside the order, as it is logged."""
    return {
        "status": outcome.order.status,
        "freed": [line.model_dump(mode="json") for line in outcome.freed],
        "needed": [line.model_dump(mode="json") for line in outcome.needed],
        "points": [entry.model_dump(mode="json") for entry in points],
    }


def _last_change(session: Session, order: Order, now: datetime) -> _Change:
    """The change that can be undone.

    Raises:
        PolicyRefusal: There is none, it was undone already, it cannot be undone, or it is too late.
    """
    newest = select(CHANGES).where(CHANGES.c.order_id == order.id).order_by(CHANGES.c.position.desc()).limit(1)
    row = session.execute(newest).one_or_none()
    if row is None or row.undo_until is None:
        raise PolicyRefusal("There is no change of this order to undo.", "Only a customer's last change can be undone.")
    if row.effects["status"] != order.status:
        raise PolicyRefusal("The change cannot be undone any more.", f"Order {order.id} is {order.status} by now.")
    if now > row.undo_until:
        raise PolicyRefusal(
            f"The change could be undone until {row.undo_until:%Y-%m-%d %H:%M}.", "Ask customer care for help."
        )
    return _Change(row)


def _undo(file: File, change: _Change, now: datetime) -> Outcome:
    """The order as it was, except that its ledger of payments and its history only ever grow."""
    before, order = change.before, file.order
    movements = moved_back(before, order, now)
    once = {ONCE: True} if ONCE in order.details else {}
    restored = before.model_copy(
        update={
            "payments": (*order.payments, *movements),
            "history": (
                *order.history,
                StatusChange(status=before.status, at=now, note=f"undone: {change.operation.replace('_', ' ')}"),
            ),
            "details": {**before.details, **once},
        }
    )
    effect = sum(movement.cents if movement.kind == "payment" else -movement.cents for movement in movements)
    credits = gift_card_credits(movements, file.methods)
    return Outcome(restored, credits, freed=change.needed, needed=change.freed, effect_cents=effect)


def _check_signed_in(customer_id: str) -> None:
    if not customer_id:
        raise NotAuthorizedError("Nobody is signed in.", "Ask the customer to sign in first.")
