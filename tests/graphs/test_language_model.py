"""A language model words the answer only where the evidence supports what it says.

The model is a real HTTP server of our own that speaks OpenAI's protocol, as vLLM and llama.cpp do.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from seamless_retail.core.errors import ConfigurationError, MissingExtraError
from seamless_retail.core.settings import Settings, load_settings
from seamless_retail.graphs import Parts, ask, build_brain
from seamless_retail.graphs.language_model import open_chat_model

QUESTION = "What is your return policy?"


class ModelServer:
    """Answers ``POST /v1/chat/completions`` with what ``reply`` makes of the prompt."""

    def __init__(self) -> None:
        self.reply: Callable[[str], str] = lambda prompt: ""
        self.status = 200
        self.delay_s = 0.0
        self.prompts: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                prompt = "\n".join(message["content"] for message in request["messages"])
                server.prompts.append(prompt)
                time.sleep(server.delay_s)
                data = json.dumps(server.completion(prompt)).encode()
                self.send_response(server.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                with suppress(ConnectionError):  # a client that gave up waiting
                    self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def completion(self, prompt: str) -> dict[str, Any]:
        if self.status != 200:
            return {"error": {"message": "overloaded"}}
        message = {"role": "assistant", "content": self.reply(prompt)}
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "local",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }


@pytest.fixture
def server() -> Iterator[ModelServer]:
    server = ModelServer()
    yield server
    server.http.shutdown()
    server.http.server_close()


def facts(prompt: str) -> list[str]:
    """The facts of the prompt, each with its marks: ``It costs $5.00 [1]``."""
    return re.findall(r"^- (.+ (?:\[\d+\])+)$", prompt, re.MULTILINE)


def faithful(prompt: str) -> str:
    """A model that repeats the facts it was given, the way it was told to."""
    return "Here you are. " + " ".join(f"{fact}." for fact in (fact.replace(". [", " [") for fact in facts(prompt)))


def answered(parts: Parts, settings: Settings, url: str, **more: Any) -> dict[str, Any]:
    local = settings.model_copy(update={"llm": "local", "llm_base_url": url, **more})
    brain = build_brain(parts, settings=local, chat_model=open_chat_model(local))
    return ask(brain, QUESTION)


def test_a_supported_text_is_used(parts: Parts, settings: Settings, server: ModelServer) -> None:
    server.reply = faithful
    output = answered(parts, settings, server.url)
    assert output["composed_by"] == {"author": "local", "fallback": ""}
    assert output["answer"].startswith("Here you are.")
    assert output["citations"]
    assert f"Question: {QUESTION}" in server.prompts[0]


@dataclass(frozen=True)
class Misstep:
    reply: Callable[[str], str]
    reason: str


MISSTEPS = {
    "an invented price": Misstep(lambda prompt: f"{faithful(prompt)} A return costs $4.99 [1].", r"\$4\.99"),
    "an invented promise": Misstep(lambda prompt: f"{faithful(prompt)} Refunds are guaranteed [1].", "guaranteed"),
    "a claim that cites nothing": Misstep(lambda prompt: "You can return everything within a year.", "cites nothing"),
    "a citation that does not exist": Misstep(lambda prompt: faithful(prompt).replace("[1]", "[97]"), r"\[97\]"),
    "nothing": Misstep(lambda prompt: "", "empty"),
}


@pytest.mark.parametrize("misstep", MISSTEPS.values(), ids=MISSTEPS)
def test_an_unsupported_text_falls_back_and_says_why(
    parts: Parts, settings: Settings, server: ModelServer, misstep: Misstep
) -> None:
    server.reply = misstep.reply
    output = answered(parts, settings, server.url)
    assert output["composed_by"]["author"] == "composer"
    assert re.search(misstep.reason, output["composed_by"]["fallback"])
    assert output["answer"] == ask(build_brain(parts), QUESTION)["answer"]


def test_a_failing_server_falls_back(parts: Parts, settings: Settings, server: ModelServer) -> None:
    server.status = 500
    output = answered(parts, settings, server.url)
    assert output["composed_by"]["author"] == "composer"
    assert "failed" in output["composed_by"]["fallback"]
    assert output["citations"]


def test_a_late_server_falls_back(parts: Parts, settings: Settings, server: ModelServer) -> None:
    server.reply, server.delay_s = faithful, 3.0
    output = answered(parts, settings, server.url, llm_timeout_s=0.5)
    assert output["composed_by"]["author"] == "composer"
    assert "0.5 s" in output["composed_by"]["fallback"]


def test_a_server_that_is_not_there_falls_back(parts: Parts, settings: Settings) -> None:
    output = answered(parts, settings, "http://127.0.0.1:9/v1")
    assert output["composed_by"]["author"] == "composer"
    assert output["citations"]


def test_without_a_name_there_is_no_model() -> None:
    assert open_chat_model(load_settings()) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"llm_base_url": "http://127.0.0.1:9/v1"}, "Set SEAMLESS_LLM"),
        ({"llm": "no-such-model"}, "provider:model"),
        ({"llm": "anthropic:some-model"}, "langchain-anthropic"),
    ],
    ids=["a server without a model", "an unknown provider", "a provider that is not installed"],
)
def test_a_bad_setting_says_what_to_do(given: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        open_chat_model(load_settings(**given))


def test_a_key_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="SEAMLESS_LLM_API_KEY"):
        open_chat_model(load_settings(llm="openai:some-model"))


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(MissingExtraError, match=r"seamless-retail\[llm\]"):
        open_chat_model(load_settings(llm="local", llm_base_url="http://127.0.0.1:9/v1"))
