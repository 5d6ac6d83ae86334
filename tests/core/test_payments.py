"""The payment provider for tests, and splitting a total over payment methods."""

import pytest

from seamless_retail.core.customers import PaymentMethod
from seamless_retail.core.errors import InvalidQueryError, NotFoundError, PaymentDeclinedError, SeamlessError
from seamless_retail.core.payments import TestPaymentProvider
from seamless_retail.core.tender import payments_for

CARD = PaymentMethod(id="card", kind="credit_card", last_four="4242")
PAYPAL = PaymentMethod(id="paypal", kind="paypal")
GIFT, SMALL = (PaymentMethod(id=f"gift{n}", kind="gift_card", balance_cents=n) for n in (5_000, 100))


def test_money_is_kept_taken_and_given_back() -> None:
    provider = TestPaymentProvider()
    name = provider.authorise(CARD, 1_000, "USD", "k")
    assert provider.authorise(CARD, 1_000, "USD", "k") == name
    for _ in range(2):
        provider.capture(name)
        provider.refund(name, 400)
    provider.void(name)
    (found,) = provider.authorisations()
    assert (found.cents, found.captured_cents, found.refunded_cents, found.is_void) == (1_000, 1_000, 400, False)


def test_what_is_given_up_cannot_be_taken_but_authorised_anew() -> None:
    provider = TestPaymentProvider()
    provider.void(provider.authorise(CARD, 1_000, "USD", "k"))
    with pytest.raises(PaymentDeclinedError):
        provider.capture("k")
    provider.capture(provider.authorise(CARD, 900, "USD", "k"))
    assert [found.captured_cents for found in provider.authorisations()] == [900]


@pytest.mark.parametrize("last_four", ["0002", "9995", "0069"])
def test_declining_cards_and_amounts(last_four: str) -> None:
    provider = TestPaymentProvider(limit_cents=5_000)
    with pytest.raises(PaymentDeclinedError, match="The payment was refused"):
        provider.authorise(CARD.model_copy(update={"last_four": last_four}), 100, "USD", "k")
    with pytest.raises(PaymentDeclinedError, match="over the limit"):
        provider.authorise(CARD, 5_001, "USD", "k")
    assert provider.authorisations() == []


def test_misuse_is_refused() -> None:
    provider = TestPaymentProvider()
    provider.capture(provider.authorise(CARD, 1_000, "USD", "k"))
    with pytest.raises(InvalidQueryError, match="another payment"):
        provider.authorise(CARD, 999, "USD", "k")
    with pytest.raises(InvalidQueryError, match="More cannot be given back"):
        provider.refund("k", 1_001)
    with pytest.raises(NotFoundError):
        provider.capture("other")


SPLITS: dict[str, tuple[tuple[str, ...], int, list[tuple[str, int]]]] = {
    "one": (("card",), 900, [("card", 900)]),
    "gift card first": (("card", "gift100"), 900, [("gift100", 100), ("card", 800)]),
    "gift card enough": (("card", "gift5000"), 900, [("gift5000", 900)]),
    "nothing to pay": (("card",), 0, [("card", 0)]),
    "named twice": (("card", "card"), 900, [("card", 900)]),
}


@pytest.mark.parametrize("case", SPLITS)
def test_what_each_method_pays(case: str) -> None:
    chosen, total, expected = SPLITS[case]
    payments = payments_for(chosen, (CARD, PAYPAL, GIFT, SMALL), total, None)
    assert [(payment.method_id, payment.cents) for payment in payments] == expected


REFUSED: dict[str, tuple[tuple[str, ...], type[SeamlessError]]] = {
    "unknown": (("visa",), NotFoundError),
    "two cards": (("card", "paypal"), InvalidQueryError),
    "two gift cards": (("gift5000", "gift100"), InvalidQueryError),
    "too little": (("gift100",), PaymentDeclinedError),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_pay(case: str) -> None:
    chosen, error = REFUSED[case]
    with pytest.raises(error):
        payments_for(chosen, (CARD, PAYPAL, GIFT, SMALL), 900, None)
