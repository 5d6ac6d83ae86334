"""Asking a compiled brain one question: at once or as events, synchronously or not.

Both twins prepare the run with :class:`Turn` and read its stream with :class:`Reader`; only the waiting differs.
"""

import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Interrupt, StreamMode
from typing_extensions import TypedDict

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.images import Block, ImageGiven, given_block
from seamless_retail.core.principal import Principal
from seamless_retail.graphs.checkpoints import store_errors
from seamless_retail.lobes.approval import APPROVAL
from seamless_retail.lobes.pictures import WITHOUT_WORDS
from seamless_retail.lobes.state import BrainInput
from seamless_retail.tools.understanding import normalise

Brain = CompiledStateGraph[Any, Any, Any, Any]

Images = ImageGiven | Sequence[ImageGiven] | None
"""A picture, or several."""

Resume = str | Mapping[str, Any]
"""The answer to an interrupt: the customer's words, or data."""

INTERRUPT = "__interrupt__"
STREAM_MODES: list[StreamMode] = ["updates", "custom", "values"]


class Event(TypedDict):
    """One step of an answer.

    ``intent`` (``data``: the prediction), ``lobe`` (``data``: its name, status, confidence and milliseconds),
    ``sentence`` (``data["text"]``; joined, the sentences are the answer, and each was checked before it is sent),
    ``interrupt`` (``data``: the ``id`` and ``value`` of what the graph asks back), and last ``final`` (``data``: the
    whole output).
    """

    type: Literal["intent", "lobe", "sentence", "interrupt", "final"]
    data: dict[str, Any]


def ask(
    graph: Brain,
    query: str | bytes = "",
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
    resume: Resume | None = None,
    image: Images = None,
) -> dict[str, Any]:
    """Answer one question.

    Args:
        graph: From :func:`~seamless_retail.graphs.build_brain`.
        query: What the customer says; bytes are UTF-8.
        principal: The verified caller; without one, a guest.
        thread_id: The conversation to go on with, if the graph has a checkpointer; without one, a new conversation.
        config: Callbacks, tags and metadata of the run.
        resume: The answer to what the conversation waits for, in place of a query: the customer's words, or a decision
            ``{"proposal_id", "digest", "approved"}``. A query in a conversation that waits for an approval is taken
            for words, too.
        image: A picture that belongs to the query, or several: a path, an https address of a host that the settings
            list, a data URL, the bytes of a file, or a LangChain content block. The query may then be empty.

    Returns:
        The keys of :class:`~seamless_retail.lobes.state.BrainOutput`; and ``interrupts``, a list of ``id`` and
        ``value``, when the graph asks back and waits.

    Raises:
        InvalidQueryError: The query is empty, too long, not valid text, or contradicts itself.
        ImageRefusedError: A picture cannot be used; ``reason`` says why.
        UnknownCustomerError: The caller is no customer of this shop.
        ConversationStoreError: The conversation cannot be read or written.
    """
    turn = Turn.prepare(graph, query, principal, thread_id, config, resume, given_blocks(image))
    with store_errors():
        graph_input = turn.given(turn.waiting(graph))
        return plain_output(graph.invoke(graph_input, turn.config, **turn.options))


async def aask(
    graph: Brain,
    query: str | bytes = "",
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
    resume: Resume | None = None,
    image: Images = None,
) -> dict[str, Any]:
    """The asynchronous twin of :func:`ask`."""
    turn = Turn.prepare(graph, query, principal, thread_id, config, resume, given_blocks(image))
    with store_errors():
        graph_input = turn.given(await turn.awaiting(graph))
        return plain_output(await graph.ainvoke(graph_input, turn.config, **turn.options))


def stream_answer(
    graph: Brain,
    query: str | bytes = "",
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
    resume: Resume | None = None,
    image: Images = None,
) -> Iterator[Event]:
    """Answer one question as events; arguments and errors as of :func:`ask`."""
    turn = Turn.prepare(graph, query, principal, thread_id, config, resume, given_blocks(image))
    reader = Reader()
    with store_errors():
        graph_input = turn.given(turn.waiting(graph))
        for mode, chunk in graph.stream(graph_input, turn.config, stream_mode=STREAM_MODES, **turn.options):
            yield from reader.feed(mode, chunk)
    yield reader.final()


async def astream_answer(
    graph: Brain,
    query: str | bytes = "",
    *,
    principal: Principal | None = None,
    thread_id: str | None = None,
    config: RunnableConfig | None = None,
    resume: Resume | None = None,
    image: Images = None,
) -> AsyncIterator[Event]:
    """The asynchronous twin of :func:`stream_answer`."""
    turn = Turn.prepare(graph, query, principal, thread_id, config, resume, given_blocks(image))
    reader = Reader()
    with store_errors():
        graph_input = turn.given(await turn.awaiting(graph))
        async for mode, chunk in graph.astream(graph_input, turn.config, stream_mode=STREAM_MODES, **turn.options):
            for event in reader.feed(mode, chunk):
                yield event
    yield reader.final()


