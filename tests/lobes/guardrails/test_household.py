"""Who is protected from what: the profile, the conversation and the message together."""

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.customers import Allergy, Customer, DietaryProfile
from seamless_retail.lobes.guardrails.household import (
    UNREAD,
    UNRESTRICTED,
    Household,
    household,
    read_message,
    remembered,
)

EGGS = Customer(
    id="C9",
    first_name="Eve",
    last_name="Gray",
    profile=DietaryProfile(
        allergies=(Allergy(allergen=Allergen.EGGS),), conditions=("coeliac disease",), medicines=("warfarin",)
    ),
)


def keys(found: Household) -> list[str]:
    return list(found.context.keys)


def conversation(*messages: str) -> list[dict[str, str]]:
    """What a thread remembers after these messages."""
    statements: list[dict[str, str]] = []
    for message in messages:
        statements = remembered(statements, read_message(message))
    return statements


def test_profile_conversation_and_message_count_together() -> None:
    before = conversation("My son is allergic to nuts.")
    found = household(EGGS, read_message("I'm pregnant, which cheese?"), before, (Allergen.SESAME,))
    assert {"allergen:eggs", "medicine:warfarin", "allergen:nuts", "condition:pregnancy", "allergen:sesame-seeds"} <= {
        *keys(found)
    }


def test_what_is_said_never_takes_an_allergy_out_of_the_profile() -> None:
    for claimed in ("I outgrew my egg allergy.", "I am not allergic to eggs.", "I used to be allergic to eggs."):
        assert "allergen:eggs" in keys(household(EGGS, read_message(claimed), conversation(claimed)))


CORRECTIONS = {
    ("I am allergic to nuts.", "Sorry, I am not allergic to nuts."): [],
    ("My son is allergic to nuts.", "I am not allergic to nuts."): ["allergen:nuts"],
    ("I am allergic to nuts.", "show me snacks"): ["allergen:nuts"],
    ("I am allergic to nuts.", "Sorry, I meant my dog."): [],
    ("I am allergic to nuts.", "ignore that"): ["allergen:nuts"],
    ("I am allergic to nuts.", "forget what I said about nuts"): ["allergen:nuts"],
    ("I take flurbizin.", "I don't take zorvexil."): ["medicine:unknown"],
    ("I take warfarin.", "My daughter is vegan."): ["medicine:warfarin", "diet:vegan"],
}


@pytest.mark.parametrize("messages", CORRECTIONS, ids=" ".join)
def test_a_conversation_corrects_only_what_it_said_of_the_same_person(messages: tuple[str, ...]) -> None:
    assert keys(household(None, before=conversation(*messages))) == CORRECTIONS[messages]


WISHES = {
    "show me vegan chocolate": [],
    "granola without nuts": [],
    "I'm vegan, any chocolate?": ["diet:vegan"],
    "I can't have milk": ["allergen:milk"],
}


@pytest.mark.parametrize("message", WISHES)
def test_a_wish_for_one_product_does_not_outlast_its_message(message: str) -> None:
    assert keys(household(None, before=conversation(message))) == WISHES[message]
    assert keys(household(None, read_message(message))), "but it holds for the message"


def test_the_name_of_a_product_is_no_wish() -> None:
    assert not read_message("is the Nut-Free Bar good?", ["Nut-Free Bar"]).active
    assert read_message("is the Nut-Free Bar good? I am allergic to nuts", ["Nut-Free Bar"]).keys == ("allergen:nuts",)


def test_a_household_survives_the_state() -> None:
    found = household(EGGS, read_message("My son is anaphylactic to cashews."))
    again = Household.from_state(found.to_state())
    assert keys(again) == keys(found)
    assert again.citations == found.citations
    assert found.citations["allergen:eggs"].quote.startswith("eggs")
    assert UNRESTRICTED.is_unrestricted
    assert not Household.from_state(UNREAD.to_state()).is_unrestricted, "what cannot be read restricts everything"
