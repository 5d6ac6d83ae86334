"""The brain as a library: composed with the caller's own parts, as a subgraph, as an agent's tool, and in pieces."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from langchain.agents import create_agent
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_store
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.store.memory import InMemoryStore

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.evidence import Claim, LobeReport, Source
from seamless_retail.core.intents import Intent
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery
from seamless_retail.graphs import Brain, Parts, as_tool, ask, assemble, build_brain
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.draft_guard import NutritionGuard
from seamless_retail.lobes.guardrails.household import household
from seamless_retail.lobes.lobe import LobeRequest, Readiness

HANDBOOK = "The car park is behind the store. Parking costs 2 tokens per visit, and tokens are sold at the kiosk."


@pytest.fixture(scope="module")
def brain(parts: Parts) -> Brain:
    return build_brain(parts)


class Handbook(BaseRetriever):
    """A caller's retriever that knows nothing of our metadata, ``k`` or ``filter``."""

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(HANDBOOK, metadata={"source": "handbook.pdf", "title": "Store handbook"})]


def test_with_the_callers_retriever(parts: Parts) -> None:
    output = ask(build_brain(parts, retriever=Handbook()), "Is there parking at your store?")
    assert "car park" in output["answer"]
    quotes = [citation for citation in output["citations"] if citation["source_id"] == "handbook.pdf"]
    assert quotes
    assert all(HANDBOOK[quote["start"] : quote["end"]] == quote["quote"] for quote in quotes)


class Scripted(BaseChatModel):
    """A caller's chat model: says its lines one after another."""

    lines: Iterator[AIMessage]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Any, **options: Any) -> "Scripted":
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=next(self.lines))])


def test_with_the_callers_model(parts: Parts) -> None:
    model = Scripted(lines=iter([AIMessage("We give $50 to everybody who asks.")]))
    output = ask(build_brain(parts, chat_model=model), "What is your return policy?")
    assert output["composed_by"]["author"] == "composer"
    assert "$50" in output["composed_by"]["fallback"] or "cites nothing" in output["composed_by"]["fallback"]


@tool
def parking(question: str) -> str:
    """Tells where to park."""
    return "The car park has 240 places and is free for two hours."


def test_with_the_callers_tool(parts: Parts) -> None:
    park = parking.model_copy(update={"metadata": {"intents": {"store_info": "primary"}}})
    brain = build_brain(parts, tools=[park])
    output = ask(brain, "Is there parking at your store?")
    assert "240 places" in output["answer"]
    assert output["lobes"][0] == {**output["lobes"][0], "name": "parking", "role": "primary"}
    assert {"context"} <= {lobe["name"] for lobe in output["lobes"]}
    assert "tool:parking" in {citation["source_id"] for citation in output["citations"]}


@pytest.mark.parametrize(
    "metadata", [{"intents": {"parking": "primary"}}, {"intents": {"store_info": "boss"}}], ids=["intent", "role"]
)
def test_a_tool_for_an_unknown_intent_or_role_is_refused(parts: Parts, metadata: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="'parking'"):
        build_brain(parts, tools=[parking.model_copy(update={"metadata": metadata})])


@dataclass(frozen=True)
class Remembering:
    """A caller's lobe that reads the long-term store."""

    name: str = "remembering"
    description: str = "Knows what customers told us before."
    intents: ClassVar = {Intent.GENERAL_CHAT: "primary"}

    def is_ready(self) -> Readiness:
        return Readiness(ready=True)

    def __call__(self, request: LobeRequest) -> LobeReport:
        note = get_store().get(("notes", request.principal.customer_id), "greeting")
        if note is None:
            return LobeReport(lobe=self.name, status="empty")
        source = Source(id="note:greeting", kind="profile", title="Note", text=note.value["text"])
        claim = Claim(kind="note", text=source.text, citations=(source.cite(),))
        return LobeReport(lobe=self.name, confidence=1.0, claims=(claim,))


def test_with_the_callers_lobe_and_store(parts: Parts) -> None:
    store = InMemoryStore()
    store.put(("notes", "C0001"), "greeting", {"text": "Your parcel waits at the desk."})
    brain = build_brain(parts, lobes=[Remembering()], store=store)
    assert "parcel waits" in ask(brain, "hello", principal=Principal("C0001"))["answer"]
    assert "parcel waits" not in ask(brain, "hello", principal=Principal("C0002"))["answer"]


def test_what_the_caller_brought_stays_when_more_is_brought(parts: Parts) -> None:
    first = assemble(parts=parts, lobes=[Remembering()])
    second = assemble(parts=first, retriever=Handbook())
    assert "remembering" in second.lobes
    assert second.shop is parts.shop
    assert second.classifier is parts.classifier
    assert "remembering" not in parts.lobes


