"""What the grounding check lets through and what it stops: one readable case each, with its reason."""

from dataclasses import dataclass

import pytest

from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.lobes.guardrails.grounding import Evidence, evidence_for, problems, split_sentences

DRESS = Evidence(
    quote="Marisol Wrap Dress\nColors: blue, white\nSizes: S, M, L\nPrice: $45.00",
    claims=("The Marisol Wrap Dress costs $45.00.",),
)
JEANS = Evidence(
    quote="High-Rise Slim Jeans\nPrice: from $59.00 to $69.00", claims=("The High-Rise Slim Jeans cost $59.00.",)
)
STOCK = Evidence(
    quote="Stock of Marisol Wrap Dress (blue, size M)\nTotal: 0 available",
    claims=("The Marisol Wrap Dress is out of stock: 0 available.",),
)
RULE = Evidence(
    quote="Returns\nYou cannot return swimwear within 30 days.",
    claims=("You cannot return swimwear within 30 days.",),
)
ORDER = Evidence(
    quote="Order ORD-100001\nStatus: shipped\nExpected on November 22, 2026\nTotal: $1,045.50",
    claims=("Your order ORD-100001 was shipped.",),
)
EVIDENCE = (DRESS, JEANS, STOCK, RULE, ORDER)


@dataclass(frozen=True)
class Case:
    """One sentence, and the problem that must be found (empty: none)."""

    sentence: str
    problem: str
    why: str


CASES = (
    Case("The Marisol Wrap Dress costs $45 [1].", "", "$45 is $45.00"),
    Case("It comes in blue and white, in sizes S to L [1].", "", "other words around the same facts"),
    Case("Your order ORD-100001 has been shipped and is expected on November 22, 2026 [5].", "", "date as written"),
    Case("The total is $1045.50 [5].", "", "without the thousands separator"),
    Case("The Marisol Wrap Dress costs $45.00 [1], the High-Rise Slim Jeans cost $59.00 [2].", "", "clause by clause"),
    Case("You cannot return swimwear within 30 days [4].", "", "the denial is in the evidence"),
    Case("Here is what I found:", "", "states nothing"),
    Case("Would you like to see more options?", "", "states nothing"),
    Case("The Marisol Wrap Dress costs $40.00 [1].", "$40", "another price"),
    Case("The Marisol Wrap Dress costs 45 points [1].", "'points'", "another unit"),
    Case("The Marisol Wrap Dress is 45% off [1].", "45%", "the number as a percentage"),
    Case("The Marisol Wrap Dress costs $59.00 [1], the High-Rise Slim Jeans cost $45.00 [2].", "$59", "swapped prices"),
    Case("The Marisol Wrap Dress is waterproof [1].", "'waterproof'", "an invented property"),
    Case("It comes in size XL [1].", "'xl'", "an invented size"),
    Case("It comes in size X [1].", "'x'", "an invented one-letter size"),
    Case("It comes in red [1].", "'red'", "an invented colour"),
    Case("It is safe for people with allergies [1].", "'safe'", "an invented safety statement"),
    Case("The Marisol Wrap Dress is available [3].", "affirms", "the evidence says none is"),
    Case("You can return swimwear within 30 days [4].", "affirms", "the evidence denies it"),
    Case("The Marisol Wrap Dress does not cost $45.00 [1].", "denies", "the evidence does not deny it"),
    Case("There are three Marisol Wrap Dress sizes and seven colors [1].", "number 7", "numbers in words count"),
    Case("The Marisol Wrap Dress costs $45.00.", "cites nothing", "true, but uncited"),
    Case("The Marisol Wrap Dress costs $45.00 [9].", "[9]", "no such mark"),
    Case("Your order is expected on November 23, 2026 [5].", "number 23", "another day"),
    Case("Your order is expected on December 22, 2026 [5].", "'december'", "another month"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence[:60])
def test_a_sentence_is_checked_against_what_it_cites(case):
    found = problems([case.sentence], EVIDENCE)
    if case.problem:
        assert any(case.problem in problem for problem in found), (case.why, found)
    else:
        assert found == [], case.why


def test_a_withheld_product_may_not_be_named():
    evidence = [Evidence("Granola\nPeanut Crunch Granola, $5.99", ())]
    found = problems(["The peanut crunch granola costs $5.99 [1]."], evidence, withheld=["Peanut Crunch Granola"])
    assert found == ["names 'Peanut Crunch Granola', which a guard withheld"]


def test_an_empty_answer_is_a_problem():
    assert problems([], EVIDENCE) == ["the answer is empty"]


def test_exempt_sentences_need_no_evidence():
    line = "I could not check products, prices and stock in time."
    assert problems([line], ()) != []
    assert problems([line], (), exempt={line}) == []


def test_list_numbers_and_bullets_are_not_facts():
    assert problems(["7. The Marisol Wrap Dress: $45.00 [1]", "- High-Rise Slim Jeans: $59.00 [2]"], EVIDENCE) == []


def test_evidence_is_the_quotation_its_title_and_the_claims_that_rest_on_it():
    citation = Citation(source_id="policy:refunds", title="Refunds", quote="We refund.", start=0, end=10)
    other = citation.model_copy(update={"start": 20, "end": 30})
    claims = [Claim(kind="policy", text="Money goes back.", citations=(citation,)), Claim(kind="policy", text="Else.")]
    first, second = evidence_for([citation, other], claims)
    assert (first.quote, first.claims) == ("Refunds\nWe refund.", ("Money goes back.",))
    assert second.claims == ()


SPLITS = {
    "It costs $5.00 [1]. It is blue [2].": ["It costs $5.00 [1].", "It is blue [2]."],
    "It costs $5.00. [1] It is blue. [2][3]": ["It costs $5.00 [1].", "It is blue [2][3]."],
    "Two found:\n- **Oats**, $5.00 [1]\n2. Rye, $4.00 [2]": ["Two found:", "Oats, $5.00 [1]", "Rye, $4.00 [2]"],
    "The shop is at St. Mary Ave. near Dr. Lee's [1]. Come by!": [
        "The shop is at St. Mary Ave. near Dr. Lee's [1].",
        "Come by!",
    ],
}


@pytest.mark.parametrize("text", SPLITS)
def test_a_models_text_is_split_into_sentences_with_their_marks(text):
    assert split_sentences(text) == SPLITS[text]
