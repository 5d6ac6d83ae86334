"""The four dials in the composer: the tone changes step by step, and nothing else does."""

from itertools import product

import pytest

from seamless_retail.core.evidence import Citation
from seamless_retail.core.intents import Intent
from seamless_retail.core.personality import DIMENSIONS, Personality
from seamless_retail.lobes import manners
from seamless_retail.lobes.answer import OWN_WORDS, TONE, Answer
from seamless_retail.lobes.composer import Composer, Sentence
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.grounding import evidence_for, problems
from seamless_retail.lobes.personality import instructions, step_of
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.same_facts import changed_facts

NAME = "Marisol Wrap Dress"


def cite(quote, source="product:F1", title=NAME):
    return Citation(source_id=source, title=title, quote=quote, start=0, end=len(quote))


PRICE = make_claim("price", [cite("Price: $45.00")], "F1", name=NAME, price="$45.00")
COLORS = make_claim("colors", [cite("Colors: blue, white")], "F1", name=NAME, values="blue and white")
STOCK = make_claim("stock", [cite("Units 7")], "F1", name=NAME, units="7")
GONE = make_claim("sold_out", [cite("Units 0")], "F1", name=NAME)
POLICY = make_claim(
    "policy", [cite("We don't refund gift cards.", "policy:r", "Refunds")], sentence="We don't refund gift cards."
)
BLOCKED = make_claim("blocked", [cite("Contains: peanuts")], "F1", sentence=f"{NAME} is not safe for you")
OFFER = make_claim(
    "product_offer", [cite("Price: $45.00")], "F1", name=NAME, price="$45.00", options="", availability=", in stock"
)
DRAFTS = {
    "one product": Draft(question="how much is it?", claims=(PRICE, COLORS, STOCK), asked_product_id="F1"),
    "a list": Draft(question="dresses?", claims=(OFFER,), supplementary=(POLICY,)),
    "sold out": Draft(question="is it there?", claims=(GONE,), asked_product_id="F1", missing=("I could not check.",)),
    "guarded": Draft(question="can I eat it?", claims=(BLOCKED, PRICE), asked_product_id="F1"),
    "nothing": Draft(question="why?"),
}
EXTREMES = [
    Personality(**dict(zip(DIMENSIONS, dials, strict=True)))
    for dials in product((0.0, 0.5, 1.0), repeat=len(DIMENSIONS))
]


def composed(draft, **dials):
    return Composer().compose(draft.model_copy(update={"personality": Personality(**dials)}))


def test_five_steps():
    assert [step_of(dial) for dial in (0, 0.12, 0.2, 0.5, 0.6, 0.75, 0.9, 1)] == [0, 0, 1, 2, 2, 3, 4, 4]


@pytest.mark.parametrize("name", DRAFTS)
def test_every_setting_keeps_every_fact_and_passes_the_check(name):
    draft = DRAFTS[name]
    plain = list(Composer().stream(draft))
    claims = (*draft.claims, *draft.supplementary)
    for personality in EXTREMES:
        styled = draft.model_copy(update={"personality": personality})
        assert changed_facts(styled, plain, list(Composer().stream(styled))) == []
        composition = Composer().compose(styled)
        evidence = evidence_for(composition.citations, claims)
        assert problems(composition.sentences, evidence, exempt={*draft.missing, *TONE}, framing=OWN_WORDS) == []
        assert "".join(composition.chunks) == composition.answer


@pytest.mark.parametrize("name", DRAFTS)
def test_plain_dials_change_no_byte(name):
    draft = DRAFTS[name]
    assert composed(draft, warmth=0.6, formal=0.45) == Composer().compose(draft)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_step_of_a_dial_above_the_middle_says_more(dimension):
    lengths = [len(composed(DRAFTS["one product"], **{dimension: dial}).answer) for dial in (0.5, 0.75, 1.0)]
    assert lengths == sorted(set(lengths))


