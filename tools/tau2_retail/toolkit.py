"""The sixteen tools as LangChain tools over an environment, for any agent."""

import inspect
import json
from typing import Any

from langchain_core.tools import BaseTool, BaseToolkit, StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, Field, create_model

from seamless_retail.tools.failure import explain_arguments
from seamless_retail.tools.tau2_retail.environment import TOOLS, RetailEnvironment

DESCRIPTIONS = {
    "email": "E-mail address, in any case.",
    "first_name": "First name, in any case.",
    "last_name": "Last name, in any case.",
    "zip": "Postal code.",
    "user_id": "User id, such as 'sara_doe_496'.",
    "order_id": "Order id with its leading '#', such as '#W0000000'.",
    "product_id": "Product id, which is not an item id.",
    "item_id": "Item id: one variant of a product.",
    "item_ids": "Item ids of the order; one that is meant twice is given twice.",
    "new_item_ids": "Item ids of the new variants of the same products, in the order of item_ids.",
    "payment_method_id": "Id of one of the user's payment methods.",
    "reason": "'no longer needed' or 'ordered by mistake'.",
    "expression": "Numbers with + - * / and brackets.",
    "summary": "What the user wants, for the person who takes over.",
    "address1": "Street and number.",
    "address2": "Flat or suite; may be empty.",
    "city": "City.",
    "state": "State.",
    "country": "Country.",
}


class Tau2RetailToolkit(BaseToolkit):
    """All tools of an environment: a record is answered as JSON, an error as its text."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    environment: RetailEnvironment

    def get_tools(self) -> list[BaseTool]:
        """The sixteen tools, by name."""
        return [self._tool(name) for name in TOOLS]

    def _tool(self, name: str) -> BaseTool:
        def call(**arguments: Any) -> str:
            went_well, result = self.environment.call(name, arguments)
            if not went_well:
                raise ToolException(result)
            return result if isinstance(result, str) else json.dumps(result)

        return StructuredTool(
            name=name,
            description=inspect.getdoc(getattr(RetailEnvironment, name)) or name,
            args_schema=_schema(name),
            func=call,
            handle_tool_error=True,
            handle_validation_error=explain_arguments,
        )


def _schema(tool: str) -> type[BaseModel]:
    """The arguments of a tool, from the signature of the environment's method."""
    parameters = list(inspect.signature(getattr(RetailEnvironment, tool)).parameters.values())[1:]
    fields: dict[str, Any] = {p.name: (p.annotation, Field(description=DESCRIPTIONS[p.name])) for p in parameters}
    return create_model(tool, **fields)
