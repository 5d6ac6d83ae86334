"""The authored examples are what they should be, and their sides share nothing."""

import json

import pytest

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.core.personality import DIMENSIONS, packaged_spec
from seamless_retail.core.style_check import faults
from seamless_retail.models.persona_prompt import read_reply, reply_of
from seamless_retail.training.data.persona_records import (
    Triple,
    allowance_of,
    marked_frame,
    read_examples,
    transplanted,
)

EXAMPLES = read_examples()
SIDES = ("train", "dev", "held_out")


def test_there_are_enough_of_each():
    for dimension in DIMENSIONS:
        assert len(EXAMPLES.of(dimension, SIDES)) >= 60
    for domain in EXAMPLES.domains:
        assert len(EXAMPLES.on(domain, SIDES)) >= 40
    assert set(EXAMPLES.domains) == set(packaged_spec().expertise.domains)


def test_a_sentence_is_on_one_side_in_all_dimensions():
    sides = {}
    for triple in EXAMPLES.triples:
        assert sides.setdefault(triple.neutral, triple.side) == triple.side
    assert {frozenset(t.neutral for t in EXAMPLES.of(d, SIDES)) for d in DIMENSIONS} == {frozenset(sides)}
    assert 0.15 < sum(side == "held_out" for side in sides.values()) / len(sides) < 0.35


def test_no_wording_is_written_twice():
    for dimension in DIMENSIONS:
        written = [t.plain(level) for t in EXAMPLES.of(dimension, SIDES) for level in ("low", "neutral", "high")]
        assert len(written) == len(set(written))


def test_every_wording_passes_the_check_of_its_own_style_and_can_be_numbered():
    for triple in EXAMPLES.triples:
        for level in ("low", "high"):
            before, after = triple.change(level)
            assert faults(before, after, allowance_of([triple])) == ()
            assert read_reply(before, reply_of(before, after, "numbered"), "numbered") == after


def test_facts_stand_in_braces():
    protected = marked_frame("The {Trail Runner} costs {$89.00} {[1][2]}.")
    assert protected.text == "The QX1 costs QX2 QX3."
    assert [span.text for span in protected.spans] == ["Trail Runner", "$89.00", "[1][2]"]


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("The {A} costs {$3}.", "The {A} costs {$2}."),
        ("{$2} is the price of the {A}.", "The {A} costs {$2}."),
        ("The {A} costs {$2}.", "The {A} never costs {$2}."),
    ],
)
def test_a_triple_with_other_facts_is_none(low, high):
    with pytest.raises(ValueError, match=r"facts|negations"):
        Triple(neutral="The {A} costs {$2}.", low=low, high=high, dimension="warmth")


def test_openings_and_closings_are_put_around_other_sentences():
    changed = transplanted("The QX1 costs QX2.", "Good news: the QX1 costs QX2, enjoy.", "Your cart is QX1.")
    assert changed == ("Your cart is QX1.", "Good news: your cart is QX1, enjoy.")
    assert transplanted("The QX1 costs QX2.", "Eureka! The QX1 costs QX2.", "The QX1 is not here.") is None
    assert transplanted("You can go.", "You may go.", "You can stay.") is None


def test_a_wrong_record_is_named(tmp_path):
    (tmp_path / "x.jsonl").write_text(json.dumps({"question": "?", "answer": ""}) + "\n", encoding="utf-8")
    with pytest.raises(ImportSourceError, match=r"x\.jsonl:1"):
        read_examples(tmp_path)
    with pytest.raises(ImportSourceError, match="cannot be read"):
        read_examples(tmp_path / "nowhere")
