"""Tracing against a collector of our own: off by default, masked when on, never in the way of the end."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from langgraph.graph import MessagesState, StateGraph

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import Parts, ask, build_brain
from seamless_retail.graphs.tracing import annotate, tracing

INGEST = {
    "use_multipart_endpoint": True,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 16,
    "scale_down_nempty_trigger": 4,
    "size_limit": 100,
    "size_limit_bytes": 20_971_520,
}


class Collector:
    """Takes runs as LangSmith does: ``GET /info``, ``POST /runs/multipart``."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.raw = b""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({"version": "1.0", "batch_ingest_config": INGEST})

            def do_POST(self) -> None:
                body = self._body()
                collector.take(self.headers["content-type"], body)
                self._answer({}, 202)

            def _body(self) -> bytes:
                if "content-length" in self.headers:
                    return self.rfile.read(int(self.headers["content-length"]))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                return body

            def _answer(self, content: dict[str, Any], status: int = 200) -> None:
                data = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, content_type: str, body: bytes) -> None:
        self.raw += body
        for part in message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + body).get_payload():
            _, run_id, *field = re.findall(r'name="([^"]+)"', part["content-disposition"])[0].split(".")
            content = json.loads(part.get_payload(decode=True))
            run = self.runs.setdefault(run_id, {})
            run.update({field[0]: content} if field else content)

    def named(self, name: str) -> dict[str, Any]:
        return next(run for run in self.runs.values() if run.get("name") == name)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()


def invoke(text: str, **config: Any) -> None:
    """Run a graph of one node that annotates its run, repeats its input, and fails on request."""

    def repeat(state: MessagesState) -> MessagesState:
        annotate({"intent": "order_status"})
        said = str(state["messages"][-1].content)
        if "fail" in said:
            raise ValueError(said)
        return {"messages": [("ai", f"You said {said}")]}

    builder = StateGraph(MessagesState)
    builder.add_node("repeat", repeat, metadata={"lobe": "repeat"})
    builder.set_entry_point("repeat")
    builder.compile(name="brain").invoke({"messages": [("user", text)]}, config)


def test_it_is_off_unless_the_settings_say_so(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", collector.url)
    with tracing(load_settings()):
        invoke("hello")
    time.sleep(0.3)
    assert collector.runs == {}


def test_runs_are_named_and_annotated(collector: Collector) -> None:
    with tracing(load_settings(tracing=True, tracing_endpoint=collector.url, tracing_project="shop")):
        invoke("hello", metadata={"session_id": "s1"}, configurable={"thread_id": "t1"})
    root, node = collector.named("brain"), collector.named("repeat")
    assert node["parent_run_id"] == root["id"]
    assert root["session_name"] == "shop"
    for run in (root, node):
        metadata = run["extra"]["metadata"]
        assert (metadata["session_id"], metadata["thread_id"], metadata["intent"]) == ("s1", "t1", "order_status")
    assert node["extra"]["metadata"]["lobe"] == "repeat"
    assert "You said hello" in json.dumps(node["outputs"])


def test_runs_of_the_brain_are_named_by_node_and_lobe(collector: Collector, parts: Parts) -> None:
    with tracing(load_settings(tracing=True, tracing_endpoint=collector.url)):
        output = ask(
            build_brain(parts),
            "What is your return policy?",
            principal=Principal("C0001", session_id="s1"),
            thread_id="t1",
        )
    root = collector.named("brain")
    metadata = root["extra"]["metadata"]
    assert (metadata["thread_id"], metadata["session_id"]) == ("t1", "s1")
    assert metadata["intent"] == output["intent"]["intent"]
    steps = {"total", "receive", "input_guard", "topics", "listen", "screen_reports", "finish"}
    steps |= {"alarm", "look", "interpret", "screen_translation", "feel", "tone"}
    for name in output["timings"].keys() - steps:
        assert collector.named(name)["parent_run_id"] == root["id"]
    for lobe in output["lobes"]:
        metadata = collector.named(lobe["name"])["extra"]["metadata"]
        assert (metadata["lobe"], metadata["intent"]) == (lobe["name"], output["intent"]["intent"])
    retrieval = next(run for run in collector.runs.values() if run["run_type"] == "retriever")
    assert collector.runs[retrieval["parent_run_id"]]["name"] in {lobe["name"] for lobe in output["lobes"]}


PERSONAL = {
    "e-mail": "write to ann.lee+shop@example.co.uk please",
    "phone": "call +1 (415) 555-0134 please",
    "card": "my card is 4111 1111 1111 1111 please",
    "address": "Order ORD-100001\nShips to: 5 Elm Street, Springfield, IL 62704, US\nTotal: $5.00",
    "profile": "Dietary profile of customer C0001\nAllergies: peanuts (severe)\nConditions: diabetes",
    "name": "my name is Ann Lee and I want jeans",
}
SECRETS = ("ann.lee", "555-0134", "4111", "1111", "Elm Street", "Ann Lee", "peanuts", "diabetes")


def test_nothing_personal_is_sent_in_inputs_outputs_metadata_or_errors(collector: Collector) -> None:
    text = " ".join(PERSONAL.values())
    with tracing(load_settings(tracing=True, tracing_endpoint=collector.url)):
        invoke(text, metadata={"note": text})
        with pytest.raises(ValueError, match=r"ann\.lee"):
            invoke(f"fail {text}", metadata={"note": text})
    assert len(collector.runs) == 4
    assert not any(secret.encode() in collector.raw for secret in SECRETS)
    assert any("[email]" in str(run.get("error")) for run in collector.runs.values())


def test_a_question_and_its_answer_are_sent_without_what_is_personal_in_them(
    collector: Collector, parts: Parts
) -> None:
    question = "I am allergic to peanuts and take Coumadin, mail ann.lee@example.com or call 415-555-0134. Any granola?"
    with tracing(load_settings(tracing=True, tracing_endpoint=collector.url)):
        ask(build_brain(parts), question)
    assert "Any granola" in collector.named("brain")["inputs"]["query"]
    for secret in (b"allergic to", b"Coumadin", b"warfarin", b"allergen:peanuts", b"ann.lee", b"555-0134"):
        assert secret not in collector.raw


def test_tracing_to_the_hosted_service_needs_a_key() -> None:
    with pytest.raises(ConfigurationError, match="SEAMLESS_TRACING_API_KEY"), tracing(load_settings(tracing=True)):
        pass


def test_an_endpoint_that_does_not_answer_does_not_hold_up_the_end() -> None:
    program = """
import sys
from langchain_core.runnables import RunnableLambda
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.tracing import tracing
with tracing(load_settings(tracing=True, tracing_endpoint=sys.argv[1])):
    for _ in range(50):
        RunnableLambda(str.upper).invoke("hello")
print("done")
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        finished = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, timeout=15)
    assert finished.stdout == "done\n"
