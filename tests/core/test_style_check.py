"""A change of style keeps facts, negations and words; anything else is a fault."""

import pytest

from seamless_retail.core.style_check import Allowance, faults, frame, joined, learned, restored

PLAIN = "The QX1 is not in stock at QX2 QX3."
WARM = "I am sorry, the QX1 is not in stock at QX2 QX3."
STYLE = learned(PLAIN, WARM)


def test_names_and_numbers_become_placeholders():
    protected = frame("The Trail Runner costs $89.00 for 2 of W1204, in size M [1].", ["Trail Runner"])
    assert protected.text == "The QX1 costs QX2 for QX3 of QX4, in size QX5 QX6."
    assert [span.text for span in protected.spans] == ["Trail Runner", "$89.00", "2", "W1204", "M", "[1]"]


def test_an_example_teaches_its_words():
    assert STYLE.added == {"i", "am", "sorry"}
    assert STYLE.dropped == {}
    assert faults(PLAIN, WARM, STYLE) == ()


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("I am sorry, the QX2 is not in stock at QX1 QX3.", "facts"),
        ("I am sorry, the QX1 is not in stock at QX2.", "facts"),
        ("I am sorry, the QX1 is in stock at QX2 QX3.", "negations"),
        ("I am sorry, the QX1 is not in stock at QX2 QX3 for 5 days.", "number 5"),
        ("I am sorry, the QX1 is not sold at QX2 QX3.", "'sold' is new"),
        ("I am sorry, the QX1 is not in at QX2 QX3.", "'stock' is lost"),
        ("I am sorry, the QX1 is not in stock at QX2 QX3, free of charge.", "negations"),
    ],
)
def test_other_changes_are_faults(said, fault):
    assert fault in " ".join(faults(PLAIN, said, STYLE))


def test_a_word_may_be_left_out_for_the_one_that_replaced_it():
    style = learned("You can return the QX1.", "You may return the QX1.")
    assert style.dropped == {"can": frozenset({"may"})}
    assert faults("You can collect the QX1.", "You may collect the QX1.", style) == ()
    assert "'can' is lost." in faults("You can collect the QX1.", "You collect the QX1.", style)


def test_short_negations_are_the_same_negation():
    style = learned("I do not know the QX1.", "I don't know the QX1.")
    assert faults("I do not have the QX1.", "I don't have the QX1.", style) == ()
    assert faults("I do not have the QX1.", "I have the QX1.", style)


def test_styles_are_joined():
    both = joined([STYLE, Allowance(frozenset({"kindly"}), {"can": frozenset({"may"})})])
    assert both.added == {"i", "am", "sorry", "kindly"}
    assert both.dropped == {"can": frozenset({"may"})}
    assert joined([]) == Allowance()


def test_facts_are_put_back_and_compared():
    protected = frame("The Trail Runner costs $89.00 [1].", ["Trail Runner"])
    text, wrong = restored(protected, "Ta-da! The QX1 costs QX2 QX3 .", "The Trail Runner costs $89.00 [1].")
    assert (text, wrong) == ("Ta-da! The Trail Runner costs $89.00 [1].", ())
    assert restored(protected, "The QX1 costs QX2.", "The Trail Runner costs $89.00 [1].")[1]
