"""A memory moves between backends and directories; whatever interrupts it, nothing is lost and it can be finished."""

import multiprocessing
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ConfigurationError, MemoryStoreError, SearchIndexError
from seamless_retail.retrievers.memory import moving, relocation
from seamless_retail.retrievers.memory.backends import drop_index, open_index, parse_backend
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.entry import SHOP, CompressorIdentity, MemoryEntry
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.manifest import Layout, read_manifest, settle_manifest
from seamless_retail.retrievers.memory.moving import move_memory

DIMENSION = 8
IDENTITY = CompressorIdentity("test", "0" * 64, rate=4, token_dimension=4, vector_dimension=DIMENSION)
CODEC = Codec(IDENTITY, Layout())
COUNT = 30


def entry(number: int, owner: str = SHOP) -> MemoryEntry:
    draw = np.random.default_rng(number)
    vector = draw.standard_normal(DIMENSION).astype(np.float32)
    return MemoryEntry(
        id=f"entry {number}",
        owner=owner,
        text=f"text {number}",
        metadata={"n": number},
        tokens=draw.standard_normal((2, 4)).astype(np.float32),
        vector=vector / np.linalg.norm(vector),
        created=datetime(2026, 1, 1, tzinfo=UTC),
    )


def content(directory: Path) -> list[object]:
    ledger = Ledger(directory, CODEC)
    rows: list[object] = [row for batch in ledger.raw() for row in batch]
    ledger.close()
    return rows


def searched(directory: Path) -> None:
    """The memory of the manifest's backend finds what is in its ledger."""
    manifest = read_manifest(directory)
    assert manifest is not None
    index = open_index(manifest.backend, directory, DIMENSION)
    for number in (0, 7, COUNT - 1):
        wanted = entry(number, "ann" if number % 2 else SHOP)
        assert index.search(wanted.vector, 1, frozenset({wanted.owner}), {"n": number})[0][0] == wanted.key
    assert index.search(entry(0).vector, COUNT, frozenset({"bob"}), None) == []
    index.close()


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    directory = tmp_path / "memory"
    settle_manifest(directory, IDENTITY, Layout(), None, "faiss")
    ledger = Ledger(directory, CODEC)
    ledger.put([entry(number, "ann" if number % 2 else SHOP) for number in range(COUNT)])
    ledger.close()
    return directory


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "deep" / "other"


def test_changes_the_backend_and_back(memory: Path) -> None:
    before, told = content(memory), set[str]()
    moved = move_memory(memory, backend="chroma", progress=lambda stage, done, total: told.add(stage))
    assert (moved.entries, moved.backend) == (COUNT, "chroma")
    assert told == {"indexing", "verifying", "removing"}
    searched(memory)
    assert content(memory) == before

    move_memory(memory, backend="qdrant")
    searched(memory)
    assert not (memory / "chroma").exists()

    move_memory(memory, backend="faiss")
    assert {path.name for path in memory.iterdir()} <= {"ledger.db", "manifest.json", "manifest.lock"}
    assert content(memory) == before


def test_changes_the_directory_and_leaves_nothing_behind(memory: Path, other: Path) -> None:
    move_memory(memory, backend="qdrant")
    before = content(memory)
    moved = move_memory(memory, to=other)
    assert (moved.directory, moved.backend, moved.entries) == (other, "qdrant", COUNT)
    assert content(other) == before
    searched(other)
    assert not memory.exists()
    assert not (other / relocation.ORIGIN).exists()


def test_files_of_others_in_the_directory_stay(memory: Path, other: Path) -> None:
    (memory / "notes.txt").write_text("mine")
    move_memory(memory, to=other)
    assert [path.name for path in memory.iterdir()] == ["notes.txt"]


class _Death(BaseException):
    """Ends a move as a signal would."""


