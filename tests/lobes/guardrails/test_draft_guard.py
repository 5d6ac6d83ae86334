"""The node over the draft fails closed: each case names the customer, the product and the verdict, with its reason."""

from dataclasses import dataclass, replace

import pytest
from langgraph.runtime import Runtime

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Understanding
from seamless_retail.core.sources import product_source, resolve
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.draft_guard import UNREAD as SAID_UNREAD
from seamless_retail.lobes.guardrails.draft_guard import NutritionGuard
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.guard import Guard
from seamless_retail.lobes.guardrails.household import UNREAD, household, read_message
from seamless_retail.lobes.phrasebook import make_claim

PEANUTS_ANAPHYLACTIC, NUTS_MILD_VEGAN, COELIAC, UNRESTRICTED = "C2", "C3", "C4", "C1"


def understood(text="show me granola", **fields):
    return Understanding(text=text, standalone=text, **fields)


@pytest.fixture(scope="module")
def guard(corner_shop):
    return NutritionGuard(corner_shop, FoodGuard(jurisdiction="US"))


@pytest.fixture(scope="module")
def of(corner_shop):
    """The household of a customer who says something."""

    def make(customer="", said="", excluded=()):
        return household(corner_shop.customers.get(customer) if customer else None, read_message(said), (), excluded)

    return make


@pytest.fixture(scope="module")
def offers(corner_shop):
    def make(*product_ids):
        claims = []
        for product in corner_shop.catalogue.get_many(product_ids):
            source = product_source(product)
            price = str(product.price_range[0])
            claims.append(make_claim("price", [source.cite("price")], product.id, name=product.name, price=price))
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
    Case(NUTS_MILD_VEGAN, "G1", "block", False, "honey is among the ingredients, whatever the facets say of vegan"),
    Case(NUTS_MILD_VEGAN, "G3", "block", False, "the label declares nuts: blocked however mild"),
    Case(COELIAC, "G1", "block", False, "the condition is a reaction to gluten, which the label declares"),
    Case(UNRESTRICTED, "G2", "", True, "nothing is restricted"),
    Case("", "G2", "", True, "a guest states no allergy"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.customer or 'guest'}-{c.product}-{'asked' * c.asked}")
def test_verdicts(case, guard, of, offers):
    draft = Draft(question="granola?", claims=offers(case.product), asked_product_id=case.product if case.asked else "")
    checked, decisions = guard.check(draft, of(case.customer), Principal(case.customer))
    verdicts = [d.verdict for d in decisions if d.product_id == case.product]
    assert verdicts == ([case.verdict] if case.verdict else []), case.why
    kinds = [claim.kind for claim in checked.claims if claim.product_id == case.product]
    assert ("price" in kinds) is case.offered, case.why
    assert (case.product in checked.withheld) is not case.offered
    if case.verdict in ("block", "cannot_clear", "warn"):
        told = [claim.text for claim in checked.claims if claim.kind in ("blocked", "caution", "not_cleared")]
        assert draft.claims[0].facts["name"] in " ".join(told)


def test_the_label_of_a_blocked_product_stays_when_it_was_asked_about(guard, of, offers):
    draft = Draft(question="peanuts in it?", claims=offers("G2"), asked_product_id="G2")
    checked, _ = guard.check(draft, of(PEANUTS_ANAPHYLACTIC), Principal(PEANUTS_ANAPHYLACTIC))
    assert [claim.kind for claim in checked.claims][:2] == ["allergens", "blocked"]
    assert "is not safe for you: it contains peanuts, and you are anaphylactic to them." in checked.claims[1].text


def test_what_is_blocked_is_replaced_by_the_nearest_product_that_passes(guard, of, offers):
    draft = Draft(question="is it safe?", claims=offers("G2"), asked_product_id="G2")
    household = of("", "My son is anaphylactic to peanuts.")
    checked, _ = guard.check(draft, household, Principal(), understood("is it safe?"))
    assert [claim.kind for claim in checked.claims[-2:]] == ["instead", "product_offer"]
    assert checked.claims[-1].product_id in {"G1", "G6"}, "no peanuts in either, and both are granola"
    assert "not safe for your son" in checked.claims[1].text


def test_decisions_and_notices_quote_the_label_and_the_profile(guard, of, offers, corner_shop):
    draft = Draft(question="granola?", claims=offers("G2"))
    checked, decisions = guard.check(draft, of(PEANUTS_ANAPHYLACTIC), Principal(PEANUTS_ANAPHYLACTIC))
    assert [c.source_id for c in decisions[0].citations] == ["product:G2", "profile:C2"]
    assert (decisions[0].rule, bool(decisions[0].source)) != ("", False), "a decision names its row and its authority"
    for citation in (*decisions[0].citations, *checked.claims[0].citations):
        source = resolve(corner_shop, citation.source_id, customer_id=PEANUTS_ANAPHYLACTIC)
        assert source.text[citation.start : citation.end] == citation.quote


