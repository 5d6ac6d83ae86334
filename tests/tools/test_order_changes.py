"""The tools that change orders, alone and in real graphs: asked first, done once, for nobody else."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command

from seamless_retail.core.customers import Address
from seamless_retail.core.database import SqlShop, migrate, open_shop
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.proposals import SqlProposals
from seamless_retail.core.order_requests import CancelOrder, ChangeAddress
from seamless_retail.core.principal import Principal
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.order_changes import (
    ORDER_CHANGE_TOOLS,
    CancelOrderTool,
    ChangeOrderAddressTool,
    ChangeOrderItemsTool,
    ChangeOrderPaymentTool,
    ExchangeItemsTool,
    OrderChangeTool,
    RequestRefundTool,
    ReturnItemsTool,
    UndoOrderChangeTool,
)
from seamless_retail.tools.toolkit import RetailToolkit
from tests.core.orders.conftest import fill, gift

ANA, BEN, GUEST = Principal("ana"), Principal("ben"), Principal()
SWAP = {"item_ids": ["s-blue"], "new_item_ids": ["s-red"]}

EXAMPLES: dict[type[OrderChangeTool], dict[str, Any]] = {
    CancelOrderTool: {"order_id": "ANA-P", "reason": "no longer needed"},
    ChangeOrderAddressTool: {"order_id": "ANA-P", "line1": "2 Oak", "city": "Bend", "postal_code": "97701"},
    ChangeOrderPaymentTool: {"order_id": "ANA-P", "payment_method_id": "paypal_ana"},
    ChangeOrderItemsTool: {"order_id": "ANA-P", **SWAP, "payment_method_id": "gift_ana"},
    ExchangeItemsTool: {"order_id": "ANA-D", **SWAP, "payment_method_id": "card_ana"},
    ReturnItemsTool: {"order_id": "ANA-D", "item_ids": ["b-41"], "payment_method_id": "card_ana"},
    RequestRefundTool: {
        "order_id": "ANA-D",
        "item_ids": ["b-41"],
        "payment_method_id": "gift_ana",
        "reason": "damaged",
    },
    UndoOrderChangeTool: {"order_id": "ANA-P"},
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("filled") / "shop.db"
    migrate(f"sqlite:///{path}")
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def shop(filled: Path, tmp_path: Path) -> Iterator[SqlShop]:
    shutil.copy(filled, tmp_path / "shop.db")
    opened = open_shop(f"sqlite:///{tmp_path / 'shop.db'}")
    yield opened
    opened.close()


@pytest.fixture
def gate(shop: SqlShop) -> ApprovalGate:
    return ApprovalGate(SqlProposals(shop.engine, shop.writes))


def parts(shop: SqlShop, gate: ApprovalGate, who: Principal = ANA) -> dict[str, Any]:
    return {"shop": shop, "desk": SqlOrderDesk(shop.engine, shop.writes), "gate": gate, "principal": lambda: who}


def move(shop: SqlShop) -> None:
    """Give ANA-P a change that can be undone."""
    moved = ChangeAddress(order_id="ANA-P", address=Address(line1="3 Ash", city="Bend", postal_code="97702"))
    SqlOrderDesk(shop.engine, shop.writes).carry_out("ana", moved)


class _Suite:
    """Runs a standard suite over every tool that changes orders."""

    tool_class: type[OrderChangeTool]
    parameters: dict[str, Any]

    @pytest.fixture(autouse=True, params=EXAMPLES, ids=lambda tool: tool.__name__)
    def _choose(self, request: pytest.FixtureRequest, shop: SqlShop, gate: ApprovalGate) -> None:
        self.tool_class, self.parameters = request.param, parts(shop, gate)
        if request.param is UndoOrderChangeTool:
            move(shop)

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return self.tool_class

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return self.parameters

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLES[self.tool_class]

    @pytest.fixture
    def tool(self, _choose: None) -> BaseTool:
        return self.tool_class(**self.tool_constructor_params)


class TestUnit(_Suite, ToolsUnitTests): ...


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:The test <Function.*is not an async function")
class TestIntegration(_Suite, ToolsIntegrationTests): ...


def call(tool: BaseTool, arguments: dict[str, Any]) -> ToolMessage:
    message: ToolMessage = tool.invoke(ToolCall(name=tool.name, args=arguments, id="1", type="tool_call"))
    return message


def test_every_tool_has_an_example_and_describes_its_arguments(shop: SqlShop, gate: ApprovalGate) -> None:
    assert set(EXAMPLES) == set(ORDER_CHANGE_TOOLS)
    for tool in ORDER_CHANGE_TOOLS:
        for name, schema in tool(**parts(shop, gate)).args.items():
            assert schema.get("description"), f"{tool.__name__}.{name}"
            assert name not in {"customer_id", "principal", "user_id", "approved", "key"}


WORDS = {
    CancelOrderTool: "Cancel order ANA-P (2 x Shirt, 1 x Boots), no longer needed. You get $254.05 back, to your card.",
    ChangeOrderAddressTool: "Send order ANA-P to 2 Oak, Bend, 97701, US. It costs nothing.",
    ChangeOrderPaymentTool: "Pay order ANA-P ($254.05) with your PayPal instead of your card. It costs nothing.",
    ChangeOrderItemsTool: "Change order ANA-P: Shirt s-blue for s-red. Items can be changed once. "
    "You pay $2.50 more, with your gift card.",
    ExchangeItemsTool: "Exchange from order ANA-D: Shirt s-blue for s-red. An order can be exchanged once. "
    "You pay $2.50 more, with your card, when the exchange is carried out.",
    ReturnItemsTool: "Return from order ANA-D: 1 x Boots (b-41). You get $147.08 back, to your card, once the store "
    "has dealt with it.",
    RequestRefundTool: "Ask for a refund from order ANA-D: 1 x Boots (b-41), damaged. You get $147.08 back, to your "
    "gift card, once the store has dealt with it.",
    UndoOrderChangeTool: "Take back the last change of order ANA-P (address changed). It costs nothing.",
}


@pytest.mark.parametrize("tool_class", WORDS, ids=lambda tool: tool.__name__)
def test_outside_a_graph_a_write_is_proposed_in_words(
    shop: SqlShop, gate: ApprovalGate, tool_class: type[OrderChangeTool]
) -> None:
    arguments = EXAMPLES[tool_class]
    move(shop)
    before = shop.orders.get(arguments["order_id"], "ana")
    message = call(tool_class(**parts(shop, gate)), arguments)
    assert message.content == f"Proposed, nothing is changed until the customer says yes: {WORDS[tool_class]}"
    assert shop.orders.get(arguments["order_id"], "ana") == before
    asked = message.artifact["proposal"]
    gate.decide(asked["proposal_id"], ANA, True, asked["digest"])
    assert gate.execute(asked["proposal_id"], ANA).state == "executed"
    assert shop.orders.get(arguments["order_id"], "ana") != before


@pytest.mark.parametrize("tool_class", EXAMPLES, ids=lambda tool: tool.__name__)
def test_nobody_changes_anothers_order(shop: SqlShop, gate: ApprovalGate, tool_class: type[OrderChangeTool]) -> None:
    for who, told in ((BEN, "There is no order ANA-"), (GUEST, "Nobody is signed in.")):
        message = call(tool_class(**parts(shop, gate, who)), EXAMPLES[tool_class])
        assert (message.status, told in str(message.content)) == ("error", True), message.content


def test_what_would_be_refused_is_not_proposed(shop: SqlShop, gate: ApprovalGate) -> None:
    message = call(CancelOrderTool(**parts(shop, gate)), {"order_id": "ANA-X", "reason": "no longer needed"})
    assert "Non-pending order cannot be cancelled. Order ANA-X is processed." in message.content
    message = call(CancelOrderTool(**parts(shop, gate)), {"order_id": "ANA-P", "reason": "bored"})
    assert "reason: Input should be 'no longer needed' or 'ordered by mistake'" in message.content


class _Scripted(GenericFakeChatModel):
    """Answers with the messages it was given, whatever is asked."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> BaseChatModel:  # type: ignore[override]
        return self


