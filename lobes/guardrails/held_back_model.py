"""A chat model whose text leaves through a hold-back: no callback and no stream sees what was not cleared.

Inside a LangGraph graph the tokens of ``stream_mode="messages"`` and of ``astream_events`` come from the model's own
callbacks, so a guard that looks at the finished message comes too late for them. This wrapper sits where they start.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.tools import BaseTool
from pydantic import SkipValidation

from seamless_retail.lobes.guardrails.hold_back import HoldBack


class HeldBackChatModel(BaseChatModel):
    """``inner``, released by ``hold_back``. Make it with :func:`hold_back_model`."""

    inner: SkipValidation[Runnable[Any, Any]]
    """The model, or the model with its tools bound."""
    hold_back: SkipValidation[HoldBack]
    model_name: str = ""
    """The inner model's, from which agents tell what it can do."""

    @property
    def _llm_type(self) -> str:
        return "held-back"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """Bind tools to the inner model."""
        if not isinstance(self.inner, BaseChatModel):
            raise NotImplementedError("The tools of this model are bound already.")
        bound = self.inner.bind_tools(tools, tool_choice=tool_choice, **kwargs)
        return self.model_copy(update={"inner": bound})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = self.inner.invoke(messages, _unseen(), **_options(stop, kwargs))
        return ChatResult(generations=[ChatGeneration(message=self.hold_back.message(message))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = await self.inner.ainvoke(messages, _unseen(), **_options(stop, kwargs))
        return ChatResult(generations=[ChatGeneration(message=await self.hold_back.amessage(message))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        chunks = self.inner.stream(messages, _unseen(), **_options(stop, kwargs))
        for chunk in self.hold_back.stream_messages(chunks):
            yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        chunks = self.inner.astream(messages, _unseen(), **_options(stop, kwargs))
        async for chunk in self.hold_back.astream_messages(chunks):
            yield ChatGenerationChunk(message=chunk)


def hold_back_model(model: BaseChatModel, hold_back: HoldBack, *, stream: bool = True) -> HeldBackChatModel:
    """A model that says what ``model`` says, as far as it is cleared.

    Args:
        model: What writes.
        hold_back: What clears.
        stream: Whether text leaves sentence by sentence where somebody listens; otherwise each message leaves whole.
    """
    name = getattr(model, "model_name", None) or getattr(model, "model", None) or ""
    return HeldBackChatModel(
        inner=model,
        hold_back=hold_back,
        model_name=str(name),
        profile=model.profile,
        disable_streaming=not stream,
    )


def _unseen() -> RunnableConfig:
    """The inner run calls none of the callbacks around it: they would see the text before the check."""
    return {"callbacks": []}


def _options(stop: list[str] | None, kwargs: dict[str, Any]) -> dict[str, Any]:
    return kwargs if stop is None else {**kwargs, "stop": stop}
