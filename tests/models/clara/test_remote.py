"""Memories sent to a completions server: a real HTTP server in this process decodes and checks what arrives."""

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import exp
from typing import Any

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError, LanguageModelError
from seamless_retail.models.clara import ClaraModel, MemoryTokens
from seamless_retail.models.clara.asking import Asker
from seamless_retail.models.clara.remote import RemoteServer, encode_embeddings, remote_generate, remote_stream

QUESTIONS = ["What is it made of?", "Which size?"]


class Received(ThreadingHTTPServer):
    """Keeps every request and answers ``reply``, as events when the request asks for a stream."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.tensors: list[torch.Tensor] = []
        self.status = 200
        self.reply: Any = {
            "choices": [{"text": " cotton ", "finish_reason": "stop", "logprobs": {"token_logprobs": [-0.1, -0.3]}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2},
        }
        self.events: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Received

    def do_POST(self) -> None:  # the name that http.server calls
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        decoded = base64.b64decode(body["prompt_embeds"], validate=True)
        self.server.tensors.append(torch.load(io.BytesIO(decoded), weights_only=True))
        self.send_response(self.server.status)
        if body.get("stream") and self.server.status == 200:
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for event in self.server.events:
                self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")
            return
        self.end_headers()
        self.wfile.write(json.dumps(self.server.reply).encode())

    def log_message(self, *arguments: Any) -> None:
        """Nothing: a test run should be quiet."""


@pytest.fixture
def received() -> Iterator[Received]:
    with Received() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def asker(model: ClaraModel) -> Asker:
    return Asker(model)


@pytest.fixture
def memories(model: ClaraModel, texts: tuple[str, ...]) -> list[MemoryTokens]:
    return [model.compress(texts[:2], rate=4), model.compress(texts[2:3], rate=4)]


def test_the_server_receives_tokens_and_memories_in_their_places(
    received: Received, model: ClaraModel, asker: Asker, memories: list[MemoryTokens]
) -> None:
    """The wire format that vLLM documents: base64 of a saved [t, h] tensor; values and order as the generator reads."""
    server = RemoteServer(received.url, "generator", api_key="secret")
    answers = remote_generate(
        asker, QUESTIONS, memories, server, max_new_tokens=7, temperature=0.5, seed=3, stop=["\n"]
    )
    assert [answer.text for answer in answers] == ["cotton", "cotton"]
    by_length = {len(tensor): tensor for tensor in received.tensors}
    for question, memory in zip(QUESTIONS, memories, strict=True):
        expected = [model.embed(torch.tensor([1]))]
        for row in memory.rows():
            expected += [model.embed(torch.tensor([4])), row]
        expected.append(model.embed(torch.tensor([5, *asker.prompts.text(question), 6])))
        length = sum(map(len, expected))
        sent = by_length[length]
        assert (sent.shape, sent.dtype) == ((length, 32), torch.float32)
        assert torch.equal(sent, torch.cat(expected).detach())
    assert {path for path, _, _ in received.requests} == {"/v1/completions"}
    assert all(headers["Authorization"] == "Bearer secret" for _, headers, _ in received.requests)
    bodies = sorted((body for _, _, body in received.requests), key=lambda body: body["seed"])
    settings = [{name: value for name, value in body.items() if name != "prompt_embeds"} for body in bodies]
    common = {"model": "generator", "prompt": "", "max_tokens": 7, "temperature": 0.5, "stop": ["\n"], "logprobs": 1}
    assert settings == [{**common, "seed": 3}, {**common, "seed": 4}]


def test_the_answer_keeps_what_the_server_tells(received: Received, asker: Asker, memories: list[MemoryTokens]) -> None:
    """Confidence from the log-probabilities as in our own loop; counts; why it ended."""
    server = RemoteServer(received.url, "generator")
    [answer] = remote_generate(asker, QUESTIONS[:1], memories[:1], server)
    assert answer.confidence == pytest.approx(exp(-0.2))
    assert (answer.tokens, answer.finish, answer.citations) == (2, "end", ())
    received.reply = {"choices": [{"text": "cot", "finish_reason": "stop", "stop_reason": "ton"}]}
    [stopped] = remote_generate(asker, QUESTIONS[:1], memories[:1], server)
    assert (stopped.finish, stopped.confidence) == ("stop", 0.0)
    received.reply = {"choices": [{"text": "cot", "finish_reason": "length"}]}
    assert remote_generate(asker, QUESTIONS[:1], memories[:1], server)[0].finish == "length"


def test_a_stream_gives_pieces_that_join_to_the_answer(
    received: Received, asker: Asker, memories: list[MemoryTokens]
) -> None:
    """Server-sent events, the usage in one without choices, white space at the ends left out."""
    received.events = [
        {"choices": [{"text": "  ", "logprobs": {"token_logprobs": [-0.1]}}]},
        {"choices": [{"text": " pure", "logprobs": {"token_logprobs": [-0.3]}}]},
        {"choices": [{"text": " ", "logprobs": None}]},
        {"choices": [{"text": "cotton \n", "finish_reason": "stop"}]},
        {"choices": [], "usage": {"completion_tokens": 5}},
    ]
    stream = remote_stream(asker, QUESTIONS[0], memories[0], RemoteServer(received.url, "generator"))
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as end:
            answer = end.value
            break
    assert pieces == ["pure", " cotton"]
    assert (answer.text, answer.tokens, answer.finish) == ("pure cotton", 5, "end")
    assert answer.confidence == pytest.approx(exp(-0.2))
    assert received.requests[0][2]["stream"] is True
    assert received.tensors[0].shape[1] == 32


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_only_the_tensor_itself_travels(dtype: torch.dtype) -> None:
    """A view of a large tensor would drag its whole storage along; the float type is kept."""
    large = torch.randn(5000, 8).to(dtype)
    encoded = encode_embeddings(large[3:5])
    assert len(encoded) < 4000
    decoded = torch.load(io.BytesIO(base64.b64decode(encoded)), weights_only=True)
    assert torch.equal(decoded, large[3:5])
    assert decoded.dtype == dtype


@pytest.mark.parametrize(
    ("status", "reply", "match"),
    [
        (400, {"message": "You must set `--enable-prompt-embeds`"}, "answered 400: .*enable-prompt-embeds"),
        (200, {"object": "list"}, "not a completion"),
        (200, {"choices": []}, "an empty completion"),
    ],
)
def test_refusals_and_nonsense_are_named(
    received: Received, asker: Asker, memories: list[MemoryTokens], status: int, reply: Any, match: str
) -> None:
    """What the server said is in the message, and how to start it in the remedy; whole and as a stream."""
    received.status, received.reply, received.events = status, reply, [reply]
    server = RemoteServer(received.url, "generator")
    with pytest.raises(LanguageModelError, match=match) as caught:
        remote_generate(asker, QUESTIONS[:1], memories[:1], server)
    assert "--enable-prompt-embeds" in caught.value.remedy
    with pytest.raises(LanguageModelError, match=match):
        list(remote_stream(asker, QUESTIONS[0], memories[0], server))


def test_a_server_that_is_not_there_is_named(received: Received, asker: Asker, memories: list[MemoryTokens]) -> None:
    """The usual case: it has not been started."""
    address = received.url
    received.server_close()
    with pytest.raises(LanguageModelError, match=address):
        remote_generate(asker, QUESTIONS[:1], memories[:1], RemoteServer(address, "generator", timeout=2))


def test_an_address_without_a_scheme_is_refused() -> None:
    """``localhost:8000`` is what one types."""
    with pytest.raises(ConfigurationError, match="localhost:8000"):
        RemoteServer("localhost:8000", "generator")
