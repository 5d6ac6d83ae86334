"""Holds back what any LangGraph graph streams as messages: for graphs whose models are not wrapped themselves.

``NutritionMiddleware`` holds back the model that its agent calls. It cannot hold back a model that another middleware
puts in its place afterwards, that a tool or another node calls, or a message that a node writes whole: LangGraph
streams those from callbacks that no middleware sees. These functions stand where the stream leaves the graph.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.lobes.guardrails.hold_back import HeldMessage, HoldBack, replaced
from seamless_retail.lobes.guardrails.tool_results import closed
from seamless_retail.lobes.guardrails.windows import Window

Part = tuple[BaseMessage, dict[str, Any]]
"""What ``graph.stream(..., stream_mode="messages")`` gives: a message or a chunk of one, and where it comes from."""


def guarded_stream(parts: Iterable[Part], hold_back: HoldBack) -> Iterator[Part]:
    """The parts of a stream of messages, as far as they are cleared.

    Each message has its own window, so that two that are written at once do not mix. After a blocked window nothing
    more of that message leaves; the others go on.

    Args:
        parts: ``graph.stream(..., stream_mode="messages")``.
        hold_back: What clears.

    Raises:
        ConfigurationError: The parts are of another stream mode.
    """
    desk = _Desk(hold_back)
    for part in parts:
        for step in desk.feed(part):
            yield from desk.decide(step, hold_back.reasons(step.window.seen))
        yield from desk.ready()
    for step in desk.finish_all():
        yield from desk.decide(step, hold_back.reasons(step.window.seen))
    yield from desk.ready()


async def aguarded_stream(parts: AsyncIterable[Part], hold_back: HoldBack) -> AsyncIterator[Part]:
    """Like :func:`guarded_stream`, over ``graph.astream(..., stream_mode="messages")``."""
    desk = _Desk(hold_back)
    async for part in parts:
        for step in desk.feed(part):
            for cleared in desk.decide(step, await hold_back.areasons(step.window.seen)):
                yield cleared
        for cleared in desk.ready():
            yield cleared
    for step in desk.finish_all():
        for cleared in desk.decide(step, await hold_back.areasons(step.window.seen)):
            yield cleared
    for cleared in desk.ready():
        yield cleared


@dataclass(slots=True)
class _Open:
    """One message on its way."""

    held: HeldMessage
    metadata: dict[str, Any]
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """A window to be judged, and whose it is; ``whole`` is a message that came in one piece."""

    window: Window
    open: _Open | None = None
    whole: Part | None = None


@dataclass(slots=True)
class _Desk:
    """Sorts the parts by message; makes no decision of its own."""

    hold_back: HoldBack
    _open: dict[str, _Open] = field(default_factory=dict, init=False)
    _ready: list[Part] = field(default_factory=list, init=False)

    def feed(self, part: Part) -> Iterator[_Step]:
        """The windows that are complete with this part."""
        message, metadata = _checked(part)
        if isinstance(message, AIMessageChunk):
            key = f"{metadata.get('langgraph_checkpoint_ns', '')}/{message.id}"
            opened = self._open.setdefault(key, _Open(HeldMessage(self.hold_back.windows()), metadata))
            for window in () if opened.is_blocked else opened.held.feed(message):
                yield _Step(window, opened)
            if message.chunk_position == "last":
                yield from self._finish(key)
        elif isinstance(message, AIMessage | ToolMessage):
            yield _Step(Window(message.text, message.text), whole=(message, metadata))
        else:
            self._ready.append((message, metadata))

    def decide(self, step: _Step, reasons: tuple[str, ...]) -> Iterator[Part]:
        """What leaves after a judgement."""
        if step.open is None and step.whole is not None:
            message, metadata = step.whole
            if reasons and isinstance(message, AIMessage):
                message = replaced(message, self.hold_back.replacement(reasons), reasons)
            elif reasons and isinstance(message, ToolMessage):
                message = closed(message)
            yield message, metadata
        elif step.open is not None and not step.open.is_blocked:
            if reasons:
                step.open.is_blocked = True
                yield step.open.held.replaced(self.hold_back.replacement(reasons), reasons), step.open.metadata
            else:
                yield step.open.held.released(step.window.text), step.open.metadata

    def finish_all(self) -> Iterator[_Step]:
        """The last windows of the messages that are still open."""
        for key in list(self._open):
            yield from self._finish(key)

    def ready(self) -> list[Part]:
        """What leaves without a judgement: what a customer wrote, and what of a cleared message is not text."""
        ready, self._ready = self._ready, []
        return ready

    def _finish(self, key: str) -> Iterator[_Step]:
        opened = self._open[key]
        for window in () if opened.is_blocked else opened.held.finish():
            yield _Step(window, opened)
        del self._open[key]
        if not opened.is_blocked:
            self._ready += [(chunk, opened.metadata) for chunk in opened.held.rest()]


def _checked(part: Any) -> Part:
    if isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], BaseMessage) and isinstance(part[1], dict):
        return part
    raise ConfigurationError(
        "This is no stream of messages, so nothing of it can be held back.",
        'Give graph.stream(..., stream_mode="messages") with one stream mode and without subgraphs=True.',
    )
