"""Cart, checkout, vouchers and rewards as LangChain tools: standard suites, who asks, asked first where it costs."""

import shutil
from collections.abc import Iterator
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
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command

from seamless_retail.core.catalogue import Allergen, Food, Location, Money, Product, StockLevel, Variant
from seamless_retail.core.customers import Allergy, Customer, DietaryProfile
from seamless_retail.core.database import migrate, open_shop
from seamless_retail.core.database import writer as write
from seamless_retail.core.database.proposals import SqlProposals
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.guardrails.food_check import ProfileFoodCheck
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.cart import CART_TOOLS
from seamless_retail.tools.checkout import PlaceOrderTool
from seamless_retail.tools.loyalty_rewards import (
    BestVouchersTool,
    GiveBackRewardTool,
    ListRewardsTool,
    RedeemRewardTool,
)
from seamless_retail.tools.toolkit import RetailToolkit
from tests.core.carts.conftest import Till, stock_up

ANA, BEN, GUEST = Principal("ana"), Principal("ben"), Principal()
WRITING: dict[str, dict[str, Any]] = {
    "view_cart": {},
    "add_to_cart": {"sku": "s-red", "quantity": 2},
    "change_cart_quantity": {"sku": "s-blue", "quantity": 2},
    "remove_from_cart": {"sku": "s-blue"},
    "use_vouchers": {"codes": ["TEN"]},
    "use_points": {"points": 600},
    "reserve_cart": {},
    "place_order": {"payment_method_ids": ["gift_ana", "card_ana"]},
    "best_vouchers": {},
    "list_rewards": {},
    "redeem_reward": {"reward_id": "six"},
    "give_back_reward": {"code": "REWARD-ANA"},
}
NUTTY = Product(
    id="granola",
    name="Nut Granola",
    department="grocery",
    category="granola",
    food=Food(ingredients="oats, peanuts", allergens=(Allergen.PEANUTS,), traces=()),
    variants=(Variant(sku="g-1", product_id="granola", price=Money(cents=650)),),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("carts") / "shop.db"
    migrate(f"sqlite:///{path}")
    stock_up(f"sqlite:///{path}")
    shop = open_shop(f"sqlite:///{path}")
    with shop.engine.begin() as connection:
        write.write_products(connection, [NUTTY])
        write.write_locations(connection, [Location(id="downtown", name="Downtown", kind="store")])
        write.write_stock(connection, [StockLevel(sku="g-1", location_id="downtown", on_hand=9)])
    till = Till(shop)
    till.add("s-blue")
    reward = till.points.redeem("ana", "six")
    with shop.engine.begin() as connection:
        write.write_vouchers(connection, [reward.model_copy(update={"code": "REWARD-ANA"})])
    shop.close()
    return path


@pytest.fixture
def till(filled: Path, tmp_path: Path) -> Iterator[Till]:
    shutil.copy(filled, tmp_path / "shop.db")
    shop = open_shop(f"sqlite:///{tmp_path / 'shop.db'}")
    yield Till(shop)
    shop.close()


def toolkit(till: Till, who: Principal = ANA) -> dict[str, BaseTool]:
    shop = till.shop
    found = RetailToolkit(
        shop=shop,
        cart=till.cart,
        checkout=till.checkout,
        points=till.points,
        gate=ApprovalGate(SqlProposals(shop.engine, shop.writes)),
        food_check=ProfileFoodCheck(shop.customers, FoodGuard(timeout_s=30)),
        principal=lambda: who,
    )
    return {tool.name: tool for tool in found.get_tools()}


class Scripted(GenericFakeChatModel):
    """Answers with the messages it was given, whatever is asked."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> BaseChatModel:  # type: ignore[override]
        return self


class _Suite:
    """Runs a standard suite over every tool of cart, checkout, vouchers and rewards."""

    made: BaseTool

    @pytest.fixture(autouse=True, params=WRITING)
    def _choose(self, request: pytest.FixtureRequest, till: Till) -> None:
        self.made = toolkit(till)[request.param]

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return type(self.made)

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        fields = type(self.made).model_fields
        return {name: value for name, value in dict(self.made).items() if fields[name].exclude and value is not None}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return WRITING[self.made.name]

    @pytest.fixture
    def tool(self, _choose: None) -> BaseTool:
        return self.made


class TestUnit(_Suite, ToolsUnitTests): ...


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:The test <Function.*is not an async function")
class TestIntegration(_Suite, ToolsIntegrationTests): ...


def call(tool: BaseTool, **arguments: Any) -> ToolMessage:
    message: ToolMessage = tool.invoke(ToolCall(name=tool.name, args=arguments, id="1", type="tool_call"))
    return message


def approve(tools: dict[str, BaseTool], message: ToolMessage, who: Principal = ANA) -> Any:
    asked = message.artifact["proposal"]
    gate: ApprovalGate = tools["place_order"].gate  # type: ignore[attr-defined]
    gate.decide(asked["proposal_id"], who, True, asked["digest"])
    return gate.execute(asked["proposal_id"], who)


def test_every_tool_is_tested_and_describes_its_arguments(till: Till) -> None:
    tools = toolkit(till)
    classes = (*CART_TOOLS, PlaceOrderTool, BestVouchersTool, ListRewardsTool, RedeemRewardTool, GiveBackRewardTool)
    assert {type(tools[name]) for name in WRITING} == set(classes)
    for name in WRITING:
        for argument, schema in tools[name].args.items():
            assert schema.get("description"), f"{name}.{argument}"
            assert argument not in {"customer_id", "principal", "user_id", "approved", "key", "total_cents"}


def test_the_cart_is_told_line_by_line(till: Till) -> None:
    tools = toolkit(till)
    call(tools["add_to_cart"], sku="b-41")
    call(tools["use_vouchers"], codes=["TEN"])
    told = str(call(tools["use_points"], points=600).content).splitlines()
    assert told == [
        "1 x Shirt (s-blue, blue, m): $49.00, $49.00 each, -$6.46 of vouchers and points",
        "1 x Boots (b-41, 41, m): $140.00, $140.00 each instead of $150.10 (Boots Week, P1), -$18.44 of vouchers "
        "and points",
        "Voucher TEN (Ten): -$18.90",
        "600 points: -$6.00",
        "Shipping: $0.00 (free from $60.00)",
        "Total: $164.10",
        "It earns 164 points when it is delivered.",
    ]


def test_an_order_is_proposed_in_words_then_placed_once(till: Till) -> None:
    tools = toolkit(till)
    call(tools["use_vouchers"], codes=["TEN"])
    message = call(tools["place_order"], payment_method_ids=["card_ana"])
    assert message.content == (
        "Proposed, nothing is changed until the customer says yes: Order 1 x Shirt (s-blue). Voucher TEN saves $4.90. "
        "You pay $50.05 with your card, shipping $5.95 included."
    )
    assert till.shop.orders.recent("ana", 50)[0].id.startswith("ANA")
    done = approve(tools, message)
    assert (done.state, done.result["status"]) == ("executed", "pending")
    assert approve(tools, message) == done
    assert till.paid() == 5_005


def test_a_graph_waits_for_the_yes_and_orders_once(till: Till) -> None:
    buy = ToolCall(name="place_order", args={"payment_method_ids": ["card_ana"]}, id="1")
    model = Scripted(messages=iter([AIMessage("", tool_calls=[buy]), *[AIMessage("Fine.")] * 3]))
    graph = create_agent(model, list(toolkit(till).values()), context_schema=Principal, checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t"}}
    (paused,) = graph.invoke({"messages": [HumanMessage("Buy it.")]}, thread, context=ANA)["__interrupt__"]
    before = graph.get_state(thread).config
    assert paused.value["words"].startswith("Order 1 x Shirt (s-blue). You pay $54.95 with your card")
    answer = {"proposal_id": paused.value["proposal_id"], "digest": paused.value["digest"], "approved": True}
    for at in (thread, before):
        messages = graph.invoke(Command(resume=answer), at, context=ANA)["messages"]
        assert next(str(m.content) for m in messages if isinstance(m, ToolMessage)).startswith("Done: Order 1 x Shirt")
    assert till.paid() == 5_495


def test_a_graph_that_runs_again_adds_once(till: Till) -> None:
    two = [
        ToolCall(name="add_to_cart", args={"sku": "s-red"}, id="1"),
        ToolCall(name="place_order", args={"payment_method_ids": ["card_ana"]}, id="2"),
    ]

    def both(state: dict[str, Any]) -> dict[str, Any]:
        tools = toolkit(till)
        for one in two:
            tools[one["name"]].invoke(one["args"])
        return {}

    builder = StateGraph(dict)
    builder.add_node("both", both)
    builder.add_edge(START, "both")
    graph = builder.compile(checkpointer=InMemorySaver())
    thread: Any = {"configurable": {"thread_id": "t"}}
    (paused,) = graph.invoke({}, thread)["__interrupt__"]
    asked = {"proposal_id": paused.value["proposal_id"], "digest": paused.value["digest"]}
    graph.invoke(Command(resume={**asked, "approved": False}), thread)
    assert [(line.sku, line.quantity) for line in till.cart.view("ana").lines] == [("s-blue", 1), ("s-red", 1)]


def test_a_yes_is_for_this_cart_only(till: Till) -> None:
    tools = toolkit(till)
    message = call(tools["place_order"], payment_method_ids=["card_ana"])
    call(tools["remove_from_cart"], sku="s-blue")
    call(tools["add_to_cart"], sku="s-blue")
    with pytest.raises(Exception, match="The cart has changed since it was agreed"):
        approve(tools, message)
    assert till.paid() == 0


def test_what_would_be_refused_is_not_proposed(till: Till) -> None:
    tools = toolkit(till)
    assert "Payment method card_ben not found" in call(tools["place_order"], payment_method_ids=["card_ben"]).content
    assert "There is no reward 'castle'." in call(tools["redeem_reward"], reward_id="castle").content
    assert "There are not 9,000 points." in call(tools["redeem_reward"], reward_id="dear").content


def test_points_become_a_reward_after_a_yes(till: Till) -> None:
    tools = toolkit(till)
    before = till.balance()
    message = call(tools["redeem_reward"], reward_id="six")
    assert "Turn 550 points into a voucher: $6 off, good for 90 days." in message.content
    assert till.balance() == before
    approve(tools, message)
    assert till.balance() == before - 550


def test_food_that_the_customer_must_not_eat_is_warned_of_in_the_cart_and_before_the_yes(till: Till) -> None:
    profile = DietaryProfile(allergies=(Allergy(allergen=Allergen.PEANUTS),))
    found = till.shop.customers.get("ana")
    assert isinstance(found, Customer)
    with till.shop.engine.begin() as connection:
        write.write_customers(connection, [found.model_copy(update={"profile": profile})])
    tools = toolkit(till)
    message = call(tools["add_to_cart"], sku="granola")
    assert "Warning, Nut Granola: " in message.content
    assert list(message.artifact["warnings"]) == ["granola"]
    assert "Warning, Nut Granola: " in call(tools["place_order"], payment_method_ids=["card_ana"]).content


def test_a_product_of_many_forms_has_to_be_named_by_sku(till: Till) -> None:
    told = call(toolkit(till)["add_to_cart"], sku="boots").content
    assert "Boots comes in 2 forms. Use one of the skus b-41, b-42." in told


@pytest.mark.parametrize("name", WRITING)
def test_nobody_sees_or_changes_another_s_cart_or_points(till: Till, name: str) -> None:
    before = (till.cart.view("ana"), till.ledger(), till.shop.orders.recent("ana", 50))
    for who in (BEN, GUEST):
        tools = toolkit(till, who)
        forged = {"customer_id": "ana", "principal": {"customer_id": "ana"}, "user_id": "ana"}
        message = call(tools[name], **WRITING[name], **forged)
        if who is GUEST:
            assert "Nobody is signed in." in message.content
        told = f"{message.content} {message.artifact}"
        assert "s-blue" not in told or message.status == "error", told
        assert "REWARD-ANA" not in told or message.status == "error", told
    assert (till.cart.view("ana"), till.ledger(), till.shop.orders.recent("ana", 50)) == before
