"""``seamless memory``: filling, searching, erasing, moving and checking a memory from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.conversation_memory import open_memory

Run = Any


@pytest.fixture
def memory(run: Run, tmp_path: Path) -> Run:
    """Runs ``seamless memory …`` over a home of the test."""
    return lambda *arguments, **more: run("memory", *arguments, **{"home": tmp_path / "home", **more})


def lines(*records: Any) -> bytes:
    return b"".join((r.encode() if isinstance(r, str) else json.dumps(r).encode()) + b"\n" for r in records)


def records(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_life_of_a_memory(memory: Run, tmp_path: Path) -> None:
    given = lines(
        {"id": "wool", "text": "the customer hates wool", "metadata": {"kind": "note"}},
        {"id": 7, "text": "size M fits the customer"},
        {"id": "bad"},
        "no json",
        {"id": "metadata", "text": "x", "metadata": [1]},
        {"id": ["list"], "text": "x"},
    )
    added = memory("add", "--jsonl", "-", "--user", "C0001", stdin=given)
    stored = records(added)
    assert [record["id"] for record in stored] == ["wool", 7, "bad", None, "metadata", ["list"]]
    assert [record.get("stored", False) for record in stored] == [True, True, False, False, False, False]
    assert "6 lines, 4 refused" in added.stderr
    assert memory("add", "the shop opens at nine").exit_code == 0

    own = records(memory("search", "wool", "--user", "C0001", "--json", "-k", "2"))
    assert own[0]["id"] == "wool"
    assert own[0]["metadata"] == {"kind": "note"}
    others = memory("search", "-", "--jsonl", "--user", "C0002", stdin=lines({"id": 1, "query": "wool"}, {"id": 2}))
    found, refused = records(others)
    assert [entry["text"] for entry in found["results"]] == ["the shop opens at nine"]
    assert "query" in refused["error"]

    figures = json.loads(memory("stats", "--json", "--user", "C0001").stdout)
    assert (figures["entries"], figures["of_the_user"], figures["backend"]) == (3, 2, "faiss")
    assert "users" not in figures, "what is known of others is not told of one user"
    assert json.loads(memory("stats", "--json").stdout)["users"] == 1
    assert "Nothing is wrong" in memory("verify").stdout

    moved = memory("move", "--to-folder", str(tmp_path / "elsewhere"), "--json")
    assert json.loads(moved.stdout)["entries"] == 3, moved.stderr
    assert "no memory" in memory("stats").stderr
    folder = ("--folder", str(tmp_path / "elsewhere"))

    declined = memory("forget", "--user", "C0001", *folder, stdin=b"n\n")
    assert declined.exit_code == 1
    assert "Erase 2 entries of C0001?" in declined.stderr
    assert json.loads(memory("forget", "--user", "C0001", "--yes", "--json", *folder).stdout)["erased"] == 2
    assert json.loads(memory("stats", "--json", *folder).stdout)["entries"] == 1
    files = [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]
    assert not any(b"hates wool" in path.read_bytes() for path in files)


def test_a_damaged_entry_is_found_and_named(memory: Run, tmp_path: Path) -> None:
    import sqlite3

    assert memory("add", "--jsonl", "-", stdin=lines({"id": "first", "text": "one"})).exit_code == 0
    with sqlite3.connect(tmp_path / "home" / "memory" / "ledger.db") as connection:
        connection.execute("UPDATE entries SET text = 'another'")
    connection.close()
    result = memory("verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["damaged"] == ["first"]


def test_a_memory_moves_to_another_backend_and_is_found_there(memory: Run, tmp_path: Path) -> None:
    memory("add", "the shop opens at nine")
    moved = memory("move", "--to", "qdrant")
    assert "searched with qdrant" in moved.stdout, moved.stderr
    assert records(memory("search", "opening", "--json"))[0]["text"] == "the shop opens at nine"
    engine = open_memory(load_settings(home=tmp_path / "home"), compresses=False)
    assert engine.manifest.backend == "qdrant"
    engine.close()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add",), "nothing to remember"),
        (("search", "x"), "no memory"),
        (("stats",), "no memory"),
        (("verify",), "no memory"),
        (("forget", "--user", "C0001", "--yes"), "no memory"),
        (("forget", "--user", "", "--yes"), "whose memory"),
        (("move",), "where to move"),
        (("move", "--to", "drawer"), "drawer"),
    ],
)
def test_what_cannot_be_done_is_told_with_a_remedy(memory: Run, arguments: tuple[str, ...], told: str) -> None:
    result = memory(*arguments)
    assert result.exit_code == 1
    assert told in " ".join(result.stderr.split())
    assert "→" in result.stderr
    assert "Traceback" not in result.stderr