def test_products_left_out_for_the_same_cause_are_named_together(guard, of, offers):
    draft = Draft(question="no gluten please", claims=offers("G1", "G2", "G3"))
    checked, _ = guard.check(draft, of(excluded=(Allergen.GLUTEN,)), Principal())
    assert [claim.text for claim in checked.claims if claim.kind == "blocked"] == [
        "I left out Toasted Oat Granola, Peanut Crunch Granola and Honey Almond Granola: "
        "each contains cereals containing gluten, and you asked for none."
    ]


def test_asked_whether_it_is_safe_the_answer_says_what_the_label_names(guard, of, offers):
    draft = Draft(question="is it safe for me?", claims=offers("G6"), asked_product_id="G6")
    understanding = understood("is it safe for me?", wants=("allergens",), selected_product_id="G6")
    checked, decisions = guard.check(draft, of(PEANUTS_ANAPHYLACTIC), Principal(PEANUTS_ANAPHYLACTIC), understanding)
    assert [d.verdict for d in decisions] == ["pass"]
    assert "names no peanuts, neither as contained nor as a trace" in checked.claims[-1].text


def test_suggestions_that_nothing_stands_against_come_first(guard, of, corner_shop):
    first, second = corner_shop.catalogue.get_many(["G1", "G6"])
    claims = tuple(
        make_claim(
            "recommendation", [product_source(p).cite("price")], p.id, name=p.name, price="", options="",
            availability="", reason="",
        )
        for p in (first, second)
    )  # fmt: skip
    checked, decisions = guard.check(Draft(question="?", claims=claims), of("", "My son can't have nuts."), Principal())
    assert [d.verdict for d in decisions] == ["warn", "pass"], "the first may contain nuts"
    assert [claim.product_id for claim in checked.claims if claim.kind == "recommendation"] == ["G6", "G1"]


def test_a_medicine_that_no_table_knows_leaves_food_with_the_advice_to_ask(guard, corner_shop, offers):
    customer = corner_shop.customers.get(UNRESTRICTED)
    customer = customer.model_copy(update={"profile": customer.profile.model_copy(update={"medicines": ("zzyzx",)})})
    draft = Draft(question="granola?", claims=offers("G6"))
    checked, decisions = guard.check(draft, household(customer), Principal(UNRESTRICTED))
    assert [d.verdict for d in decisions] == ["cannot_clear"], "it is not cleared, and it is not hidden"
    assert "price" in [claim.kind for claim in checked.claims]
    assert "please ask your pharmacist or doctor" in checked.claims[-1].text


def test_a_defect_in_judging_clears_nothing(corner_shop, of, offers):
    class Broken:
        def read(self, *_, **__):
            raise RuntimeError("defect")

    broken = NutritionGuard(corner_shop, FoodGuard(reader=Broken()))
    draft = Draft(question="granola?", claims=offers("G1"))
    checked, decisions = broken.check(draft, of(PEANUTS_ANAPHYLACTIC), Principal(PEANUTS_ANAPHYLACTIC))
    assert [d.verdict for d in decisions] == ["block"]
    assert [claim.kind for claim in checked.claims] == ["blocked"]
    assert "I could not check this" in checked.claims[0].text


def test_a_household_that_cannot_be_read_leaves_out_all_food_and_nothing_else(guard, offers):
    checked, decisions = guard.check(Draft(question="anything?", claims=offers("G1", "F1")), UNREAD, Principal())
    assert [d.verdict for d in decisions] == ["cannot_clear"]
    assert {claim.product_id for claim in checked.claims} == {"F1"}
    assert checked.missing == (SAID_UNREAD,)


def test_the_node_writes_the_draft_and_the_strictest_verdict(guard, of, offers):
    assert isinstance(guard, Guard)
    state = {
        "draft": Draft(question="granola?", claims=offers("G1", "G2")).model_dump(mode="json"),
        "understanding": understood().model_dump(mode="json"),
        "household": replace(of(PEANUTS_ANAPHYLACTIC), question="Which nuts?").to_state(),
    }
    update = guard(state, Runtime(context=Principal(customer_id=PEANUTS_ANAPHYLACTIC)))
    assert update["guardrail"]["verdict"] == "block"
    assert [d["product_id"] for d in update["guardrail"]["decisions"]] == ["G2"]
    assert update["draft"]["withheld"] == {"G2": "Peanut Crunch Granola"}
    assert update["draft"]["missing"] == ["Which nuts?"], "an advisor may ask"


def test_the_node_does_nothing_where_nothing_is_restricted(guard, of, offers):
    state = {"draft": Draft(question="?", claims=offers("G2")).model_dump(mode="json"), "household": of().to_state()}
    assert guard(state, Runtime(context=Principal())) == {}
