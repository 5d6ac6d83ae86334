"""What a customer wants done over HTTP: asked back, approved in words or as data, and done once."""

import json
from collections.abc import Callable
from typing import Any

import httpx

NewClient = Callable[..., httpx.Client]
LAST = "cancel my last order"


def ask(client: httpx.Client, thread: str = "t", **question: Any) -> dict[str, Any]:
    reply: dict[str, Any] = client.post("/ask", json={"thread_id": thread, **question}).raise_for_status().json()
    return reply


def decided(reply: dict[str, Any], approved: bool = True) -> dict[str, Any]:
    value = reply["interrupts"][0]["value"]
    return {"proposal_id": value["proposal_id"], "digest": value["digest"], "approved": approved}


def test_a_proposal_is_shown_approved_as_data_and_done_once(writing_client: NewClient) -> None:
    client, other = writing_client("C0001"), writing_client("C0002")
    asked = ask(client, query=LAST)
    assert asked["interrupts"][0]["value"]["type"] == "approval"
    assert "Shall I do this?" in asked["answer"]
    assert other.post("/ask", json={"thread_id": "t", "resume": decided(asked)}).status_code == 422
    done = ask(client, resume=decided(asked))
    assert done["answer"].startswith("Done: Cancel order ORD-101489")
    assert not done["interrupts"]
    assert client.post("/ask", json={"thread_id": "t", "resume": decided(asked)}).status_code == 422
    assert "was cancelled" in ask(client, query="where is it?")["answer"]
    ask(client, query="undo that")
    assert "has been pending" in ask(client, query="yes")["answer"]
    ask(client, query=LAST)
    assert ask(client, resume="no")["answer"] == "Nothing was changed."


def test_the_stream_asks_and_goes_on(writing_client: NewClient) -> None:
    client = writing_client("C0001")
    lines = client.post("/ask/stream", json={"query": LAST, "thread_id": "s"}).text.splitlines()
    data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert "event: interrupt" in lines
    value = data[-1]["interrupts"][0]["value"]
    body = {"thread_id": "s", "resume": {key: value[key] for key in ("proposal_id", "digest")} | {"approved": True}}
    assert "Done: Cancel order" in client.post("/ask/stream", json=body).text


def test_in_langserve_and_its_chat(writing_client: NewClient) -> None:
    client = writing_client("C0001")
    config = {"configurable": {"thread_id": "b"}}
    asked = client.post("/brain/invoke", json={"input": {"query": LAST}, "config": config}).json()["output"]
    body = {"input": {"resume": decided(asked, approved=False)}, "config": config}
    assert client.post("/brain/invoke", json=body).json()["output"]["answer"] == "Nothing was changed."
    human = {"type": "human", "content": LAST}
    question = client.post("/chat/invoke", json={"input": {"messages": [human]}}).json()["output"]
    assert question.count("Shall I do this?") == 1
    transcript = [human, {"type": "ai", "content": question}, {"type": "human", "content": "yes"}]
    answered = client.post("/chat/invoke", json={"input": {"messages": transcript}}).json()["output"]
    assert answered.startswith("Done: Cancel order ORD-101489")
