"""Carts: what goes in, what is refused, what is held for how long."""

import pytest

from seamless_retail.core.cart import AddItem, CartChange, ClearCart, SetQuantity, UsePoints, UseVouchers
from seamless_retail.core.errors import (
    ConflictError,
    InvalidQueryError,
    NotAuthorizedError,
    NotFoundError,
    OutOfStockError,
    PolicyRefusal,
    SeamlessError,
    UnknownCustomerError,
)
from tests.core.carts.conftest import Free, Till


def test_add_change_remove(till: Till) -> None:
    till.add("s-blue")
    till.add("b-41")
    till.add("s-blue", 2)
    assert [(line.sku, line.quantity) for line in till.cart.view("ana").lines] == [("s-blue", 3), ("b-41", 1)]
    till.cart.change("ana", SetQuantity(sku="s-blue", quantity=1))
    found = till.cart.change("ana", SetQuantity(sku="b-41", quantity=0))
    assert [(line.sku, line.quantity) for line in found.lines] == [("s-blue", 1)]
    assert till.cart.change("ana", ClearCart()).lines == ()


def test_the_promotion_of_the_day_is_in_the_price(till: Till) -> None:
    till.add("b-41", 2)
    (line,) = till.cart.view("ana").lines
    assert (line.list_cents, line.unit_cents, line.promotion_id, line.promotion_title) == (
        15_010,
        14_000,
        "P1",
        "Boots Week",
    )
    assert till.cart.view("ana").total_cents == 28_000


REFUSED: dict[str, tuple[CartChange, type[SeamlessError], str]] = {
    "unknown": (AddItem(sku="x-1"), NotFoundError, "There is no variant 'x-1' for sale."),
    "too many": (AddItem(sku="s-blue", quantity=5), OutOfStockError, "4 of Shirt (s-blue) are left."),
    "not in it": (SetQuantity(sku="s-red", quantity=1), NotFoundError, "s-red is not in the cart."),
    "unknown code": (UseVouchers(codes=("NOPE",)), NotFoundError, "NOPE is not known."),
    "another's code": (UseVouchers(codes=("BENS",)), NotFoundError, "BENS is not known."),
    "nothing fits": (UseVouchers(codes=("BOOTS5",)), PolicyRefusal, "BOOTS5 applies to nothing in the cart."),
    "two codes": (UseVouchers(codes=("TEN", "SECRET")), PolicyRefusal, "SECRET cannot be combined with TEN."),
    "points": (UsePoints(points=5_000), PolicyRefusal, "There are not 5,000 points."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_changes_nothing(till: Till, case: str) -> None:
    change, error, sentence = REFUSED[case]
    till.add("s-blue")
    before = till.cart.view("ana")
    with pytest.raises(error) as raised:
        till.cart.change("ana", change)
    assert raised.value.message == sentence
    assert raised.value.remedy
    assert till.cart.view("ana") == before


def test_guests_and_strangers_have_no_cart(till: Till) -> None:
    with pytest.raises(NotAuthorizedError, match="sign in first"):
        till.cart.view("")
    with pytest.raises(NotAuthorizedError):
        till.add("s-blue", customer_id="")
    with pytest.raises(UnknownCustomerError):
        till.add("s-blue", customer_id="nobody")


def test_carts_are_apart(till: Till) -> None:
    till.add("s-blue")
    till.add("b-41", customer_id="ben")
    assert [line.sku for line in till.cart.view("ana").lines] == ["s-blue"]
    till.cart.change("ben", ClearCart())
    assert [line.sku for line in till.cart.view("ana").lines] == ["s-blue"]


def test_the_same_key_adds_once(till: Till) -> None:
    first = till.cart.change("ana", AddItem(sku="s-blue"), key="k")
    assert till.cart.change("ana", AddItem(sku="s-blue"), key="k") == first
    assert till.cart.view("ana").lines[0].quantity == 1
    with pytest.raises(ConflictError):
        till.cart.change("ana", AddItem(sku="s-blue", quantity=2), key="k")


def test_reserved_units_are_kept_from_others_until_they_lapse(till: Till, free: Free) -> None:
    till.add("s-blue", 3)
    held = till.cart.reserve("ana")
    assert held.held_until is not None
    assert (free("s-blue"), held.lines[0].available) == (1, 4)
    with pytest.raises(OutOfStockError, match=r"1 of Shirt \(s-blue\) is left"):
        till.add("s-blue", 2, "ben")
    till.later(minutes=15)
    till.add("s-blue", 2, "ben")
    till.cart.reserve("ben")
    assert till.cart.view("ana").problems == ("Of Shirt (s-blue) 2 are left, not 3.",)


def test_reserving_anew_holds_the_units_once_and_a_change_frees_them(till: Till, free: Free) -> None:
    till.add("s-blue", 3)
    till.cart.reserve("ana")
    till.cart.reserve("ana")
    assert free("s-blue") == 1
    till.cart.change("ana", SetQuantity(sku="s-blue", quantity=2))
    assert (free("s-blue"), till.cart.view("ana").held_until) == (4, None)


def test_an_empty_cart_cannot_be_reserved(till: Till) -> None:
    with pytest.raises(InvalidQueryError, match="The cart is empty"):
        till.cart.reserve("ana")


def test_offers_tell_the_best_and_why_not_the_others(till: Till) -> None:
    till.add("b-41")
    found = till.cart.offers("ana")
    assert [v.code for v in found.best] == ["TEN"]
    assert found.explained == (
        "BOOTS5 would save $5.00, and cannot be combined with TEN.",
        "LASTONE would save $7.00, and cannot be combined with TEN.",
        "TEN saves $14.00.",
    ), "neither another customer's nor one that has to be known"
