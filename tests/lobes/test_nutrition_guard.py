"""The nutrition guard fails closed: each case names the customer, the product and the verdict, with its reason."""

from dataclasses import dataclass

import pytest
from langgraph.runtime import Runtime

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.core.sources import product_source, resolve
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails import nutrition
from seamless_retail.lobes.guardrails.guard import Guard
from seamless_retail.lobes.guardrails.nutrition import NutritionGuard
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.stated import avoided_allergens, named_allergens, stated_allergies, without_names

PEANUTS_ANAPHYLACTIC, NUTS_MILD_VEGAN, COELIAC, UNRESTRICTED = "C2", "C3", "C4", "C1"


def understood(text="show me granola", **fields):
    return Understanding(text=text, standalone=text, **fields)


@pytest.fixture(scope="module")
def guard(corner_shop):
    return NutritionGuard(corner_shop)


@pytest.fixture(scope="module")
def offers(corner_shop):
    def make(*product_ids):
        claims = []
        for product in corner_shop.catalogue.get_many(product_ids):
            source = product_source(product)
            claims.append(
                make_claim(
                    "price", [source.cite("price")], product.id, name=product.name, price=str(product.price_range[0])
                )
            )
            if "allergens" in source.fields:
                facts = {"name": product.name, "value": "something"}
                claims.append(make_claim("allergens", [source.cite("allergens")], product.id, **facts))
        return tuple(claims)

    return make


@dataclass(frozen=True)
class Case:
    """A customer, a product, the verdict on it, and whether its offer survives."""

    customer: str
    product: str
    verdict: str
    offered: bool
    why: str
    asked: bool = False


