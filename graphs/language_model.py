"""The chat model named by the settings, if any. Nothing connects before the first answer."""

from typing import Any

from langchain_core.language_models import BaseChatModel

from seamless_retail.core.errors import ConfigurationError, MissingExtraError
from seamless_retail.core.settings import Settings

LOCAL = "hf:"
"""Before the name of a checkpoint that runs on this machine."""
RETRIES = 1
"""Repeats of a failed request; an answer that still fails is composed without the model."""


def open_chat_model(settings: Settings) -> BaseChatModel | None:
    """Make the chat model, or ``None`` where the settings name none.

    With ``llm_base_url`` it is an OpenAI-compatible server (vLLM, llama.cpp) and ``llm`` is the name under which that
    serves the model. ``hf:BASE``, ``hf:BASE+ADAPTER`` or ``hf:ADAPTER`` is a Hugging Face checkpoint that runs on this
    machine, with a LoRA adapter or without; else ``llm`` is a name as :func:`langchain.chat_models.init_chat_model`
    takes it.

    Raises:
        ConfigurationError: The name or the key is missing or cannot be used.
        ModelFileError: There is no such checkpoint on this disk.
        MissingExtraError: The packages for OpenAI-compatible servers are not installed.
    """
    if settings.llm_base_url:
        return _open_server(settings)
    if settings.llm.startswith(LOCAL):
        return _open_local(settings)
    if settings.llm:
        return _open_provider(settings)
    return None


def _open_local(settings: Settings) -> BaseChatModel:
    """A causal language model of this machine, with an adapter of ``seamless train`` or without."""
    from seamless_retail.models.chat import ChatCausalLM

    return ChatCausalLM.load(
        settings.llm.removeprefix(LOCAL), temperature=settings.llm_temperature, timeout=settings.llm_timeout_s
    )


def _open_server(settings: Settings) -> BaseChatModel:
    if not settings.llm:
        raise ConfigurationError(
            f"A language model server is set ({settings.llm_base_url}), but no model.",
            "Set SEAMLESS_LLM to the name under which the server offers the model (see its /v1/models).",
        )
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise MissingExtraError("A language model server", "llm") from error
    return ChatOpenAI(
        model=settings.llm.removeprefix("openai:"),
        base_url=settings.llm_base_url,
        api_key=lambda: settings.llm_api_key.get_secret_value() or "none",
        temperature=settings.llm_temperature,
        timeout=settings.llm_timeout_s,
        max_retries=RETRIES,
    )


def _open_provider(settings: Settings) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {
        "temperature": settings.llm_temperature,
        "timeout": settings.llm_timeout_s,
        "max_retries": RETRIES,
    }
    if key := settings.llm_api_key.get_secret_value():
        options["api_key"] = key
    try:
        model: BaseChatModel = init_chat_model(settings.llm, **options)
    except ImportError as error:
        if "langchain-openai" in str(error):
            raise MissingExtraError(f"The language model {settings.llm}", "llm") from error
        raise ConfigurationError(f"The language model {settings.llm!r} cannot be used.", f"{error}.") from error
    except Exception as error:  # every provider raises its own type for a missing key
        raise ConfigurationError(
            f"The language model {settings.llm!r} cannot be used: {str(error).splitlines()[0]}",
            "Name it as provider:model (openai:gpt-5-mini) in SEAMLESS_LLM, with its key in SEAMLESS_LLM_API_KEY.",
        ) from error
    return model
