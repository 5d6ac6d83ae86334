"""Users and the shop: a search sees the caller's and the shop's, and nobody reaches another's entry by any means."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding

from seamless_retail.core.errors import InvalidQueryError, NotAuthorizedError
from seamless_retail.retrievers.memory.entry import SHOP, entry_key
from seamless_retail.retrievers.memory.store import ClaraVectorStore

Open = Callable[..., ClaraVectorStore]

OWNERS = (
    SHOP, "alice", "Alice", "alice ", "ali\u0301ce", "alíce", "bob", "' OR '1'='1", "../alice", "alice\x00", "%", "*",
    "owner", '{"$ne": "x"}', "a" * 1024, "🥛", "shop", "None", "alice,bob",
)  # fmt: skip
IDS = ("1", "alice", "' OR 1=1 --", "../../etc", "alice:1", entry_key("alice", "1"), entry_key(SHOP, "1"), "\x00", "%")
FILTERS: tuple[dict[str, Any] | None, ...] = (
    None, {"owner": "alice"}, {"owner": {"$ne": "nobody"}}, {"owner": {"$in": list(OWNERS)}},
    {"$not": {"owner": "bob"}},
    {"$or": [{"owner": "alice"}, {"owner": {"$exists": False}}]}, {"entries.owner": ""}, {"x' OR '1'='1": 1},
    {"owner": {"$exists": True}}, {"id": {"$gte": ""}},
)  # fmt: skip

write = st.tuples(st.just("add"), st.sampled_from(OWNERS), st.sampled_from(IDS), st.sampled_from(OWNERS))
erase = st.tuples(st.just("delete"), st.sampled_from(OWNERS), st.sampled_from(IDS), st.just(""))
wipe = st.tuples(st.sampled_from(["delete all", "forget"]), st.sampled_from(OWNERS), st.just(""), st.just(""))


def view(store: ClaraVectorStore, owner: str) -> ClaraVectorStore:
    return store if owner == SHOP else store.as_user(owner)


def content(owner: str, id_: str, step: int) -> str:
    return f"{owner!r} {id_!r} {step}"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(write, write, write, erase, wipe), max_size=25), where=st.sampled_from(FILTERS))
def test_every_owner_sees_own_and_shop_and_nothing_else(
    open_store: Open, steps: list[tuple[str, str, str, str]], where: dict[str, Any] | None
) -> None:
    store = open_store(f"memory-{id(steps)}", compressor=DeterministicFakeEmbedding(size=8))
    store.delete()
    for owner in OWNERS[1:]:
        view(store, owner).delete()
    model: dict[tuple[str, str], tuple[str, dict[str, str]]] = {}
    for step, (what, owner, id_, claimed) in enumerate(steps):
        mine = view(store, owner)
        if what == "add":
            metadata = {"owner": claimed, "id": id_}
            mine.add_documents([Document(id=id_, page_content=content(owner, id_, step), metadata=metadata)])
            model[owner, id_] = content(owner, id_, step), metadata
        elif what == "delete":
            mine.delete([id_])
            model.pop((owner, id_), None)
        elif what == "forget" and owner != SHOP:
            assert mine.forget(owner) == sum(of == owner for of, _ in model)
            model = {name: value for name, value in model.items() if name[0] != owner}
        elif what == "delete all":
            mine.delete()
            model = {name: value for name, value in model.items() if name[0] != owner}
    for owner in OWNERS:
        mine = view(store, owner)
        readable = {text for (of, _), (text, _) in model.items() if of in (owner, SHOP)}
        assert {found.page_content for found in mine.similarity_search("x", k=100)} == readable
        filtered = {found.page_content for found in mine.similarity_search("x", k=100, filter=where)}
        assert filtered <= readable
        for id_ in IDS:
            expected = model.get((owner, id_)) or model.get((SHOP, id_))
            assert [found.page_content for found in mine.get_by_ids([id_])] == ([expected[0]] if expected else [])
        assert len(mine.max_marginal_relevance_search("x", k=100, fetch_k=100)) == len(readable)
        assert mine.memory_tokens("x", k=100).shape[1] == len(readable)
        assert {*mine.search_with_differentiable_topk("x", k=1, candidates=100).ids} == {
            id_ for of, id_ in model if of in (owner, SHOP)
        }


def test_the_owner_is_never_an_option_of_a_call(store: ClaraVectorStore) -> None:
    store.as_user("alice").add_texts(["secret"])
    bob = store.as_user("bob")
    calls: list[Callable[[], Any]] = [
        lambda: bob.similarity_search("secret", owner="alice"),
        lambda: bob.similarity_search_with_score("secret", owners=["alice"]),
        lambda: bob.max_marginal_relevance_search("secret", user="alice"),
        lambda: bob.as_retriever(search_kwargs={"owner": "alice"}).invoke("secret"),
        lambda: bob.add_texts(["x"], owner="alice"),
        lambda: bob.delete([], owner="alice"),
    ]
    for call in calls:
        with pytest.raises(InvalidQueryError, match="is not an option"):
            call()


def test_a_view_gives_no_way_to_other_owners(store: ClaraVectorStore) -> None:
    alice, bob = store.as_user("alice"), store.as_user("bob")
    alice.add_texts(["secret"], ids=["1"])
    [entry] = alice.get_entries(["1"])
    refused: list[Callable[[], Any]] = [
        lambda: bob.as_user("alice"), lambda: bob.ledger, lambda: bob.engine, lambda: bob.forget("alice"),
        lambda: bob.add_compressed([entry]), lambda: bob.verify(),
    ]  # fmt: skip
    for call in refused:
        with pytest.raises(NotAuthorizedError, match="user's view"):
            call()
    assert bob.as_user("bob").owner == "bob"
    assert (bob.stats().entries, bob.stats().users, bob.stats().indexed) == (0, None, None)


@pytest.mark.parametrize("owner", ["", "a" * 1025, "\ud800", None, 5, ["alice"]])
def test_a_user_without_a_proper_id_gets_no_view(store: ClaraVectorStore, owner: Any) -> None:
    with pytest.raises(InvalidQueryError, match="not a valid owner"):
        store.as_user(owner)


def test_many_users_get_exactly_k_of_their_own_and_the_shops(open_store: Open) -> None:
    store = open_store(compressor=DeterministicFakeEmbedding(size=8))
    store.add_texts([f"shop {i}" for i in range(30)])
    for user in range(40):
        store.as_user(f"u{user}").add_texts([f"u{user} says {i}" for i in range(5)])
    for user in range(40):
        found = store.as_user(f"u{user}").similarity_search("x", k=35)
        assert len({document.page_content for document in found}) == 35
        assert all(document.page_content.startswith(("shop ", f"u{user} ")) for document in found)
