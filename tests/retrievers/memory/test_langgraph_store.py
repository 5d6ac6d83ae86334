"""LangGraph's store over a compressed memory: it answers as LangGraph's own does, and still does after a restart."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import DeterministicFakeEmbedding
from langgraph.store.base import GetOp, InvalidNamespaceError, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from seamless_retail.core.errors import InvalidQueryError, NotAuthorizedError
from seamless_retail.retrievers.memory.langgraph_store import ClaraStore
from seamless_retail.retrievers.memory.namespaces import namespace_of, owner_of, owners_of_user
from seamless_retail.retrievers.memory.store import ClaraVectorStore

EMBEDDING = DeterministicFakeEmbedding(size=16)


class Clock:
    """A time that only the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_minutes(self, minutes: float) -> None:
        self.time += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(open_store: Callable[..., ClaraVectorStore]) -> ClaraVectorStore:
    return open_store("items", EMBEDDING)


@pytest.fixture
def store(memory: ClaraVectorStore, clock: Clock) -> ClaraStore:
    return ClaraStore(memory, now=clock)


def keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


def test_an_item_is_put_read_changed_and_deleted(store, clock):
    assert store.get(("users", "1"), "size") is None
    store.put(("users", "1"), "size", {"value": "M", "nested": {"list": [1, None, "é"]}})
    first = store.get(("users", "1"), "size")
    assert (first.namespace, first.key) == (("users", "1"), "size")
    assert first.value == {"value": "M", "nested": {"list": [1, None, "é"]}}
    clock.pass_minutes(5)
    store.put(("users", "1"), "size", {"value": "L"})
    changed = store.get(("users", "1"), "size")
    assert changed.value == {"value": "L"}
    assert changed.created_at == first.created_at
    assert changed.updated_at - first.updated_at == timedelta(minutes=5)
    store.delete(("users", "1"), "size")
    assert store.get(("users", "1"), "size") is None


def test_a_query_finds_the_nearest_items_of_the_namespace_with_their_cosines(store):
    for namespace in (("u", "1"), ("u", "2"), ("u", "1", "deep")):
        for text in ("wool", "silk", "linen"):
            store.put(namespace, text, {"text": text})
    found = store.search(("u", "1"), query='{"text": "silk"}', limit=2)
    assert [item.key for item in found] == ["silk", "silk"]
    assert {item.namespace for item in found} == {("u", "1"), ("u", "1", "deep")}
    assert [item.score for item in found] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert {item.namespace for item in store.search(("u", "2"), query="silk")} == {("u", "2")}


def test_fields_say_what_an_item_is_found_by(memory, store):
    by_text = ClaraStore(memory, fields=["text"])
    by_text.put(("a",), "1", {"text": "wool", "price": 3})
    by_text.put(("a",), "2", {"text": "silk", "note": "wool"}, index=["note"])
    by_text.put(("a",), "3", {"text": "wool"}, index=False)
    found = by_text.search(("a",), query="wool")
    assert {item.key for item in found} == {"1", "2"}
    assert [item.score for item in found] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert {item.key for item in by_text.search(("a",))} == {"1", "2", "3"}


FILTERS = (
    {"color": "red"},
    {"price": {"$gt": 10}},
    {"price": {"$gte": 10, "$lt": 30}},
    {"price": {"$ne": 10}},
    {"size": {"letter": "M"}},
    {"tags": ["a", "b"]},
    {"color": "red", "price": {"$lte": 10}},
    {"nowhere": 1},
)


@pytest.mark.parametrize("where", FILTERS)
def test_filters_mean_what_they_mean_to_langgraph(store, where):
    reference = InMemoryStore()
    items = (
        {"color": "red", "price": 10, "size": {"letter": "M"}, "tags": ["a", "b"]},
        {"color": "red", "price": 20, "size": {"letter": "L"}, "tags": ["b", "a"]},
        {"color": "blue", "price": 30, "size": {"letter": "M"}, "tags": []},
    )
    for place, value in enumerate(items):
        store.put(("shop",), str(place), value)
        reference.put(("shop",), str(place), value)
    expected = set(keys(reference.search(("shop",), filter=where)))
    assert set(keys(store.search(("shop",), filter=where))) == expected
    assert set(keys(store.search(("shop",), filter=where, query="anything"))) == expected


def test_a_filter_that_turns_most_away_still_finds_what_it_admits(store):
    for number in range(40):
        store.put(("n",), str(number), {"number": number})
    assert set(keys(store.search(("n",), query="7", filter={"number": {"$gte": 37}}, limit=2))) <= {"37", "38", "39"}
    assert len(store.search(("n",), query="7", filter={"number": {"$gte": 37}}, limit=5)) == 3
    with pytest.raises(InvalidQueryError, match=r"\$like"):
        store.search(("n",), filter={"number": {"$like": 1}})


def test_pages_follow_each_other(store, clock):
    for number in range(5):
        store.put(("p",), str(number), {"n": number})
        clock.pass_minutes(1)
    assert keys(store.search(("p",), limit=2)) == ["4", "3"]
    assert keys(store.search(("p",), limit=2, offset=2)) == ["2", "1"]
    ranked = keys(store.search(("p",), query="x", limit=5))
    assert keys(store.search(("p",), query="x", limit=2, offset=2)) == ranked[2:4]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"prefix": ("a",)},
        {"suffix": ("x",)},
        {"prefix": ("a", "*")},
        {"prefix": ("a",), "suffix": ("x",)},
        {"max_depth": 2},
        {"max_depth": 1, "prefix": ("a",)},
        {"limit": 2, "offset": 1},
    ],
)
def test_namespaces_are_listed_as_langgraph_lists_them(store, asked):
    reference = InMemoryStore()
    for namespace in (("a", "b", "x"), ("a", "c"), ("a", "c", "x"), ("b", "x"), ("b",)):
        store.put(namespace, "k", {"v": 1})
        reference.put(namespace, "k", {"v": 1})
    assert store.list_namespaces(**asked) == reference.list_namespaces(**asked)


