"""What is due again, by the rhythm of the customer's own orders."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import UnknownCustomerError
from seamless_retail.core.orders import Order, OrderLine
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.repurchase import Rhythm, repurchase, rhythms

TODAY = date(2026, 11, 20)


def rhythm(*days_ago: int) -> Rhythm:
    return Rhythm("G1", tuple(TODAY - timedelta(days=days) for days in days_ago))


def test_the_rhythm_is_the_median_interval() -> None:
    assert rhythm(100, 70, 40, 12).every == 30
    assert rhythm(12).every is None


def test_a_product_is_due_when_its_interval_is_nearly_over_and_most_on_that_day() -> None:
    assert rhythm(35, 5).score(TODAY) == 0, "ordered lately"
    assert 0 < rhythm(55, 25).score(TODAY) < rhythm(60, 30).score(TODAY) == 1
    assert rhythm(120, 90).score(TODAY) < rhythm(70, 40).score(TODAY), "perhaps given up"


def test_what_was_ordered_once_counts_less_and_not_at_once() -> None:
    assert rhythm(3).score(TODAY) == 0
    assert 0 < rhythm(40).score(TODAY) < rhythm(20).score(TODAY) < 0.5


def test_the_reason_tells_the_rhythm() -> None:
    assert rhythm(91, 61, 31).told(TODAY) == "you ordered it 3 times, about every 30 days, last 31 days ago"
    assert rhythm(32, 31).told(TODAY) == "you ordered it twice, about every 1 day, last 31 days ago"
    assert rhythm(1).told(TODAY) == "you ordered it once, 1 day ago"


def order(days_ago: int, *products: str, status: str = "delivered") -> Order:
    lines = tuple(
        OrderLine(sku=f"{id}-500", product_id=id, name=id, quantity=1, unit_price_cents=100) for id in products
    )
    placed = datetime.combine(TODAY, datetime.min.time()) - timedelta(days=days_ago)
    return Order(id=f"O{days_ago}", customer_id="C3", status=status, placed_at=placed, lines=lines)


def test_cancelled_orders_and_lines_of_one_day_make_no_rhythm() -> None:
    found = rhythms([order(30, "G1"), order(30, "G1"), order(10, "G1", status="cancelled"), order(5, "G2")])
    assert {r.product_id: len(r.days) for r in found} == {"G1": 1, "G2": 1}


class _Shop:
    """The small shop with other orders."""

    def __init__(self, shop: SqlShop, orders: list[Order]) -> None:
        self.catalogue, self.customers, self.today = shop.catalogue, shop.customers, shop.today
        self.orders = self
        self._orders = orders

    def recent(self, customer_id: str, limit: int) -> list[Order]:
        return self._orders[:limit]


def test_only_consumables_that_are_due_are_named_the_most_due_first(small_shop: SqlShop) -> None:
    shop: Any = _Shop(
        small_shop, [order(5, "G3"), order(20, "G2"), order(31, "G1", "F4"), order(35, "G3"), order(61, "G1", "F4")]
    )
    found = repurchase(shop, "C3")
    assert [r.product.id for r in found] == ["G1", "G2"], "boots last, G3 was ordered five days ago"
    assert found[0].reason == "you ordered it twice, about every 30 days, last 31 days ago"
    assert repurchase(shop, "C3", ProductQuery(product_ids=("G2",)))[0].product.id == "G2"


def test_without_orders_nothing_is_due_and_a_stranger_is_refused(small_shop: SqlShop) -> None:
    assert repurchase(small_shop, "C3") == []
    with pytest.raises(UnknownCustomerError):
        repurchase(small_shop, "C999")
