"""Which intent holds, which lobes run, and what is said about lobes that nobody registered."""

from dataclasses import dataclass

import pytest
from langgraph.types import Send

from seamless_retail.core.intents import ROUTES, Intent, IntentPrediction
from seamless_retail.core.queries import ProductQuery, Understanding
from seamless_retail.lobes.router import OVERRIDES, Router, fan_out, overrule

LOBES = ("inventory", "recommendation", "empathy", "context")


def understood(text="hello", **fields):
    return Understanding(text=text, standalone=text, **fields)


@dataclass(frozen=True)
class Case:
    """One message, what the classifier says, what must hold, and why."""

    understanding: Understanding
    predicted: Intent
    expected: Intent
    why: str


CASES = (
    Case(
        understood("where is ORD-100001 pls", order_id="ORD-100001"),
        Intent.OUT_OF_SCOPE,
        Intent.ORDER_STATUS,
        "it names an order",
    ),
    Case(
        understood("can I return ord-100001", order_id="ORD-100001"),
        Intent.RETURNS_EXCHANGE,
        Intent.RETURNS_EXCHANGE,
        "returns are about orders too",
    ),
    Case(understood("thanks!", order_id="ORD-100001"), Intent.GENERAL_CHAT, Intent.GENERAL_CHAT, "only in focus"),
    Case(
        understood("what sizes?", selected_product_id="F1", wants=("size",)),
        Intent.GENERAL_CHAT,
        Intent.PRODUCT_INQUIRY,
        "a detail of the selected product",
    ),
    Case(
        understood("what goes with it?", selected_product_id="F1", wants=("complement",)),
        Intent.PRODUCT_INQUIRY,
        Intent.RECOMMENDATION,
        "something to go with it",
    ),
    Case(
        understood("and the one before that?", wants=("previous_order",)),
        Intent.GENERAL_CHAT,
        Intent.ORDER_STATUS,
        "the order before",
    ),
    Case(
        understood("anything to match my last order?", wants=("latest_order",)),
        Intent.RECOMMENDATION,
        Intent.RECOMMENDATION,
        "a suggestion may mention an order",
    ),
    Case(
        understood("hummus at riverside?", products=ProductQuery(categories=("hummus",), location_id="riverside")),
        Intent.STORE_INFO,
        Intent.INVENTORY_CHECK,
        "stock of a kind of product",
    ),
    Case(
        understood("do you ship it?", selected_product_id="F1", wants=("delivery",)),
        Intent.STORE_INFO,
        Intent.STORE_INFO,
        "delivery is for the policies",
    ),
    Case(
        understood("got any wool socks", products=ProductQuery(categories=("socks",))),
        Intent.OUT_OF_SCOPE,
        Intent.PRODUCT_INQUIRY,
        "it names a category",
    ),
    Case(
        understood("under 30?", products=ProductQuery(price_max_cents=3000), is_follow_up=True),
        Intent.OUT_OF_SCOPE,
        Intent.PRODUCT_INQUIRY,
        "a follow-up that filters",
    ),
    Case(
        understood("what do I need to reorder?", wants=("repurchase",)),
        Intent.RETURNS_EXCHANGE,
        Intent.RECOMMENDATION,
        "what the customer needs again",
    ),
    Case(understood("who won the world cup"), Intent.OUT_OF_SCOPE, Intent.OUT_OF_SCOPE, "nothing of ours in it"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.understanding.text)
def test_overrides(case):
    prediction = IntentPrediction(intent=case.predicted, confidence=0.6)
    overruled = overrule(case.understanding, prediction)
    assert overruled.intent is case.expected, case.why
    if overruled.intent is not case.predicted:
        assert overruled.alternatives[0] == (case.predicted, 0.6)


def test_every_override_has_a_reason():
    assert all(override.reason.endswith(".") for override in OVERRIDES)


@pytest.mark.parametrize("intent", list(Intent))
def test_every_intent_has_a_lobe_that_leads(intent):
    plan = Router(None, None, LOBES).plan(IntentPrediction(intent=intent, confidence=0.9))
    assert plan.primary in LOBES
    assert plan.primary not in plan.parallel


def test_the_primary_lobe_of_the_map_leads_and_the_others_run_beside_it():
    plan = Router(None, None, LOBES).plan(IntentPrediction(intent=Intent.ORDER_STATUS, confidence=0.9))
    assert (plan.primary, plan.parallel, plan.missing) == ("empathy", ("context",), ())


def test_the_context_lobe_runs_beside_an_unsure_route():
    router = Router(None, None, LOBES, min_confidence=0.5)
    assert router.plan(IntentPrediction(intent=Intent.INVENTORY_CHECK, confidence=0.4)).parallel == ("context",)
    assert router.plan(IntentPrediction(intent=Intent.INVENTORY_CHECK, confidence=0.6)).parallel == ()


def test_an_unregistered_lobe_is_named_in_words_and_another_leads():
    plan = Router(None, None, LOBES).plan(IntentPrediction(intent=Intent.VISUAL_SEARCH, confidence=0.9))
    assert plan.primary == "inventory"
    assert "pictures" in plan.missing[0]
    code = Router(None, None, LOBES).plan(IntentPrediction(intent=Intent.CODE_REQUEST, confidence=0.9))
    assert code.primary == "context"
    assert "programming" in code.missing[0]


class Reader:
    def read(self, text, focus):
        return understood(text, order_id=focus.order_id)


class Classifier:
    def classify(self, texts):
        return [IntentPrediction(intent=Intent.ORDER_STATUS, confidence=0.9) for _ in texts]


def test_the_node_writes_plain_data_and_the_edge_sends_it_to_each_lobe():
    router = Router(Classifier(), Reader(), LOBES, routes=ROUTES)
    state = {"query": "where is it?", "focus": {"order_id": "ORD-1"}}
    state |= router(state)
    assert state["understanding"]["order_id"] == "ORD-1"
    sends = fan_out(state)
    assert [(send.node, send.arg["role"]) for send in sends] == [("empathy", "primary"), ("context", "parallel")]
    assert isinstance(sends[0], Send)
    assert sends[0].arg["understanding"] == state["understanding"]


def test_without_any_lobe_the_edge_goes_on_to_synthesis():
    router = Router(Classifier(), Reader(), ())
    state = {"query": "hello", "focus": {}}
    assert fan_out(state | router(state)) == "synthesis"
