"""The state of the brain graph, and what every node may read and write.

Every value is plain JSON data, never one of our classes: any checkpointer can store it, Studio shows it readably, and
a conversation saved by one version opens in the next. Nodes turn it into records at their edges.

==============  =================================================================================================
node            writes
==============  =================================================================================================
``router``      first ``receive``: the checked ``query``, and fresh empty values of everything that belongs to one
                turn; then ``look``: ``sight``, and ``messages`` without pictures; then ``input_guard``: ``query``,
                ``screening``, ``guardrail``; then ``interpret``: ``language``, and ``query`` in English; then
                ``understanding``, ``intent``, ``route``; then ``listen``: ``household``, ``focus``; sends a
                :class:`LobeInput` to each lobe
a lobe          one entry of ``reports``, under its own name
``synthesis``   first ``screen_reports``: ``reports``, ``guardrail``; then ``draft``, ``guardrail``
a guard         ``draft``, ``guardrail``
``propose``     where something is to be done: ``proposal``, ``answer``, ``citations``, ``composed_by``, or ``draft``
                when it is refused; then ``finish``
``approval``    waits for the customer; then ``draft`` and ``understanding``, or ``query`` for a question asked instead
``answer``      first ``tone``: ``draft``, ``mood``, ``handover`` (as before ``propose``); then ``answer``,
                ``citations``, ``products``, ``missing``, ``composed_by``, ``guardrail``; then ``finish``: ``messages``,
                ``focus``, ``lobes``, ``timings["total"]``
==============  =================================================================================================

The composition root wraps every node so that its milliseconds reach ``timings`` under the node's name.
"""

from typing import Annotated, Any, NotRequired

from langchain_core.messages import AnyMessage
from langgraph.channels.ephemeral_value import EphemeralValue
from langgraph.channels.untracked_value import UntrackedValue
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict


def gather(reports: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Collect the reports of lobes that ran in parallel. A new turn starts over with ``Overwrite([])``."""
    return [*reports, *new]


def merge_timings(timings: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """Collect the milliseconds of nodes that ran in parallel. A new turn starts over with ``Overwrite({})``."""
    return {**timings, **new}


class BrainInput(TypedDict):
    """What a caller gives: ``query``, or a message list whose last human message is the query."""

    query: NotRequired[str]
    messages: NotRequired[Annotated[list[AnyMessage], add_messages]]
    images: NotRequired[list[dict[str, Any]]]
    """Pictures that belong to the query, as LangChain content blocks; see ``core/images``."""


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
    mood: dict[str, Any]
    """The conversation's mood, which outlives a turn; see :class:`~seamless_retail.core.moods.ThreadMood`."""
    handover: dict[str, Any]
    """What a person was given in this turn; see :class:`~seamless_retail.core.handovers.Handover`; empty if nothing."""
    composed_by: dict[str, Any]
    """``author``: ``composer`` or the chat model's name; ``fallback``: why the chat model's text was not used."""
    timings: Annotated[dict[str, float], merge_timings]
    """Milliseconds by node name, and ``total``."""
    messages: Annotated[list[AnyMessage], add_messages]


class BrainState(BrainOutput):
    """Everything the nodes share."""

    query: Annotated[str, EphemeralValue]
    """The message of this turn. Only ``router`` sees it: the channel forgets it after one step, so that no turn answers
    an older one's query. Later nodes read ``understanding["text"]``."""
    images: Annotated[list[dict[str, Any]], UntrackedValue]
    """Pictures of this turn, until ``look`` has seen them; no checkpoint holds them."""
    sight: list[dict[str, Any]]
    """What was seen of the pictures of this turn; see :class:`~seamless_retail.core.sightings.Sighting`."""
    started: float
    """When the turn began, in seconds since the epoch."""
    understanding: dict[str, Any]
    screening: dict[str, Any]
    """What the input guard made of the message: ``refusal`` and ``notice`` in words, and ``left_out``, the message as
    it came, where not all of it may be acted on."""
    route: dict[str, Any]
    """Which lobes run, and what no registered lobe can do; see ``lobes/router.py``."""
    focus: dict[str, Any]
    """What the thread is about; the only value beside ``messages`` that outlives a turn."""
    language: dict[str, Any]
    """In which language the customer speaks, and the message as it came; see ``lobes/languages/records.py``. What of it
    belongs to the conversation outlives the turn."""
    household: dict[str, Any]
    """What the customer and the people told of must not eat in this turn; see ``lobes/guardrails/household.py``."""
    reports: Annotated[list[dict[str, Any]], gather]
    proposal: dict[str, Any]
    """What the customer is asked to approve, as the interrupt shows it; empty when nothing is asked."""
    draft: dict[str, Any]
    """The merged claims after synthesis, as guards leave them."""


class LobeInput(TypedDict):
    """What ``router`` sends to one lobe; see :class:`~seamless_retail.lobes.lobe.LobeRequest`."""

    role: str
    """``primary`` or ``parallel``."""
    understanding: dict[str, Any]
    intent: dict[str, Any]
    focus: dict[str, Any]
    sight: list[dict[str, Any]]
