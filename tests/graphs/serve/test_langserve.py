"""LangServe through its own client: results, threads, callers, interrupts and errors survive the wrapper."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import interrupt
from langserve import RemoteRunnable
from starlette.testclient import TestClient
from typing_extensions import TypedDict

from seamless_retail.core.settings import Settings
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.serve.callers import CallerRegistry, GuestCookie
from seamless_retail.graphs.serve.conversations import Conversations
from seamless_retail.graphs.serve.langserve_routes import add_langserve_routes
from seamless_retail.graphs.serve.responses import install_error_handlers

NewClient = Callable[..., httpx.Client]
Sign = Callable[[str], str]
DRESSES = "Find blue dresses under $80"
FIRST = "How much is the first one?"


@pytest.fixture
def brain(server_url: str) -> RemoteRunnable[Any, Any]:
    return RemoteRunnable(f"{server_url}/brain", timeout=60)


@pytest.fixture
def chat(server_url: str) -> RemoteRunnable[Any, Any]:
    return RemoteRunnable(f"{server_url}/chat", timeout=60)


def in_thread(name: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


def test_invoke(brain: RemoteRunnable[Any, Any]) -> None:
    reply = brain.invoke({"query": DRESSES})
    assert reply["products"]
    assert reply["citations"]


def test_batch_keeps_the_order_and_its_conversations_apart(brain: RemoteRunnable[Any, Any]) -> None:
    replies = brain.batch([{"query": DRESSES}, {"query": "When does the downtown store open?"}, {"query": FIRST}])
    assert replies[0]["products"]
    assert not replies[1]["products"]
    assert replies[2]["products"] != replies[0]["products"][:1]
    assert len({reply["thread_id"] for reply in replies}) == 3


def test_stream(brain: RemoteRunnable[Any, Any]) -> None:
    (reply,) = brain.stream({"query": DRESSES})
    assert reply["products"]


def test_stream_events_show_the_nodes_of_the_graph(brain: RemoteRunnable[Any, Any]) -> None:
    async def names() -> set[str]:
        return {event["name"] async for event in brain.astream_events({"query": DRESSES}, version="v2")}

    assert {"router", "synthesis", "answer"} <= asyncio.run(names())


def test_stream_log_shows_the_nodes_of_the_graph(brain: RemoteRunnable[Any, Any]) -> None:
    async def paths() -> set[str]:
        return {operation["path"] async for patch in brain.astream_log({"query": DRESSES}) for operation in patch.ops}

    assert {"/logs/router", "/logs/answer"} <= asyncio.run(paths())


def test_a_thread_survives(brain: RemoteRunnable[Any, Any]) -> None:
    shown = brain.invoke({"query": DRESSES}, in_thread("t"))["products"]
    assert brain.invoke({"query": FIRST}, in_thread("t"))["products"] == shown[:1]


def test_a_thread_belongs_to_its_caller(server_url: str) -> None:
    mine, yours = (RemoteRunnable(f"{server_url}/brain", timeout=60) for _ in range(2))
    shown = mine.invoke({"query": DRESSES}, in_thread("t"))["products"]
    assert yours.invoke({"query": FIRST}, in_thread("t"))["products"] != shown[:1]


def test_the_principal_is_the_one_of_the_token(server_url: str, token_of: Sign) -> None:
    headers = {"authorization": f"Bearer {token_of('C0001')}"}
    brain = RemoteRunnable(f"{server_url}/brain", headers=headers, timeout=60)
    reply = brain.invoke({"query": "How many loyalty points do I have?"})
    assert any("C0001" in citation["source_id"] for citation in reply["citations"])


def test_a_client_cannot_name_a_caller(new_client: NewClient) -> None:
    config = {"configurable": {"caller": {"identity": "customer:C0001"}, "customer_id": "C0001"}}
    body = {"input": {"query": "How many loyalty points do I have?"}, "config": config}
    response = new_client().post("/brain/invoke", json=body)
    assert response.status_code in (200, 422)
    assert "loyalty:C0001" not in response.text


@pytest.mark.parametrize(
    ("query", "told"),
    [("", "empty"), ("x" * 100_000, "100,000 characters"), ("dresses over $80 and under $50", "80")],
)
def test_errors_have_their_status_and_their_words(brain: RemoteRunnable[Any, Any], query: str, told: str) -> None:
    with pytest.raises(httpx.HTTPStatusError, match=told) as refused:
        brain.invoke({"query": query})
    assert refused.value.response.status_code == 422
    with pytest.raises(httpx.HTTPStatusError, match=told):
        brain.batch([{"query": "hello"}, {"query": query}])


def test_a_stream_tells_an_error_in_its_reply(brain: RemoteRunnable[Any, Any]) -> None:
    (reply,) = brain.stream({"query": "dresses over $80 and under $50"})
    assert "80" in reply["error"]
    assert reply["remedy"]
    assert reply["answer"] == ""


@pytest.mark.parametrize(
    ("path", "bad"), [("/brain/batch", {"query": 5}), ("/brain/batch", "hi"), ("/chat/batch", "hi")]
)
def test_a_batch_with_a_malformed_input_is_the_clients_error(new_client: NewClient, path: str, bad: object) -> None:
    response = new_client().post(path, json={"inputs": [bad]})
    assert response.status_code == 422
    assert response.json()["error"]


def test_chat_takes_messages_and_streams_the_answer(chat: RemoteRunnable[Any, Any]) -> None:
    pieces = list(chat.stream({"messages": [HumanMessage(DRESSES)]}))
    assert len(pieces) > 1
    assert "dress" in "".join(pieces).lower()


def test_chat_knows_the_conversation_by_its_transcript(chat: RemoteRunnable[Any, Any]) -> None:
    question = HumanMessage(DRESSES)
    answer = chat.invoke({"messages": [question]})
    follow_up = chat.invoke({"messages": [question, AIMessage(answer), HumanMessage(FIRST)]})
    first = next(line for line in answer.splitlines() if line.startswith("1. "))
    assert prices(follow_up) & prices(first)


def test_chat_picks_up_a_transcript_that_this_server_never_saw(chat: RemoteRunnable[Any, Any]) -> None:
    def follow_up(answer: str) -> str:
        return str(chat.invoke({"messages": [HumanMessage(DRESSES), AIMessage(answer), HumanMessage(FIRST)]}))

    known = follow_up(chat.invoke({"messages": [HumanMessage(DRESSES)]}))
    assert prices(follow_up("an answer that was edited")) == prices(known) != set()


def prices(text: str) -> set[str]:
    return set(re.findall(r"\$\d+\.\d\d", text))


def test_chat_refuses_a_list_that_does_not_end_with_the_customer(chat: RemoteRunnable[Any, Any]) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="not the customer's"):
        chat.invoke({"messages": [HumanMessage("hi"), AIMessage("hello")]})


class Booking(TypedDict):
    """The state of a graph that asks back."""

    query: str
    answer: str


def confirm(state: Booking) -> dict[str, str]:
    decision = interrupt({"question": f"Really {state['query']}?"})
    return {"answer": f"You said {decision}."}


@pytest.fixture
def asking_client(server_settings: Settings, parts: Parts) -> TestClient:
    """The routes over a graph with an interrupt, as an application's own extension of the brain may have."""
    builder = StateGraph(Booking)
    builder.add_node("confirm", confirm)
    builder.add_edge(START, "confirm")
    conversations = Conversations(builder.compile(checkpointer=InMemorySaver()))
    app = FastAPI()
    app.state.callers = CallerRegistry(server_settings, parts.shop.customers)
    add_langserve_routes(app, lambda: conversations)
    install_error_handlers(app)
    app.add_middleware(GuestCookie)
    return TestClient(app)