CASES = (
    Case(PEANUTS_ANAPHYLACTIC, "G2", "block", False, "the label declares peanuts"),
    Case(PEANUTS_ANAPHYLACTIC, "G3", "block", False, "it may contain peanuts, and the allergy is anaphylactic"),
    Case(PEANUTS_ANAPHYLACTIC, "G4", "cannot_clear", False, "the label declares nothing"),
    Case(PEANUTS_ANAPHYLACTIC, "G4", "cannot_clear", True, "asked about, it is annotated instead", asked=True),
    Case(PEANUTS_ANAPHYLACTIC, "G2", "block", False, "asked about, it is blocked all the same", asked=True),
    Case(PEANUTS_ANAPHYLACTIC, "G1", "pass", True, "no peanuts anywhere on the label"),
    Case(PEANUTS_ANAPHYLACTIC, "F1", "", True, "a dress is not a food"),
    Case(NUTS_MILD_VEGAN, "G1", "warn", True, "it may contain nuts, and the allergy is mild"),
    Case(NUTS_MILD_VEGAN, "G3", "block", False, "the label declares nuts: blocked however mild"),
    Case(NUTS_MILD_VEGAN, "G2", "cannot_clear", False, "it is not declared vegan"),
    Case(NUTS_MILD_VEGAN, "G5", "pass", True, "vegan, and no nuts anywhere"),
    Case(COELIAC, "G1", "block", False, "the condition is a reaction to gluten, which every label declares"),
    Case(COELIAC, "G6", "pass", True, "no gluten anywhere"),
    Case(UNRESTRICTED, "G2", "", True, "nothing is restricted"),
    Case("", "G2", "", True, "a guest states no allergy"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.customer or 'guest'}-{c.product}-{'asked' * c.asked}")
def test_verdicts(case, guard, offers):
    draft = Draft(question="granola?", claims=offers(case.product), asked_product_id=case.product if case.asked else "")
    checked, decisions = guard.check(draft, understood(), Principal(customer_id=case.customer))
    verdicts = [d.verdict for d in decisions if d.product_id == case.product]
    assert verdicts == ([case.verdict] if case.verdict else []), case.why
    kinds = [claim.kind for claim in checked.claims if claim.product_id == case.product]
    assert ("price" in kinds) is case.offered, case.why
    assert (case.product in checked.withheld) is not case.offered
    if case.verdict in ("block", "cannot_clear", "warn"):
        explained = " ".join(
            claim.text for claim in checked.claims if claim.kind in ("blocked", "caution", "not_cleared")
        )
        assert draft.claims[0].facts["name"] in explained


def test_the_label_of_a_blocked_product_stays_when_it_was_asked_about(guard, offers):
    draft = Draft(question="peanuts in it?", claims=offers("G2"), asked_product_id="G2")
    checked, _ = guard.check(draft, understood(), Principal(customer_id=PEANUTS_ANAPHYLACTIC))
    assert [claim.kind for claim in checked.claims] == ["allergens", "blocked"]
    assert "is not safe for you: the label declares peanuts" in checked.claims[-1].text


def test_decisions_and_notices_quote_the_label_and_the_profile(guard, offers, corner_shop):
    draft = Draft(question="granola?", claims=offers("G2"))
    checked, decisions = guard.check(draft, understood(), Principal(customer_id=PEANUTS_ANAPHYLACTIC))
    assert [c.source_id for c in decisions[0].citations] == ["product:G2", "profile:C2"]
    for citation in (*decisions[0].citations, *checked.claims[-1].citations):
        source = resolve(corner_shop, citation.source_id, customer_id=PEANUTS_ANAPHYLACTIC)
        assert source.text[citation.start : citation.end] == citation.quote


def test_products_left_out_for_the_same_cause_are_named_together(guard, offers):
    draft = Draft(question="no oats please", claims=offers("G1", "G2", "G3"))
    understanding = understood(products=ProductQuery(exclude_allergens=(Allergen.GLUTEN,)))
    checked, _ = guard.check(draft, understanding, Principal())
    texts = [claim.text for claim in checked.claims]
    assert texts == [
        "I left out Toasted Oat Granola, Peanut Crunch Granola and Honey Almond Granola: "
        "the label declares gluten, and you want to avoid gluten."
    ]


def test_asked_whether_it_is_safe_the_answer_says_what_the_label_names(guard, offers):
    draft = Draft(question="is it safe for me?", claims=offers("G6"), asked_product_id="G6")
    understanding = understood("is it safe for me?", wants=("allergens",), selected_product_id="G6")
    checked, decisions = guard.check(draft, understanding, Principal(customer_id=PEANUTS_ANAPHYLACTIC))
    assert [d.verdict for d in decisions] == ["pass"]
    assert "names no peanuts, neither as contained nor as a trace" in checked.claims[-1].text


GUEST_STATEMENTS = {
    "I'm allergic to peanuts, is it any good?": "stated in the message",
    "is it free from peanuts": "wished away in the message",
}


@pytest.mark.parametrize("text", GUEST_STATEMENTS)
def test_a_guest_who_states_an_allergy_is_guarded(text, guard, offers):
    _, decisions = guard.check(Draft(question=text, claims=offers("G2")), understood(text), Principal())
    assert [d.verdict for d in decisions] == ["block"], GUEST_STATEMENTS[text]


def test_an_allergy_stated_earlier_in_the_conversation_still_counts(guard, offers):
    draft = Draft(question="and granola?", claims=offers("G2"))
    _, decisions = guard.check(draft, understood(), Principal(), avoided=(Allergen.PEANUTS,))
    assert decisions[0].verdict == "block"


def test_medicines_no_label_can_be_checked_against_are_said_to_be_unchecked(guard, offers):
    checked, decisions = guard.check(
        Draft(question="crackers?", claims=offers("G5")), understood(), Principal(customer_id=NUTS_MILD_VEGAN)
    )
    assert decisions[-1].verdict == "warn"
    assert decisions[-1].product_id == ""
    assert "cannot check food against your medicines (warfarin)" in checked.claims[-1].text
    assert checked.claims[-1].citations[0].source_id == "profile:C3"


def test_a_defect_in_judging_clears_nothing(guard, offers, monkeypatch):
    def broken(product, restrictions):
        raise RuntimeError("defect")

    monkeypatch.setattr(nutrition, "judge", broken)
    draft = Draft(question="granola?", claims=offers("G1"))
    checked, decisions = guard.check(draft, understood(), Principal(customer_id=PEANUTS_ANAPHYLACTIC))
    assert [d.verdict for d in decisions] == ["cannot_clear"]
    assert checked.claims == ()
    assert "Toasted Oat Granola" in checked.missing[0]


def test_an_unreadable_profile_leaves_out_all_food_and_nothing_else(guard, offers):
    draft = Draft(question="anything?", claims=offers("G1", "F1"))
    checked, decisions = guard.check(draft, understood(), Principal(customer_id="NOBODY"))
    assert [d.verdict for d in decisions] == ["cannot_clear"]
    assert {claim.product_id for claim in checked.claims} == {"F1"}
    assert "could not read your dietary profile" in checked.missing[0]


def test_the_node_writes_the_draft_and_the_strictest_verdict(guard, offers):
    assert isinstance(guard, Guard)
    state = {
        "draft": Draft(question="granola?", claims=offers("G1", "G2")).model_dump(mode="json"),
        "understanding": understood().model_dump(mode="json"),
        "focus": {},
    }
    update = guard(state, Runtime(context=Principal(customer_id=PEANUTS_ANAPHYLACTIC)))
    assert update["guardrail"]["verdict"] == "block"
    assert [d["product_id"] for d in update["guardrail"]["decisions"]] == ["G2"]
    assert update["draft"]["withheld"] == {"G2": "Peanut Crunch Granola"}


def test_a_free_from_in_a_products_name_is_no_wish_of_the_customer(guard, offers, corner_shop):
    name = corner_shop.catalogue.get("G1").name
    text = f"is the {name} safe for me?"
    assert guard.check(Draft(question=text, claims=offers("G1")), understood(text), Principal())[1] == ()
    assert avoided_allergens(without_names("is the Nut-Free Bar good?", ["Nut-Free Bar"])) == ()


STATED = {
    "does it contain peanuts?": ({"peanuts"}, set(), set()),
    "anything with tree nuts or dairy?": ({"nuts", "milk"}, set(), set()),
    "nut-free granola": ({"nuts", "peanuts"}, {"nuts", "peanuts"}, set()),
    "I am allergic to peanuts": ({"peanuts"}, {"peanuts"}, {"peanuts"}),
    "I have celiac disease": (set(), {"gluten"}, {"gluten"}),
    "a blue dress": (set(), set(), set()),
}


@pytest.mark.parametrize("text", STATED)
def test_allergens_named_avoided_and_stated(text):
    found = [set(map(str, read(text))) for read in (named_allergens, avoided_allergens, stated_allergies)]
    assert found == list(STATED[text])
