"""Nobody reaches another's orders, cart or points: not by any tool with any arguments, and not by chat."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.tools import BaseTool

from seamless_retail.core.cart import AddItem
from seamless_retail.core.database import SqlShop, open_shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.desks import open_desks
from seamless_retail.tools.toolkit import RetailToolkit

MINE, THEIRS = "C0002", "C0001"
ORDERS = ("ORD-101489", "ORD-101448", "ORD-101003", "ORD-100759")
SKU = "F00467-FOR-M"
VALUES: dict[str, Any] = {
    "reason": st.sampled_from(["no longer needed", "ordered by mistake", "damaged"]),
    "payment_method_id": st.sampled_from(["card-c0001", "paypal-c0001", "card-c0002"]),
    "item_ids": st.just([SKU]),
    "new_item_ids": st.just(["F00467-FOR-L"]),
    "line1": st.just("12 Elm Street"),
    "city": st.just("Portland"),
    "postal_code": st.just("97201"),
}


@pytest.fixture(scope="module")
def shop(seeded_database: Path, tmp_path_factory: pytest.TempPathFactory) -> SqlShop:
    """A copy that may be written, in which the other customer has a cart."""
    copied = shutil.copy(seeded_database, tmp_path_factory.mktemp("owned") / "shop.db")
    return open_shop(f"sqlite:///{copied}")


@pytest.fixture(scope="module")
def tools(shop: SqlShop) -> Iterator[dict[str, BaseTool]]:
    """Every tool, as customer :data:`MINE` has them."""
    desks, gate = open_desks(load_settings(), shop)
    assert desks is not None
    desks.cart.change(THEIRS, AddItem(sku=SKU, quantity=2))
    toolkit = RetailToolkit(
        shop=shop,
        desk=desks.orders,
        cart=desks.cart,
        checkout=desks.checkout,
        points=desks.points,
        gate=gate,
        principal=lambda: Principal(customer_id=MINE),
    )
    before = theirs(shop), desks.cart.view(THEIRS)
    yield {tool.name: tool for tool in toolkit.get_tools()}
    assert (theirs(shop), desks.cart.view(THEIRS)) == before


def theirs(shop: SqlShop) -> Any:
    return [shop.orders.get(order, THEIRS) for order in ORDERS], shop.loyalty.account(THEIRS, shop.today())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_tool_reaches_an_order_of_somebody_else(tools: dict[str, BaseTool], data: st.DataObject) -> None:
    about_orders = sorted(name for name, tool in tools.items() if "order_id" in tool.args)
    assert len(about_orders) >= 9
    tool = tools[data.draw(st.sampled_from(about_orders))]
    order = data.draw(st.sampled_from([*ORDERS, *(f" {number.lower()} " for number in ORDERS)]))
    arguments = {name: data.draw(VALUES[name]) for name in tool.args if name in VALUES}
    told = tool.invoke({"order_id": order, **arguments})
    assert "this account" in told or "not found" in told.lower() or "reason" in told.lower(), told


def test_carts_and_points_are_the_own_ones(tools: dict[str, BaseTool]) -> None:
    assert "empty" in tools["view_cart"].invoke({})
    assert "ORD-101489" not in tools["list_orders"].invoke({})
    for name in ("view_cart", "list_orders", "reserve_cart"):
        assert "customer_id" not in tools[name].args, "who asks is no argument"
