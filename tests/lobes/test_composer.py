"""The grounded composer: every wording passes the check, and the answer reads as one."""

import string

import pytest

from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.lobes.answer import OWN_WORDS
from seamless_retail.lobes.composer import Composer, mark
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.grounding import evidence_for, problems
from seamless_retail.lobes.phrasebook import AGAIN, NOTHING_FOUND, PHRASES, make_claim, word


def cite(quote, source="product:F1", start=0, title="Marisol Wrap Dress"):
    return Citation(source_id=source, title=title, quote=quote, start=start, end=start + len(quote))


PRICE = cite("Price: $45.00")
COLORS = cite("Colors: blue, white", start=20)
REFUND = cite("We refund at once.", "policy:refunds", title="Refunds")


def price(product="F1", name="Marisol Wrap Dress", citation=PRICE):
    return make_claim("price", [citation], product, name=name, price="$45.00")


def draft(*claims, question="how much is it?", **fields):
    return Draft(question=question, claims=claims, **fields)


FACTS = {"name": "Marisol Wrap Dress", "total": "3", "units": "7", "number": "2"}


def facts_of(template):
    """A value for every fact a template names, and what agrees with the name."""
    names = {field for _, field, _, _ in string.Formatter().parse(template) if field}
    own = {"subject", "product", "in_option", "total_are", "units_are"}
    return {name: FACTS.get(name, f" {name}") for name in names - own} | {"name": FACTS["name"]}


@pytest.mark.parametrize("kind", sorted(PHRASES))
def test_every_wording_of_a_kind_says_no_more_than_its_first(kind):
    every = (*PHRASES[kind], *AGAIN.get(kind, ()))
    facts = {name: value for template in every for name, value in facts_of(template).items()}
    citation = cite(" ".join(map(str, facts.values())))
    claim = make_claim(kind, [citation], **facts)
    evidence = evidence_for([citation], [claim])
    for template in every:
        sentence = mark(word(template, facts), [1])
        assert problems([sentence], evidence, framing=OWN_WORDS) == [], template


def test_kinds_worded_again_exist():
    assert set(AGAIN) <= set(PHRASES)


def test_a_claim_of_an_unknown_kind_is_shown_by_its_own_text():
    claim = Claim(kind="gift_wrapping", text="Wrapping costs $4.50.", citations=(cite("Wrapping costs $4.50."),))
    assert Composer().compose(draft(claim)).answer == "Wrapping costs $4.50 [1]."


def test_a_claim_without_evidence_is_not_written():
    bare = Claim(kind="policy", text="We are the best.")
    assert "best" not in Composer().compose(draft(bare, price())).answer
    assert "best" in Composer(require_citations=False).compose(draft(bare, price())).answer


def test_the_second_sentence_about_a_product_uses_a_pronoun_that_agrees():
    name = "High-Rise Slim Jeans"
    colors = make_claim("colors", [COLORS], "F4", name=name, values="navy and black")
    answer = Composer().compose(draft(price("F4", name), colors)).answer
    assert "jeans cost" in answer.lower() or "of the high-rise slim jeans is" in answer.lower()
    assert "They come in navy and black [2]." in answer


def test_citations_are_numbered_in_order_and_shared_marks_are_reused():
    colors = make_claim("colors", [COLORS, PRICE], "F1", name="Marisol Wrap Dress", values="blue")
    composition = Composer().compose(draft(price(), colors))
    assert composition.citations == (PRICE, COLORS)
    assert composition.answer.endswith("[1][2].")


def offers(count):
    return [
        make_claim(
            "product_offer",
            [cite(f"Price: ${n}.00", f"product:F{n}")],
            f"F{n}",
            name=f"Dress {n}",
            price=f"${n}.00",
            options="",
            availability=", in stock",
        )
        for n in range(1, count + 1)
    ]


def test_offers_become_a_numbered_list_under_the_sentence_before_them():
    count = make_claim("match_count", [cite("Matching products: 9", "catalogue:x")], total="9", what="dresses", some="")
    composition = Composer().compose(draft(count, *offers(8)))
    lines = composition.answer.splitlines()
    assert lines[0].endswith("[1]:")
    assert lines[1].startswith("1. Dress 1: $1.00")
    assert len(lines) == 6
    assert composition.products == ("F1", "F2", "F3", "F4", "F5")


def test_a_list_without_an_opening_sentence_gets_one():
    assert Composer().compose(draft(*offers(2))).answer.startswith("Here is what I found:\n1. ")


def test_guards_come_first_about_the_product_asked_for_and_last_about_others():
    blocked = make_claim("blocked", [REFUND], "F1", sentence="Marisol is not safe for you")
    asked = Composer().compose(draft(blocked, price(), asked_product_id="F1")).answer
    others = Composer().compose(draft(blocked, price())).answer
    assert asked.index("not safe") < asked.index("$45.00")
    assert others.index("not safe") > others.index("$45.00")


def test_what_is_missing_ends_the_answer_and_leads_it_when_nothing_better_is_known():
    line = "I could not check stock in time."
    assert Composer().compose(draft(price(), missing=(line,))).answer.endswith(f"\n\n{line}")
    unsure = make_claim("policy", [REFUND], confidence=0.1, sentence="Call us")
    assert Composer().compose(draft(unsure, missing=(line,))).answer == f"{line} Call us [1]."


def test_without_evidence_it_says_so():
    composition = Composer().compose(draft(question="why?"))
    assert composition.answer in NOTHING_FOUND
    assert composition.citations == ()


def test_what_other_lobes_add_is_introduced():
    extra = make_claim("policy", [REFUND], sentence="We refund at once.")
    answer = Composer().compose(draft(price(), supplementary=(extra,))).answer
    _, second = answer.split("\n\n")
    assert second.endswith("We refund at once [2].")
    assert ": " in second


def test_the_wording_varies_with_the_question_and_the_turn_and_with_nothing_else():
    questions = [f"question {n}" for n in range(12)]
    answers = {Composer().compose(draft(price(), question=q)).answer for q in questions}
    assert len(answers) > 1
    turns = {Composer().compose(draft(price(), turn=turn)).answer for turn in range(12)}
    assert len(turns) > 1
    assert Composer().compose(draft(price())) == Composer().compose(draft(price()))


def test_the_chunks_are_the_answer():
    composition = Composer().compose(draft(*offers(3), missing=("Nothing else.",)))
    assert "".join(composition.chunks) == composition.answer


def test_a_following_paragraph_goes_on_numbering():
    first = Composer().compose(draft(price()))
    both = first.followed_by(
        Composer().compose(draft(make_claim("policy", [REFUND], sentence="We refund.")), first.citations)
    )
    assert both.answer.endswith("\n\nWe refund [2].")
    assert both.citations == (PRICE, REFUND)
    assert "".join(both.chunks) == both.answer


MARKS = {
    "It costs $5.00.": "It costs $5.00 [1][2].",
    "Is it blue?": "Is it blue [1][2]?",
    "I found two:": "I found two [1][2]:",
    "1. Oats: $5.00": "1. Oats: $5.00 [1][2]",
}


@pytest.mark.parametrize("text", MARKS)
def test_marks_stand_before_the_final_punctuation(text):
    assert mark(text, [2, 1]) == MARKS[text]
