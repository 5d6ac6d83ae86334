"""An output guard inside the token stream: text leaves sentence by sentence, once a check has cleared it.

``HoldBack.stream`` takes pieces of text as a model writes them and gives text back; ``stream_messages`` does the same
for LangChain's message chunks. What is released does not depend on how the text was cut into pieces. When a window is
blocked, the stream ends with a sentence of ours: nothing of that window, no tool call and no reasoning block leaves. A
check that fails or is late blocks. What was released before stays released: it was cleared with all that preceded it.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, closing, nullcontext
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.lobes.guardrails.windows import Window, Windows
from seamless_retail.lobes.supervision import call_with_deadline

log = logging.getLogger(__name__)

METADATA = "nutrition"
"""Key of ``response_metadata`` under which a replaced message says why."""
NOT_CHECKED = "I could not check this against what you must avoid."
"""The reason when the check failed or was late."""

Check = Callable[[str], Sequence[str]]
"""Reads a text and returns why it must not be shown, in sentences; none clears it."""


def say_withheld(reasons: Sequence[str]) -> str:
    """The sentences that stand in for what was blocked."""
    return " ".join(("I stopped here, because what follows is not safe to suggest.", *dict.fromkeys(reasons)))


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Releases cleared text only; one object serves any number of streams at once.

    Args:
        check: Judges each window, read with what went before it.
        replacement: Words what ends a blocked stream, from the reasons.
        timeout_s: Seconds for one check; what is later is blocked.
        longest: Characters held back at most; a longer sentence leaves in parts.
        before: Characters before a window that are checked with it, at least.
    """

    check: Check
    replacement: Callable[[Sequence[str]], str] = say_withheld
    timeout_s: float = 2.0
    longest: int = 800
    before: int = 400

    def __post_init__(self) -> None:
        if self.longest < 2 or self.before < 0 or self.timeout_s <= 0:
            raise ConfigurationError(
                "The hold-back has no window to check.", "Give longest >= 2, before >= 0 and a timeout above 0."
            )

    def stream(self, pieces: Iterable[str]) -> Iterator[str]:
        """The cleared text of a stream, sentence by sentence, and the replacement where one is blocked."""
        windows = self.windows()
        with _closed(pieces):
            for piece in pieces:
                for window in windows.feed(piece):
                    if reasons := self.reasons(window.seen):
                        yield self.replacement(reasons)
                        return
                    yield window.text
            for window in windows.finish():
                reasons = self.reasons(window.seen)
                yield self.replacement(reasons) if reasons else window.text

    async def astream(self, pieces: AsyncIterable[str]) -> AsyncIterator[str]:
        """Like :meth:`stream`; the check runs beside the event loop, and a cancelled stream releases nothing more."""
        windows = self.windows()
        async with _aclosed(pieces):
            async for piece in pieces:
                for window in windows.feed(piece):
                    if reasons := await self.areasons(window.seen):
                        yield self.replacement(reasons)
                        return
                    yield window.text
            for window in windows.finish():
                reasons = await self.areasons(window.seen)
                yield self.replacement(reasons) if reasons else window.text

    def stream_messages(self, chunks: Iterable[AIMessageChunk]) -> Iterator[AIMessageChunk]:
        """The cleared chunks of one message; what is not text (tool calls, usage) leaves last, if all was cleared."""
        held = HeldMessage(self.windows())
        with _closed(chunks):
            for chunk in chunks:
                for window in held.feed(chunk):
                    if reasons := self.reasons(window.seen):
                        yield held.replaced(self.replacement(reasons), reasons)
                        return
                    yield held.released(window.text)
            for window in held.finish():
                if reasons := self.reasons(window.seen):
                    yield held.replaced(self.replacement(reasons), reasons)
                    return
                yield held.released(window.text)
            yield from held.rest()

    async def astream_messages(self, chunks: AsyncIterable[AIMessageChunk]) -> AsyncIterator[AIMessageChunk]:
        """Like :meth:`stream_messages`."""
        held = HeldMessage(self.windows())
        async with _aclosed(chunks):
            async for chunk in chunks:
                for window in held.feed(chunk):
                    if reasons := await self.areasons(window.seen):
                        yield held.replaced(self.replacement(reasons), reasons)
                        return
                    yield held.released(window.text)
            for window in held.finish():
                if reasons := await self.areasons(window.seen):
                    yield held.replaced(self.replacement(reasons), reasons)
                    return
                yield held.released(window.text)
            for chunk in held.rest():
                yield chunk

    def message(self, message: AIMessage) -> AIMessage:
        """A whole message, unchanged if cleared; otherwise one that holds the replacement alone."""
        reasons = self.reasons(message.text) if message.text else ()
        return replaced(message, self.replacement(reasons), reasons) if reasons else message

    async def amessage(self, message: AIMessage) -> AIMessage:
        """Like :meth:`message`."""
        reasons = await self.areasons(message.text) if message.text else ()
        return replaced(message, self.replacement(reasons), reasons) if reasons else message

    def reasons(self, text: str) -> tuple[str, ...]:
        """Why a text must not be shown; a check that fails or is late is a reason."""
        if not text.strip():
            return ()
        try:
            return tuple(call_with_deadline(lambda: self.check(text), self.timeout_s, "hold-back"))
        except Exception:
            log.exception("a window of the stream could not be checked; it is blocked")
            return (NOT_CHECKED,)

    async def areasons(self, text: str) -> tuple[str, ...]:
        """Like :meth:`reasons`, beside the event loop."""
        return await asyncio.to_thread(self.reasons, text) if text.strip() else ()

    def windows(self) -> Windows:
        """A cutter for one stream."""
        return Windows(self.longest, self.before)


