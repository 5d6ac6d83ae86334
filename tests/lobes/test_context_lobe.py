"""What the context lobe quotes, and when it says that it does not know."""

import pytest

from seamless_retail.core.intents import Intent
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.context import NOT_FOUND, ContextLobe


@pytest.fixture(scope="module")
def report(corner_shop, word_retriever, ask):
    lobe = ContextLobe(word_retriever, corner_shop, min_score=0.5)
    return lambda *arguments, **understood: lobe(ask(*arguments, **understood))


def text(report):
    return " ".join(claim.text for claim in report.claims)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how much is standard shipping?", "Standard shipping costs $5.95 and takes 3 to 5 business days."),
        ("do you offer gift wrapping?", "We wrap gifts for $4 per item"),
        ("do points expire?", "Points expire 18 months after you earned them."),
    ],
)
def test_the_sentence_that_answers_comes_first_word_for_word(report, question, expected):
    found = report(question, Intent.STORE_INFO)
    assert found.claims[0].text.startswith(expected)
    assert found.claims[0].citations[0].quote == found.claims[0].text
    assert len(found.claims) <= 3


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("when does the downtown store open?", ["the Downtown store is open: Monday to Saturday 9:00-21:00"]),
        ("what are your opening hours?", ["Downtown", "Riverside"]),
        ("where is the riverside store?", ["402 Mill Lane"]),
    ],
)
def test_the_store_directory_answers_about_stores(report, question, expected):
    said = text(report(question, Intent.STORE_INFO)).lower()
    assert all(part.lower() in said for part in expected)


def test_holidays_are_for_the_policies_not_the_directory(report):
    found = report("what are the holiday opening hours at the stores?", Intent.STORE_INFO)
    assert found.claims[0].citations[0].source_id.startswith("policy:")


def test_only_promotions_that_run_today_are_told(report):
    said = text(report("what promotions do you have?", Intent.STORE_INFO, wants=("promotion",)))
    assert "Dress days: 20 % off until November 30, 2026." in said
    assert "Spring sale" not in said


def test_it_says_what_it_searched_when_no_passage_answers(report):
    found = report("do you have a helipad?", Intent.STORE_INFO)
    assert (found.status, found.missing) == ("empty", (NOT_FOUND,))
    assert "customer care" in text(found)
    assert found.confidence < 0.2


def test_out_of_scope_is_answered_with_what_the_assistant_is_for(report):
    found = report("who won the world cup?", Intent.OUT_OF_SCOPE)
    assert text(found).startswith("I do not answer questions that have nothing to do with the shop.")


def test_beside_a_product_lobe_it_adds_nothing_unless_a_policy_is_asked_for(report):
    dresses = ProductQuery(categories=("dress",))
    assert report("blue dresses", Intent.PRODUCT_INQUIRY, role="parallel", query=dresses).claims == ()
    shipping = report(
        "how much is standard shipping for a dress?",
        Intent.PRODUCT_INQUIRY,
        role="parallel",
        query=dresses,
        wants=("delivery",),
    )
    assert "Standard shipping costs $5.95" in text(shipping)


def test_the_text_of_a_selected_product_is_searched(report):
    found = report("does the Marisol Wrap Dress have pockets?", Intent.STORE_INFO, selected_product_id="F1")
    assert "It has pockets." in text(found)
    assert {claim.product_id for claim in found.claims} == {"F1"}
