"""A causal language model of this machine behind LangChain's chat model interface."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, PrivateAttr

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError
from seamless_retail.models.causal_lm import CausalLM, Names, load_causal_lm, names_of

_ROLES = {"system": "system", "human": "user", "ai": "assistant", "tool": "user"}


class ChatCausalLM(BaseChatModel):
    """A base with an adapter or without, loaded at the first answer; it writes by its tokenizer's chat template.

    It calls no tools; what a tool returned reaches it as the user's words. Where a template knows no system message,
    its text goes before the user's first.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="ignore", populate_by_name=True)

    model_name: str = Field(alias="model")
    """``BASE``, ``BASE+ADAPTER`` or an adapter's folder; see :func:`~seamless_retail.models.causal_lm.names_of`."""
    temperature: float = 0.0
    max_tokens: int = 512
    """Of the answer."""
    stop: list[str] | None = None
    """The answer ends before the first of these."""
    seed: int = 0
    timeout: float | None = None
    """Seconds for one answer."""
    _opened: CausalLM | None = PrivateAttr(None)
    _opening: Any = PrivateAttr(default_factory=Lock)

    @classmethod
    def load(cls, source: str, **settings: Any) -> "ChatCausalLM":
        """Over a checkpoint; what is on this disk is checked now, and loaded at the first answer.

        Raises:
            ModelFileError: A folder holds no model or no adapter.
        """
        names_of(source)
        return cls(**{"model": source, **settings})

    @property
    def _llm_type(self) -> str:
        return "causal-lm"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        names = ("model_name", "temperature", "max_tokens", "stop", "seed")
        return {name: getattr(self, name) for name in names}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        found = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        found["ls_provider"] = "seamless_retail"
        return found

    def opened(self) -> CausalLM:
        """The model and its tokenizer.

        Raises:
            ModelFileError: They cannot be loaded.
            ConfigurationError: The tokenizer has no chat template.
        """
        with self._opening:
            if self._opened is None:
                names: Names = names_of(self.model_name)
                found = load_causal_lm(names)
                if found.tokenizer.chat_template is None:
                    raise ConfigurationError(
                        f"The tokenizer of {self.model_name} has no chat template.",
                        "Name a chat checkpoint, or an adapter with its tokenizer, as `seamless train` saves it.",
                    )
                self._opened = found
            return self._opened

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        *pieces, last = self._pieces(messages, stop, kwargs)
        message = AIMessage(
            "".join(str(piece.text) for piece in pieces),
            response_metadata=last.response_metadata,
            usage_metadata=last.usage_metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for message in self._pieces(messages, stop, kwargs):
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                run_manager.on_llm_new_token(str(message.text), chunk=chunk)
            yield chunk

    def _pieces(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> Iterator[AIMessageChunk]:
        """Text as it becomes certain, and at the end a chunk without text that says how it ended."""
        import torch

        from seamless_retail.models.clara.streaming import Batch, Row, Sampling, TextStream, decode

        lm, tokenizer = self.opened()
        sampling = Sampling(
            max_new_tokens=kwargs.get("max_tokens", self.max_tokens),
            temperature=kwargs.get("temperature", self.temperature),
            stop=tuple(stop or self.stop or ()),
            seed=kwargs.get("seed", self.seed),
        )
        ids = _prompt(tokenizer, messages)
        decoder = _Decoder(lm)
        with torch.no_grad():
            batch = Batch.of([decoder.embed(torch.tensor(ids, device=lm.device))], None)
        generator = torch.Generator().manual_seed(sampling.seed) if sampling.temperature else None
        row = Row(0, TextStream(tokenizer, sampling.stop), generator)
        began = time.monotonic()
        for _, piece in decode(decoder, batch, [row], sampling, _ends(lm, tokenizer)):
            if self.timeout is not None and time.monotonic() - began > self.timeout:
                raise TimeoutError(f"{self.model_name} took longer than {self.timeout} s.")
            yield AIMessageChunk(content=piece)
        yield self._last(len(ids), len(row.tokens), row.finish)

    def _last(self, prompt: int, tokens: int, finish: str | None) -> AIMessageChunk:
        usage = UsageMetadata(input_tokens=prompt, output_tokens=tokens, total_tokens=prompt + tokens)
        metadata = {
            "model_name": self.model_name,
            "model_provider": "seamless_retail",
            "finish_reason": "length" if finish == "length" else "stop",
        }
        return AIMessageChunk(content="", response_metadata=metadata, usage_metadata=usage, chunk_position="last")


class _Decoder:
    """What the decoding loop asks of a model."""

    def __init__(self, lm: Any) -> None:
        self._lm = lm
        self.training = False

    def embed(self, tokens: Any) -> Any:
        """Token ids ``[…]`` → ``[…, h]``."""
        return self._lm.get_input_embeddings()(tokens)

    @contextmanager
    def role(self, _: str | None) -> Iterator[Any]:
        """There is one only."""
        yield self._lm


def _prompt(tokenizer: Any, messages: Sequence[BaseMessage]) -> list[int]:
    """Token ids up to where the answer begins."""
    from jinja2 import TemplateError

    said = [{"role": _ROLES.get(message.type, "user"), "content": str(message.text)} for message in messages]
    if not any(message["content"].strip() for message in said):
        raise InvalidQueryError("There is no message with text.", "Send a human message with text.")
    try:
        return _templated(tokenizer, said)
    except TemplateError:
        return _templated(tokenizer, _in_turns(said))


def _templated(tokenizer: Any, said: Sequence[dict[str, str]]) -> list[int]:
    text = tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _in_turns(said: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """User and assistant in turns, as strict templates want it: what the system says belongs to the user's first."""
    turns: list[dict[str, str]] = []
    for message in said:
        role = "user" if message["role"] == "system" else message["role"]
        if turns and turns[-1]["role"] == role:
            turns[-1] = {"role": role, "content": f"{turns[-1]['content']}\n\n{message['content']}"}
        else:
            turns.append({"role": role, "content": message["content"]})
    return turns


def _ends(lm: Any, tokenizer: Any) -> set[int]:
    """Token ids that end an answer: the tokenizer's, the generation settings', and ChatML's."""
    config = getattr(lm, "generation_config", None)
    found = getattr(config, "eos_token_id", None)
    ends = {*([] if found is None else found if isinstance(found, list) else [found])}
    known = tokenizer.get_vocab()
    ends |= {known[token] for token in ("<|im_end|>", tokenizer.eos_token) if token in known}
    return ends
