"""The tools as LangChain tools: standard suites, who asks, and errors a model can act on."""

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from seamless_retail.core.database import SqlShop
from seamless_retail.core.principal import Principal
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.inventory import CheckStockTool
from seamless_retail.tools.loyalty import LoyaltyTool
from seamless_retail.tools.orders import ListOrdersTool, OrderDetailsTool
from seamless_retail.tools.products import ProductDetailsTool
from seamless_retail.tools.recommendation_tool import RecommendTool
from seamless_retail.tools.search import SearchProductsTool
from seamless_retail.tools.stock_overview import LowStockTool, StockLevelsTool, SubstitutesTool
from seamless_retail.tools.toolkit import RetailToolkit

EXAMPLES: dict[type[ShopTool], dict[str, Any]] = {
    SearchProductsTool: {"categories": ["dress"], "colors": ["blue"], "price_max": 60},
    ProductDetailsTool: {"product": "G1"},
    CheckStockTool: {"product_id": "F1", "color": "navy"},
    StockLevelsTool: {"product_id": "F1"},
    SubstitutesTool: {"sku": "F1-red-s"},
    LowStockTool: {"category": "boots", "threshold": 1},
    RecommendTool: {"kind": "similar", "product_id": "F1"},
    ListOrdersTool: {"limit": 2},
    OrderDetailsTool: {"order_id": "ORD-100001"},
    LoyaltyTool: {"entries": 1, "purchase": 30.0},
}


def ana() -> Principal:
    return Principal(customer_id="C1")


class _Suite:
    """Runs a standard suite over every tool of the toolkit."""

    tool_class: type[ShopTool]
    shop: SqlShop

    @pytest.fixture(autouse=True, params=EXAMPLES, ids=lambda tool: tool.__name__)
    def _choose(self, request: pytest.FixtureRequest, small_shop: SqlShop) -> None:
        self.tool_class, self.shop = request.param, small_shop

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return self.tool_class

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"shop": self.shop, "principal": ana}

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


@pytest.fixture
def tools(small_shop: SqlShop, retriever: LexicalRetriever) -> dict[str, BaseTool]:
    toolkit = RetailToolkit(shop=small_shop, retriever=retriever, principal=ana)
    return {tool.name: tool for tool in toolkit.get_tools()}


def test_the_toolkit_has_every_tool(tools: dict[str, BaseTool]) -> None:
    assert {type(tool) for tool in tools.values()} == set(EXAMPLES)


def test_every_argument_is_described(tools: dict[str, BaseTool]) -> None:
    for tool in tools.values():
        for name, schema in tool.args.items():
            assert schema.get("description"), f"{tool.name}.{name}"


def test_no_argument_says_who_asks(tools: dict[str, BaseTool]) -> None:
    names = {name for tool in tools.values() for name in tool.args}
    assert not names & {"customer_id", "principal", "customer", "user_id", "runtime"}


CONTENTS = [
    ("search_products", {"categories": ["frocks"], "colors": ["blue"], "price_max": 60}, "F3 | Saltgrove Cotton"),
    ("search_products", {"text": "pockets"}, "F3 |"),
    ("search_products", {"categories": ["dress"], "colors": ["navy"], "price_max": 40}, "Nearest, but not up to $40:"),
    ("search_products", {"categories": ["cookies"], "exclude_allergens": ["gluten"]}, "No product matches"),
    ("product_details", {"product": "market granola"}, "Contains allergens: not declared"),
    ("product_details", {"product": "G1-500"}, "Ingredients: rolled oats, honey, almonds"),
    ("check_stock", {"product_id": "F1", "color": "red"}, "12 due 2026-12-04 at Riverside"),
    ("stock_levels", {"product_id": "F1-nav-s"}, "F1-nav-s | downtown | 3 on hand, 1 reserved, 2 free"),
    ("find_substitutes", {"sku": "F1-red-s"}, "F1-nav-s | Marlowe Linen Wrap Dress | $49.00 | 12 available | the same"),
    ("low_stock", {"category": "boots", "threshold": 2}, "F4-bro-42 | Northmere Hiking Boots | 2 available | 0 coming"),
    ("recommend_products", {"kind": "complement", "product_id": "F4"}, "bought with the Northmere Hiking Boots"),
    ("recommend_products", {"kind": "for_customer"}, "you ordered"),
    ("recommend_products", {"kind": "popular", "category": "boots"}, "F4 | Northmere Hiking Boots"),
    ("list_orders", {"words": "linen"}, "ORD-100002 | 2026-11-18 | shipped | $49.00 | 1 x Marlowe Linen Wrap Dress"),
    ("order_details", {"order_id": "ord-100001"}, "1 x Northmere Wool Socks (F5-gra-m) at $14.00"),
    ("loyalty_account", {"purchase": 25}, "A purchase of 25.00 earns 25 points."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "told"), CONTENTS)
