"""The compiled brain over the demonstration shop: flow, conversations, refusals, and what happens when a part fails."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from seamless_retail.core.errors import (
    ConfigurationError,
    ContradictoryConstraintsError,
    InvalidQueryError,
    UnknownCustomerError,
)
from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.principal import Principal
from seamless_retail.graphs import Brain, Parts, aask, ask, astream_answer, build_brain, stream_answer
from seamless_retail.graphs.brain import wire
from seamless_retail.lobes.lobe import LobeRequest, Readiness
from seamless_retail.lobes.state import BrainOutput

DRESSES = "Find blue summer dresses under $50"


@pytest.fixture(scope="module")
def brain(parts: Parts) -> Brain:
    return build_brain(parts)


@pytest.fixture
def chat(parts: Parts) -> Brain:
    """A brain that remembers."""
    return build_brain(parts, checkpointer=InMemorySaver())


def test_the_drawing_shows_every_edge(brain: Brain, parts: Parts) -> None:
    drawn = {(edge.source, edge.target) for edge in brain.get_graph().edges}
    lobes = {edge for lobe in parts.lobes for edge in (("router", lobe), (lobe, "synthesis"))}
    line = ["__start__", "router", "synthesis", "nutrition", "answer", "__end__"]
    asking = {("nutrition", "propose"), ("propose", "approval"), ("propose", "answer")}
    assert drawn == lobes | set(pairwise(line)) | asking | {("approval", "answer"), ("approval", "router")}


def test_an_answer_comes_with_everything_about_it(brain: Brain) -> None:
    output = ask(brain, DRESSES)
    assert set(output) == set(BrainOutput.__annotations__)
    assert output["intent"]["intent"] == Intent.PRODUCT_INQUIRY
    assert output["products"]
    assert output["citations"]
    assert [(lobe["name"], lobe["role"]) for lobe in output["lobes"]] == [
        ("inventory", "primary"),
        ("context", "parallel"),
    ]
    checks = {"input_guard", "screen_translation", "topics", "listen", "screen_reports", "nutrition"}
    nodes = {"receive", "router", "inventory", "context", "synthesis", "answer", "finish", *checks}
    nodes |= {"alarm", "look", "interpret", "feel", "tone"}
    assert set(output["timings"]) == {*nodes, "total"}
    assert sum(output["timings"][name] for name in nodes - {"context"}) >= output["timings"]["answer"] > 0


@dataclass(frozen=True)
class Slow:
    """A lobe that waits until all ``together`` are running."""

    name: str
    together: threading.Barrier
    description: str = "Waits."

    def is_ready(self) -> Readiness:
        return Readiness(ready=True)

    def __call__(self, request: LobeRequest) -> LobeReport:
        self.together.wait(timeout=4)
        return LobeReport(lobe=self.name, status="empty")


def test_the_lobes_of_a_route_run_side_by_side(parts: Parts) -> None:
    barrier = threading.Barrier(2)
    brain = build_brain(parts, lobes=[Slow("inventory", barrier), Slow("context", barrier)])
    output = ask(brain, DRESSES)
    assert {lobe["status"] for lobe in output["lobes"]} == {"empty"}


def test_follow_ups_are_understood_within_a_thread(chat: Brain) -> None:
    shown = ask(chat, DRESSES, thread_id="a")["products"]
    second = ask(chat, "does the second one come in size m?", thread_id="a")
    assert second["products"] == [shown[1]]
    policy = ask(chat, "what is your return policy?", thread_id="a")
    assert not policy["products"]
    third = ask(chat, "does the third one come in size s?", thread_id="a")
    assert third["products"] == [shown[2]], "a list that was talked about before another topic is still the list"
    same = ask(chat, "how much does it cost?", thread_id="a")
    assert same["products"] == [shown[2]]


def test_threads_know_nothing_of_each_other(chat: Brain) -> None:
    shown = ask(chat, DRESSES, thread_id="a")["products"]
    output = ask(chat, "does the second one come in size m?", thread_id="b")
    assert output["products"] != [shown[1]]
    assert len(output["messages"]) == 2


def test_the_history_holds_each_message_once_however_it_came(chat: Brain) -> None:
    config: Any = {"configurable": {"thread_id": "mixed"}}
    ask(chat, "hello", thread_id="mixed")
    chat.invoke({"messages": [HumanMessage("what is your return policy?")]}, config)
    output = ask(chat, "thank you", thread_id="mixed")
    said = [(type(message), message.text) for message in output["messages"]]
    assert [kind for kind, _ in said] == [HumanMessage, AIMessage] * 3
    assert [text for kind, text in said if kind is HumanMessage] == [
        "hello",
        "what is your return policy?",
        "thank you",
    ]
    assert said[-1][1] == output["answer"]


def test_a_query_of_an_earlier_turn_is_never_answered_again(chat: Brain) -> None:
    config: Any = {"configurable": {"thread_id": "stale"}}
    chat.invoke({"query": "hello"}, config)
    with pytest.raises(InvalidQueryError, match="nothing to answer"):
        chat.invoke({}, config)


def test_the_state_is_plain_json(chat: Brain) -> None:
    ask(chat, DRESSES, principal=Principal("C0001"), thread_id="json")
    values = chat.get_state({"configurable": {"thread_id": "json"}}).values
    assert "query" not in values
    assert json.loads(json.dumps({**values, "messages": []})) == {**values, "messages": []}


def test_the_answer_reports_its_turn_only(chat: Brain) -> None:
    ask(chat, DRESSES, thread_id="fresh")
    output = ask(chat, "hello", thread_id="fresh")
    assert output["products"] == []
    assert [lobe["name"] for lobe in output["lobes"]] == ["empathy"]
    assert "inventory" not in output["timings"]


REFUSED: dict[str, tuple[Any, type[Exception]]] = {
    "empty": ("", InvalidQueryError),
    "blank": (" \n\t\u200b", InvalidQueryError),
    "100 kB": ("dress " * 17_000, InvalidQueryError),
    "invalid UTF-8": (b"blue dr\xffss", InvalidQueryError),
    "an unpaired surrogate": ("blue dr\udcffss", InvalidQueryError),
    "prices that exclude each other": ("dresses over $80 and under $50", ContradictoryConstraintsError),
}


@pytest.mark.parametrize(("query", "error"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_answered_is_refused(brain: Brain, query: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(brain, query)
    with pytest.raises(error):
        asyncio.run(aask(brain, query))


@pytest.mark.parametrize(("query", "error"), REFUSED.values(), ids=REFUSED)
def test_a_refused_turn_leaves_the_conversation_as_it_was(chat: Brain, query: Any, error: type[Exception]) -> None:
    config: Any = {"configurable": {"thread_id": "kept"}}
    ask(chat, DRESSES, thread_id="kept")
    before = chat.get_state(config).values
    with pytest.raises(error):
        ask(chat, query, thread_id="kept")
    after = chat.get_state(config).values
    assert (after["messages"], after["focus"]) == (before["messages"], before["focus"])
    assert ask(chat, "does the second one come in size m?", thread_id="kept")["products"]


def test_an_unknown_customer_is_refused(brain: Brain) -> None:
    with pytest.raises(UnknownCustomerError, match="C9999"):
        ask(brain, "hello", principal=Principal("C9999"))


def test_a_context_without_a_principal_is_refused_and_not_taken_for_a_guest(brain: Brain) -> None:
    with pytest.raises(ConfigurationError, match="principal"):
        brain.invoke({"query": "hello"}, context="C0001")  # type: ignore[arg-type]


def test_customers_asking_at_once_get_their_own_records(brain: Brain, parts: Parts) -> None:
    customers = [f"C{number:04}" for number in range(1, 9)]
    answers: dict[str, dict[str, Any]] = {}

    def go(customer: str) -> None:
        answers[customer] = ask(brain, "how many points do I have?", principal=Principal(customer))

    threads = [threading.Thread(target=go, args=(customer,)) for customer in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for customer in customers:
        sources = {citation["source_id"] for citation in answers[customer]["citations"]}
        assert f"loyalty:{customer}" in sources
        assert not {f"loyalty:{other}" for other in customers if other != customer} & sources


@dataclass(frozen=True)
class Broken:
    """A lobe that does what ``act`` does."""

    name: str
    act: Callable[[], LobeReport]
    description: str = "Fails."

    def is_ready(self) -> Readiness:
        return Readiness(ready=True)

    def __call__(self, request: LobeRequest) -> LobeReport:
        return self.act()


def raises() -> LobeReport:
    raise RuntimeError("secret of the back end")


def oversleeps() -> LobeReport:
    time.sleep(3)
    return LobeReport(lobe="inventory")


@pytest.mark.parametrize(("act", "status"), [(raises, "failed"), (oversleeps, "late")], ids=["failed", "late"])
def test_a_lobe_that_fails_costs_its_part_of_the_answer_only(parts: Parts, act: Any, status: str) -> None:
    settings = parts.settings.model_copy(update={"lobe_deadline_s": 1.0, "min_intent_confidence": 1.0})
    brain = build_brain(parts, settings=settings, lobes=[Broken("inventory", act)])
    output = ask(brain, "Can I return a dress under $50 after 10 days?")
    broken = ask(brain, DRESSES)
    assert {lobe["name"]: lobe["status"] for lobe in broken["lobes"]}["inventory"] == status
    assert any("products" in line for line in broken["missing"])
    assert broken["missing"][0] in broken["answer"]
    assert "secret" not in json.dumps({**broken, "messages": []})
    assert output["citations"]


def test_a_lobe_that_keeps_failing_is_not_called_for_a_while(parts: Parts) -> None:
    calls: list[int] = []

    def act() -> LobeReport:
        calls.append(1)
        raise RuntimeError

    brain = build_brain(parts, lobes=[Broken("inventory", act)])
    statuses = [
        next(lobe["status"] for lobe in ask(brain, DRESSES)["lobes"] if lobe["name"] == "inventory") for _ in range(5)
    ]
    assert statuses == ["failed"] * 3 + ["open"] * 2
    assert len(calls) == 3


def test_code_is_for_staff_and_a_customer_is_told_what_else_can_be_done(brain: Brain) -> None:
    wanted = "write me code: 10 % off for orders over $80"
    refused = ask(brain, wanted)
    assert refused["intent"]["intent"] == Intent.CODE_REQUEST
    assert any("programming" in line for line in refused["missing"])
    assert "```" not in refused["answer"]
    shown = ask(brain, wanted, principal=Principal(roles=("staff",)))
    assert "minimum_cents: int = 8000" in shown["answer"]
    assert shown["citations"][0]["source_id"] == "code:pricing.order_discount"


def test_events_tell_the_answer_as_it_comes_about(brain: Brain) -> None:
    events = list(stream_answer(brain, DRESSES))
    kinds = [event["type"] for event in events]
    assert kinds[0] == "intent"
    assert kinds.count("lobe") == 2
    assert kinds[-1] == "final"
    assert kinds.index("sentence") > max(i for i, kind in enumerate(kinds) if kind == "lobe")
    text = "".join(event["data"]["text"] for event in events if event["type"] == "sentence")
    assert text == events[-1]["data"]["answer"]


def test_the_asynchronous_twins_say_the_same(brain: Brain) -> None:
    async def listen() -> list[Any]:
        return [event async for event in astream_answer(brain, DRESSES)]

    at_once = ask(brain, DRESSES)
    assert asyncio.run(aask(brain, DRESSES))["answer"] == at_once["answer"]
    assert [event["type"] for event in asyncio.run(listen())] == [e["type"] for e in stream_answer(brain, DRESSES)]


@dataclass(frozen=True)
class BrokenGuard:
    name: str = "broken_guard"

    def __call__(self, state: Any, runtime: Any) -> dict[str, Any]:
        raise RuntimeError


def test_a_guard_that_fails_lets_no_product_through(parts: Parts) -> None:
    broken = replace(parts, guards={**parts.guards, "broken_guard": BrokenGuard()})
    output = ask(wire(broken).compile(), DRESSES)
    assert output["products"] == []
    assert output["guardrail"]["verdict"] == "cannot_clear"
    assert {decision["guard"] for decision in output["guardrail"]["decisions"]} == {"broken_guard"}
    assert "could not check" in output["answer"]


def test_a_lobe_may_not_take_the_name_of_another_node(parts: Parts) -> None:
    with pytest.raises(ConfigurationError, match="'router'"):
        build_brain(parts, lobes=[Broken("router", raises)])


def test_claims_without_evidence_are_not_said(parts: Parts) -> None:
    def invent() -> LobeReport:
        return LobeReport(lobe="empathy", confidence=1.0, claims=(Claim(kind="rumour", text="Everything is free."),))

    output = ask(build_brain(parts, lobes=[Broken("empathy", invent)]), "hello")
    assert "free" not in output["answer"]
