"""What a request says goes into the code: numbers by unit and role, days, names."""

from datetime import date

import pytest

from seamless_retail.tools.code_adaptation import Quantity, adapt, fit, quantities
from seamless_retail.tools.code_sandbox import Sandbox
from seamless_retail.tools.code_shelf import library

TODAY = date(2026, 11, 15)
ENTRIES = {entry.name: entry for entry in library()}

ADAPTED = [
    ("pricing.order_discount", "10 % off for orders over $80", {"percent": "10", "minimum_cents": "8000"}),
    ("pricing.order_amount_off", "$15 off from 120 dollars", {"off_cents": "1500", "minimum_cents": "12000"}),
    ("pricing.order_amount_off", "orders over $120 get $15 off", {"off_cents": "1500", "minimum_cents": "12000"}),
    ("promotions.capped_discount", "20% off up to $50", {"percent": "20", "most_cents": "5000"}),
    ("promotions.buy_some_get_some", "buy three get one free", {"buy_units": "3", "free_units": "1"}),
    ("promotions.multi_buy_price", "3 for $12", {"deal_units": "3", "deal_cents": "1200"}),
    ("orders.can_return", "returns within 6 weeks", {"return_days": "42"}),
    ("loyalty.referral_points", "300 points each, at most 1,500 points", {"points_each": "300", "most_points": "1500"}),
    ("stock.low_stock", "fewer than 8 units", {"minimum_units": "8"}),
    ("queries.best_sellers", "top 5 of the last 2 weeks", {"limit": "5", "since": "14 days ago"}),
    ("queries.revenue_by_store", "since 2026-09-01", {"since": "2026-09-01"}),
    ("queries.products_with_allergen", "products with peanuts", {"allergen": "peanuts"}),
    ("promotions.capped_discount", "20% off orders over $50", {"percent": "20"}),
    ("pricing.order_discount", "a discount on big orders", {}),
]


@pytest.mark.parametrize(("name", "request_text", "changed"), ADAPTED)
def test_the_numbers_of_a_request_replace_the_defaults(name: str, request_text: str, changed: dict[str, str]) -> None:
    assert adapt(ENTRIES[name], request_text, TODAY).changed == changed


def test_days_count_from_the_day_of_the_shop() -> None:
    adapted = adapt(ENTRIES["queries.best_sellers"], "top 5 of the last 2 weeks", TODAY)
    assert adapted.parameters == {"since": "2026-11-01", "limit": 5}


def test_names_are_changed_everywhere_and_the_code_still_gives_what_it_should() -> None:
    wanted = "12 % off orders over $60, call it winter_deal and rename subtotal_cents to basket_cents"
    adapted = adapt(ENTRIES["pricing.order_discount"], wanted, TODAY)
    assert "def winter_deal(basket_cents: int, *, percent: int = 12, minimum_cents: int = 6000)" in adapted.code
    assert "order_discount" not in adapted.code + adapted.examples
    run = Sandbox().run(adapted.code, f"{adapted.examples}>>> winter_deal(10_000)\n1200\n")
    assert (run.status, run.detail) == ("ok", "")


def test_a_new_name_that_the_code_has_already_is_not_used() -> None:
    adapted = adapt(ENTRIES["pricing.order_discount"], "rename percent to minimum_cents", TODAY)
    assert adapted.changed == {}


def test_numbers_are_read_with_unit_and_role() -> None:
    assert quantities("spend $1,250.50, at most 30 percent, within 10 days") == [
        Quantity("cents", "125050", "threshold"),
        Quantity("percent", "30", "cap"),
        Quantity("days", "10"),
    ]


def test_an_entry_fits_by_the_numbers_that_it_takes() -> None:
    wanted = "$15 off orders over $120"
    assert fit(ENTRIES["pricing.order_amount_off"], wanted) == 1.0
    assert fit(ENTRIES["pricing.discounted_price"], wanted) == 0.0