@dataclass(frozen=True, slots=True)
class Turn:
    """How to run the graph for one question."""

    text: str
    """What the customer says; empty for a decision that is data."""
    resume: Resume | None
    config: RunnableConfig
    options: dict[str, Any]
    images: Sequence[Block] = ()
    """Pictures that belong to the text."""

    @classmethod
    def prepare(
        cls,
        graph: Brain,
        query: str | bytes,
        principal: Principal | None,
        thread_id: str | None,
        config: RunnableConfig | None,
        resume: Resume | None = None,
        images: Sequence[Block] = (),
    ) -> "Turn":
        """Check the text before anything is stored, and name the thread and the session in the trace.

        A conversation is saved once, at the end of the turn or where it waits for the customer's yes; that is enough to
        go on from, because a resumed graph runs the waiting step from its beginning.
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
        text = "" if isinstance(resume, Mapping) else normalise(resume or query or (WITHOUT_WORDS if images else ""))
        return cls(text, text if isinstance(resume, str) else resume, run_config, options, images)

    def given(self, waiting: Sequence[Interrupt]) -> "BrainInput | Command[Any]":
        """What the graph is run with.

        Args:
            waiting: What the conversation waits for.

        Raises:
            InvalidQueryError: There is a ``resume``, and nothing waits for it.
        """
        if self.resume is not None:
            if not waiting:
                raise InvalidQueryError("Nothing waits for an answer in this conversation.", "Send a query instead.")
            return Command(resume=self.resume, update=self._brought)
        if any(_is_approval(interrupt) for interrupt in waiting):
            return Command(resume=self.text, update=self._brought)
        return cast(BrainInput, {"query": self.text, **(self._brought or {})})

    @property
    def _brought(self) -> dict[str, Any] | None:
        return {"images": list(self.images)} if self.images else None

    def waiting(self, graph: Brain) -> Sequence[Interrupt]:
        """What the conversation waits for; nothing where none is kept."""
        kept = isinstance(graph.checkpointer, BaseCheckpointSaver)
        return graph.get_state(self.config).interrupts if kept else ()

    async def awaiting(self, graph: Brain) -> Sequence[Interrupt]:
        """The asynchronous twin of :meth:`waiting`."""
        kept = isinstance(graph.checkpointer, BaseCheckpointSaver)
        return (await graph.aget_state(self.config)).interrupts if kept else ()


@dataclass(slots=True)
class Reader:
    """Turns the stream of a run into events."""

    _output: dict[str, Any] = field(default_factory=dict)

    def feed(self, mode: str, chunk: Any) -> Iterator[Event]:
        """Events of one chunk of the stream modes ``updates``, ``custom`` and ``values``."""
        if mode == "values":
            self._output = plain_output(chunk)
        elif mode == "custom":
            if isinstance(chunk, Mapping) and chunk.get("type") == "sentence":
                yield {"type": "sentence", "data": {"text": chunk["text"]}}
        else:
            for node, update in chunk.items():
                if node == INTERRUPT:
                    for shown in _shown(update):
                        yield {"type": "interrupt", "data": shown}
                elif isinstance(update, Mapping):
                    yield from _events_of(node, update)

    def final(self) -> Event:
        """The last event."""
        return {"type": "final", "data": self._output}


def given_blocks(images: Images) -> list[Block]:
    """What a caller on this machine gives as content blocks; files are read.

    Raises:
        ImageRefusedError: A file cannot be read or is too large.
    """
    if images is None:
        return []
    several = isinstance(images, Sequence) and not isinstance(images, str | bytes)
    return [given_block(image) for image in (images if several else (images,))]  # type: ignore[union-attr,arg-type]


def plain_output(output: Mapping[str, Any]) -> dict[str, Any]:
    """The output, with what the graph asks back as plain data."""
    asked = _shown(output.get(INTERRUPT, ()))
    told = {key: value for key, value in output.items() if key != INTERRUPT}
    return {**told, "interrupts": asked} if asked else told


def _shown(interrupts: Sequence[Interrupt]) -> list[dict[str, Any]]:
    return [{"id": interrupt.id, "value": interrupt.value} for interrupt in interrupts]


def _is_approval(interrupt: Interrupt) -> bool:
    return isinstance(interrupt.value, Mapping) and interrupt.value.get("type") == APPROVAL


def _events_of(node: str, update: Mapping[str, Any]) -> Iterator[Event]:
    if node == "router":
        yield {"type": "intent", "data": update["intent"]}
    if isinstance(update.get("reports"), list):
        for report in update["reports"]:
            told = ("role", "status", "confidence", "elapsed_ms")
            yield {"type": "lobe", "data": {"name": report["lobe"], **{key: report[key] for key in told}}}
