"""Sending refunds to the payment provider: what an order's books say goes back, once it cannot be taken back."""

from sqlalchemy import Engine, select

from seamless_retail.core.database.checkout import PAID_BY
from seamless_retail.core.database.order_book import CHANGES
from seamless_retail.core.database.repositories.orders import read_orders
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.order_money import net_payments
from seamless_retail.core.orders import Order
from seamless_retail.core.ports import PaymentProvider


class SqlRefunds:
    """The store's side of refunds; no model reaches it.

    Args:
        engine: The shop database.
        writes: Keeps the clock.
        provider: Gives the money back.
    """

    def __init__(self, engine: Engine, writes: Writes, provider: PaymentProvider) -> None:
        self._engine, self._writes, self._provider = engine, writes, provider

    def send(self, order_id: str) -> dict[str, int]:
        """Give back what the order's books say, through the provider; sending twice gives it back once.

        Returns:
            Cents that are back in all, by payment method; empty while the last change can still be undone.

        Raises:
            NotFoundError: There is no such order.
            SeamlessError: The provider refuses.
        """
        newest = select(CHANGES).where(CHANGES.c.order_id == order_id).order_by(CHANGES.c.position.desc()).limit(1)
        with self._engine.connect() as connection:
            order = read_orders(connection, [order_id]).get(order_id)
            change = connection.execute(newest).one_or_none()
        if order is None:
            raise NotFoundError("Order not found.", "Check the number.")
        if change is not None and change.undo_until is not None and self._writes.now() <= change.undo_until:
            return {}
        due = refunds_due(order)
        for method_id, cents in due.items():
            self._provider.refund(order.details[PAID_BY][method_id], cents)
        return due


def refunds_due(order: Order) -> dict[str, int]:
    """What must be back by now of the money that the provider took when the order was placed, by payment method."""
    net = net_payments(order)
    taken: dict[str, int] = {}
    for payment in order.payments:
        if payment.kind == "payment" and payment.method_id in order.details.get(PAID_BY, {}):
            taken.setdefault(payment.method_id, payment.cents)
    return {method: cents - max(0, net[method]) for method, cents in taken.items() if cents > net[method]}
