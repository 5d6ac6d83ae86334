"""The sixteen tools as LangChain tools."""

import copy
import json
from typing import Any

import pytest
from langchain_core.messages import ToolCall
from langchain_core.tools import BaseTool
from langchain_tests.unit_tests import ToolsUnitTests

from seamless_retail.tools.tau2_retail import make
from seamless_retail.tools.tau2_retail.environment import TOOLS
from seamless_retail.tools.tau2_retail.toolkit import Tau2RetailToolkit
from tests.tools.tau2_retail.conftest import DB

STREET = {"address1": "2 Oak", "address2": "", "city": "Bend", "state": "OR", "country": "USA", "zip": "97701"}
CARD = {"payment_method_id": "card_ana"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "calculate": {"expression": "1 + 1"},
    "cancel_pending_order": {"order_id": "#P", "reason": "no longer needed"},
    "exchange_delivered_order_items": {"order_id": "#D", "item_ids": ["b-41"], "new_item_ids": ["b-42"], **CARD},
    "find_user_id_by_email": {"email": "ana@example.com"},
    "find_user_id_by_name_zip": {"first_name": "Ana", "last_name": "Lopes", "zip": "97301"},
    "get_item_details": {"item_id": "b-41"},
    "get_order_details": {"order_id": "#P"},
    "get_product_details": {"product_id": "boots"},
    "get_user_details": {"user_id": "ana"},
    "list_all_product_types": {},
    "modify_pending_order_address": {"order_id": "#P", **STREET},
    "modify_pending_order_items": {"order_id": "#P", "item_ids": ["s-blue"], "new_item_ids": ["s-red"], **CARD},
    "modify_pending_order_payment": {"order_id": "#P", "payment_method_id": "paypal_ana"},
    "modify_user_address": {"user_id": "ana", **STREET},
    "return_delivered_order_items": {"order_id": "#D", "item_ids": ["b-41"], **CARD},
    "transfer_to_human_agents": {"summary": "Wants to talk."},
}


def tools() -> dict[str, BaseTool]:
    toolkit = Tau2RetailToolkit(environment=make(copy.deepcopy(DB)))
    return {tool.name: tool for tool in toolkit.get_tools()}


class TestUnit(ToolsUnitTests):
    """The standard suite over every tool."""

    name: str

    @pytest.fixture(autouse=True, params=EXAMPLES)
    def _choose(self, request: pytest.FixtureRequest) -> None:
        self.name = request.param

    @property
    def tool_constructor(self) -> BaseTool:  # type: ignore[override]
        return tools()[self.name]

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return EXAMPLES[self.name]

    @pytest.fixture
    def tool(self, _choose: None) -> BaseTool:
        return tools()[self.name]


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_answers_what_the_environment_does(name: str) -> None:
    message = tools()[name].invoke(ToolCall(name=name, args=EXAMPLES[name], id="1", type="tool_call"))
    _, result = make(copy.deepcopy(DB)).call(name, EXAMPLES[name])
    assert (message.content if isinstance(result, str) else json.loads(message.content)) == result
    assert message.status == "success"


def test_every_argument_is_described() -> None:
    assert set(EXAMPLES) == set(TOOLS)
    for tool in tools().values():
        assert set(tool.args) == set(EXAMPLES[tool.name]), tool.name
        assert all(schema.get("description") for schema in tool.args.values())


def test_an_error_is_told() -> None:
    call = ToolCall(name="get_order_details", args={"order_id": "#0"}, id="1", type="tool_call")
    message = tools()["get_order_details"].invoke(call)
    assert (message.status, message.content) == ("error", "Order not found")
    call = ToolCall(name="get_order_details", args={}, id="1", type="tool_call")
    assert "order_id: Field required" in tools()["get_order_details"].invoke(call).content