def test_an_interrupt_survives_and_is_resumed(asking_client: TestClient) -> None:
    first = asking_client.post("/brain/invoke", json={"input": {"query": "cancel"}, "config": in_thread("t")})
    assert first.json()["output"]["interrupts"][0]["value"] == {"question": "Really cancel?"}
    body = {"input": {"resume": "yes"}, "config": in_thread("t")}
    assert asking_client.post("/brain/invoke", json=body).json()["output"]["answer"] == "You said yes."
    again = asking_client.post("/brain/invoke", json=body)
    assert again.status_code == 422
    assert "Nothing waits" in again.json()["error"]


def test_an_interrupt_cannot_be_resumed_by_another_caller(asking_client: TestClient) -> None:
    asking_client.post("/brain/invoke", json={"input": {"query": "cancel"}, "config": in_thread("t")})
    asking_client.cookies.clear()
    body = {"input": {"resume": "yes"}, "config": in_thread("t")}
    assert asking_client.post("/brain/invoke", json=body).status_code == 422


def test_in_a_chat_the_next_message_answers_the_interrupt(asking_client: TestClient) -> None:
    human = {"type": "human", "content": "cancel"}
    asked = asking_client.post("/chat/invoke", json={"input": {"messages": [human]}}).json()["output"]
    transcript = [human, {"type": "ai", "content": asked}, {"type": "human", "content": "yes"}]
    answered = asking_client.post("/chat/invoke", json={"input": {"messages": transcript}})
    assert answered.json()["output"] == "You said yes."
