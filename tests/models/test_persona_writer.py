"""What a model says is taken only when nothing but the style changed."""

import pytest

from seamless_retail.core.personality import ClaraSpec, Personality
from seamless_retail.core.style_check import Allowance
from seamless_retail.models.persona_writer import PersonaWriter, opening

ALLOWED = Allowance(frozenset({"ta-da", "we", "are", "glad", "to", "say", "that"}))
TEXT = "The Trail Runner costs $89.00 [1]."


class Scripted(PersonaWriter):
    """Says what the test says."""

    def __init__(self, said: str) -> None:
        super().__init__(None, None, ALLOWED)
        self.said = said

    def say(self, frames):
        return [self.said for _ in frames]


def test_a_new_manner_is_taken_and_the_rest_of_the_answer_stays():
    text = f"{TEXT}\n\n1. Blue, size 9 [2].\n2. Red [3]."
    said = Scripted("Ta-da! The QX1 costs QX2 QX3.").reword([text], ["Trail Runner"])[0]
    assert said.text == f"Ta-da! {text}"
    assert said.faults == ()


@pytest.mark.parametrize(
    "said",
    [
        "Ta-da! The QX1 costs QX3 QX2.",
        "Ta-da! The QX1 costs QX2.",
        "Ta-da! The QX1 costs QX2 QX3, not more.",
        "Ta-da! The QX1 costs $80.00 QX3.",
        "Ta-da! The QX1 is QX2 QX3.",
        "",
    ],
)
def test_a_fault_leaves_the_answer_as_it_was(said):
    found = Scripted(said).reword([TEXT], ["Trail Runner"])[0]
    assert found.text == TEXT
    assert found.faults


def test_with_all_dials_in_the_middle_no_model_is_loaded():
    writer = PersonaWriter.open(ClaraSpec())
    assert [one.text for one in writer.reword([TEXT, ""])] == [TEXT, ""]


def test_the_opening_of_a_long_answer_is_its_first_sentence():
    long = "It is here. " + "word " * 60 + "end."
    assert opening(long) == ("It is here.", long[len("It is here.") :])
    assert opening("One. Two.\nThree.") == ("One. Two.", "\nThree.")
    assert opening("") == ("", "")


def test_the_bundled_voice_speaks_and_keeps_the_facts():
    writer = PersonaWriter.open(ClaraSpec(personality=Personality(encouragement=1.0)))
    texts = ["The Ridge Boots cost $140.00 [1].", "You can return it within 30 days [2].", "It is not in stock [1]."]
    said = writer.reword(texts, ["Ridge Boots"])
    assert any(one.text != before for one, before in zip(said, texts, strict=True))
    for one, facts in zip(said, (["Ridge Boots", "$140.00", "[1]"], ["30 days", "[2]"], ["not", "[1]"]), strict=True):
        assert all(one.text.count(fact) == 1 for fact in facts)
