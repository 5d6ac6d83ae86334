"""Orders out of carts: together or not at all, once, and back again."""

import pytest

from seamless_retail.core.cart import PlaceOrder, UsePoints, UseVouchers
from seamless_retail.core.customers import Address
from seamless_retail.core.errors import (
    ConflictError,
    InvalidQueryError,
    NotFoundError,
    OutOfStockError,
    PaymentDeclinedError,
    PolicyRefusal,
    ReservationExpiredError,
    SeamlessError,
)
from seamless_retail.core.order_requests import CancelOrder, UndoChange
from tests.core.carts.conftest import CARD, Free, Till
from tests.core.orders.conftest import HOME, check_books, gift


def test_an_order_takes_stock_money_points_and_vouchers_at_once(till: Till, free: Free) -> None:
    till.add("b-41")
    till.add("s-blue", 2)
    till.cart.change("ana", UseVouchers(codes=(" ten ",)))
    till.cart.change("ana", UsePoints(points=1_000))
    asked = till.checkout.preview("ana", CARD)
    order = till.checkout.place("ana", CARD, total_cents=asked.total_cents)
    goods = 14_000 + 2 * 4_900
    assert (order.total_cents, order.discount_cents) == (goods - goods // 10 - 1_000, goods // 10 + 1_000)
    assert order.balance_cents == order.worth_cents == till.paid()
    assert (order.address, order.status, order.details["vouchers"]) == (HOME, "pending", {"TEN": goods // 10})
    assert till.shop.orders.get(order.id, "ana") == order
    assert (free("b-41"), free("s-blue")) == (3, 2)
    assert till.balance() == 1_243 - 1_000
    assert till.cart.view("ana").lines == ()
    check_books(till.shop)


def test_a_gift_card_pays_first_and_another_method_the_rest(till: Till) -> None:
    till.add("b-41", 2)
    order = till.checkout.place("ana", PlaceOrder(payment_method_ids=("card_ana", "gift_ana")))
    assert [(p.method_id, p.cents) for p in order.payments] == [("gift_ana", 20_000), ("card_ana", 8_000)]
    assert (gift(till.shop), till.paid()) == (0, 8_000)
    till.orders.carry_out("ana", CancelOrder(order_id=order.id, reason="no longer needed"))
    assert gift(till.shop) == 20_000
    check_books(till.shop)


REFUSED: dict[str, tuple[tuple[str, ...], type[SeamlessError], str]] = {
    "declined": (("bad_ana",), PaymentDeclinedError, "it was declined"),
    "declined after the gift card": (("gift_ana", "bad_ana"), PaymentDeclinedError, "it was declined"),
    "gift card too small": (("gift_ana",), PaymentDeclinedError, "too little on it"),
    "another's method": (("card_ben",), NotFoundError, "card_ben not found"),
    "two cards": (("card_ana", "paypal_ana"), InvalidQueryError, "cannot pay together"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_paid_leaves_nothing(till: Till, free: Free, case: str) -> None:
    methods, error, words = REFUSED[case]
    till.add("b-41", 2)
    till.cart.change("ana", UsePoints(points=600))
    before = (till.cart.view("ana"), till.ledger(), gift(till.shop), free("b-41"), till.shop.orders.recent("ana", 50))
    with pytest.raises(error, match=words):
        till.checkout.place("ana", PlaceOrder(payment_method_ids=methods), key="k")
    after = (till.cart.view("ana"), till.ledger(), gift(till.shop), free("b-41"), till.shop.orders.recent("ana", 50))
    assert (after, till.paid()) == (before, 0)
    assert till.checkout.place("ana", CARD, key="k").status == "pending", "the key is free again"


def test_the_same_key_orders_once(till: Till, free: Free) -> None:
    till.add("s-blue")
    first = till.checkout.place("ana", CARD, key="k")
    till.add("s-blue")
    assert till.checkout.place("ana", CARD, key="k") == first
    assert (free("s-blue"), till.paid()) == (3, first.total_cents)
    elsewhere = CARD.model_copy(update={"address": Address(line1="2 Oak", city="Bend", postal_code="97701")})
    with pytest.raises(ConflictError):
        till.checkout.place("ana", elsewhere, key="k")


def test_a_reservation_that_lapsed_is_told_and_can_be_renewed(till: Till) -> None:
    till.add("s-blue")
    till.cart.reserve("ana")
    till.later(minutes=16)
    with pytest.raises(ReservationExpiredError, match=r"reserved until .* Reserve it again"):
        till.checkout.place("ana", CARD)
    till.cart.reserve("ana")
    assert till.checkout.place("ana", CARD).status == "pending"


def test_held_units_become_the_order_s(till: Till, free: Free) -> None:
    till.add("s-blue", 4)
    till.cart.reserve("ana")
    order = till.checkout.place("ana", CARD)
    assert (order.lines[0].quantity, free("s-blue")) == (4, 0)
    check_books(till.shop)


def test_what_somebody_else_took_is_not_sold_again(till: Till) -> None:
    till.add("s-blue", 3)
    till.add("s-blue", 3, "ben")
    till.checkout.place("ben", PlaceOrder(payment_method_ids=("card_ben",)))
    with pytest.raises(OutOfStockError, match=r"1 are left, not 3"):
        till.checkout.place("ana", CARD)
    assert len(till.provider.authorisations()) == 1


def test_the_price_that_was_agreed_holds_or_it_is_asked_again(till: Till) -> None:
    till.add("s-blue")
    agreed = till.checkout.preview("ana", CARD).total_cents
    till.add("s-blue")
    with pytest.raises(ConflictError, match="price has changed"):
        till.checkout.place("ana", CARD, total_cents=agreed)


def test_a_voucher_that_is_used_up_meanwhile_is_told(till: Till) -> None:
    for name in ("ana", "ben"):
        till.add("s-blue", customer_id=name)
        till.cart.change(name, UseVouchers(codes=("LASTONE",)))
    till.checkout.place("ben", PlaceOrder(payment_method_ids=("card_ben",)))
    with pytest.raises(PolicyRefusal, match="LASTONE has been used up"):
        till.checkout.place("ana", CARD)


def test_cancelling_gives_all_of_it_back_and_undoing_takes_it_again(till: Till, free: Free) -> None:
    till.add("s-blue", 2)
    till.cart.change("ana", UseVouchers(codes=("TEN",)))
    till.cart.change("ana", UsePoints(points=600))
    order = till.checkout.place("ana", CARD)
    till.orders.carry_out("ana", CancelOrder(order_id=order.id, reason="ordered by mistake"))
    assert (till.balance(), free("s-blue")) == (1_243, 4)
    till.orders.carry_out("ana", UndoChange(order_id=order.id))
    assert (till.balance(), free("s-blue")) == (643, 2)
    check_books(till.shop)


@pytest.mark.parametrize("spent", ["voucher", "points"])
def test_a_cancelled_order_cannot_come_back_on_what_was_spent_again(till: Till, spent: str) -> None:
    orders = []
    for _ in range(2):
        till.add("s-blue", 1)
        if spent == "voucher":
            till.cart.change("ana", UseVouchers(codes=("TEN",)))
        else:
            till.cart.change("ana", UsePoints(points=1_200))
        orders.append(till.checkout.place("ana", CARD))
        if len(orders) == 1:
            till.orders.carry_out("ana", CancelOrder(order_id=orders[0].id, reason="ordered by mistake"))
    with pytest.raises(PolicyRefusal, match="meanwhile"):
        till.orders.carry_out("ana", UndoChange(order_id=orders[0].id))
    assert till.balance() >= 0


def test_a_refund_is_sent_once_it_cannot_be_taken_back(till: Till) -> None:
    till.add("b-41", 2)
    order = till.checkout.place("ana", PlaceOrder(payment_method_ids=("gift_ana", "card_ana")))
    assert till.refunds.send(order.id) == {}
    till.orders.carry_out("ana", CancelOrder(order_id=order.id, reason="no longer needed"))
    assert (till.refunds.send(order.id), till.paid()) == ({}, 8_000)
    till.later(minutes=31)
    for _ in range(2):
        assert (till.refunds.send(order.id), till.paid()) == ({"card_ana": 8_000}, 0)
    with pytest.raises(NotFoundError):
        till.refunds.send("ORD-1")


def test_points_are_earned_when_the_order_arrives_and_go_with_a_return(till: Till) -> None:
    till.add("b-41")
    order = till.checkout.place("ana", CARD)
    assert till.balance() == 1_243
    till.clerk.ship(order.id, ["TRK"])
    till.clerk.deliver(order.id)
    assert till.balance() == 1_243 + 140


def test_points_and_money_pay_together(till: Till) -> None:
    till.add("s-green")
    till.cart.change("ana", UsePoints(points=1_243))
    order = till.checkout.place("ana", CARD)
    assert (order.total_cents, till.paid()) == (4_025 - 1_243 + 595, 4_025 - 1_243 + 595)