STEPS = {
    "copied": (relocation, "_is_same"),
    "before the index": (relocation, "build_index"),
    "before the switch": (relocation, "_switch"),
    "in the switch": (relocation, "write_manifest"),
    "before removing": (relocation, "drop_index"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("late", [False, True], ids=["before it", "after it"])
def test_an_interrupted_relocation_is_finished_by_the_next(
    memory: Path, other: Path, step: str, late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(memory)
    module, name = STEPS[step]
    whole = getattr(module, name)

    def die(*arguments: object, **named: object) -> None:
        if late:
            whole(*arguments, **named)
        raise _Death

    with monkeypatch.context() as patch:
        patch.setattr(module, name, die)
        with pytest.raises(_Death):
            move_memory(memory, to=other, backend="qdrant")
    whole_ones = [place for place in (memory, other) if read_manifest(place) and _holds(place, before)]
    assert whole_ones, "the entries are in no directory that opens"
    move_memory(memory, to=other, backend="qdrant")
    assert content(other) == before
    searched(other)
    assert not memory.exists()


def _holds(place: Path, rows: list[object]) -> bool:
    try:
        return content(place) == rows
    except MemoryStoreError:
        return False


@pytest.mark.parametrize("name", ["build_index", "write_manifest", "drop_index"])
def test_an_interrupted_change_of_backend_is_finished_or_turned_back(
    memory: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, whole = content(memory), getattr(moving, name)

    def die(*arguments: object, **named: object) -> None:
        whole(*arguments, **named)
        raise _Death

    for wanted in ("qdrant", "faiss"):
        with monkeypatch.context() as patch:
            patch.setattr(moving, name, die)
            with pytest.raises(_Death):
                move_memory(memory, backend="qdrant")
        move_memory(memory, backend=wanted)
        assert content(memory) == before
        assert (memory / "qdrant").exists() == (wanted == "qdrant")
        assert not (memory / moving.NOTE).exists()
        move_memory(memory, backend="faiss")


def test_what_is_written_during_the_move_is_moved_too(
    memory: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, late = relocation._switch, [entry(100, "ann")]

    def write_first(*arguments: object) -> bool:
        if late:
            ledger = Ledger(memory, CODEC)
            ledger.put([late.pop()])
            ledger.close()
        return whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(relocation, "_switch", write_first)
    assert move_memory(memory, to=other).entries == COUNT + 1
    assert len(content(other)) == COUNT + 1


def test_a_writer_that_kept_the_old_directory_open_is_refused(memory: Path, other: Path) -> None:
    writer = Ledger(memory, CODEC)
    move_memory(memory, to=other)
    with pytest.raises(MemoryStoreError):
        writer.put([entry(200)])
    writer.close()


def _move_and_die(memory: Path, other: Path, when: int) -> None:
    seen = 0

    def count(stage: str, done: int, total: int) -> None:
        nonlocal seen
        seen += 1
        if seen == when:
            os._exit(9)

    move_memory(memory, to=other, backend="qdrant", progress=count)
    os._exit(0)


def test_a_killed_process_loses_nothing(memory: Path, other: Path) -> None:
    before = content(memory)
    for when in (1, 3, 5):
        process = multiprocessing.get_context("fork").Process(target=_move_and_die, args=(memory, other, when))
        process.start()
        process.join(60)
        assert process.exitcode == 9
        assert content(memory) == before
    move_memory(memory, to=other, backend="qdrant")
    assert content(other) == before
    searched(other)


def test_an_index_that_lost_rows_is_not_switched_to(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seamless_retail.retrievers.memory.qdrant_index import QdrantIndex

    whole = QdrantIndex.upsert
    monkeypatch.setattr(QdrantIndex, "upsert", lambda self, rows: whole(self, rows[1:]))
    with pytest.raises(SearchIndexError, match=f"holds {COUNT - 1} of {COUNT} entries"):
        move_memory(memory, backend="qdrant")
    manifest = read_manifest(memory)
    assert manifest is not None
    assert manifest.backend == "faiss"


def test_refuses_places_that_are_taken(memory: Path, other: Path, tmp_path: Path) -> None:
    other.mkdir(parents=True)
    (other / "something").write_text("of somebody")
    for place, words in ((other, "is not empty"), (memory / "inside", "lie in each other")):
        with pytest.raises(MemoryStoreError, match=words):
            move_memory(memory, to=place)
    settle_manifest(tmp_path / "second", IDENTITY, Layout(), None, "faiss")
    with pytest.raises(MemoryStoreError, match="already holds a memory"):
        move_memory(memory, to=tmp_path / "second")
    with pytest.raises(MemoryStoreError, match="There is no memory"):
        move_memory(tmp_path / "nowhere", to=tmp_path / "third")
    assert len(content(memory)) == COUNT


def test_both_written_after_an_interrupted_switch_is_for_a_person_to_settle(
    memory: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = relocation.write_manifest

    def die(*arguments: object) -> None:
        whole(*arguments)  # type: ignore[arg-type]
        raise _Death

    with monkeypatch.context() as patch:
        patch.setattr(relocation, "write_manifest", die)
        with pytest.raises(_Death):
            move_memory(memory, to=other)
    for number, place in enumerate((memory, other)):
        ledger = Ledger(place, CODEC)
        ledger.put([entry(300 + number)])
        ledger.close()
    with pytest.raises(MemoryStoreError, match=r"both .* were written since"):
        move_memory(memory, to=other)
    assert len(content(memory)) == len(content(other)) == COUNT + 1


@pytest.mark.parametrize(
    "name",
    [
        "redis",
        "",
        "qdrant:",
        "ftp://host",
        "http://",
        "http://host:port",
        "http://user:pw@host",
        "http://host/a/b",
        "http://host?shards=2",
        "qdrant+http://host?shards=0",
        "qdrant+http://host?mirrors=1",
    ],
)
def test_refuses_backends_that_do_not_exist(name: str, memory: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        move_memory(memory, backend=name)
    assert refused.value.remedy


def test_reads_the_names_of_backends(tmp_path: Path) -> None:
    cluster = parse_backend("qdrant+https://host:6333/summer?shards=6&replicas=2")
    assert (cluster.kind, cluster.url, cluster.collection) == ("qdrant", "https://host:6333", "summer")
    assert cluster.spread == {"shards": 6, "replicas": 2}
    assert parse_backend("http://host:8000").kind == "chroma"
    assert parse_backend(f"qdrant:{tmp_path}").folder == tmp_path.resolve()
    with pytest.raises(ConfigurationError, match="no option url"):
        open_index("chroma", tmp_path, DIMENSION, {"url": "http://host"})
    drop_index("chroma", tmp_path, DIMENSION)
    assert list(tmp_path.iterdir()) == []


def test_the_old_ledger_holds_nothing_once_the_new_one_opens(
    memory: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the switch and the removal of files, the old directory cannot be mistaken for the memory."""

    def die(*_: object) -> None:
        raise _Death

    monkeypatch.setattr(relocation, "drop_index", die)
    with pytest.raises(_Death):
        move_memory(memory, to=other)
    with sqlite3.connect(memory / "ledger.db") as database:
        assert database.execute("SELECT name FROM sqlite_schema").fetchall() == []
    database.close()
    with pytest.raises(MemoryStoreError):
        Ledger(memory, CODEC)
