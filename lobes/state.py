"""The state of the brain graph.

Every value is plain JSON data, never one of our classes: any checkpointer can store it, Studio shows it readably, and
a conversation saved by one version opens in the next. Nodes turn it into records at their edges.
"""

from typing import Annotated, Any

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from typing_extensions import NotRequired, TypedDict


def gather(reports: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Collect the reports of lobes that ran in parallel. A new turn starts over with ``Overwrite([])``."""
    return [*reports, *new]


class BrainInput(TypedDict):
    """What a caller gives: ``query``, or a message list whose last human message is the query."""

    query: NotRequired[str]
    messages: NotRequired[Annotated[list[AnyMessage], add_messages]]


class BrainOutput(TypedDict):
    """What a caller gets."""

    answer: str
    citations: list[dict[str, Any]]
    intent: dict[str, Any]
    lobes: list[dict[str, Any]]
    """Per lobe: name, role, status, confidence, elapsed_ms."""
    guardrail: dict[str, Any]
    """``verdict`` (the strictest of all decisions) and the ``decisions`` other than pass."""
    products: list[str]
    """Ids of the products the answer shows, in order."""
    missing: list[str]
    timings: dict[str, float]
    """Milliseconds by node name, and ``total``."""
    messages: Annotated[list[AnyMessage], add_messages]


class BrainState(BrainOutput):
    """Everything the nodes share."""

    query: str
    understanding: dict[str, Any]
    focus: dict[str, Any]
    reports: Annotated[list[dict[str, Any]], gather]
    draft: dict[str, Any]
    """The merged claims after synthesis, as guards leave them."""