CANCEL = ToolCall(name="cancel_order", args={"order_id": "ANA-G", "reason": "no longer needed"}, id="1")


def agent(shop: SqlShop, gate: ApprovalGate, *calls: ToolCall, saver: BaseCheckpointSaver[Any] | None = None) -> Any:
    model = _Scripted(messages=iter([*(AIMessage("", tool_calls=[c]) for c in calls), *[AIMessage("Fine.")] * 3]))
    desk = SqlOrderDesk(shop.engine, shop.writes)
    tools = RetailToolkit(shop=shop, desk=desk, gate=gate).get_tools()
    return create_agent(model, tools, context_schema=Principal, checkpointer=saver or InMemorySaver())


def start(graph: Any, thread: str = "t", context: Principal = ANA) -> Any:
    return graph.invoke({"messages": [HumanMessage("Please.")]}, _thread(thread), context=context)


def resume(graph: Any, answer: Any, thread: str = "t", context: Principal = ANA) -> Any:
    return graph.invoke(Command(resume=answer), _thread(thread), context=context)


def _thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def asked(result: Any) -> dict[str, Any]:
    (interrupt,) = result["__interrupt__"]
    value: dict[str, Any] = interrupt.value
    return value


def answer(question: dict[str, Any], approved: bool = True) -> dict[str, Any]:
    return {"proposal_id": question["proposal_id"], "digest": question["digest"], "approved": approved}


