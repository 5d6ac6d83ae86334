"""Plain JSON and server-sent events: answers, conversations, callers, and every refusal with its status."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.serve.responses import MAX_BODY_BYTES, MAX_PICTURE_BODY_BYTES

NewClient = Callable[..., httpx.Client]
DRESSES = "Find blue dresses under $80"


def ask(client: httpx.Client, query: str, thread: str = "") -> dict[str, Any]:
    response = client.post("/ask", json={"query": query, "thread_id": thread})
    assert response.status_code == 200, response.text
    reply: dict[str, Any] = response.json()
    return reply


def events_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\r\n\r\n") if block]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def test_a_question_is_answered_with_sources(new_client: NewClient) -> None:
    reply = ask(new_client(), DRESSES)
    assert reply["products"]
    assert reply["citations"][0]["quote"]
    assert reply["intent"]["intent"]
    assert reply["timings"]["total"] > 0
    assert reply["error"] == ""


def test_a_stream_sends_the_answer_sentence_by_sentence_and_then_whole(new_client: NewClient) -> None:
    response = new_client().post("/ask/stream", json={"query": DRESSES})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    kinds = [kind for kind, _ in events]
    assert kinds[-1] == "reply"
    assert {"intent", "lobe", "sentence"} <= set(kinds)
    said = "".join(data["text"] for kind, data in events if kind == "sentence")
    assert said == events[-1][1]["answer"]


def test_a_follow_up_goes_on_in_its_thread(new_client: NewClient) -> None:
    client = new_client()
    shown = ask(client, DRESSES, "t")["products"]
    assert ask(client, "How much is the first one?", "t")["products"] == shown[:1]


def test_the_same_thread_name_of_another_guest_is_another_conversation(new_client: NewClient) -> None:
    shown = ask(new_client(), DRESSES, "t")["products"]
    assert ask(new_client(), "How much is the first one?", "t")["products"] != shown[:1]


def test_the_same_thread_name_of_another_customer_is_another_conversation(new_client: NewClient) -> None:
    shown = ask(new_client("C0001"), DRESSES, "mine")["products"]
    assert ask(new_client("C0002"), "How much is the first one?", "mine")["products"] != shown[:1]
    assert ask(new_client("C0001"), "How much is the first one?", "mine")["products"] == shown[:1]


def test_a_guest_is_known_again_by_header_where_there_are_no_cookies(server_url: str) -> None:
    first = httpx.post(f"{server_url}/ask", json={"query": DRESSES, "thread_id": "t"}, timeout=60)
    headers = {"x-guest-id": first.headers["x-guest-id"]}
    follow_up = {"query": "How much is the first one?", "thread_id": "t"}
    reply = httpx.post(f"{server_url}/ask", json=follow_up, headers=headers, timeout=60).json()
    assert reply["products"] == first.json()["products"][:1]


def test_only_a_token_makes_a_customer(new_client: NewClient) -> None:
    question = "How many loyalty points do I have?"
    assert any("C0001" in item["source_id"] for item in ask(new_client("C0001"), question)["citations"])
    guest = new_client()
    guest.headers["x-customer-id"] = "C0001"
    guest.cookies["seamless_session"] = ""
    assert not any("C0001" in item["source_id"] for item in ask(guest, question)["citations"])


REFUSALS = [
    pytest.param({"query": ""}, 422, "empty", id="empty query"),
    pytest.param({"query": "  \u200b "}, 422, "empty", id="invisible query"),
    pytest.param({"query": "x" * 100_000}, 422, "100,000 characters", id="100 kB query"),
    pytest.param({"query": "dresses over $80 and under $50"}, 422, "80", id="contradictory price bound"),
    pytest.param({"query": 5}, 422, "query", id="not text"),
    pytest.param({"question": "hi"}, 422, "question", id="unknown field"),
    pytest.param({"query": "hi", "customer_id": "C0001"}, 422, "customer_id", id="customer named in the body"),
    pytest.param({"query": "hi", "thread_id": "\ud800"}, 422, "name", id="thread name that is no text"),
    pytest.param({"resume": "yes"}, 422, "Nothing waits", id="nothing to resume"),
]


@pytest.mark.parametrize("path", ["/ask", "/ask/stream"])
@pytest.mark.parametrize(("body", "status", "told"), REFUSALS)
def test_what_cannot_be_answered_is_refused_with_a_remedy(
    new_client: NewClient, path: str, body: dict[str, Any], status: int, told: str
) -> None:
    response = new_client().post(path, content=json.dumps(body), headers={"content-type": "application/json"})
    assert response.status_code == status
    assert told in response.json()["error"]
    assert response.json()["remedy"]


@pytest.mark.parametrize("path", ["/ask", "/brain/invoke", "/brain/stream", "/brain/batch", "/chat/invoke"])
@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b'{"query": "\xff"}', 422, "not valid UTF-8"),
        (b'{"query": ', 422, "JSON"),
        (None, 413, "larger than"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    new_client: NewClient, parts: Parts, path: str, body: bytes | None, status: int, told: str
) -> None:
    limit = MAX_PICTURE_BODY_BYTES if parts.sight else MAX_BODY_BYTES
    content = b"x" * (limit + 1) if body is None else body
    response = new_client().post(path, content=content, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert told in response.json()["error"]


@pytest.mark.parametrize("path", ["/ask", "/brain/invoke", "/chat/stream", "/session"])
@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic QTpC", "Bearer"])
def test_a_bad_token_is_refused_and_never_taken_for_a_guest(new_client: NewClient, path: str, header: str) -> None:
    method = "GET" if path == "/session" else "POST"
    body = {"query": "hi", "input": {"query": "hi"}}
    if path == "/chat/stream":
        body["input"] = {"messages": [{"type": "human", "content": "hi"}]}
    if path == "/ask":
        del body["input"]
    response = new_client().request(method, path, json=body, headers={"authorization": header})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["remedy"]


def test_a_customer_who_no_longer_exists_is_not_found(new_client: NewClient) -> None:
    response = new_client("C9999").post("/ask", json={"query": "hi"})
    assert response.status_code == 404
    assert "C9999" in response.json()["error"]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/ask", 405)])
def test_wrong_addresses_are_answered_in_json(new_client: NewClient, method: str, path: str, status: int) -> None:
    response = new_client().request(method, path)
    assert response.status_code == status
    assert response.json()["remedy"]
