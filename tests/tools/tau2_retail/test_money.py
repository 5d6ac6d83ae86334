"""Money over random sequences of operations: none appears, none is lost, no gift card goes below nothing."""

import gzip
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from seamless_retail.tools.tau2_retail import RetailEnvironment, make
from tests.tools.tau2_retail.conftest import DB

OPERATIONS = 2_000
Call = tuple[str, dict[str, Any]]


def cents(amount: float) -> int:
    assert round(amount, 2) == amount, f"{amount} has parts of a cent"
    return round(amount * 100)


def net(order: dict[str, Any], method: str | None = None) -> int:
    """Payments less refunds of an order, by one method or all."""
    return sum(
        cents(line["amount"]) * (1 if line["transaction_type"] == "payment" else -1)
        for line in order["payment_history"]
        if method in (None, line["payment_method_id"])
    )


def check_orders(db: dict[str, Any]) -> None:
    """Payments less refunds equal what each order is worth."""
    for order in db["orders"].values():
        worth = 0 if order["status"] == "cancelled" else sum(cents(item["price"]) for item in order["items"])
        assert net(order) == worth, order["order_id"]


def gift_money(db: dict[str, Any]) -> dict[str, int]:
    """What is on each gift card and what orders have taken from it: their sum never changes."""
    money = {}
    for user_id, user in db["users"].items():
        orders = [order for order in db["orders"].values() if order["user_id"] == user_id]
        for method in user["payment_methods"].values():
            if "balance" in method:
                assert method["balance"] >= 0
                money[method["id"]] = cents(method["balance"]) + sum(net(order, method["id"]) for order in orders)
    return money


def swap(rng: Random, db: dict[str, Any], order: dict[str, Any]) -> dict[str, Any]:
    """Some items of an order, and variants of their products; now and then something that does not fit."""
    items = rng.sample(order["items"], k=rng.randint(1, len(order["items"])))
    variants = [sorted(db["products"][item["product_id"]]["variants"]) for item in items]
    new = [rng.choice(choices) for choices in variants][: len(items) - (rng.random() < 0.05)]
    return {"item_ids": [item["item_id"] for item in items], "new_item_ids": new}


def draw_call(rng: Random, db: dict[str, Any]) -> Call:
    """A call of a write tool that often fits."""
    order = rng.choice(list(db["orders"].values()))
    user = db["users"][order["user_id"]]
    arguments: dict[str, Any] = {"order_id": order["order_id"]}
    method = {"payment_method_id": rng.choice(sorted(user["payment_methods"]))}
    tool = rng.choice(["cancel", "payment", "items", "exchange", "return"])
    if tool == "cancel":
        return "cancel_pending_order", {**arguments, "reason": "no longer needed"}
    if tool == "payment":
        return "modify_pending_order_payment", {**arguments, **method}
    if tool == "items":
        return "modify_pending_order_items", {**arguments, **swap(rng, db, order), **method}
    if tool == "exchange":
        return "exchange_delivered_order_items", {**arguments, **swap(rng, db, order), **method}
    items = swap(rng, db, order)["item_ids"]
    return "return_delivered_order_items", {**arguments, "item_ids": items, **method}


ORDER_IDS = st.sampled_from(sorted(DB["orders"]))
METHODS = st.sampled_from(sorted(m for u in DB["users"].values() for m in u["payment_methods"]))
PAIRS = st.lists(
    st.sampled_from([(a, b) for p in DB["products"].values() for a in p["variants"] for b in p["variants"]]),
    min_size=1,
    max_size=3,
)
SWAPS = st.sampled_from(["modify_pending_order_items", "exchange_delivered_order_items"])


class Money(RuleBasedStateMachine):
    """Any operations in any order; Hypothesis looks for the shortest sequence that breaks the books."""

    def __init__(self) -> None:
        super().__init__()
        self.store = make(DB)

    @rule(order_id=ORDER_IDS)
    def cancel(self, order_id: str) -> None:
        self._call("cancel_pending_order", order_id=order_id, reason="no longer needed")

    @rule(order_id=ORDER_IDS, method=METHODS)
    def pay_otherwise(self, order_id: str, method: str) -> None:
        self._call("modify_pending_order_payment", order_id=order_id, payment_method_id=method)

    @rule(tool=SWAPS, order_id=ORDER_IDS, pairs=PAIRS, method=METHODS)
    def swap_items(self, tool: str, order_id: str, pairs: list[tuple[str, str]], method: str) -> None:
        old, new = ([pair[i] for pair in pairs] for i in (0, 1))
        self._call(tool, order_id=order_id, item_ids=old, new_item_ids=new, payment_method_id=method)

    @rule(order_id=ORDER_IDS, pairs=PAIRS, method=METHODS)
    def give_back(self, order_id: str, pairs: list[tuple[str, str]], method: str) -> None:
        items = [old for old, _ in pairs]
        self._call("return_delivered_order_items", order_id=order_id, item_ids=items, payment_method_id=method)

    def _call(self, tool: str, **arguments: Any) -> None:
        before = self.store.dump()
        went_well, _ = self.store.call(tool, arguments)
        assert went_well or self.store.dump() == before, "what is refused changes nothing"

    @invariant()
    def books_are_right(self) -> None:
        now = self.store.dump()
        check_orders(now)
        assert gift_money(now) == gift_money(DB)


TestMoney = Money.TestCase
TestMoney.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


@pytest.fixture(scope="module")
def real(data_folder: Path) -> dict[str, Any]:
    """The store's real data."""
    file = data_folder / "store_policies" / "tau2_retail_db.json.gz"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    data: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    return data


def test_a_store_that_nobody_touched_is_the_same(real: dict[str, Any]) -> None:
    assert json.dumps(make(real).dump()) == json.dumps(real)


def test_a_real_store_keeps_its_money(real: dict[str, Any]) -> None:
    store, rng, well = make(real), Random("operations"), 0
    for _ in range(OPERATIONS):
        well += store.call(*draw_call(rng, real))[0]
    assert well > OPERATIONS // 8
    now = store.dump()
    check_orders(now)
    assert gift_money(now) == gift_money(real)


def test_every_pending_order_can_be_cancelled_after_its_payment_changed(real: dict[str, Any]) -> None:
    store: RetailEnvironment = make(real)
    pending = [order for order in real["orders"].values() if order["status"] == "pending"]
    for order in pending:
        for method in real["users"][order["user_id"]]["payment_methods"]:
            store.call("modify_pending_order_payment", {"order_id": order["order_id"], "payment_method_id": method})
        assert store.call("cancel_pending_order", {"order_id": order["order_id"], "reason": "no longer needed"})[0]
    now = store.dump()
    check_orders(now)
    assert gift_money(now) == gift_money(real)


def test_all_real_records_can_be_read(real: dict[str, Any]) -> None:
    store = make(real)
    for part, tool, argument in (
        ("orders", "get_order_details", "order_id"),
        ("users", "get_user_details", "user_id"),
        ("products", "get_product_details", "product_id"),
    ):
        for key, record in real[part].items():
            assert store.call(tool, {argument: key}) == (True, record)
    assert len(json.loads(store.call("list_all_product_types", {})[1])) == 50
    assert all(store.call("find_user_id_by_email", {"email": u["email"]})[1] == k for k, u in real["users"].items())
