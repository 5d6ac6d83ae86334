"""The loyalty statement follows from the ledger."""

import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import NotFoundError
from seamless_retail.tools.loyalty import loyalty_statement, points_for


def test_the_statement_explains_the_account(small_shop: SqlShop) -> None:
    statement = loyalty_statement(small_shop, "C1")
    assert statement.account.balance == 320
    assert "Balance: 320 points." in statement.lines
    assert "Tier: bronze, 1 points for each dollar spent." in statement.lines
    assert "180 more points reach silver." in statement.lines


def test_what_points_are_worth_is_quoted_from_the_policy(small_shop: SqlShop) -> None:
    assert "100 points are worth $1." in loyalty_statement(small_shop, "C1").lines


def test_points_count_whole_dollars(small_shop: SqlShop) -> None:
    account = loyalty_statement(small_shop, "C1").account
    assert [points_for(account, cents) for cents in (4999, 5000, 99, -100)] == [49, 50, 0, 0]


def test_an_unknown_customer_has_no_account(small_shop: SqlShop) -> None:
    with pytest.raises(NotFoundError):
        loyalty_statement(small_shop, "C999")
