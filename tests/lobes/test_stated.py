"""Which allergens a message names and wants to avoid, and what of a statement is acknowledged."""

import pytest

from seamless_retail.lobes.stated import (
    acknowledgement,
    avoided_allergens,
    named_allergens,
    without_health,
    without_names,
)

STATED = {
    "does it contain peanuts?": ({"peanuts"}, set()),
    "anything with tree nuts or dairy?": ({"nuts", "milk"}, set()),
    "nut-free granola": ({"nuts", "peanuts"}, {"nuts", "peanuts"}),
    "I am allergic to peanuts": ({"peanuts"}, {"peanuts"}),
    "I have celiac disease": (set(), {"gluten"}),
    "a blue dress": (set(), set()),
}


@pytest.mark.parametrize("text", STATED)
def test_allergens_named_and_avoided(text):
    found = [set(map(str, read(text))) for read in (named_allergens, avoided_allergens)]
    assert found == list(STATED[text])


def test_a_free_from_in_a_products_name_is_no_wish_of_the_customer():
    assert avoided_allergens(without_names("is the Nut-Free Bar good?", ["Nut-Free Bar"])) == ()


THANKS = "Thank you for telling me: "
ACKNOWLEDGED = {
    "I'm vegan": "I will keep to vegan food.",
    "hindu, no beef": "I will keep to food with no beef.",
    "I'm allergic to peanuts": "I leave out food that is not declared free of peanuts.",
    "I take warfarin": "I will check food for you because you take warfarin.",
    "my wife is on a blood thinner": "I will check food for you because your wife takes a blood thinner.",
    "I take flurbizin": "I cannot check food against flurbizin, so please ask your pharmacist or doctor.",
}


@pytest.mark.parametrize("text", ACKNOWLEDGED)
def test_what_is_told_is_acknowledged(text):
    assert acknowledgement(text) == THANKS + ACKNOWLEDGED[text]


@pytest.mark.parametrize("text", ["no nuts please", "a blue dress", "I am not allergic to peanuts", "I take the bus"])
def test_nothing_is_acknowledged_that_restricts_nothing_for_good(text):
    assert acknowledgement(text) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("I have kidney disease, is a banana ok?", "banana"),
        ("I take simvastatin, do you have grapefruit juice?", "grapefruit juice"),
        ("linen shirts under $80", "linen shirts under $80"),
        ("I am allergic to nuts, granola please", "allergic to nuts"),
    ],
)
def test_conditions_and_medicines_are_no_words_to_search_by(text: str, kept: str) -> None:
    searched = without_health(text)
    assert kept in searched
    assert "simvastatin" not in searched
    assert "kidney" not in searched


def test_a_message_of_nothing_but_a_medicine_stays_as_it_is() -> None:
    assert without_health("warfarin") == "warfarin"
