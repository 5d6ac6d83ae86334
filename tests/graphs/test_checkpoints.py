"""Where conversations are kept: what is refused and how, and that a store gives back what it was given."""

import asyncio
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import MessagesState, StateGraph
from langgraph.graph.state import CompiledStateGraph

from seamless_retail.core.errors import ConfigurationError, ConversationStoreError, MissingExtraError
from seamless_retail.graphs.checkpoints import open_async_checkpointer, open_checkpointer, store_errors

CONFIG: Any = {"configurable": {"thread_id": "t"}}


def parrot(checkpointer: BaseCheckpointSaver[Any] | None) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The smallest graph that remembers."""
    builder = StateGraph(MessagesState)
    builder.add_node("repeat", lambda state: {"messages": [AIMessage(f"{len(state['messages'])} so far")]})
    builder.set_entry_point("repeat")
    return builder.compile(checkpointer=checkpointer)


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    """A database of its own on the local server; skips where none answers."""
    psycopg = pytest.importorskip("psycopg")
    name = f"seamless_threads_{uuid.uuid4().hex[:8]}"
    try:
        server = psycopg.connect("postgresql:///postgres", autocommit=True, connect_timeout=3)
        server.execute(f"CREATE DATABASE {name}")
    except psycopg.Error as error:
        pytest.skip(f"no PostgreSQL server lets us make a database: {error}")
    yield f"postgresql:///{name}"
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'threads.db'}"
    return str(request.getfixturevalue("postgresql_url"))


def test_a_reopened_store_goes_on_with_the_conversation(url: str) -> None:
    thread: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}
    for turns in (1, 2):
        with open_checkpointer(url) as checkpointer:
            said = parrot(checkpointer).invoke({"messages": [HumanMessage("hello")]}, thread)["messages"]
        assert [type(message) for message in said] == [HumanMessage, AIMessage] * turns


def test_the_asynchronous_store_holds_the_same_conversations(url: str) -> None:
    thread: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}

    async def go_on() -> int:
        async with open_async_checkpointer(url) as checkpointer:
            return len((await parrot(checkpointer).ainvoke({"messages": [HumanMessage("again")]}, thread))["messages"])

    with open_checkpointer(url) as checkpointer:
        parrot(checkpointer).invoke({"messages": [HumanMessage("hello")]}, thread)
    assert asyncio.run(go_on()) == 4


def test_none_keeps_nothing() -> None:
    with open_checkpointer("none") as checkpointer:
        assert checkpointer is None


BAD_FILES = {
    "no database": lambda intact: b"not a database " * 400,
    "cut off": lambda intact: intact[: len(intact) // 2],
    "overwritten pages": lambda intact: intact[:4096] + b"\x07" * (len(intact) - 4096),
}


@pytest.mark.parametrize("damage", BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "threads.db"
    with open_checkpointer(f"sqlite:///{path}") as checkpointer:
        for _ in range(20):
            parrot(checkpointer).invoke({"messages": [HumanMessage("hello")]}, CONFIG)
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with (
        pytest.raises(ConversationStoreError, match=r"threads\.db.*move it away"),
        open_checkpointer(f"sqlite:///{path}"),
    ):
        pass
    assert path.read_bytes() == damaged


BAD_URLS = {
    "mysql://localhost/threads": "cannot be kept in",
    "sqlite://": "cannot be kept in",
    "nowhere": "cannot be read",
}


@pytest.mark.parametrize(("url", "message"), BAD_URLS.items(), ids=BAD_URLS)
def test_a_url_that_cannot_be_used_is_refused(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message), open_checkpointer(url):
        pass


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with (
        pytest.raises(ConversationStoreError, match=r"127\.0\.0\.1:1/shop") as caught,
        open_checkpointer("postgresql://me:secret@127.0.0.1:1/shop"),
    ):
        pass
    assert "secret" not in str(caught.value)


def test_postgresql_without_its_packages_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg_pool", None)
    with (
        pytest.raises(MissingExtraError, match=r"seamless-retail\[postgres\]"),
        open_checkpointer("postgresql://localhost/threads"),
    ):
        pass


def test_a_store_that_fails_in_the_middle_of_a_run_is_named(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    with open_checkpointer(f"sqlite:///{path}") as checkpointer:
        graph = parrot(checkpointer)
        graph.invoke({"messages": [HumanMessage("hello")]}, CONFIG)
        with sqlite3.connect(path) as other:
            other.execute("DROP TABLE checkpoints")
        with pytest.raises(ConversationStoreError, match="SEAMLESS_CHECKPOINT_URL"), store_errors():
            graph.invoke({"messages": [HumanMessage("hello")]}, CONFIG)


@dataclass
class Foreign:
    """Stands for a class whose construction would do harm."""

    harm: int


def test_a_tampered_store_cannot_build_foreign_classes(tmp_path: Path) -> None:
    with open_checkpointer(f"sqlite:///{tmp_path / 'threads.db'}") as checkpointer:
        assert checkpointer is not None
        stored = checkpointer.serde.dumps_typed([HumanMessage("hello"), Foreign(harm=1)])
        message, foreign = checkpointer.serde.loads_typed(stored)
    assert message == HumanMessage("hello")
    assert not isinstance(foreign, Foreign)
