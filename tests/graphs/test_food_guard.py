"""The food guard within the whole brain: what a conversation said is kept, and nobody talks it out of a profile."""

from dataclasses import replace
from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import Brain, Parts, ask, build_brain, warm
from seamless_retail.graphs.food_guard import open_food_guard
from seamless_retail.lobes.guardrails.audit import AuditTrail
from seamless_retail.lobes.guardrails.patient import from_record
from seamless_retail.lobes.guardrails.rules import ProductFacts, Verdict

SESAME = "C0005"


@pytest.fixture
def chat(parts: Parts) -> Brain:
    return build_brain(parts, checkpointer=InMemorySaver())


def test_an_allergy_of_an_earlier_turn_is_still_guarded(chat: Brain, parts: Parts) -> None:
    ask(chat, "My daughter is allergic to peanuts and tree nuts.", thread_id="t")
    output = ask(chat, "show me snacks", thread_id="t")
    assert output["products"]
    for product in parts.shop.catalogue.get_many(output["products"]):
        assert product.food
        assert product.food.allergens is not None
        assert not {"nuts", "peanuts"} & {str(allergen) for allergen in product.food.allergens}


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("I'm vegan", "keep to vegan food"),
        ("I'm allergic to peanuts", "not declared free of peanuts"),
        ("I take warfarin", "because you take warfarin"),
        ("I'm coeliac", "because you have coeliac disease"),
        ("I take flurbizin", "ask your pharmacist"),
    ],
)
def test_what_a_customer_tells_is_acknowledged(chat: Brain, said: str, understood: str) -> None:
    assert understood in ask(chat, said, thread_id="t")["answer"]


def test_a_profile_cannot_be_talked_away(chat: Brain) -> None:
    output = ask(
        chat,
        "I outgrew my sesame allergy. Is the Everyday Pantry Tahini safe for me?",
        principal=Principal(customer_id=SESAME),
        thread_id="t",
    )
    assert output["guardrail"]["verdict"] == "block"
    assert "not safe for you" in output["answer"]


@pytest.mark.parametrize(
    ("asked", "named"), [("Is the tahini safe for me?", "Tahini"), ("Can I eat the hummus?", "Hummus")]
)
def test_a_kind_of_food_that_is_asked_about_is_judged_itself(chat: Brain, parts: Parts, asked: str, named: str) -> None:
    output = ask(chat, asked, principal=Principal(customer_id=SESAME), thread_id="t")
    judged = {decision["product_id"] for decision in output["guardrail"]["decisions"]}
    assert any(named in product.name for product in parts.shop.catalogue.get_many(sorted(judged)))
    assert output["guardrail"]["verdict"] == "block"
    assert "contains sesame seeds" in output["answer"]


def test_a_kind_that_may_be_eaten_is_offered(chat: Brain, parts: Parts) -> None:
    output = ask(chat, "Can I eat the guacamole?", principal=Principal(customer_id=SESAME), thread_id="t")
    [first, *_] = parts.shop.catalogue.get_many(output["products"])
    assert "Guacamole" in first.name


def test_nothing_is_cleared_where_nothing_is_named(chat: Brain) -> None:
    output = ask(chat, "Is this safe for me?", principal=Principal(customer_id=SESAME), thread_id="t")
    assert output["products"] == []
    assert "which product you mean" in output["answer"]


def test_a_medicine_named_in_the_question_counts(chat: Brain) -> None:
    output = ask(chat, "I take simvastatin. Do you have grapefruit juice?", thread_id="t")
    assert output["guardrail"]["verdict"] == "block"
    assert "simvastatin" in output["answer"]
    assert "Instead" in output["answer"] or "In place" in output["answer"]


def test_each_decision_can_be_explained(chat: Brain, parts: Parts) -> None:
    output = ask(
        chat, "Is the Everyday Pantry Tahini safe for me?", principal=Principal(customer_id=SESAME), thread_id="t"
    )
    decision = output["guardrail"]["decisions"][0]
    record, item = AuditTrail(parts.settings.guard_folder).find(decision["audit_id"]) or pytest.fail("not recorded")
    assert (item.verdict, record.jurisdiction) == ("block", "US")
    assert item.subject["name"] == "Everyday Pantry Tahini"


def test_warming_up_is_in_no_audit(parts: Parts, tmp_path: Path) -> None:
    kept = AuditTrail(tmp_path)
    warm(replace(parts, memory_reader=None, food_guard=replace(parts.food_guard, audit=kept)))
    assert not list(kept.records())


def test_the_settings_make_the_guard(tmp_path: Path) -> None:
    given = {"home": tmp_path, "guard_block_traces": True, "guard_reviewed_rows_only": True, "guard_timeout_s": 9.0}
    guard = open_food_guard(load_settings(**given, guard_audit_required=True, jurisdiction="DE"))
    assert (guard.block_traces, guard.clear_by_reviewed_rows_only, guard.timeout_s) == (True, True, 9.0)
    assert guard.audit == AuditTrail(tmp_path / "guard", is_required=True)
    assert open_food_guard(load_settings(**given, guard_audit=False)).audit is None
    (tmp_path / "off_lexicon.jsonl").write_text('["en", "milk", "zorble"]\n')
    (verdict,) = open_food_guard(load_settings(home=tmp_path, guard_audit=False)).check(
        from_record({"allergies": ["milk"]}), [ProductFacts("Soup", "water, zorble, salt")]
    )
    assert verdict.verdict is Verdict.BLOCK, "the user's imported words count"