def told(result: Any) -> str:
    return next(str(m.content) for m in reversed(result["messages"]) if isinstance(m, ToolMessage))


def test_a_graph_waits_for_the_yes_and_then_does_it(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph))
    assert question["words"].startswith("Cancel order ANA-G (1 x Shirt)")
    assert (question["tool"], question["effect_cents"]) == ("cancel_order", -5245)
    assert gift(shop) == 20_000
    assert told(resume(graph, answer(question))).startswith("Done: Cancel order ANA-G")
    assert gift(shop) == 25_245


def test_a_no_changes_nothing(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    assert told(resume(graph, answer(asked(start(graph)), approved=False))).startswith("Not done, the customer said no")
    assert gift(shop) == 20_000


def test_resuming_twice_does_it_once(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph))
    paused = graph.get_state(_thread("t")).config
    resume(graph, answer(question))
    resume(graph, answer(question))
    again = graph.invoke(Command(resume=answer(question)), paused, context=ANA)
    assert told(again).startswith("Done: Cancel order ANA-G")
    assert gift(shop) == 25_245


@pytest.mark.parametrize(
    "yes", [True, "yes", {"approved": True}, {"approved": True, "proposal_id": "x", "digest": "y"}]
)
def test_a_yes_to_nothing_in_particular_is_asked_again(shop: SqlShop, gate: ApprovalGate, yes: Any) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph))
    assert asked(resume(graph, yes)) == question
    assert gift(shop) == 20_000
    resume(graph, answer(question))
    assert gift(shop) == 25_245


def test_a_yes_to_other_arguments_is_refused(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph)) | {"digest": "0" * 64}
    assert "This approval is for other arguments" in told(resume(graph, answer(question)))
    assert gift(shop) == 20_000


def test_a_changed_argument_needs_its_own_yes(shop: SqlShop, gate: ApprovalGate) -> None:
    changed = {**CANCEL, "args": {"order_id": "ANA-P", "reason": "no longer needed"}, "id": "2"}
    graph = agent(shop, gate, CANCEL, ToolCall(**changed))
    first = asked(start(graph))
    second = asked(resume(graph, answer(first)))
    assert (first["arguments"]["order_id"], second["arguments"]["order_id"]) == ("ANA-G", "ANA-P")
    assert asked(resume(graph, answer(first))) == second, "the first yes does not open the second door"
    order = shop.orders.get("ANA-P", "ana")
    assert order is not None
    assert order.status == "pending"
    resume(graph, answer(second))
    cancelled = shop.orders.get("ANA-P", "ana")
    assert cancelled is not None
    assert cancelled.status == "cancelled"


def test_another_user_cannot_answer(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph))
    assert "There is no order ANA-G in this account." in told(resume(graph, answer(question), context=BEN))
    assert gift(shop) == 20_000


def test_a_conversation_is_with_one_customer(shop: SqlShop, gate: ApprovalGate) -> None:
    own = ToolCall(name="cancel_order", args={"order_id": "BEN-G", "reason": "no longer needed"}, id="2")
    graph = agent(shop, gate, CANCEL, own)
    resume(graph, answer(asked(start(graph))))
    result = start(agent(shop, gate, own), context=BEN)
    assert "This conversation is with another customer. Start a new conversation." in told(result)
    assert asked(start(agent(shop, gate, own), thread="bens", context=BEN))["tool"] == "cancel_order"


