"""A chat that knows no thread ids: each request carries its whole transcript, and the transcript tells the thread."""

import hashlib
import json
import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig

from seamless_retail.core.errors import InvalidQueryError, SeamlessError
from seamless_retail.core.images import image_blocks
from seamless_retail.graphs.asking import Event
from seamless_retail.graphs.serve.callers import Caller
from seamless_retail.graphs.serve.conversations import Conversations, Question, Reply
from seamless_retail.lobes.approval import APPROVAL, asked_in_words

REPLAYED_TURNS = 5
REMEMBERED_TRANSCRIPTS = 10_000


class Chat:
    """Answers the last message of a transcript in the thread that the messages before it belong to."""

    def __init__(self, conversations: Callable[[], Conversations]) -> None:
        self._conversations = conversations
        self._transcripts = Transcripts(REMEMBERED_TRANSCRIPTS)

    async def answer(
        self, caller: Caller, messages: Sequence[AnyMessage], thread: str, config: RunnableConfig
    ) -> AsyncIterator[str]:
        """The answer, sentence by sentence.

        Args:
            caller: Who asks, verified.
            messages: The transcript, the customer's message last.
            thread: The conversation, if the client names it after all.
            config: Callbacks, tags and metadata to run the graph with.

        Raises:
            InvalidQueryError: The last message is not the customer's, or cannot be answered.
            SeamlessError: As of :meth:`Conversations.stream`.
        """
        question = await self._question(caller, messages, thread)
        said = ""
        async for item in self._conversations().stream(caller, question, config):
            piece = _text_of(item, said)
            said += piece
            if isinstance(item, Reply):
                self._transcripts.remember(caller, [*messages, AIMessage(said)], item.thread_id)
            if piece:
                yield piece

    async def _question(self, caller: Caller, messages: Sequence[AnyMessage], thread: str) -> Question:
        """The last message, which answers what the graph asked back if it did."""
        if not messages or not isinstance(messages[-1], HumanMessage):
            raise InvalidQueryError(
                "The last message is not the customer's.", "Send a list that ends with a human message."
            )
        *earlier, last = messages
        thread = thread or self._transcripts.find(caller, earlier) or await self._replay(caller, earlier)
        if await self._conversations().is_interrupted(caller, thread):
            return Question(resume=last.text, images=image_blocks(last.content), thread_id=thread)
        return _question_of(last, thread)

    async def _replay(self, caller: Caller, messages: Sequence[AnyMessage]) -> str:
        """Open a thread for a transcript that this process has not seen: it was restarted, or the past was edited."""
        thread = secrets.token_hex(8)
        asked = [message for message in messages if isinstance(message, HumanMessage)]
        for message in asked[-REPLAYED_TURNS:]:
            with suppress(SeamlessError):
                await self._conversations().ask(caller, _question_of(message, thread))
        return thread


class Transcripts:
    """Which thread a caller's transcript belongs to; the oldest are forgotten first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._threads: OrderedDict[str, str] = OrderedDict()

    def find(self, caller: Caller, messages: Sequence[AnyMessage]) -> str:
        """The thread whose transcript this is, or an empty string."""
        return self._threads.get(_digest(caller, messages), "")

    def remember(self, caller: Caller, messages: Sequence[AnyMessage], thread: str) -> None:
        """The transcript of a thread after an answer."""
        self._threads[_digest(caller, messages)] = thread
        if len(self._threads) > self._limit:
            self._threads.popitem(last=False)


def _question_of(message: AnyMessage, thread: str) -> Question:
    """The words and the pictures of a message."""
    return Question(query=message.text, images=image_blocks(message.content), thread_id=thread)


def _digest(caller: Caller, messages: Sequence[AnyMessage]) -> str:
    said = [caller.identity, *(f"{message.type} {message.text}" for message in messages)]
    said += [json.dumps(block) for message in messages for block in image_blocks(message.content)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _text_of(item: Event | Reply, said: str) -> str:
    """What the customer reads of it: a sentence, or what the graph asks back, or an answer that was not streamed."""
    if isinstance(item, Reply):
        asked_back = [_asked(interrupt["value"]) for interrupt in item.interrupts if not (said and _asks(interrupt))]
        return "\n".join(asked_back) or ("" if said else item.answer)
    return str(item["data"]["text"]) if item["type"] == "sentence" else ""


def _asks(interrupt: dict[str, Any]) -> bool:
    """Whether it is a question that the sentences of the turn ask already."""
    value = interrupt["value"]
    return isinstance(value, dict) and value.get("type") == APPROVAL


def _asked(value: Any) -> str:
    return asked_in_words(value) if isinstance(value, dict) and value.get("type") == APPROVAL else str(value)