def test_low_and_high_formality_differ_in_our_words_and_never_in_a_quotation():
    draft = DRAFTS["a list"]
    casual, formal = composed(draft, formal=0.0).answer, composed(draft, formal=1.0).answer
    assert "Here's what I found:" in casual
    assert "Please find below what I found:" in formal
    assert "We don't refund gift cards" in formal
    assert "It's in stock" in composed(DRAFTS["one product"], formal=0.25).answer


def test_nobody_is_cheered_or_joked_with_about_safety_or_a_complaint():
    fun = Personality(playful=1.0, encouragement=1.0)
    merry = {*manners.NEXT_STEPS[4], *manners.PLAYFUL_CLOSERS[4], *manners.CHEERS[4]}
    merry |= {f"{sentence[:-1]}!" for sentence in merry}
    sober = [
        DRAFTS["guarded"],
        Draft(question="it arrived broken, how much was it?", claims=(PRICE,), asked_product_id="F1"),
        Draft(question="I have a nut allergy, how much is it?", claims=(PRICE,), asked_product_id="F1"),
        Draft(question="can I send it back?", claims=(PRICE,), intent=Intent.RETURNS_EXCHANGE),
        Draft(question="how much?", claims=(PRICE,), subdued=True),
    ]
    for draft in sober:
        said = Composer().compose(draft.model_copy(update={"personality": fun})).sentences
        assert not merry & set(said), draft.question
    assert merry & set(composed(DRAFTS["one product"], playful=1.0, encouragement=1.0).sentences)


def test_what_a_guard_says_is_never_restyled():
    for personality in EXTREMES[::7]:
        answer = Composer().compose(DRAFTS["guarded"].model_copy(update={"personality": personality})).answer
        assert f"{NAME} is not safe for you [1]." in answer


def test_a_product_that_is_sold_out_is_no_good_choice():
    said = composed(DRAFTS["sold out"], encouragement=1.0).sentences
    assert not set(manners.CHEERS[4]) & set(said)


def test_a_hurried_customer_gets_the_answer_and_no_more():
    draft = DRAFTS["one product"].model_copy(update={"supplementary": (POLICY,), "brief": True})
    answer = composed(draft, warmth=1.0, encouragement=1.0).answer
    assert answer.startswith(("The Marisol", "The price"))
    assert "refund" not in answer


def test_the_comparison_sees_a_changed_number_a_lost_negation_and_a_lost_name():
    old = [Sentence(f"The {NAME} is not in size 40 [1].".replace(" [1]", ""), PRICE.citations, kind="price")]
    draft = Draft(question="?", claims=(PRICE,))
    for text in (f"The {NAME} is not in size 41.", f"The {NAME} is in size 40.", "The dress is not in size 40."):
        assert changed_facts(draft, old, [Sentence(text, PRICE.citations, kind="price")])
    assert changed_facts(draft, old, [*old, *old])
    assert changed_facts(draft, old, [Sentence("I am happy to help."), *old]) == []


def test_an_own_sentence_states_no_number_and_no_product():
    assert not any(any(sign.isdigit() for sign in sentence) for sentence in manners.OWN_SENTENCES)


def test_where_a_wording_would_change_a_fact_the_plain_one_is_said(monkeypatch):
    monkeypatch.setattr("seamless_retail.lobes.composer.changed_facts", lambda *given: ["a number"])
    assert composed(DRAFTS["one product"], warmth=1.0) == Composer().compose(DRAFTS["one product"])


def test_the_answer_node_lets_every_dial_through():
    for personality in (EXTREMES[0], EXTREMES[-1]):
        released, by = Answer().word(DRAFTS["one product"].model_copy(update={"personality": personality}))
        assert by["fallback"] == ""
        assert "$45.00" in released.composition.answer


def test_a_chat_model_is_told_the_tone():
    assert instructions(DRAFTS["one product"]) == ""
    told = instructions(DRAFTS["one product"].model_copy(update={"personality": Personality(formal=1.0, warmth=0.8)}))
    assert "ceremonious" in told
    assert "friendly" in told
    assert "hurry" in instructions(Draft(question="?", claims=(PRICE,), brief=True))
