"""The brain as a tool of an agent.

``create_agent(model, tools=[as_tool(brain)], context_schema=Principal)``: the agent's model chooses the question, the
application's run context says who asks. The model never sees or sets the customer.
"""

from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.principal import Principal
from seamless_retail.graphs.asking import Brain, Turn, plain_output
from seamless_retail.graphs.nodes import principal_of

DESCRIPTION = (
    "Ask the shop about its products, prices, stock, the customer's orders and points, stores and policies. "
    "Ask one complete question in English, with everything it refers to spelled out. "
    "The answer holds citation marks such as [1]; keep them."
)


def as_tool(graph: Brain, *, name: str = "ask_shop", description: str = DESCRIPTION) -> BaseTool:
    """Make the tool.

    The content of its messages is the answer, the artifact is the whole output (citations, products, guard decisions).
    Each call is a turn of its own. The agent's context must be a :class:`Principal` or have a field ``principal``;
    without a context, the caller is a guest.

    Args:
        graph: A compiled brain; compile it without a checkpointer.
        name: The tool's name.
        description: What the agent's model reads.
    """

    def run(question: str, runtime: ToolRuntime[Any, Any]) -> tuple[str, dict[str, Any]]:
        try:
            turn = _turn(graph, question, runtime)
            output = plain_output(graph.invoke(turn.given(()), turn.config, **turn.options))
        except InvalidQueryError as error:
            return str(error), {}
        return output["answer"], output

    async def arun(question: str, runtime: ToolRuntime[Any, Any]) -> tuple[str, dict[str, Any]]:
        try:
            turn = _turn(graph, question, runtime)
            output = plain_output(await graph.ainvoke(turn.given(()), turn.config, **turn.options))
        except InvalidQueryError as error:
            return str(error), {}
        return output["answer"], output

    return StructuredTool.from_function(
        run, arun, name=name, description=description, response_format="content_and_artifact"
    )


def _turn(graph: Brain, question: str, runtime: ToolRuntime[Any, Any]) -> Turn:
    principal = None if runtime.context is None else principal_of(runtime.context, Principal())
    return Turn.prepare(graph, question, principal, None, None)