def test_a_yes_that_comes_too_late_is_refused(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph))
    later = shop.now() + timedelta(minutes=16)
    shop.writes.now = lambda: later
    assert "This proposal was good until" in told(resume(graph, answer(question)))
    assert gift(shop) == 20_000


def test_an_error_of_the_write_is_told(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(start(graph))
    desk = SqlOrderDesk(shop.engine, shop.writes)
    desk.carry_out("ana", CancelOrder(order_id="ANA-G", reason="ordered by mistake"))
    assert "Non-pending order cannot be cancelled" in told(resume(graph, answer(question)))


@pytest.mark.asyncio
async def test_a_graph_that_runs_asynchronously_waits_too(shop: SqlShop, gate: ApprovalGate) -> None:
    graph = agent(shop, gate, CANCEL)
    question = asked(await graph.ainvoke({"messages": [HumanMessage("Please.")]}, _thread("t"), context=ANA))
    result = await graph.ainvoke(Command(resume=answer(question)), _thread("t"), context=ANA)
    assert told(result).startswith("Done: Cancel order ANA-G")


def test_two_calls_of_one_message_are_asked_and_answered_apart(shop: SqlShop, gate: ApprovalGate) -> None:
    other = ToolCall(name="cancel_order", args={"order_id": "ANA-P", "reason": "no longer needed"}, id="2")
    model = _Scripted(messages=iter([AIMessage("", tool_calls=[CANCEL, other]), AIMessage("Fine.")]))
    tools = RetailToolkit(shop=shop, desk=SqlOrderDesk(shop.engine, shop.writes), gate=gate).get_tools()
    graph = create_agent(model, tools, context_schema=Principal, checkpointer=InMemorySaver())
    interrupts = {i.value["arguments"]["order_id"]: i for i in start(graph)["__interrupt__"]}
    answers = {i.id: answer(i.value, approved=order_id == "ANA-G") for order_id, i in interrupts.items()}
    result = resume(graph, answers)
    contents = [str(message.content) for message in result["messages"] if isinstance(message, ToolMessage)]
    assert [content[:8] for content in contents] == ["Done: Ca", "Not done"]
    assert gift(shop) == 25_245


def test_a_pause_outlives_the_process(shop: SqlShop, gate: ApprovalGate, tmp_path: Path) -> None:
    threads = str(tmp_path / "threads.db")
    with SqliteSaver.from_conn_string(threads) as saver:
        message = {"messages": [HumanMessage("Please.")]}
        graph = agent(shop, gate, CANCEL, saver=saver)
        question = asked(graph.invoke(message, _thread("t"), context=ANA, durability="exit"))
    with SqliteSaver.from_conn_string(threads) as saver:
        graph = agent(shop, ApprovalGate(SqlProposals(shop.engine, shop.writes)), saver=saver)
        result = graph.invoke(Command(resume=answer(question)), _thread("t"), context=ANA, durability="exit")
    assert told(result).startswith("Done: Cancel order ANA-G")
    assert gift(shop) == 25_245


def test_two_writes_of_one_node_are_asked_one_after_the_other(shop: SqlShop, gate: ApprovalGate) -> None:
    tool = CancelOrderTool(shop=shop, desk=SqlOrderDesk(shop.engine, shop.writes), gate=gate)

    def cancel_both(_state: dict[str, Any]) -> dict[str, Any]:
        orders = ("ANA-G", "ANA-P")
        return {"told": [tool.invoke({"order_id": order, "reason": "no longer needed"})[:16] for order in orders]}

    builder = StateGraph(dict, context_schema=Principal)
    builder.add_node("cancel_both", cancel_both)
    builder.add_edge(START, "cancel_both")
    graph = builder.compile(checkpointer=InMemorySaver())
    first = asked(graph.invoke({}, _thread("t"), context=ANA))
    second = asked(resume(graph, answer(first)))
    assert [q["arguments"]["order_id"] for q in (first, second)] == ["ANA-G", "ANA-P"]
    assert resume(graph, answer(second, approved=False))["told"] == ["Done: Cancel ord", "Not done, the cu"]
    assert gift(shop) == 25_245
