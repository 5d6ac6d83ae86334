"""What leaves is redacted; what the shop says is not."""

import pytest

from seamless_retail.core.redaction import Redactor, redact

PERSONAL = {
    "e-mail": ("write to ann.lee+shop@example.co.uk please", "ann.lee", "[email]"),
    "phone": ("call +1 (415) 555-0134 please", "555-0134", "[phone]"),
    "phone without a country": ("call 415-555-0134 please", "555-0134", "[phone]"),
    "card": ("my card is 4111 1111 1111 1111 please", "1111", "[card]"),
    "account": ("IBAN DE89 3704 0044 0532 0130 00", "3704", "[account]"),
    "password": ("my password is hunter2", "hunter2", "[secret]"),
    "address of an order": (
        "Ships to: 5 Elm Street, Springfield, IL 62704, US\nTotal: $5.00",
        "Elm Street",
        "[address]",
    ),
    "address": ("send it to 12 North Elm Avenue, Apt 4, Springfield, IL 62704", "Elm", "[address]"),
    "German address": ("Bitte an die Lindenstraße 12", "Linden", "[address]"),
    "French address": ("au rue de la Paix 12", "Paix", "[address]"),
    "name": ("my name is Ann Lee and I want jeans", "Ann Lee", "[name]"),
    "profile": ("Dietary profile of C0001\nAllergies: peanuts (severe)", "peanuts", "[health]"),
    "guard": ("it contains nuts, and your profile lists peanuts (severe).", "peanuts", "[health]"),
    "allergy": ("I am allergic to peanuts. Any granola?", "peanuts", "[health]"),
    "cannot eat": ("My son can't have cashews", "cashews", "[health]"),
    "condition": ("is it fine with diabetes?", "diabetes", "[health]"),
    "medicine": ("I take Coumadin", "Coumadin", "[health]"),
    "French allergy": ("Je suis allergique aux noix", "noix", "[health]"),
    "Chinese allergy": ("我对花生过敏", "花生", "[health]"),
    "key of a contraindication": ("contraindication medicine:warfarin", "warfarin", "[health]"),
}


@pytest.mark.parametrize(("text", "secret", "kind"), PERSONAL.values(), ids=PERSONAL)
def test_personal_data_is_replaced_by_its_kind(text: str, secret: str, kind: str) -> None:
    redacted = Redactor().text(text)
    assert secret not in redacted
    assert kind in redacted


NOT_PERSONAL = {
    "prices and sizes": "Two F00012-NAV-42 for $1,234.50 each, 12 x 330 ml",
    "order": "Where is ORD-100001 placed on 2024-05-01?",
    "allergens": "Contains: peanuts\nMay contain: milk",
    "nutrition": "Energy 1,950 kJ, 466 kcal, salt 0.05 g per 100 g",
    "opening hours": "Open 10:00-18:00, Monday to Friday",
    "policy": "We list allergens on each product page.",
    "question": "Find blue summer dresses under $50",
}


@pytest.mark.parametrize("text", NOT_PERSONAL.values(), ids=NOT_PERSONAL)
def test_what_the_shop_says_is_left_alone(text: str) -> None:
    assert Redactor().text(text) == text


def test_what_is_kept_for_the_customer_keeps_what_was_said_of_health() -> None:
    assert redact("I am allergic to nuts, mail me at a@b.example") == "I am allergic to nuts, mail me at [email]"


def test_settings_decide_about_health_and_numbers_of_orders() -> None:
    text = "I am allergic to nuts, where is ORD-100001 of C0001?"
    assert Redactor(health=False).text(text) == text
    redacted = Redactor(health=False, identifiers=True).text(text)
    assert redacted == "I am allergic to nuts, where is [order] of [customer]?"


def test_names_of_a_record_are_taken_out_wherever_they_stand() -> None:
    assert Redactor(names=("Ann", "Lee")).text("Hi Ann, the coat of ann lee is annual") == (
        "Hi [name], the coat of [name] [name] is annual"
    )


def test_data_is_redacted_by_its_place_and_its_key() -> None:
    quotes = [
        {"source_id": "profile:C0001", "title": "Dietary profile", "quote": "peanuts"},
        {"source_id": "product:G00001", "title": "Granola", "quote": "peanuts"},
    ]
    assert [citation["quote"] for citation in Redactor().data(quotes)] == ["[health]", "peanuts"]
    claim = {
        "text": "It ships to 5 Elm Street [1].",
        "facts": {"address": {"city": "Springfield"}, "first_name": "Ann"},
    }
    redacted = Redactor().data(claim)
    assert "Elm" not in redacted["text"]
    assert redacted["facts"] == {"address": "[address]", "first_name": "[name]"}
    assert Redactor().data({"household": {"statements": [{"key": "nuts"}]}, "n": 1}) == {
        "household": "[health]",
        "n": 1,
    }


def test_what_a_further_recogniser_finds_is_taken_out() -> None:
    recognise = {"badge 77-X": [(6, 10, "badge")]}
    assert Redactor(recognise=lambda text: recognise.get(text, [])).text("badge 77-X") == "badge [badge]"
