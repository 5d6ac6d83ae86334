"""The return window follows from the order's dates and the numbers the policy documents state, or is not told."""

from datetime import date, datetime

import pytest

from seamless_retail.core.orders import Order, StatusChange
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.lobes.policy_shelf import PolicyShelf
from seamless_retail.lobes.return_window import return_window


def order(placed, delivered):
    return Order(
        id="ORD-1",
        customer_id="C1",
        status="delivered",
        placed_at=placed,
        history=(StatusChange(status="delivered", at=delivered),) if delivered else (),
    )


@pytest.fixture
def shelf(corner_shop, word_retriever):
    return PolicyShelf(corner_shop, word_retriever)


CASES = (
    (datetime(2026, 3, 1), datetime(2026, 3, 4), "bronze", date(2026, 4, 3), "30 days from delivery"),
    (datetime(2026, 3, 1), datetime(2026, 3, 4), "gold", date(2026, 5, 3), "60 days for this tier"),
    (datetime(2026, 11, 5), datetime(2026, 11, 8), "bronze", date(2027, 1, 31), "bought in the holiday season"),
    (datetime(2026, 12, 20), datetime(2026, 12, 23), "gold", date(2027, 2, 21), "the longest window holds"),
)


@pytest.mark.parametrize(("placed", "delivered", "tier", "until", "why"), CASES)
def test_the_longest_window_that_a_policy_grants(placed, delivered, tier, until, why, shelf):
    window = return_window(order(placed, delivered), tier, shelf)
    assert window.until == until, why
    assert window.rule.source_id == "policy:returns-window"


def test_an_order_that_was_not_delivered_has_no_window(shelf):
    assert return_window(order(datetime(2026, 3, 1), None), "gold", shelf) is None


def test_no_window_is_made_up_where_the_policies_state_none(word_retriever):
    class Policies:
        def all(self):
            return [PolicyDocument(id="r", title="Returns", topic="returns", body="Ask us about returns.")]

    class Shop:
        policies = Policies()

    shelf = PolicyShelf(Shop(), word_retriever)
    assert return_window(order(datetime(2026, 3, 1), datetime(2026, 3, 4)), "gold", shelf) is None
