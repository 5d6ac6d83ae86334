"""Books, stock and points over random sequences of changes, one after another and many at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from seamless_retail.core.customers import Address
from seamless_retail.core.database import SqlShop
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.operation_tables import OrderChangeRow
from seamless_retail.core.database.order_clerk import SqlOrderClerk
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.tables import Base, LoyaltyEntryRow
from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.order_requests import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    OrderRequest,
    RequestRefund,
    ReturnItems,
    UndoChange,
)
from tests.core.orders.conftest import CUSTOMERS, HOME, PRODUCTS, check_books, fill, gift

THREADS = 16
OPERATIONS = 240


def draw_request(rng: Random, shop: SqlShop, customer_id: str) -> OrderRequest:
    """A request about one of the customer's orders that often fits."""
    order = rng.choice(shop.orders.recent(customer_id, 50))
    skus = [line.sku for line in order.lines if line.quantity > 0 for _ in range(line.quantity)]
    items = tuple(rng.sample(skus, k=rng.randint(1, len(skus))))
    variants = {v.sku: [o.sku for o in p.variants] for p in PRODUCTS for v in p.variants}
    new = tuple(rng.choice(variants[sku]) for sku in items)
    pay: dict[str, Any] = {
        "order_id": order.id,
        "payment_method_id": f"{rng.choice(['card', 'gift', 'paypal'])}_{customer_id}",
    }
    kinds: list[Callable[[], OrderRequest]] = [
        lambda: CancelOrder(order_id=order.id, reason="no longer needed"),
        lambda: ChangeAddress(order_id=order.id, address=Address.model_validate({**dict(HOME), "city": "Bend"})),
        lambda: ChangePayment(**pay),
        lambda: ChangeItems(item_ids=items, new_item_ids=new, **pay),
        lambda: ExchangeItems(item_ids=items, new_item_ids=new, **pay),
        lambda: ReturnItems(item_ids=items, **pay),
        lambda: RequestRefund(item_ids=items, reason="damaged", **pay),
        lambda: UndoChange(order_id=order.id),
        lambda: UndoChange(order_id=order.id),
    ]
    return rng.choice(kinds)()


def gift_money(shop: SqlShop) -> dict[str, int]:
    """What is on each gift card and what orders have taken from it: their sum never changes."""
    money = {}
    for customer_id in CUSTOMERS:
        orders = shop.orders.recent(customer_id, 50)
        lines = [p for order in orders for p in order.payments if p.method_id == f"gift_{customer_id}"]
        taken = sum(p.cents if p.kind == "payment" else -p.cents for p in lines)
        money[customer_id] = gift(shop, customer_id) + taken
    return money


def ledger_sum(shop: SqlShop) -> int:
    with shop.engine.connect() as connection:
        return int(connection.scalar(select(func.sum(LoyaltyEntryRow.points))) or 0)


def try_one(desk: SqlOrderDesk, clerk: SqlOrderClerk, customer_id: str, request: OrderRequest, settle: bool) -> bool:
    try:
        if settle:
            clerk.settle(request.order_id)
        else:
            desk.carry_out(customer_id, request)
    except SeamlessError:
        return False
    return True


@pytest.fixture(scope="module")
def lasting(migrated: Callable[[str], str]) -> str:
    return migrated("sqlite")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), length=st.integers(5, 25))
def test_the_books_are_right_after_every_change(lasting: str, seed: int, length: int) -> None:
    with opened(lasting) as engine:
        with engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(delete(table))
        fill(lasting)
        shop, rng = SqlShop(engine), Random(seed)
        desk, clerk = SqlOrderDesk(engine, shop.writes), SqlOrderClerk(shop.writes)
        before = gift_money(shop)
        for _ in range(length):
            customer_id = rng.choice(CUSTOMERS)
            try_one(desk, clerk, customer_id, draw_request(rng, shop, customer_id), rng.random() < 0.2)
            check_books(shop)
            assert gift_money(shop) == before


def test_many_at_once_lose_nothing(shop: SqlShop, desk: SqlOrderDesk, clerk: SqlOrderClerk) -> None:
    before = gift_money(shop)

    def one(number: int) -> bool:
        rng = Random(number)
        customer_id = rng.choice(CUSTOMERS)
        return try_one(desk, clerk, customer_id, draw_request(rng, shop, customer_id), rng.random() < 0.1)

    with ThreadPoolExecutor(THREADS) as pool:
        done = sum(pool.map(one, range(OPERATIONS)))
    check_books(shop)
    assert gift_money(shop) == before
    with shop.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(OrderChangeRow)) == done > 10


def test_an_order_that_many_cancel_at_once_is_refunded_once(shop: SqlShop, desk: SqlOrderDesk) -> None:
    request = CancelOrder(order_id="ANA-G", reason="no longer needed")
    clerk = SqlOrderClerk(shop.writes)
    before = ledger_sum(shop)
    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(lambda _: try_one(desk, clerk, "ana", request, False), range(THREADS)))
    assert sum(done) == 1
    assert (gift(shop), ledger_sum(shop)) == (25_245, before + 500)
    check_books(shop)
