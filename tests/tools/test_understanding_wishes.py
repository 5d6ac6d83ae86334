"""What a customer wants done, as it is read; and what counts as a yes."""

import pytest

from seamless_retail.core.customers import Address
from seamless_retail.core.wishes import Wish
from seamless_retail.tools.understanding.addresses import read_address
from seamless_retail.tools.understanding.consent import read_consent
from seamless_retail.tools.understanding.order_wishes import complete, read_wish

ADDRESS = "5 Elm St, Salem, OR 97301"


@pytest.mark.parametrize(
    ("text", "operation", "what", "target"),
    [
        ("cancel my last order", "cancel_order", "my last order", ""),
        ("Could you please cancel ORD-101489?", "cancel_order", "ORD-101489", ""),
        ("exchange the boots for a 9", "exchange_items", "the boots", "a 9"),
        ("return the linen shirt, please", "return_items", "the linen shirt", ""),
        ("send the boots back", "return_items", "the boots", ""),
        ("I want a refund for the jeans", "request_refund", "the jeans", ""),
        (f"change the delivery address to {ADDRESS}", "change_order_address", "", ADDRESS),
        (f"ship my last order to {ADDRESS}", "change_order_address", "my last order", ADDRESS),
        ("pay my last order with paypal", "change_order_payment", "my last order", "paypal"),
        ("undo that", "undo_order_change", "that", ""),
        ("add two of those to my cart", "add_to_cart", "two of those", ""),
        ("use 500 points", "use_points", "", "500"),
        ("apply my best voucher", "use_vouchers", "best", ""),
        ("use code SAVE10", "use_vouchers", "", "SAVE10"),
        ("check out with my gift card", "place_order", "", "my gift card"),
    ],
)
def test_wishes(text: str, operation: str, what: str, target: str) -> None:
    wish = read_wish(text)
    assert wish is not None
    assert (wish.operation, wish.what, wish.target) == (operation, what, target)


@pytest.mark.parametrize(
    "text",
    [
        *("Can I still return my last order?", "How do I cancel an order?", "what is your return policy?"),
        *(
            "where is my order?",
            "Can I return shoes I have worn once?",
            "cancel my subscription",
            "which shoes go back",
        ),
    ],
)
def test_questions_are_no_wishes(text: str) -> None:
    assert read_wish(text) is None


def test_an_answer_completes_what_was_asked_back() -> None:
    asked = Wish(operation="exchange_items", what="the boots", missing="target")
    completed = complete(asked, "a 9, please")
    assert completed is not None
    assert (completed.what, completed.target, completed.missing) == ("the boots", "a 9", "")
    assert complete(asked, "no") is None
    assert complete(asked, "which sizes are there?") is None
    assert complete(None, "a 9") is None


@pytest.mark.parametrize(
    ("text", "consent"),
    [
        *((yes, "yes") for yes in ("yes", "Yes, please!", "ok do it", "ja, bitte", "oui", "sí", "да", "はい")),
        *((no, "no") for no in ("no", "No thanks", "don't", "nein", "no, leave it as it is", "cancel")),
        *((unclear, "unclear") for unclear in ("hmm", "maybe", "I don't know", "")),
        *((other, "other") for other in ("yes, but to my other card", "where is my order?", "cancel my last order")),
    ],
)
def test_only_a_clear_yes_is_a_yes(text: str, consent: str) -> None:
    assert read_consent(text) == consent


def test_addresses() -> None:
    assert read_address("12 Elm Street, Apt 4, Portland, OR 97201") == Address(
        line1="12 Elm Street", line2="Apt 4", city="Portland", state="OR", postal_code="97201"
    )
    german = read_address("Hauptstr. 5, 10115 Berlin, Germany")
    assert german is not None
    assert (german.city, german.postal_code, german.country) == ("Berlin", "10115", "DE")
    assert read_address("12 Elm Street, Portland") is None
    assert read_address("the same as before") is None
