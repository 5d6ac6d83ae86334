"""Forgetting a user leaves no byte of text, tokens or vector in any file, and nothing in other open stores."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.retrievers.memory.manifest import Layout
from seamless_retail.retrievers.memory.precision import Precision
from seamless_retail.retrievers.memory.store import ClaraVectorStore

Open = Callable[..., ClaraVectorStore]
SECRET = "Ich vertrage keine Haselnüsse und wohne in der Lindenallee 17."


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def traces(store: ClaraVectorStore, id_: str) -> list[bytes]:
    """Pieces of 8 bytes of everything that was written of an entry."""
    [entry] = store.get_entries([id_])
    codec = store.ledger.codec if store.owner == "" else store._engine.ledger.codec
    _, owner, name, _, metadata, text, vector, tokens, _ = codec.row(entry)
    assert text is not None
    whole = [
        text.encode(),
        metadata.encode(),
        owner.encode(),
        name.encode(),
        tokens,
        vector or b"",
        entry.vector.tobytes(),
    ]
    return [part[i : i + 8] for part in whole for i in range(0, max(1, len(part) - 7), 4) if len(part) >= 8]


@pytest.mark.parametrize("layout", [Layout(), Layout(tokens=Precision.INT4, vector=None)], ids=["full", "compact"])
def test_no_byte_of_a_forgotten_user_is_left(open_store: Open, tmp_path: Path, layout: Layout) -> None:
    store = open_store(layout=layout)
    store.add_texts([f"the shop's text {i}" for i in range(30)])
    user = store.as_user("user-4711-hazel")
    user.add_texts([SECRET], [{"city": "Regenweiler"}], ids=["first-entry"])
    user.add_texts([f"{SECRET} {i}" for i in range(40)])
    user.add_texts([SECRET + " replaced"], [{"city": "Regenweiler"}], ids=["first-entry"])
    gone = traces(user, "first-entry")
    for piece in gone[:20]:
        assert piece in on_disk(tmp_path) or piece in user.get_entries(["first-entry"])[0].vector.tobytes()
    other = open_store()
    assert len(other.as_user("user-4711-hazel").memory_tokens("Nüsse", k=3)[0]) > 0
    assert store.forget("user-4711-hazel") == 41

    kept = [traces(store, found.id) for found in store.similarity_search("x", k=30) if found.id]
    others = {piece for pieces in kept for piece in pieces}
    content = on_disk(tmp_path)
    assert [piece for piece in set(gone) - others if piece in content and piece != bytes(8)] == []
    assert b"user-4711" not in content and b"Lindenallee" not in content
    for open_one in (store, other):
        assert len(open_one.as_user("user-4711-hazel").similarity_search("Nüsse", k=99)) == 30
        assert open_one.verify().whole and open_one.stats().entries == 30
    assert store.stats().cache.entries == other.stats().cache.entries == 0


def test_in_memory_nothing_of_the_vector_is_left(store: ClaraVectorStore) -> None:
    store.add_texts(["a", "b"])
    alice = store.as_user("alice")
    alice.add_texts([SECRET], ids=["s"])
    vector = alice.get_entries(["s"])[0].vector
    store.forget("alice")
    index = store.engine.index._index  # type: ignore[attr-defined]  # what FAISS still holds
    assert not any(np.allclose(index.reconstruct(row), vector, atol=1e-3) for row in range(index.ntotal))
    assert store.forget("alice") == 0


def test_forgetting_that_a_crash_cut_short_is_finished_at_the_next_opening(
    open_store: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    store.as_user("alice").add_texts([SECRET] * 30)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("seamless_retail.retrievers.memory.ledger.erase_traces", crash)
        with pytest.raises(KeyboardInterrupt):
            store.forget("alice")
    assert b"Lindenallee" in on_disk(tmp_path)
    assert open_store().stats().entries == 0
    assert b"Lindenallee" not in on_disk(tmp_path)
