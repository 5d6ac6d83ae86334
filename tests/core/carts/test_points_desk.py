"""Points: turned into rewards, given back, lapsed; the ledger only grows."""

from datetime import date, datetime

import pytest

from seamless_retail.core.cart import UseVouchers
from seamless_retail.core.database import writer as write
from seamless_retail.core.errors import ConflictError, NotAuthorizedError, NotFoundError, PolicyRefusal
from seamless_retail.core.loyalty import LoyaltyEntry
from tests.core.carts.conftest import CARD, Till


def test_a_reward_is_a_voucher_of_one_s_own_that_goes_with_a_code(till: Till) -> None:
    reward = till.points.redeem("ana", "six", points=550)
    assert (till.balance(), reward.customer_id, reward.group) == (693, "ana", "reward")
    till.add("b-41")
    till.cart.change("ana", UseVouchers(codes=("TEN", reward.code)))
    order = till.checkout.place("ana", CARD)
    assert order.discount_cents == 1_400 + 600
    with pytest.raises(PolicyRefusal, match="was used"):
        till.points.give_back("ana", reward.code)
    with pytest.raises(NotFoundError, match="is not known"):
        till.cart.change("ben", UseVouchers(codes=(reward.code,)))


def test_the_same_key_redeems_once(till: Till) -> None:
    first = till.points.redeem("ana", "six", key="k")
    assert till.points.redeem("ana", "six", key="k") == first
    assert till.balance() == 693
    with pytest.raises(ConflictError):
        till.points.redeem("ana", "dear", key="k")


def test_a_reward_can_be_given_back_once(till: Till) -> None:
    reward = till.points.redeem("ana", "six")
    for name in ("ben", "ana", "ana"):
        try:
            till.points.give_back(name, reward.code)
        except (NotFoundError, PolicyRefusal) as error:
            assert (name, till.balance()) in {("ben", 693), ("ana", 1_243)}, error
    assert till.balance() == till.ledger() == 1_243
    till.add("s-blue")
    with pytest.raises(PolicyRefusal):
        till.cart.change("ana", UseVouchers(codes=(reward.code,)))


def test_what_is_refused(till: Till) -> None:
    with pytest.raises(PolicyRefusal, match=r"There are not 9,000 points\. The balance is 1,243\."):
        till.points.redeem("ana", "dear")
    with pytest.raises(NotFoundError, match="no reward 'castle'"):
        till.points.redeem("ana", "castle")
    with pytest.raises(ConflictError, match="other points"):
        till.points.redeem("ana", "six", points=500)
    with pytest.raises(NotAuthorizedError):
        till.points.redeem("", "six")
    till.points.redeem("ana", "six")
    till.points.redeem("ana", "six")
    with pytest.raises(PolicyRefusal, match="from a balance of 500 on"):
        till.points.redeem("ana", "six")


def test_lapsed_points_are_booked_once(till: Till) -> None:
    lapsed = LoyaltyEntry(
        id="old",
        customer_id="ana",
        points=300,
        kind="earn",
        at=datetime(2025, 3, 1),
        expires_on=date(2025, 9, 1),
    )
    with till.shop.engine.begin() as connection:
        write.write_loyalty(connection, [lapsed])
    assert (till.ledger(), till.balance()) == (1_543, 1_243)
    assert (till.points.expire("ana"), till.points.expire("ana"), till.points.expire("ben")) == (300, 0, 0)
    assert till.ledger() == till.balance() == 1_243
