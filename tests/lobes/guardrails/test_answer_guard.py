"""The guards over reports and over the finished answer: no sentence that offers a forbidden food gets through."""

from typing import Any

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from seamless_retail.core.evidence import Citation, Claim, LobeReport
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.answer import Answer
from seamless_retail.lobes.composer import Composer
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.answer_guard import AnswerGuard
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.household import UNREAD, UNRESTRICTED, Household
from seamless_retail.lobes.guardrails.patient import from_record
from seamless_retail.lobes.guardrails.screening import Screen
from seamless_retail.lobes.phrasebook import make_claim

GUEST = Principal()
NO_PEANUTS = Household(from_record({"allergies": ["peanuts"]}))
GUARD = FoodGuard(jurisdiction="US")


def cite(quote: str, source: str = "handbook.pdf") -> Citation:
    return Citation(source_id=source, title="Handbook", quote=quote, start=0, end=len(quote))


def passage(text: str, kind: str = "passage") -> Claim:
    return make_claim(kind, [cite(text)], sentence=text)


SATAY = "Serve the noodles with our peanut satay sauce."
PARKING = "The car park is behind the store."
POLICY = "Our bakery fries in peanut oil on Mondays."


def report(*claims: Claim) -> LobeReport:
    return LobeReport(lobe="context", confidence=0.9, claims=claims)


def test_passages_and_results_of_tools_that_offer_a_forbidden_food_are_taken_out() -> None:
    tool = Claim(kind="recipe_of_the_day", text="Today: peanut soup.", citations=(cite("Today: peanut soup."),))
    given = [report(passage(SATAY), passage(PARKING), passage(POLICY, "policy"), tool)]
    (screened,), guardrail = Screen(GUARD)(given, NO_PEANUTS, GUEST)
    assert [claim.text for claim in screened.claims] == [PARKING, POLICY], "a policy is a rule, not an offer"
    assert any("I left out a text" in line and "peanuts" in line for line in screened.missing)
    assert guardrail["verdict"] == "block"
    assert [decision["rule"] != "" for decision in guardrail["decisions"]] == [True, True]


def test_reports_stay_as_they_are_where_nothing_is_restricted() -> None:
    given = [report(passage(SATAY))]
    assert Screen(GUARD)(given, UNRESTRICTED, GUEST) == (given, {})


def test_no_passage_is_told_to_a_household_that_cannot_be_read() -> None:
    (screened,), guardrail = Screen(GUARD)([report(passage(PARKING))], UNREAD, GUEST)
    assert screened.claims == ()
    assert guardrail["verdict"] == "cannot_clear"


def test_a_sentence_that_offers_a_forbidden_food_does_not_leave() -> None:
    composition = Composer().compose(Draft(question="?", claims=(passage(PARKING), passage(SATAY))))
    released = AnswerGuard(GUARD).release(composition, NO_PEANUTS, GUEST)
    assert "satay" not in released.composition.answer
    assert "car park" in released.composition.answer
    assert "I left out part of this answer. Contains peanuts" in released.composition.answer
    assert "".join(released.composition.chunks) == released.composition.answer
    assert [decision.verdict for decision in released.decisions] == ["block"]
    assert AnswerGuard(GUARD).release(composition, UNRESTRICTED, GUEST).composition == composition


OFFERS_NOTHING = {
    "blocked": {"sentence": "Peanut Crunch is not safe for you: it contains peanuts"},
    "no_match": {"what": "peanut butter"},
    "similar_to": {"name": "Peanut Crunch Granola"},
    "contains_allergen": {"name": "Peanut Crunch Granola", "allergen": "peanuts"},
}


@pytest.mark.parametrize("kind", OFFERS_NOTHING)
def test_sentences_that_name_food_without_offering_it_leave(kind: str) -> None:
    claim = make_claim(kind, [cite("quoted")], **OFFERS_NOTHING[kind])
    composition = Composer().compose(Draft(question="?", claims=(claim,)))
    assert AnswerGuard(GUARD).release(composition, NO_PEANUTS, GUEST).composition == composition


def model(text: str) -> Any:
    return GenericFakeChatModel(messages=iter([AIMessage(text)]))


def test_the_text_of_a_model_that_offers_a_forbidden_food_is_not_shown() -> None:
    """The passage got past the first guards here; the last one stops it, and the composer's answer too."""
    draft = Draft(question="what goes with noodles?", claims=(passage(SATAY),))
    released, by = Answer(chat_model=model(f"{SATAY[:-1]} [1]."), food_guard=GUARD).word(draft, NO_PEANUTS, GUEST)
    assert by["author"] == "composer"
    assert "not safe for the customer" in by["fallback"]
    assert "satay" not in released.composition.answer
    shown, by = Answer(chat_model=model(f"{SATAY[:-1]} [1]."), food_guard=GUARD).word(draft)
    assert "satay" in shown.composition.answer, "whoever may eat peanuts is told"


def test_general_knowledge_is_judged_too() -> None:
    answer = Answer(
        Composer(require_citations=False), model("Peanut butter goes well with it."), 20.0, True, food_guard=GUARD
    )
    released, _ = answer.word(Draft(question="what goes with jam?"), NO_PEANUTS, GUEST)
    assert "eanut" not in released.composition.answer
