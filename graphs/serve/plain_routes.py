"""``POST /ask`` and ``POST /ask/stream``: the brain as plain JSON and as server-sent events, without LangServe."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sse_starlette import EventSourceResponse

from seamless_retail.core.errors import SeamlessError
from seamless_retail.graphs.asking import Event
from seamless_retail.graphs.serve.callers import Caller
from seamless_retail.graphs.serve.conversations import Conversations, Question, Reply
from seamless_retail.graphs.serve.responses import INTERNAL, describe

log = logging.getLogger(__name__)

router = APIRouter()


async def _caller(request: Request) -> Caller:
    caller: Caller = await request.app.state.callers.identify(request)
    return caller


def _conversations(request: Request) -> Conversations:
    conversations: Conversations = request.app.state.conversations
    return conversations


TheCaller = Annotated[Caller, Depends(_caller)]
TheConversations = Annotated[Conversations, Depends(_conversations)]


@router.post("/ask")
async def ask(question: Question, caller: TheCaller, conversations: TheConversations) -> Reply:
    """Answer one question."""
    return await conversations.ask(caller, question)


@router.post("/ask/stream", response_class=EventSourceResponse)
async def ask_stream(question: Question, caller: TheCaller, conversations: TheConversations) -> Response:
    """Answer one question as events: ``intent``, ``lobe``, ``sentence`` (each several), then ``reply`` or ``error``.

    An error that comes before the first event has its status code.
    """
    events = conversations.stream(caller, question)
    first = await anext(events)
    return EventSourceResponse(_encoded(first, events))


async def _encoded(first: Event | Reply, events: AsyncIterator[Event | Reply]) -> AsyncIterator[dict[str, Any]]:
    yield _encode(first)
    try:
        async for event in events:
            yield _encode(event)
    except Exception as error:
        log.exception("a question failed")
        told = describe(error) if isinstance(error, SeamlessError) else INTERNAL
        yield {"event": "error", "data": json.dumps(told)}


def _encode(event: Event | Reply) -> dict[str, Any]:
    if isinstance(event, Reply):
        return {"event": "reply", "data": event.model_dump_json(exclude={"error", "remedy"})}
    return {"event": event["type"], "data": json.dumps(event["data"], ensure_ascii=False)}
