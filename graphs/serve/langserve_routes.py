"""LangServe's routes and playgrounds over the brain: the only module that imports ``langserve``.

LangServe has its own licence, which forbids offering it as a hosted or managed service to third parties; it comes with
the extra ``serve``, and the server runs without it (``seamless serve --no-langserve``).

A bare ``add_routes(app, graph)`` loses the thread, the principal and interrupts, and hides every error. Here LangServe
sees a runnable with plain input and output models instead; the caller is put into its configuration after the client's
own values, so that no client can name another.
"""

import json
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from langchain_core._api import LangChainDeprecationWarning
from langchain_core.messages import AnyMessage
from langchain_core.runnables import ConfigurableFieldSpec, Runnable, RunnableConfig, RunnableGenerator, RunnableLambda
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from starlette.responses import JSONResponse

from seamless_retail.core.errors import MissingExtraError, SeamlessError
from seamless_retail.graphs.serve.callers import Caller
from seamless_retail.graphs.serve.chat import Chat
from seamless_retail.graphs.serve.conversations import Conversations, Question, Reply
from seamless_retail.graphs.serve.responses import describe, describe_validation

try:
    from langserve import add_routes
    from langserve.serialization import WellKnownLCSerializer
except ImportError:
    raise MissingExtraError("LangServe", "serve") from None

THREAD = ConfigurableFieldSpec(
    id="thread_id",
    annotation=str,
    name="Conversation",
    description="Name of the conversation to go on with; empty: a new one.",
    default="",
)


class EventSerializer(WellKnownLCSerializer):
    """LangServe's own, which cannot write what LangGraph puts into events, such as ``Send``."""

    def dumps(self, obj: Any) -> bytes:
        """The object as JSON."""
        return orjson.dumps(obj, default=_as_json)


def _as_json(value: object) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    if isinstance(value, Send):
        return {"node": value.node, "arg": value.arg}
    return f"<{type(value).__name__}>"


class BrainRequest(BaseModel):
    """The playground's form. Optional fields would leave its page blank, so there are empty texts instead."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field("", title="Question")
    image: str = Field("", title="Picture", json_schema_extra={"widget": {"type": "base64file"}})
    resume: str = Field("", title="Answer to what the last reply asked back, in place of a question")

    @field_validator("resume", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """A decision as JSON text, because a field that is text or an object would leave the form blank."""
        return json.dumps(value) if isinstance(value, dict) else value


class ChatRequest(BaseModel):
    """The chat playground's input: the transcript so far, the customer's message last."""

    model_config = ConfigDict(extra="forbid")

    messages: list[AnyMessage] = Field(min_length=1)


class ConversationLambda(RunnableLambda[Any, Any]):
    """A runnable whose clients may name a conversation."""

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What clients may set in ``config["configurable"]``."""
        return [THREAD]


class ConversationGenerator(RunnableGenerator[Any, Any]):
    """The same for a runnable that streams."""

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """What clients may set in ``config["configurable"]``."""
        return [THREAD]


def add_langserve_routes(app: FastAPI, conversations: Callable[[], Conversations]) -> None:
    """Add ``/brain`` and ``/chat`` (invoke, batch, stream, stream_log, stream_events, playground) to the app.

    Args:
        app: Its ``state.callers`` tells who sends a request.
        conversations: The conversations, once the app has started.
    """
    # The playgrounds live on it; who runs the server can do nothing about that.
    warnings.filterwarnings("ignore", message="astream_log is deprecated", category=LangChainDeprecationWarning)
    router = APIRouter()
    brain = brain_runnable(conversations)
    options: dict[str, Any] = {"per_req_config_modifier": _with_caller, "serializer": EventSerializer()}
    add_routes(router, brain, path="/brain", **options)
    chat = chat_runnable(conversations)
    add_routes(router, chat, path="/chat", playground_type="chat", **options)
    app.include_router(router)
    app.add_exception_handler(ValidationError, _batch_validation({_input_title(brain), _input_title(chat)}))


def _batch_validation(titles: Collection[str]) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    """Bad inputs of ``/batch``, which LangServe alone lets through as exceptions; any other such error is a defect."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, ValidationError) and request.url.path.endswith("/batch") and error.title in titles:
            return JSONResponse(describe_validation(error.errors()), 422)
        raise error

    return answer


def _input_title(runnable: Runnable[Any, Any]) -> str:
    return runnable.get_input_schema().__name__


async def _with_caller(config: dict[str, Any], request: Request) -> dict[str, Any]:
    caller = await request.app.state.callers.identify(request)
    return {**config, "configurable": {**(config.get("configurable") or {}), "caller": caller}}


def brain_runnable(conversations: Callable[[], Conversations]) -> Runnable[Any, Any]:
    """One question in, one reply out.

    Errors are raised for ``invoke`` and ``batch``, which answer with a status code. A stream has sent its status code
    by then, and LangServe would say only "Internal Server Error": there the reply carries ``error`` and ``remedy``.
    """

    async def brain(question: dict[str, Any], config: RunnableConfig) -> Reply:
        caller, thread = _configured(config)
        try:
            return await conversations().ask(caller, _asked(question, thread), config)
        except SeamlessError as error:
            if _has_status_code(config):
                raise
            return Reply(thread_id=thread, **describe(error))

    return ConversationLambda(brain, name="brain").with_types(input_type=BrainRequest, output_type=Reply)


def _asked(question: dict[str, Any], thread: str) -> Question:
    """The form's question; its picture is base64 text or a data URL."""
    image = question.pop("image", "")
    return Question(**question, images=[image] if image else [], thread_id=thread)


def chat_runnable(conversations: Callable[[], Conversations]) -> Runnable[Any, Any]:
    """Messages in, the answer out as text, sentence by sentence: the one shape the chat playground can show."""
    chat = Chat(conversations)

    async def answer(requests: AsyncIterator[dict[str, Any]], config: RunnableConfig) -> AsyncIterator[str]:
        caller, thread = _configured(config)
        async for request in requests:
            try:
                async for piece in chat.answer(caller, request["messages"], thread, config):
                    yield piece
            except SeamlessError as error:
                if _has_status_code(config):
                    raise
                yield " ".join(describe(error).values())

    generator = ConversationGenerator(answer, name="chat")  # type: ignore[arg-type]  # its stub leaves out the config
    return generator.with_types(input_type=ChatRequest, output_type=str)


def _configured(config: RunnableConfig) -> tuple[Caller, str]:
    configurable = config.get("configurable", {})
    return configurable["caller"], str(configurable.get("thread_id") or "")


def _has_status_code(config: RunnableConfig) -> bool:
    return config.get("metadata", {}).get("__langserve_endpoint") in ("invoke", "batch")
