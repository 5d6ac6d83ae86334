"""One turn of a conversation, free of any transport: the plain routes and LangServe both stand on it."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel, ConfigDict, Field, field_validator

from seamless_retail.core.images import message_block
from seamless_retail.core.proposals import Decision
from seamless_retail.graphs.asking import STREAM_MODES, Brain, Event, Reader, Turn
from seamless_retail.graphs.checkpoints import store_errors
from seamless_retail.graphs.identity import bound_thread_id
from seamless_retail.graphs.serve.callers import Caller


class Question(BaseModel):
    """What a client asks."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field("", description="What the customer says.")
    images: list[str | dict[str, Any]] = Field(
        [],
        description="Pictures that belong to the query: data URLs, base64 text, https addresses of hosts that this "
        "shop allows, or LangChain content blocks.",
    )
    thread_id: str = Field("", description="The conversation to go on with; empty: a new one.")
    resume: str | Decision = Field(
        "",
        description="The answer to an interrupt of this conversation, in place of a query: words, or a decision "
        "about a proposal.",
    )

    @field_validator("resume", mode="before")
    @classmethod
    def _read_decision(cls, value: Any) -> Any:
        """A decision that comes as JSON text, as from a form of one line."""
        if isinstance(value, str) and value.lstrip().startswith("{"):
            return Decision.model_validate_json(value)
        return value


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
    mood: dict[str, Any] = {}
    handover: dict[str, Any] = {}
    """What a person was given; empty if nobody was."""
    timings: dict[str, float] = {}
    interrupts: list[dict[str, Any]] = []
    """Questions the graph asks back: ``id`` and ``value``. Answer with ``resume`` in the same thread; a question of
    the type ``approval`` is answered by words as well, in a query or in ``resume``."""
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
            ImageRefusedError: A picture cannot be used.
            UnknownCustomerError: The caller is no customer of this shop.
            ShopDatabaseError: The shop does not answer.
        """
        name = question.thread_id or secrets.token_hex(8)
        thread = bound_thread_id(caller.identity, name)
        resume = question.resume.model_dump() if isinstance(question.resume, Decision) else question.resume
        config = _observers(config)
        images = [message_block(image) for image in question.images]
        turn = Turn.prepare(self._brain, question.query, caller.principal, thread, config, resume or None, images)
        reader = Reader()
        async with self._turns.setdefault(thread, asyncio.Lock()):
            with store_errors():
                graph_input = turn.given(await turn.awaiting(self._brain))
                run = self._brain.astream(graph_input, turn.config, stream_mode=STREAM_MODES, **turn.options)
                async for mode, chunk in run:
                    for event in reader.feed(mode, chunk):
                        yield event
        yield _reply(reader.final()["data"], name)

    async def is_interrupted(self, caller: Caller, thread_id: str) -> bool:
        """Whether the graph waits for an answer of the caller in this conversation."""
        config = RunnableConfig(configurable={"thread_id": bound_thread_id(caller.identity, thread_id)})
        return bool(self._brain.checkpointer) and bool((await self._brain.aget_state(config)).interrupts)


def _reply(output: dict[str, Any], thread_id: str) -> Reply:
    known = {key: output[key] for key in Reply.model_fields if key in output}
    return Reply(**{**known, "thread_id": thread_id})


def _observers(given: RunnableConfig | None) -> RunnableConfig:
    """What of a client's configuration may reach the graph."""
    config = RunnableConfig()
    for key in ("callbacks", "tags", "metadata"):
        if given and key in given:
            config[key] = given[key]
    return config
