"""Making orders out of carts over SQL: stock, payment, order, points and vouchers together or not at all.

The payment provider is asked inside the transaction, when nothing else can refuse the order any more but a lost race;
if it fails after that, what was authorised is given up. Money is taken once the order stands.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import uuid4

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from seamless_retail.core.cart import PlaceOrder, Quote
from seamless_retail.core.customers import Customer, PaymentMethod
from seamless_retail.core.database.account_writer import write_orders
from seamless_retail.core.database.cart_desk import empty_cart
from seamless_retail.core.database.cart_file import read_cart
from seamless_retail.core.database.cart_tables import VoucherUseRow
from seamless_retail.core.database.order_book import File, move_credits
from seamless_retail.core.database.order_stock import promise
from seamless_retail.core.database.points_book import write_entry
from seamless_retail.core.database.reservations import release_units, sweep
from seamless_retail.core.database.tables import CustomerRow, OrderRow
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.errors import (
    ConflictError,
    InvalidQueryError,
    OutOfStockError,
    PolicyRefusal,
    ReservationExpiredError,
)
from seamless_retail.core.order_money import gift_card_credits
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange
from seamless_retail.core.ports import PaymentProvider
from seamless_retail.core.pricing import CartFacts, quote
from seamless_retail.core.tender import payments_for

DELIVERY = timedelta(days=5)
PAID_BY = "authorisations"
"""Detail of an order: the provider's name of each payment, by payment method."""


class SqlCheckout:
    """Implements :class:`seamless_retail.core.ports.Checkout`.

    Args:
        engine: The shop database.
        writes: Runs the changes.
        provider: Takes the money.
    """

    def __init__(self, engine: Engine, writes: Writes, provider: PaymentProvider) -> None:
        self._engine, self._writes, self._provider = engine, writes, provider

    def preview(self, customer_id: str, order: PlaceOrder) -> Quote:
        """What would be ordered and paid; see the port."""
        with Session(self._engine) as session:
            now = self._writes.now()
            facts = read_cart(session, customer_id, now)
            found = _checked(facts, now)
            methods = _customer(session, customer_id).payment_methods
        payments_for(order.payment_method_ids, methods, found.total_cents, now)
        return found

    def place(self, customer_id: str, order: PlaceOrder, key: str = "", total_cents: int | None = None) -> Order:
        """Place an order; see the port."""
        attempt = key or uuid4().hex
        authorised: dict[str, str] = {}

        def work(session: Session) -> Order:
            self._give_up(authorised)  # of a race that was lost
            return self._place(session, customer_id, order, total_cents, attempt, authorised)

        body = order.model_dump(mode="json")
        try:
            stored = self._writes.run(customer_id=customer_id, key=key, operation="place_order", body=body, work=work)
        except BaseException:
            self._give_up(authorised)
            raise
        for name in authorised.values():
            self._provider.capture(name)
        return Order.model_validate(stored)

    def _place(
        self,
        session: Session,
        customer_id: str,
        asked: PlaceOrder,
        total_cents: int | None,
        attempt: str,
        authorised: dict[str, str],
    ) -> Order:
        now = self._writes.now()
        facts = read_cart(session, customer_id, now, hold=True)
        if asked.cart_revision not in (None, facts.revision):
            raise ConflictError("The cart has changed since it was agreed.", "View it, and ask again.")
        found = _checked(facts, now)
        if total_cents not in (None, found.total_cents):
            raise ConflictError("The price has changed since it was agreed.", "Ask again for the present price.")
        customer = _customer(session, customer_id)
        methods = {method.id: method for method in customer.payment_methods}
        payments = payments_for(asked.payment_method_ids, customer.payment_methods, found.total_cents, now)
        order = _order(_number(session), customer, asked, found, payments, now)
        move_credits(session, File(order, methods), gift_card_credits(payments, methods))
        self._authorise(payments, methods, found.currency, f"{customer_id}/{attempt}", authorised)
        order = order.model_copy(update={"details": {**order.details, PAID_BY: dict(authorised)}})
        write_orders(session.connection(), [order])
        release_units(session, customer_id)
        sweep(session, [line.sku for line in order.lines], now)
        promise(session, order, order.lines, now)
        if found.points:
            write_entry(session, customer_id, "redeem", -found.points, now, "Points used at checkout", order.id)
        _book_vouchers(session, order, found, now)
        empty_cart(session, customer_id, now)
        return order

    def _authorise(
        self,
        payments: Sequence[Payment],
        methods: Mapping[str, PaymentMethod],
        currency: str,
        attempt: str,
        authorised: dict[str, str],
    ) -> None:
        """Ask the provider for what gift cards do not pay.

        Raises:
            PaymentDeclinedError: A method does not pay.
        """
        for payment in payments:
            method = methods[payment.method_id]
            if payment.cents and method.kind != "gift_card":
                name = self._provider.authorise(method, payment.cents, currency, f"{attempt}/{method.id}")
                authorised[method.id] = name

    def _give_up(self, authorised: dict[str, str]) -> None:
        for name in authorised.values():
            self._provider.void(name)
        authorised.clear()


