"""Answers from a vLLM server that is given the memories: ``prompt_embeds`` of its OpenAI-compatible completions.

The prompt is put together here, from the local embedding table and the memory vectors, and sent as vLLM documents it
(https://docs.vllm.ai/en/stable/features/prompt_embeds/): the base64 of ``torch.save`` of a ``[t, h]`` tensor. We only
write this format and never read it. Start the server on the base with the generator's adapter, for example::

    vllm serve mistralai/Mistral-7B-Instruct-v0.2 --enable-prompt-embeds \
        --enable-lora --lora-modules generator=checkpoint/adapters/generator
"""

import base64
import io
import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import exp
from typing import Any

import torch
from torch import Tensor
from typing_extensions import Unpack

from seamless_retail.core.errors import ConfigurationError, LanguageModelError
from seamless_retail.models.clara.asking import Asked, Asker, paired
from seamless_retail.models.clara.generation import Answer
from seamless_retail.models.clara.memory import MemoryTokens
from seamless_retail.models.clara.streaming import Finish, Sampling, SamplingOptions

_START = "Start it with `vllm serve <base> --enable-prompt-embeds` and check the address, the model name and the key."


@dataclass(frozen=True)
class RemoteServer:
    """Where the server is.

    Raises:
        ConfigurationError: The address is not one of HTTP.
    """

    url: str
    """Up to and with the version, such as ``http://localhost:8000/v1``."""
    model: str
    """The name it serves the generator under."""
    api_key: str = ""
    timeout: float = 60.0
    """Seconds without a byte before giving up."""
    connections: int = 8
    """Requests under way at once; the server batches them."""

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ConfigurationError(f"{self.url!r} is not an address.", "Give one such as http://localhost:8000/v1.")

    def client(self) -> Any:
        """A new connection pool, to be closed by the caller."""
        import httpx

        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        return httpx.Client(timeout=self.timeout, headers=headers)

    @property
    def completions(self) -> str:
        """The address that prompts are sent to."""
        return f"{self.url.rstrip('/')}/completions"


def remote_generate(
    asker: Asker,
    questions: Sequence[str],
    memories: Sequence[MemoryTokens],
    server: RemoteServer,
    **options: Unpack[SamplingOptions],
) -> list[Answer]:
    """Answer each question from the memories of its documents, on a server.

    The answers carry no citations: a server does not tell what was attended. Without log-probabilities in its reply
    the confidence is 0.

    Args:
        asker: Builds the prompts; :attr:`ClaraGenerator.asker`, or an :class:`Asker` over the same checkpoint.
        questions: ``b`` questions.
        memories: For each question those of its documents.
        server: Where to ask.
        options: See :class:`~seamless_retail.models.clara.streaming.Sampling`.

    Raises:
        LanguageModelError: The server cannot be reached, refuses, or answers nonsense.
        InvalidQueryError: A question is empty, or a prompt is longer than the model can read.
    """
    sampling = Sampling.of(options)
    asked = [asker.memory(question, found, sampling.max_new_tokens) for question, found in paired(questions, memories)]
    with server.client() as client, ThreadPoolExecutor(server.connections) as pool:

        def ask(index: int) -> Answer:
            payload = _payload(asked[index], server, sampling, index)
            return _answer([_sent(client, server, payload)], asked[index])

        return list(pool.map(ask, range(len(asked))))


def remote_stream(
    asker: Asker, question: str, memory: MemoryTokens, server: RemoteServer, **options: Unpack[SamplingOptions]
) -> Generator[str, None, Answer]:
    """:func:`remote_generate` of one question, in pieces; the generator returns the answer."""
    sampling = Sampling.of(options)
    asked = asker.memory(question, memory, sampling.max_new_tokens)
    payload = _payload(asked, server, sampling, 0) | {"stream": True, "stream_options": {"include_usage": True}}
    events: list[dict[str, Any]] = []
    with server.client() as client:
        yield from _stripped(_pieces(client, server, payload, events))
    return _answer(events, asked)


