"""The index's file: opening uses it, and never answers from one that is stale, damaged, a stranger's or forgotten."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.retrievers.memory import inverted_lists
from seamless_retail.retrievers.memory.entry import MemoryEntry
from seamless_retail.retrievers.memory.store import ClaraVectorStore

COUNT, DIMENSION = 400, 32


def entry(number: int, owner: str = "") -> MemoryEntry:
    row = np.random.default_rng(number).standard_normal((1, DIMENSION)).astype(np.float32)
    return MemoryEntry(f"e{number}", owner, f"text {number}", {"n": number % 5}, row, row[0])


@pytest.fixture
def open_large(open_store: Callable[..., ClaraVectorStore]) -> Callable[[], ClaraVectorStore]:
    return lambda: open_store(flat_limit=100)


@pytest.fixture
def filled(open_large: Callable[[], ClaraVectorStore], tmp_path: Path) -> Path:
    store = open_large()
    store.add_compressed([entry(i, "alice" if i % 4 == 0 else "") for i in range(COUNT)])
    store.delete(["e1"])
    store.close()
    assert (tmp_path / "memory" / "index.npz").exists()
    return tmp_path / "memory"


def answers(store: ClaraVectorStore) -> list[list[tuple[str | None, float]]]:
    users = (store, store.as_user("alice"))
    return [
        [(found.id, score) for found, score in user.similarity_search_with_score("x", k=COUNT, filter={"n": [1, 2]})]
        for user in users
    ]


def no_training(*_: object) -> None:
    raise AssertionError("the index was made anew")


def test_opening_takes_the_file_and_what_changed_since(
    filled: Path, open_large: Callable[[], ClaraVectorStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inverted_lists, "train", no_training)
    store = open_large()
    assert store.verify().whole and store.stats().indexed == COUNT - 1
    store.add_compressed([entry(1), entry(2000)])
    store.delete(["e2"])
    again = open_large()
    assert again.verify().whole and answers(again) == answers(store)
    assert {"e1", "e2000"} - {found.id for found in again.similarity_search("x", k=COUNT)} == set()
    assert again.similarity_search_by_vector(entry(7).vector.tolist(), k=1)[0].id == "e7"


@pytest.mark.parametrize("damage", ["bytes", "truncated", "text", "older"])
def test_a_file_that_is_not_the_ledgers_is_not_used(
    filled: Path, open_large: Callable[[], ClaraVectorStore], damage: str
) -> None:
    path = filled / "index.npz"
    content = path.read_bytes()
    store = open_large()
    before = answers(store)
    store.close()
    changed = {"bytes": content[:900] + b"\x07" * 9 + content[909:], "truncated": content[:700], "text": b"no"}
    if damage == "older":
        store = open_large()
        store.add_compressed([entry(i) for i in range(5000, 5100)])
        before = answers(store)
        store.close()
    path.write_bytes(changed.get(damage, content))
    store = open_large()
    assert store.verify().whole
    assert [sorted(id_ for id_, _ in found if id_) for found in answers(store)] == [
        sorted(id_ for id_, _ in found if id_) for found in before
    ]


def test_forgetting_takes_the_file_away_and_a_stale_store_does_not_write_it_again(
    filled: Path, open_large: Callable[[], ClaraVectorStore]
) -> None:
    stale, store = open_large(), open_large()
    stale.add_compressed([entry(i) for i in range(3000, 3100)])
    (filled / "index.npz.1.partial").write_bytes(b"of a process that died")
    assert store.forget("alice") == COUNT // 4
    assert not list(filled.glob("index.npz*"))
    stale.close()  # it has not heard of it, and has enough changes to write
    assert not list(filled.glob("index.npz*"))
    assert open_large().verify().whole
