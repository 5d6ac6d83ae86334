"""Orders: only the customer's own, and no trace of others'."""

import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import NotFoundError
from seamless_retail.tools.orders import find_orders, get_order, previous_order, track


def test_an_order_is_found_however_it_is_written(small_shop: SqlShop) -> None:
    assert get_order(small_shop, "C1", " ord-100002 ").id == "ORD-100002"
    assert get_order(small_shop, "C2", "w2611340").id == "#W2611340"


def test_anothers_order_looks_like_none(small_shop: SqlShop) -> None:
    with pytest.raises(NotFoundError) as anothers:
        get_order(small_shop, "C1", "ORD-100003")
    with pytest.raises(NotFoundError) as nobodys:
        get_order(small_shop, "C1", "ORD-999999")
    assert str(anothers.value).replace("100003", "999999") == str(nobodys.value)


def test_orders_are_found_by_words_of_a_product(small_shop: SqlShop) -> None:
    assert [order.id for order in find_orders(small_shop, "C1", "hiking boot")] == ["ORD-100001"]
    assert find_orders(small_shop, "C1", "silk") == [], "C2 ordered silk, C1 did not"


def test_orders_are_found_by_status_newest_first(small_shop: SqlShop) -> None:
    assert [order.id for order in find_orders(small_shop, "C2", status="delivered")] == ["ORD-100004", "ORD-100003"]
    assert [order.id for order in find_orders(small_shop, "C2", limit=1)] == ["ORD-100004"]


def test_the_order_before_another(small_shop: SqlShop) -> None:
    assert previous_order(small_shop, "C2", "ORD-100004").id == "ORD-100003"
    with pytest.raises(NotFoundError, match="no order before ORD-100001"):
        previous_order(small_shop, "C1", "ORD-100001")


def test_tracking_tells_what_is_known(small_shop: SqlShop) -> None:
    shipped = get_order(small_shop, "C1", "ORD-100002")
    assert track(shipped) == "Order ORD-100002 is shipped. Tracking: TRK1. Expected on 2026-11-24."
    assert track(get_order(small_shop, "C1", "ORD-100001")) == "Order ORD-100001 is delivered."