class HeldMessage:
    """One message on its way: its text in windows, and everything else, which waits for the end."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._rest: AIMessageChunk | None = None

    def feed(self, chunk: AIMessageChunk) -> list[Window]:
        """The windows that are complete with this chunk."""
        content = chunk.content
        kept: str | list[str | dict[Any, Any]] = ""
        if isinstance(content, list):
            kept = [part for part in content if isinstance(part, dict) and part.get("type") != "text"]
        rest = chunk.model_copy(update={"content": kept or ""})
        self._rest = rest if self._rest is None else self._rest + rest
        return self._windows.feed(str(chunk.text))

    def finish(self) -> list[Window]:
        """The last window, if text is left."""
        return self._windows.finish()

    def released(self, text: str) -> AIMessageChunk:
        """A chunk of cleared text."""
        return AIMessageChunk(content=text, id=self._rest.id if self._rest else None)

    def replaced(self, text: str, reasons: Sequence[str]) -> AIMessageChunk:
        """The chunk that ends a blocked message."""
        chunk = AIMessageChunk(content=text, id=self._rest.id if self._rest else None, chunk_position="last")
        chunk.response_metadata = {METADATA: {"verdict": "block", "reasons": list(reasons)}}
        return chunk

    def rest(self) -> Iterator[AIMessageChunk]:
        """What was not text, as one chunk."""
        if self._rest is not None:
            yield self._rest


def replaced(message: AIMessage, text: str, reasons: Sequence[str]) -> AIMessage:
    """A message in the place of another: its id and usage, our text, the reasons, and no tool calls."""
    return AIMessage(
        content=text,
        id=message.id,
        name=message.name,
        usage_metadata=message.usage_metadata,
        response_metadata={METADATA: {"verdict": "block", "reasons": list(reasons)}},
    )


def _closed(source: Iterable[Any]) -> Any:
    """Closes a generator that is read no further, so that a model stops writing."""
    return closing(source) if hasattr(source, "close") else nullcontext()


def _aclosed(source: AsyncIterable[Any]) -> Any:
    return aclosing(source) if hasattr(source, "aclose") else nullcontext()