def test_what_a_tool_tells(tools: dict[str, BaseTool], name: str, arguments: dict[str, Any], told: str) -> None:
    assert told in tools[name].invoke(arguments)


REFUSALS = [
    ("search_products", {"categories": ["spaceship"]}, "The shop has no categories 'spaceship'."),
    ("search_products", {"attributes": {"season": ["sumer"]}}, "Known are, among others: summer"),
    ("search_products", {"price_min": 50, "price_max": 20}, "price_min 50.0 is above price_max 20.0"),
    ("search_products", {"limit": 100}, "limit: Input should be less than or equal to 20"),
    ("search_products", {"exclude_allergens": ["cats"]}, "exclude_allergens.0: Input should be 'milk'"),
    ("product_details", {"product": "F999"}, "There is no product 'F999'. Search for the product first"),
    ("recommend_products", {"kind": "similar"}, "similar needs a product_id"),
    ("order_details", {"order_id": "ORD-100003"}, "There is no order ORD-100003 in this account."),
]


@pytest.mark.parametrize(("name", "arguments", "told"), REFUSALS)
def test_a_refusal_says_what_and_what_to_do(
    tools: dict[str, BaseTool], name: str, arguments: dict[str, Any], told: str
) -> None:
    call = ToolCall(name=name, args=arguments, id="1", type="tool_call")
    message: ToolMessage = tools[name].invoke(call)
    assert (message.status, told in str(message.content)) == ("error", True), message.content


def test_the_artifact_is_plain_data(tools: dict[str, BaseTool]) -> None:
    call = ToolCall(name="order_details", args={"order_id": "ORD-100001"}, id="1", type="tool_call")
    assert tools["order_details"].invoke(call).artifact["lines"][0]["sku"] == "F4-bro-41"


@pytest.mark.parametrize("name", ["list_orders", "order_details", "loyalty_account"])
def test_a_guest_is_asked_to_sign_in(small_shop: SqlShop, name: str) -> None:
    tool = next(tool for tool in RetailToolkit(shop=small_shop).get_tools() if tool.name == name)
    call = ToolCall(name=name, args={"order_id": "ORD-100001"}, id="1", type="tool_call")
    assert "Nobody is signed in." in tool.invoke(call).content


class _Scripted(GenericFakeChatModel):
    """Answers with the messages it was given, whatever is asked."""

    def bind_tools(self, tools: Any, **kwargs: Any) -> BaseChatModel:  # type: ignore[override]
        return self


def _ask(shop: SqlShop, arguments: dict[str, Any], **run: Any) -> ToolMessage:
    call = ToolCall(name="order_details", args=arguments, id="1", type="tool_call")
    model = _Scripted(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("Done.")]))
    agent = create_agent(model, RetailToolkit(shop=shop).get_tools(), context_schema=Principal)
    messages = agent.invoke({"messages": [HumanMessage("Where is it?")]}, **run)["messages"]
    return next(message for message in messages if isinstance(message, ToolMessage))


def test_an_agent_sees_the_orders_of_its_principal(small_shop: SqlShop) -> None:
    answer = _ask(small_shop, {"order_id": "ORD-100001"}, context=ana())
    assert "Order ORD-100001 is delivered." in answer.content


@pytest.mark.asyncio
async def test_an_agent_that_runs_asynchronously_sees_the_same(small_shop: SqlShop) -> None:
    call = ToolCall(name="order_details", args={"order_id": "ORD-100001"}, id="1", type="tool_call")
    model = _Scripted(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("Done.")]))
    agent = create_agent(model, RetailToolkit(shop=small_shop).get_tools(), context_schema=Principal)
    answer = await agent.ainvoke({"messages": [HumanMessage("Where is it?")]}, context=ana())
    assert "Order ORD-100001 is delivered." in answer["messages"][2].content


def test_a_model_cannot_choose_who_asks(small_shop: SqlShop) -> None:
    forged = {"order_id": "ORD-100003", "customer_id": "C2", "principal": {"customer_id": "C2"}, "runtime": {}}
    answer = _ask(small_shop, forged, context=ana())
    assert answer.content.startswith("There is no order ORD-100003 in this account.")


def test_an_agent_without_a_principal_is_a_guest(small_shop: SqlShop) -> None:
    assert "Nobody is signed in." in _ask(small_shop, {"order_id": "ORD-100001"}).content


def test_a_context_of_another_kind_is_refused(small_shop: SqlShop) -> None:
    call = ToolCall(name="loyalty_account", args={}, id="1", type="tool_call")
    model = _Scripted(messages=iter([AIMessage("", tool_calls=[call]), AIMessage("Done.")]))
    agent = create_agent(model, RetailToolkit(shop=small_shop).get_tools(), context_schema=dict)
    messages = agent.invoke({"messages": [HumanMessage("Points?")]}, context={"customer_id": "C1"})["messages"]
    assert "The run's context is a dict, not a Principal." in messages[2].content
