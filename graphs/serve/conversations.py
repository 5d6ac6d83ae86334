"""One turn of a conversation, free of any transport: the plain routes and LangServe both stand on it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any
from weakref import WeakValueDictionary

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Interrupt
from pydantic import BaseModel, ConfigDict, Field

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.graphs.asking import STREAM_MODES, Brain, Event, Reader, Turn
from seamless_retail.graphs.checkpoints import store_errors
from seamless_retail.graphs.identity import bound_thread_id
from seamless_retail.graphs.serve.callers import Caller

INTERRUPT = "__interrupt__"


class Question(BaseModel):
    """What a client asks."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field("", description="What the customer says.")
    thread_id: str = Field("", description="The conversation to go on with; empty: a new one.")
    resume: str = Field("", description="The answer to an interrupt of this conversation, in place of a query.")


class Reply(BaseModel):
    """What a client gets."""

    answer: str = ""
    citations: list[dict[str, Any]] = []
    products: list[str] = []
    guardrail: dict[str, Any] = {}
    missing: list[str] = []
    intent: dict[str, Any] = {}
    lobes: list[dict[str, Any]] = []
    composed_by: dict[str, Any] = {}
    timings: dict[str, float] = {}
    interrupts: list[dict[str, Any]] = []
    """Questions the graph asks back: ``id`` and ``value``. Answer with ``resume`` in the same thread."""
    thread_id: str = ""
    error: str = ""
    """Only in streams, whose status code is already sent when something goes wrong; ``remedy`` says what to do."""
    remedy: str = ""


class Conversations:
    """The compiled graph, and whose turn it is in each thread."""

    def __init__(self, brain: Brain) -> None:
        self._brain = brain
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, caller: Caller, question: Question, config: RunnableConfig | None = None) -> Reply:
        """The reply to one question; arguments and errors as of :meth:`stream`."""
        return [item async for item in self.stream(caller, question, config) if isinstance(item, Reply)][-1]

    async def stream(
        self, caller: Caller, question: Question, config: RunnableConfig | None = None
    ) -> AsyncIterator[Event | Reply]:
        """Answer one question, or go on after an interrupt: events while the answer comes about, then the reply.

        No sentence comes out before the guards have seen the whole answer. Turns of one thread follow each other.

        Args:
            caller: Who asks, verified.
            question: What is asked.
            config: Callbacks, tags and metadata to run the graph with; everything else in it is ignored.

        Raises:
            InvalidQueryError: The text is empty, too long, not valid or contradicts itself; or nothing waits for the
                ``resume``.
            UnknownCustomerError: The caller is no customer of this shop.
            ShopDatabaseError: The shop does not answer.
        """
        name = question.thread_id or secrets.token_hex(8)
        thread = bound_thread_id(caller.identity, name)
        text = question.resume or question.query
        turn = Turn.prepare(self._brain, text, caller.principal, thread, _observers(config))
        reader = Reader()
        interrupts: Sequence[Interrupt] = ()
        async with self._turns.setdefault(thread, asyncio.Lock()):
            graph_input = turn.graph_input if not question.resume else await self._resumption(text, turn.config)
            run = self._brain.astream(graph_input, turn.config, stream_mode=STREAM_MODES, **turn.options)
            with store_errors():
                async for mode, chunk in run:
                    if mode == "updates" and INTERRUPT in chunk:
                        interrupts = chunk[INTERRUPT]
                    for event in reader.feed(mode, chunk):
                        yield event
        yield _reply(reader.final()["data"], interrupts, name)

    async def is_interrupted(self, caller: Caller, thread_id: str) -> bool:
        """Whether the graph waits for an answer of the caller in this conversation."""
        config = RunnableConfig(configurable={"thread_id": bound_thread_id(caller.identity, thread_id)})
        return bool(self._brain.checkpointer) and bool((await self._brain.aget_state(config)).interrupts)

    async def _resumption(self, text: str, config: RunnableConfig) -> Command[Any]:
        if not self._brain.checkpointer or not (await self._brain.aget_state(config)).interrupts:
            raise InvalidQueryError("Nothing waits for an answer in this conversation.", "Send a query instead.")
        return Command(resume=text)


def _reply(output: dict[str, Any], interrupts: Sequence[Interrupt], thread_id: str) -> Reply:
    known = {key: output[key] for key in Reply.model_fields if key in output}
    asked = [{"id": interrupt.id, "value": interrupt.value} for interrupt in interrupts]
    return Reply(**known, interrupts=asked, thread_id=thread_id)


def _observers(given: RunnableConfig | None) -> RunnableConfig:
    """What of a client's configuration may reach the graph."""
    config = RunnableConfig()
    for key in ("callbacks", "tags", "metadata"):
        if given and key in given:
            config[key] = given[key]
    return config
