"""Books, stock, points and vouchers over random sequences of cart, checkout, rewards, cancel and return."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from seamless_retail.core.cart import AddItem, ClearCart, PlaceOrder, SetQuantity, UsePoints, UseVouchers
from seamless_retail.core.database import SqlShop
from seamless_retail.core.database.cart_tables import VoucherUseRow
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.tables import Base, OrderRow
from seamless_retail.core.errors import ConflictError, SeamlessError
from seamless_retail.core.order_requests import CancelOrder, ReturnItems, UndoChange
from seamless_retail.core.orders import Order
from tests.core.carts.conftest import REWARDS, VOUCHERS, Till, stock_up
from tests.core.orders.conftest import CUSTOMERS, PRICES, check_books

THREADS = 16
OPERATIONS = 320


def act(till: Till, rng: Random, customer_id: str) -> Callable[[], object]:
    """Something that a customer or the store does, and that often works."""
    order = rng.choice(till.shop.orders.recent(customer_id, 50))
    methods = (f"{rng.choice(['card', 'gift', 'paypal', 'bad'])}_{customer_id}",)
    placing = PlaceOrder(payment_method_ids=(f"gift_{customer_id}", *methods) if rng.random() < 0.3 else methods)
    key, sku = f"{customer_id}-{rng.randrange(40)}" if rng.random() < 0.3 else "", rng.choice(list(PRICES))
    codes = tuple(voucher.code for voucher in rng.sample(VOUCHERS, rng.randint(0, 2)))
    back = ReturnItems(order_id=order.id, item_ids=(order.lines[0].sku,), payment_method_id=f"gift_{customer_id}")
    weighted: list[tuple[int, Callable[[], object]]] = [
        (6, lambda: till.cart.change(customer_id, AddItem(sku=sku, quantity=rng.randint(1, 2)), key)),
        (1, lambda: till.cart.change(customer_id, SetQuantity(sku=sku, quantity=rng.randint(0, 2)), key)),
        (1, lambda: till.cart.change(customer_id, ClearCart(), key)),
        (2, lambda: till.cart.change(customer_id, UseVouchers(codes=codes), key)),
        (2, lambda: till.cart.change(customer_id, UsePoints(points=rng.choice([0, 500, 900])), key)),
        (2, lambda: till.cart.reserve(customer_id, key)),
        (6, lambda: till.checkout.place(customer_id, placing, key)),
        (1, lambda: till.points.redeem(customer_id, rng.choice(REWARDS).id, key)),
        (2, lambda: till.orders.carry_out(customer_id, CancelOrder(order_id=order.id, reason="no longer needed"), key)),
        (2, lambda: till.orders.carry_out(customer_id, UndoChange(order_id=order.id), key)),
        (1, lambda: till.clerk.ship(order.id, ["TRK"])),
        (2, lambda: till.clerk.deliver(order.id)),
        (1, lambda: till.orders.carry_out(customer_id, back, key)),
        (1, lambda: till.clerk.settle(order.id)),
    ]
    return rng.choices([done for _, done in weighted], [weight for weight, _ in weighted])[0]


def done(action: Callable[[], object]) -> bool:
    try:
        action()
    except SeamlessError:
        return False
    return True


def check_all(till: Till) -> None:
    """Orders, stock, gift cards; the ledger is the balance; each voucher within its uses; the provider agrees."""
    check_books(till.shop)
    for customer_id in CUSTOMERS:
        assert till.ledger(customer_id) == till.balance(customer_id)
        placed = till.shop.orders.recent(customer_id, 50)
        taken = {found.id: found for found in till.provider.authorisations() if found.captured_cents}
        for order in placed:
            for method_id, name in order.details.get("authorisations", {}).items():
                first = next(p for p in order.payments if p.method_id == method_id)
                assert taken[name].captured_cents == first.cents
    orders = {name for id in CUSTOMERS for o in till.shop.orders.recent(id, 50) for name in _paid_by(o)}
    assert orders == {found.id for found in till.provider.authorisations() if not found.is_void}
    live = (
        select(VoucherUseRow.code, VoucherUseRow.customer_id, func.count())
        .join(OrderRow, OrderRow.id == VoucherUseRow.order_id)
        .where(OrderRow.status != "cancelled")
        .group_by(VoucherUseRow.code, VoucherUseRow.customer_id)
    )
    with till.shop.engine.connect() as connection:
        uses = {(row[0], row[1]): row[2] for row in connection.execute(live)}
    for voucher in VOUCHERS:
        by = [uses.get((voucher.code, name), 0) for name in CUSTOMERS]
        assert voucher.uses_per_customer is None or max(by) <= voucher.uses_per_customer
        assert voucher.total_uses is None or sum(by) <= voucher.total_uses


def _paid_by(order: Order) -> list[str]:
    return list(order.details.get("authorisations", {}).values())


@pytest.fixture(scope="module")
def lasting(migrated: Callable[[str], str]) -> str:
    return migrated("sqlite")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), length=st.integers(10, 40))
def test_the_books_are_right_after_every_step(lasting: str, seed: int, length: int) -> None:
    with opened(lasting) as engine:
        with engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
        stock_up(lasting)
        till, rng = Till(SqlShop(engine)), Random(seed)
        for _ in range(length):
            done(act(till, rng, rng.choice(CUSTOMERS)))
            check_all(till)
            if rng.random() < 0.1:
                till.later(minutes=8)


def test_many_at_once_oversell_nothing(till: Till) -> None:
    def one(number: int) -> bool:
        rng = Random(number)
        return done(act(till, rng, rng.choice(CUSTOMERS)))

    with ThreadPoolExecutor(THREADS) as pool:
        assert sum(pool.map(one, range(OPERATIONS))) > OPERATIONS // 4
    check_all(till)
    placed = [o for name in CUSTOMERS for o in till.shop.orders.recent(name, 50) if o.id.startswith("ORD-")]
    assert placed


def test_the_last_unit_is_sold_once(till: Till) -> None:
    for name in CUSTOMERS:
        till.add("s-gold", 3, name)
    orders = [(name, PlaceOrder(payment_method_ids=(f"card_{name}",))) for name in CUSTOMERS]
    with ThreadPoolExecutor(THREADS) as pool:
        placed = list(pool.map(lambda n: done(lambda: till.checkout.place(*orders[n % 2])), range(THREADS)))
    assert sum(placed) == 1
    check_all(till)


def test_one_key_at_once_is_done_once(till: Till) -> None:
    till.add("s-blue")
    order = PlaceOrder(payment_method_ids=("card_ana",))
    with ThreadPoolExecutor(THREADS) as pool:
        placed = set(pool.map(lambda _: till.checkout.place("ana", order, "k").id, range(THREADS)))
    assert len(placed) == 1
    assert till.paid() == 4_900 + 595
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: till.points.redeem("ana", "six", "r"), range(THREADS)))
    assert till.balance() == till.ledger() == 1_243 - 550


Write = Callable[[Till, str], object]
WRITES: dict[str, tuple[Write, Write]] = {
    "add": (
        lambda t, k: t.cart.change("ana", AddItem(sku="b-41"), k),
        lambda t, k: t.cart.change("ana", AddItem(sku="b-42"), k),
    ),
    "points": (
        lambda t, k: t.cart.change("ana", UsePoints(points=500), k),
        lambda t, k: t.cart.change("ana", UsePoints(points=501), k),
    ),
    "vouchers": (
        lambda t, k: t.cart.change("ana", UseVouchers(codes=("TEN",)), k),
        lambda t, k: t.cart.change("ana", UseVouchers(codes=()), k),
    ),
    "reserve": (lambda t, k: t.cart.reserve("ana", k), lambda t, k: t.cart.change("ana", ClearCart(), k)),
    "place": (
        lambda t, k: t.checkout.place("ana", PlaceOrder(payment_method_ids=("card_ana",)), k),
        lambda t, k: t.checkout.place("ana", PlaceOrder(payment_method_ids=("paypal_ana",)), k),
    ),
    "redeem": (lambda t, k: t.points.redeem("ana", "six", k), lambda t, k: t.points.redeem("ana", "dear", k)),
}


@pytest.fixture
def contents(till: Till) -> Iterator[Callable[[], dict[str, list[str]]]]:
    """Every row of every table, as text."""

    def read() -> dict[str, list[str]]:
        with till.shop.engine.connect() as connection:
            return {
                name: sorted(str(tuple(row)) for row in connection.execute(select(table)))
                for name, table in Base.metadata.tables.items()
            }

    yield read


@pytest.mark.parametrize("name", WRITES)
def test_a_key_is_for_one_request(till: Till, name: str, contents: Callable[[], dict[str, list[str]]]) -> None:
    write, other = WRITES[name]
    till.add("s-blue")
    first = write(till, "k")
    after = contents()
    assert write(till, "k") == first
    with pytest.raises(ConflictError):
        other(till, "k")
    assert contents() == after