def test_in_one_batch_reads_come_before_writes_and_the_last_write_counts(store):
    ops = [
        PutOp(("b",), "k", {"v": 1}),
        GetOp(("b",), "k"),
        PutOp(("b",), "k", {"v": 2}),
        SearchOp(("b",)),
    ]
    assert store.batch(ops) == [None, None, None, []]
    assert store.get(("b",), "k").value == {"v": 2}


def test_it_works_without_blocking_an_event_loop(store):
    async def use() -> Any:
        await asyncio.gather(*(store.aput(("async",), str(number), {"n": number}) for number in range(5)))
        await store.adelete(("async",), "3")
        found = await store.asearch(("async",), query="n", limit=10)
        return (await store.aget(("async",), "2")).value, sorted(keys(found)), await store.alist_namespaces()

    assert asyncio.run(use()) == ({"n": 2}, ["0", "1", "2", "4"], [("async",)])


def test_items_live_as_long_as_they_are_given_and_longer_when_read(store, clock):
    store.put(("t",), "short", {"v": 1}, ttl=10)
    store.put(("t",), "long", {"v": 2})
    clock.pass_minutes(6)
    assert store.get(("t",), "short", refresh_ttl=False)
    clock.pass_minutes(3)
    assert store.get(("t",), "short", refresh_ttl=True)
    clock.pass_minutes(9)
    assert set(keys(store.search(("t",), query="v", refresh_ttl=False))) == {"short", "long"}
    clock.pass_minutes(2)
    assert store.get(("t",), "short") is None
    assert keys(store.search(("t",))) == ["long"]
    assert store.sweep_ttl() == 1
    assert store.sweep_ttl() == 0


def test_namespaces_are_no_customers_and_no_shop(memory, store):
    store.put(("C0001",), "k", {"text": "a secret of a namespace"})
    memory.as_user("C0001").add_texts(["a secret of a customer"], ids=["k"])
    memory.add_texts(["for all"], ids=["k"])
    assert [d.page_content for d in memory.as_user("C0001").similarity_search("a secret", k=9)] != []
    assert all("namespace" not in d.page_content for d in memory.as_user("C0001").similarity_search("secret", k=9))
    assert [item.value for item in store.search((), query="secret")] == [{"text": "a secret of a namespace"}]
    with pytest.raises(NotAuthorizedError):
        ClaraStore(memory.as_user("C0001"))


labels = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="."), min_size=1, max_size=8)


@settings(max_examples=200, deadline=None)
@given(st.lists(labels, min_size=1, max_size=4).map(tuple), st.lists(labels, min_size=1, max_size=4).map(tuple))
def test_no_two_namespaces_share_an_owner(one, other):
    assert namespace_of(owner_of(one)) == one
    assert (owner_of(one) == owner_of(other)) == (one == other)


def test_the_owners_of_a_user_are_the_user_and_the_namespaces_that_name_them():
    mine = ["C1", owner_of(("users", "C1")), owner_of(("C1", "facts"))]
    others = ["", "C10", owner_of(("users", "C10")), 'namespace:["C1"', "namespace:C1"]
    assert owners_of_user("C1", [*mine, *others]) == mine


def test_what_is_no_namespace_is_refused(store):
    for namespace in ((), ("a.b",), ("",), ("langgraph", "x")):
        with pytest.raises(InvalidNamespaceError):
            store.put(namespace, "k", {"v": 1})


def test_forgetting_a_prefix_leaves_no_byte_and_touches_nothing_else(memory, store, tmp_path: Path):
    store.put(("users", "1", "facts"), "k", {"text": "zibeline"})
    store.put(("users", "10"), "k", {"text": "velvet"})
    assert store.forget(("users", "1")) == 1
    assert store.list_namespaces() == [("users", "10")]
    files = [path for path in (tmp_path / "items").rglob("*") if path.is_file()]
    assert not any(b"zibeline" in path.read_bytes() for path in files)


def test_items_are_there_after_a_restart(memory, store, open_store):
    store.put(("users", "1"), "k", {"text": "wool"})
    memory.close()
    again = ClaraStore(open_store("items", EMBEDDING))
    assert again.get(("users", "1"), "k").value == {"text": "wool"}
    assert keys(again.search(("users",), query="wool")) == ["k"]


def test_a_graph_compiled_with_it_remembers_across_threads(store):
    from langgraph.config import get_store
    from langgraph.graph import END, START, StateGraph

    def node(state: dict[str, Any]) -> dict[str, Any]:
        found = get_store().search(("people",), query=state["said"])
        get_store().put(("people",), state["said"], {"text": state["said"]})
        return {"known": [item.key for item in found]}

    builder: Any = StateGraph(dict)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    builder.add_edge("node", END)
    graph = builder.compile(store=store)
    assert graph.invoke({"said": "wool"})["known"] == []
    assert graph.invoke({"said": "silk"})["known"] == ["wool"]
