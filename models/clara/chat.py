"""CLaRa behind LangChain's chat model interface: it answers the last question from the documents it was given."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.ports import NOT_STATED
from seamless_retail.models.clara.generation import Answer
from seamless_retail.models.clara.reader import ClaraReader
from seamless_retail.models.clara.streaming import SamplingOptions

_NOTHING = Answer(NOT_STATED, 1.0, (), 0, 0, "end")
"""The answer when there is nothing to read; the model is not asked, for it could only guess."""


class ChatClara(BaseChatModel):
    """Reads documents and answers one question; it does not converse, call tools or know anything by itself.

    The question is the last human message. The documents are those of the call (``invoke(…, documents=[…])``) or else
    the model's own, and the texts of system and tool messages, such as what a retriever tool returned. Earlier human
    and assistant messages are not read. The answer's ``response_metadata`` holds ``confidence`` and ``citations``.

    Settings that only make sense for a service (``timeout``, ``max_retries``) are accepted and have no effect.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="ignore", populate_by_name=True)

    reader: ClaraReader = Field(exclude=True, repr=False)
    """Compresses, remembers and answers."""
    documents: tuple[str, ...] = ()
    """What to read when a call brings no documents."""
    model_name: str = Field("clara", alias="model")
    temperature: float = 0.0
    max_tokens: int = 64
    stop: list[str] | None = None
    """The answer ends before the first of these."""
    seed: int = 0

    @classmethod
    def load(cls, folder: Path | str, rate: int | None = None, text: bool = False, **settings: Any) -> "ChatClara":
        """Over a stored checkpoint.

        Args:
            folder: What ``ClaraModel.save_pretrained`` wrote.
            rate: Of compression; the checkpoint's by default.
            text: Read full text instead of memories.
            settings: The fields of this class.

        Raises:
            ModelFileError: A part of the checkpoint is missing or was changed.
        """
        from seamless_retail.models.clara.generation import ClaraGenerator
        from seamless_retail.models.clara.model import ClaraModel

        generator = ClaraGenerator(ClaraModel.from_pretrained(folder))
        return cls(**{"model": Path(folder).name, "reader": ClaraReader(generator, rate, text), **settings})

    @property
    def _llm_type(self) -> str:
        return "clara"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """What sets this model apart: LangChain's cache keeps the answers of models with other values apart."""
        names = ("model_name", "documents", "temperature", "max_tokens", "stop", "seed")
        return {name: getattr(self, name) for name in names} | {"rate": self.reader.rate}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """What a trace shows."""
        found = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        found["ls_provider"] = "seamless_retail"
        return found

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        question, texts = _asked(messages, kwargs.get("documents", self.documents))
        answer = self.reader.answers([question], [texts], **self._options(stop, kwargs))[0] or _NOTHING
        message = AIMessage(answer.text, response_metadata=self._metadata(answer), usage_metadata=_usage(answer))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        question, texts = _asked(messages, kwargs.get("documents", self.documents))
        pieces = self.reader.stream_answer(question, texts, **self._options(stop, kwargs)) if texts else iter(())
        answer = _NOTHING
        while True:
            try:
                piece = next(pieces)
            except StopIteration as end:
                answer = end.value or _NOTHING
                break
            yield _chunk(AIMessageChunk(content=piece), run_manager)
        if not texts:
            yield _chunk(AIMessageChunk(content=NOT_STATED), run_manager)
        metadata, usage = self._metadata(answer), _usage(answer)
        last = AIMessageChunk(content="", response_metadata=metadata, usage_metadata=usage, chunk_position="last")
        yield _chunk(last, run_manager)

    def _options(self, stop: list[str] | None, kwargs: dict[str, Any]) -> SamplingOptions:
        return {
            "max_new_tokens": kwargs.get("max_tokens", self.max_tokens),
            "temperature": kwargs.get("temperature", self.temperature),
            "seed": kwargs.get("seed", self.seed),
            "stop": stop or self.stop or (),
        }

    def _metadata(self, answer: Answer) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "model_provider": "seamless_retail",
            "finish_reason": "length" if answer.finish == "length" else "stop",
            "confidence": answer.confidence,
            "citations": [asdict(citation) for citation in answer.citations],
        }


def _asked(messages: Sequence[BaseMessage], documents: Sequence[str]) -> tuple[str, list[str]]:
    """The question, and what to read for it."""
    questions = [str(message.text) for message in messages if isinstance(message, HumanMessage)]
    if not questions or not questions[-1].strip():
        raise InvalidQueryError("There is no question.", "Send a human message with text.")
    given = [str(message.text) for message in messages if isinstance(message, SystemMessage | ToolMessage)]
    return questions[-1], [text for text in (*documents, *given) if text.strip()]


def _usage(answer: Answer) -> UsageMetadata:
    total = answer.prompt_tokens + answer.tokens
    return UsageMetadata(input_tokens=answer.prompt_tokens, output_tokens=answer.tokens, total_tokens=total)


def _chunk(message: AIMessageChunk, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    chunk = ChatGenerationChunk(message=message)
    if run_manager:
        run_manager.on_llm_new_token(str(message.text), chunk=chunk)
    return chunk
