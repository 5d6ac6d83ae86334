"""Asking a compiled brain one question: at once or as events, synchronously or not.

Both twins prepare the run with :class:`Turn` and read its stream with :class:`Reader`; only the waiting differs.
"""

import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import StreamMode
from typing_extensions import TypedDict

from seamless_retail.core.principal import Principal
from seamless_retail.graphs.checkpoints import store_errors
from seamless_retail.lobes.state import BrainInput
from seamless_retail.tools.understanding import normalise

Brain = CompiledStateGraph[Any, Any, Any, Any]

STREAM_MODES: list[StreamMode] = ["updates", "custom", "values"]


class Event(TypedDict):
    """One step of an answer.

    ``intent`` (``data``: the prediction), ``lobe`` (``data``: its name, status, confidence and milliseconds),
    ``sentence`` (``data["text"]``; joined, the sentences are the answer, and each was checked before it is sent), and
    last ``final`` (``data``: the whole output).
    """

    type: Literal["intent", "lobe", "sentence", "final"]
    data: dict[str, Any]


def ask(
    graph: Brain,
    query: str | bytes,
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
) -> dict[str, Any]:
    """Answer one question.

    Args:
        graph: From :func:`~seamless_retail.graphs.build_brain`.
        query: What the customer says; bytes are UTF-8.
        principal: The verified caller; without one, a guest.
        thread_id: The conversation to go on with, if the graph has a checkpointer; without one, a new conversation.
        config: Callbacks, tags and metadata of the run.

    Returns:
        The keys of :class:`~seamless_retail.lobes.state.BrainOutput`.

    Raises:
        InvalidQueryError: The query is empty, too long, not valid text, or contradicts itself.
        UnknownCustomerError: The caller is no customer of this shop.
        ConversationStoreError: The conversation cannot be read or written.
    """
    turn = Turn.prepare(graph, query, principal, thread_id, config)
    with store_errors():
        return cast("dict[str, Any]", graph.invoke(turn.graph_input, turn.config, **turn.options))


async def aask(
    graph: Brain,
    query: str | bytes,
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
) -> dict[str, Any]:
    """The asynchronous twin of :func:`ask`."""
    turn = Turn.prepare(graph, query, principal, thread_id, config)
    with store_errors():
        return cast("dict[str, Any]", await graph.ainvoke(turn.graph_input, turn.config, **turn.options))


def stream_answer(
    graph: Brain,
    query: str | bytes,
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
) -> Iterator[Event]:
    """Answer one question as events; arguments and errors as of :func:`ask`."""
    turn, reader = Turn.prepare(graph, query, principal, thread_id, config), Reader()
    with store_errors():
        for mode, chunk in graph.stream(turn.graph_input, turn.config, stream_mode=STREAM_MODES, **turn.options):
            yield from reader.feed(mode, chunk)
    yield reader.final()


async def astream_answer(
    graph: Brain,
    query: str | bytes,
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
) -> AsyncIterator[Event]:
    """The asynchronous twin of :func:`stream_answer`."""
    turn, reader = Turn.prepare(graph, query, principal, thread_id, config), Reader()
    with store_errors():
        async for mode, chunk in graph.astream(turn.graph_input, turn.config, stream_mode=STREAM_MODES, **turn.options):
            for event in reader.feed(mode, chunk):
                yield event
    yield reader.final()


@dataclass(frozen=True, slots=True)
class Turn:
    """How to run the graph for one question."""

    graph_input: BrainInput
    config: RunnableConfig
    options: dict[str, Any]

    @classmethod
    def prepare(
        cls,
        graph: Brain,
        query: str | bytes,
        principal: Principal | None,
        thread_id: str | None,
        config: RunnableConfig | None,
    ) -> "Turn":
        """Check the text before anything is stored, and name the thread and the session in the trace.

        A conversation is saved once, at the end of the turn: no step of a turn waits for a person, so nothing would
        go on from the middle of one.
        """
        thread = thread_id or uuid.uuid4().hex
        given: RunnableConfig = config or {}
        session = {"session_id": principal.session_id} if principal and principal.session_id else {}
        run_config: RunnableConfig = {
            **given,
            "configurable": {**given.get("configurable", {}), "thread_id": thread},
            "metadata": {**given.get("metadata", {}), "thread_id": thread, **session},
        }
        options: dict[str, Any] = {"context": principal}
        if graph.checkpointer:
            options["durability"] = "exit"
        return cls({"query": normalise(query)}, run_config, options)


@dataclass(slots=True)
class Reader:
    """Turns the stream of a run into events."""

    _output: dict[str, Any] = field(default_factory=dict)

    def feed(self, mode: str, chunk: Any) -> Iterator[Event]:
        """Events of one chunk of the stream modes ``updates``, ``custom`` and ``values``."""
        if mode == "values":
            self._output = chunk
        elif mode == "custom":
            if isinstance(chunk, Mapping) and chunk.get("type") == "sentence":
                yield {"type": "sentence", "data": {"text": chunk["text"]}}
        else:
            for node, update in chunk.items():
                if isinstance(update, Mapping):  # an interrupt is a tuple
                    yield from _events_of(node, update)

    def final(self) -> Event:
        """The last event."""
        return {"type": "final", "data": self._output}


def _events_of(node: str, update: Mapping[str, Any]) -> Iterator[Event]:
    if node == "router":
        yield {"type": "intent", "data": update["intent"]}
    if isinstance(update.get("reports"), list):
        for report in update["reports"]:
            told = ("role", "status", "confidence", "elapsed_ms")
            yield {"type": "lobe", "data": {"name": report["lobe"], **{key: report[key] for key in told}}}