def encode_embeddings(embeddings: Tensor) -> str:
    """``[t, h]`` in vLLM's wire format."""
    buffer = io.BytesIO()
    torch.save(embeddings.detach().cpu().contiguous().clone(), buffer)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _payload(asked: Asked, server: RemoteServer, sampling: Sampling, index: int) -> dict[str, Any]:
    return {
        "model": server.model,
        "prompt": "",
        "prompt_embeds": encode_embeddings(asked.embeddings),
        "max_tokens": sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "stop": list(sampling.stop),
        "seed": sampling.seed + index,
        "logprobs": 1,
    }


def _sent(client: Any, server: RemoteServer, payload: dict[str, Any]) -> dict[str, Any]:
    import httpx

    try:
        response = client.post(server.completions, json=payload)
        _check(response.status_code, response.text, server)
        return _checked(response.json(), server)
    except (httpx.HTTPError, ValueError) as error:
        raise _failed(server, repr(error)) from error


def _pieces(client: Any, server: RemoteServer, payload: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    """The text of server-sent events, which are kept in ``events``."""
    import httpx

    try:
        with client.stream("POST", server.completions, json=payload) as response:
            if response.status_code >= 400:
                response.read()
                _check(response.status_code, response.text, server)
            for line in response.iter_lines():
                data = line.removeprefix("data:").strip()
                if not line.startswith("data:") or data == "[DONE]":
                    continue
                events.append(_checked(json.loads(data), server))
                yield "".join(str(choice.get("text") or "") for choice in events[-1]["choices"])
    except (httpx.HTTPError, ValueError) as error:
        raise _failed(server, repr(error)) from error


def _stripped(pieces: Iterable[str]) -> Iterator[str]:
    """Without white space at both ends of the whole."""
    held = ""
    started = False
    for piece in pieces:
        text = held + piece if started else piece.lstrip()
        given = text.rstrip()
        held = text[len(given) :] if started or given else ""
        if given:
            started = True
            yield given


def _answer(events: Sequence[dict[str, Any]], asked: Asked) -> Answer:
    """From one reply, or from the events of a stream."""
    choices = [choice for event in events for choice in event["choices"][:1]]
    text = "".join(str(choice.get("text") or "") for choice in choices).strip()
    scores = [
        float(score)
        for choice in choices
        for score in (choice.get("logprobs") or {}).get("token_logprobs") or ()
        if score is not None
    ]
    usage: dict[str, Any] = next((event["usage"] for event in reversed(events) if event.get("usage")), {})
    confidence = exp(sum(scores) / len(scores)) if scores else 0.0
    tokens = int(usage.get("completion_tokens", len(scores)))
    return Answer(text, confidence, (), tokens, len(asked.embeddings), _finish(choices))


def _finish(choices: Sequence[dict[str, Any]]) -> Finish:
    last: dict[str, Any] = next((choice for choice in reversed(choices) if choice.get("finish_reason")), {})
    if last.get("finish_reason") != "stop":
        return "length"
    return "stop" if isinstance(last.get("stop_reason"), str) else "end"


def _check(status: int, body: str, server: RemoteServer) -> None:
    if status != 200:
        raise LanguageModelError(f"The server at {server.url} answered {status}: {body[:500]}", _START)


def _checked(reply: Any, server: RemoteServer) -> dict[str, Any]:
    choices = reply.get("choices") if isinstance(reply, dict) else None
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise _failed(server, f"not a completion: {str(reply)[:200]}")
    if not choices and not reply.get("usage"):
        raise _failed(server, "an empty completion")
    return reply  # type: ignore[no-any-return]  # a dict, checked above


def _failed(server: RemoteServer, why: str) -> LanguageModelError:
    return LanguageModelError(f"The server at {server.url} cannot be asked: {why}.", _START)
