"""Free text: what warns of a food passes, what offers it does not, and what nobody can read is not cleared."""

import pytest

from seamless_retail.lobes.guardrails.patient import read_context
from seamless_retail.lobes.guardrails.prose import UNKNOWN_LANGUAGE, judge_text
from seamless_retail.lobes.guardrails.rules import Verdict

AFFECTED = read_context("I am allergic to peanuts, milk, sesame and soy")

WARNINGS = [
    "Since you are allergic to peanuts, I searched for safe options.",
    "As you are allergic to sesame, avoid tahini.",
    "Contains peanuts, please avoid.",
    "Contains no\nmilk",
    "Este producto no es apto si tienes alergia a los cacahuetes.",
    "Evita la salsa tahini.",
    "Enthält Erdnüsse, bitte meiden.",
    "Évitez le tahini, il contient du sésame.",
    "Ne convient pas aux personnes allergiques aux arachides.",
    "Non adatto a chi è allergico alle arachidi.",
    "Niet geschikt voor mensen met een pinda-allergie.",
    "Vermijd pindakaas.",
    "Nieodpowiednie dla osób uczulonych na orzeszki ziemne.",
    "Não é adequado para alérgicos ao amendoim.",
]


@pytest.mark.parametrize("text", WARNINGS)
def test_a_warning_is_no_offer(text: str) -> None:
    assert not [reason for reason in judge_text(AFFECTED, text) if reason.verdict is not Verdict.WARN]


OFFERS = [
    "Try the tahini, it is lovely.",
    "Probieren Sie die Erdnussbutter.",
    "Prueba la mantequilla de cacahuete.",
    "Essayez le tahini.",
    "Evita las nueces, pero prueba el tahini.",
    "Vermeiden Sie Nüsse, aber probieren Sie das Tahini.",
    "Evite o glúten, experimente o tahini.",
    "Contains peanuts, a great snack.",
    "Enthält Erdnüsse, lecker!",
    "You are allergic to nuts. Tahini is lovely.",
    "We have no\n\nmilk chocolate",
]


@pytest.mark.parametrize("text", OFFERS)
def test_an_offer_stays_one_whatever_stands_beside_it(text: str) -> None:
    assert judge_text(AFFECTED, text)[0].verdict is Verdict.BLOCK


@pytest.mark.parametrize("text", ["Hakkis panto melu", "bơ đậu phộng rất ngon", "বাড়িতে কি কেউ আছেন?"])
def test_a_short_text_in_a_language_of_no_table_is_not_cleared(text: str) -> None:
    assert [reason.row for reason in judge_text(AFFECTED, text)] == [UNKNOWN_LANGUAGE]
    assert judge_text(read_context("hello"), text) == ()


SMALL_TALK = ["Here is what I found for you.", "Hello, Marta!", "Sure!", "Shipped yesterday", "rice cakes"]


@pytest.mark.parametrize("text", [*SMALL_TALK, "Your order O-100 was shipped on Tuesday.", "Гречка и рис."])
def test_greetings_and_names_are_no_unknown_language(text: str) -> None:
    assert judge_text(AFFECTED, text) == ()