def test_the_builder_can_be_extended_before_it_is_compiled(parts: Parts) -> None:
    seen: list[str] = []
    builder = build_brain(parts, compile=False)
    builder.add_node("audit", lambda state: seen.append(state["answer"]))
    builder.add_edge("answer", "audit")
    output = ask(builder.compile(), "hello")
    assert seen == [output["answer"]]


def test_as_a_subgraph_of_another_graph(brain: Brain) -> None:
    outer = StateGraph(MessagesState, context_schema=Principal)
    outer.add_node("brain", brain)
    outer.add_node("sign", lambda state: {"messages": [AIMessage("Your shop")]})
    outer.add_edge(START, "brain")
    outer.add_edge("brain", "sign")
    app = outer.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "outer"}}
    for turns, question in enumerate(["how many points do I have?", "hello"], start=1):
        said = app.invoke({"messages": [HumanMessage(question)]}, config, context=Principal("C0001"))["messages"]
        assert [message.type for message in said] == ["human", "ai", "ai"] * turns
    assert "points" in said[1].text
    sources = {citation["source_id"] for citation in said[1].response_metadata["citations"]}
    assert "loyalty:C0001" in sources


def test_a_subgraph_can_keep_its_own_focus(parts: Parts) -> None:
    outer = StateGraph(MessagesState)
    outer.add_node("brain", build_brain(parts, checkpointer=True))
    outer.add_edge(START, "brain")
    app = outer.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "outer"}}
    app.invoke({"messages": [HumanMessage("Find blue summer dresses under $50")]}, config)
    said = app.invoke({"messages": [HumanMessage("does the second one come in size m?")]}, config)["messages"]
    first, second = (message.response_metadata["products"] for message in said[1::2])
    assert second == [first[1]]


@dataclass(frozen=True)
class AppContext:
    """The context of an application around the brain."""

    tenant: str
    principal: Principal


def test_the_context_of_the_application_around_it_names_the_caller(brain: Brain) -> None:
    outer = StateGraph(MessagesState, context_schema=AppContext)
    outer.add_node("brain", brain)
    outer.add_edge(START, "brain")
    context = AppContext("acme", Principal("C0002"))
    question = {"messages": [HumanMessage("how many points do I have?")]}
    said = outer.compile().invoke(question, context=context)["messages"]  # type: ignore[arg-type]
    assert "loyalty:C0002" in {citation["source_id"] for citation in said[-1].response_metadata["citations"]}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["invoke", "ainvoke"])
def test_as_a_tool_of_an_agent(brain: Brain, asynchronous: bool) -> None:
    call = {"name": "ask_shop", "args": {"question": "how many points do I have?"}, "id": "1"}
    model = Scripted(lines=iter([AIMessage("", tool_calls=[call]), AIMessage("There you are.")]))
    agent = create_agent(model, tools=[as_tool(brain)], context_schema=Principal, checkpointer=InMemorySaver())
    given: Any = {"messages": [HumanMessage("My points?")]}
    config: Any = {"configurable": {"thread_id": "agent"}}
    if asynchronous:
        said = asyncio.run(agent.ainvoke(given, config, context=Principal("C0001")))["messages"]
    else:
        said = agent.invoke(given, config, context=Principal("C0001"))["messages"]
    (result,) = [message for message in said if isinstance(message, ToolMessage)]
    assert "points" in result.text
    assert "loyalty:C0001" in {citation["source_id"] for citation in result.artifact["citations"]}


def test_the_agents_model_can_choose_the_question_only(brain: Brain) -> None:
    assert set(as_tool(brain).tool_call_schema.model_json_schema()["properties"]) == {"question"}  # type: ignore[union-attr]


def test_a_question_that_is_refused_is_told_to_the_agent(brain: Brain) -> None:
    call = {"name": "ask_shop", "args": {"question": " "}, "id": "1"}
    model = Scripted(lines=iter([AIMessage("", tool_calls=[call]), AIMessage("Sorry.")]))
    agent = create_agent(model, tools=[as_tool(brain)], context_schema=Principal)
    said = agent.invoke({"messages": [HumanMessage("?")]}, context=Principal())["messages"]
    assert "empty" in said[2].text


def test_a_guard_alone(parts: Parts) -> None:
    """The nutrition guard judges anybody's claims about products."""
    groceries = parts.shop.catalogue.get_many(parts.shop.catalogue.find_ids(ProductQuery(departments=("grocery",))))
    customers = filter(None, (parts.shop.customers.get(f"C{number:04}") for number in range(1, 200)))
    customer, product = next(
        (customer, product)
        for customer in customers
        for allergy in customer.profile.allergies
        for product in groceries
        if product.food and allergy.allergen in (product.food.allergens or ())
    )
    claim = Claim(kind="offer", text=f"Try {product.name}.", product_id=product.id)
    draft, decisions = NutritionGuard(parts.shop).check(
        Draft(question="what can I eat?", claims=(claim,)), household(customer), Principal(customer.id)
    )
    assert claim not in draft.claims
    assert [(decision.product_id, decision.verdict) for decision in decisions] == [(product.id, "block")]
