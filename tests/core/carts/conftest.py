"""The shop of the order tests with vouchers, rewards, a promotion and a card that never pays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from seamless_retail.core.cart import AddItem, PlaceOrder
from seamless_retail.core.catalogue import Promotion
from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.database import SqlShop
from seamless_retail.core.database import writer as write
from seamless_retail.core.database.cart_desk import SqlCartDesk
from seamless_retail.core.database.checkout import SqlCheckout
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.order_clerk import SqlOrderClerk
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.points_desk import SqlPointsDesk
from seamless_retail.core.database.refunds import SqlRefunds
from seamless_retail.core.database.tables import LoyaltyEntryRow
from seamless_retail.core.payments import TestPaymentProvider
from seamless_retail.core.vouchers import Reward, Voucher
from tests.core.orders.conftest import CUSTOMERS, TODAY, customer, fill

FROM, UNTIL = date(2026, 11, 1), date(2026, 11, 30)
CARD = PlaceOrder(payment_method_ids=("card_ana",))


def voucher(code: str, kind: str = "percent", value: int = 10, **rules: Any) -> Voucher:
    basic = {"code": code, "title": code.title(), "kind": kind, "value": value, "starts_on": FROM, "ends_on": UNTIL}
    return Voucher.model_validate(basic | {"listed": True} | rules)


VOUCHERS = (
    voucher("TEN"),
    voucher("BOOTS5", "amount", 500, categories=("boots",), uses_per_customer=None),
    voucher("LASTONE", "amount", 700, uses_per_customer=None, total_uses=1),
    voucher("BENS", customer_id="ben"),
    voucher("SECRET", "amount", 900, listed=False),
)
REWARDS = (
    Reward(id="six", title="$6 off", points=550, kind="amount", value=600),
    Reward(id="dear", title="$90 off", points=9_000, kind="amount", value=9_000),
)
BOOTS_WEEK = Promotion(
    id="P1", title="Boots Week", kind="amount", value=1_010, starts_on=FROM, ends_on=UNTIL, categories=("boots",)
)


def stock_up(url: str) -> None:
    """Write the shop into a database with empty tables."""
    fill(url)
    with opened(url) as engine, engine.begin() as connection:
        write.write_promotions(connection, [BOOTS_WEEK])
        write.write_vouchers(connection, VOUCHERS)
        write.write_rewards(connection, REWARDS)
        for name in CUSTOMERS:
            bad = PaymentMethod(id=f"bad_{name}", kind="credit_card", last_four="0002")
            known = customer(name)
            methods = (*known.payment_methods, bad)
            write.write_customers(connection, [known.model_copy(update={"payment_methods": methods})])


@dataclass
class Till:
    """All desks over one shop."""

    shop: SqlShop
    provider: TestPaymentProvider = field(default_factory=TestPaymentProvider)

    def __post_init__(self) -> None:
        shared = (self.shop.engine, self.shop.writes)
        self.cart, self.points, self.orders = SqlCartDesk(*shared), SqlPointsDesk(*shared), SqlOrderDesk(*shared)
        self.checkout = SqlCheckout(*shared, self.provider)
        self.clerk, self.refunds = SqlOrderClerk(self.shop.writes), SqlRefunds(*shared, self.provider)

    def add(self, sku: str, quantity: int = 1, customer_id: str = "ana") -> None:
        self.cart.change(customer_id, AddItem(sku=sku, quantity=quantity))

    def balance(self, customer_id: str = "ana") -> int:
        account = self.shop.loyalty.account(customer_id, self.shop.writes.now().date())
        assert account is not None
        return account.balance

    def ledger(self, customer_id: str = "ana") -> int:
        total = select(func.sum(LoyaltyEntryRow.points)).where(LoyaltyEntryRow.customer_id == customer_id)
        with self.shop.engine.connect() as connection:
            return int(connection.scalar(total) or 0)

    def later(self, **span: int) -> datetime:
        """Move the clock of all desks."""
        moment = self.shop.writes.now() + timedelta(**span)
        self.shop.writes.now = lambda: moment
        return moment

    def paid(self) -> int:
        """What the provider has taken and not given back; nothing may be left undecided."""
        books = self.provider.authorisations()
        assert all(found.is_void or found.captured_cents for found in books), books
        return sum(found.captured_cents - found.refunded_cents for found in books)


@pytest.fixture
def till(url: str) -> Iterator[Till]:
    stock_up(url)
    with opened(url) as engine:
        yield Till(SqlShop(engine))


Free = Callable[[str], int]


@pytest.fixture
def free(till: Till) -> Free:
    """Units of a sku that nobody is promised, over all locations."""

    def count(sku: str) -> int:
        return sum(level.available for level in till.shop.stock.levels([sku])[sku])

    return count


__all__ = ["CARD", "TODAY", "Free", "Till", "stock_up"]