def _checked(facts: CartFacts, now: datetime) -> Quote:
    """The price of a cart that can be ordered.

    Raises:
        InvalidQueryError: It is empty.
        ReservationExpiredError: Its units were held and are not any more.
        OutOfStockError: There are not enough units.
        PolicyRefusal: A voucher that was chosen does not count.
    """
    if not facts.items:
        raise InvalidQueryError("The cart is empty.", "Put something into it first.")
    if facts.held_until is not None and facts.held_until <= now:
        raise ReservationExpiredError(
            f"The cart was reserved until {facts.held_until:%Y-%m-%d %H:%M}.", "Reserve it again, then order."
        )
    found = quote(facts)
    if found.problems:
        raise OutOfStockError(" ".join(found.problems), "Change the cart, or ask for a substitute.")
    if found.refused:
        raise PolicyRefusal(" ".join(found.refused), "Choose the vouchers again.")
    return found


def _order(
    order_id: str, customer: Customer, asked: PlaceOrder, found: Quote, payments: tuple[Payment, ...], now: datetime
) -> Order:
    address = asked.address or customer.address
    if address is None:
        raise InvalidQueryError("There is no address to send the order to.", "Ask the customer for one.")
    vouchers = {voucher.code: voucher.cents for voucher in found.vouchers}
    promotions = {line.sku: line.promotion_id for line in found.lines if line.promotion_id}
    details = {"vouchers": vouchers, "points": found.points, "promotions": promotions}
    return Order(
        id=order_id,
        customer_id=customer.id,
        status="pending",
        currency=found.currency,
        placed_at=now,
        address=address,
        lines=tuple(
            OrderLine(
                sku=line.sku,
                product_id=line.product_id,
                name=line.name,
                quantity=line.quantity,
                unit_price_cents=line.unit_cents,
                options=line.options,
            )
            for line in found.lines
        ),
        payments=payments,
        history=(StatusChange(status="pending", at=now),),
        shipping_cents=found.shipping_cents,
        discount_cents=found.discount_cents,
        expected_on=now.date() + DELIVERY,
        details={name: value for name, value in details.items() if value},
    )


def _customer(session: Session, customer_id: str) -> Customer:
    row = session.execute(select(table_of(CustomerRow)).where(CustomerRow.id == customer_id)).one()
    return Customer.model_validate(dict(row._mapping))


def _number(session: Session) -> str:
    """A number that no order has: random, so that nobody counts the shop's orders or guesses another's."""
    while True:
        number = f"ORD-{SystemRandom().randint(200_000_000, 999_999_999)}"
        if session.scalar(select(OrderRow.id).where(OrderRow.id == number)) is None:
            return number


def _book_vouchers(session: Session, order: Order, found: Quote, now: datetime) -> None:
    rows = [
        {
            "order_id": order.id,
            "code": voucher.code,
            "customer_id": order.customer_id,
            "cents": voucher.cents,
            "at": now,
        }
        for voucher in found.vouchers
    ]
    if rows:
        session.execute(insert(table_of(VoucherUseRow)), rows)
