"""Durability: killed writers, writers at once, damage, files from strangers."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import InvalidQueryError, MemoryStoreError
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.entry import MemoryEntry
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.ledger_reading import Changes, IndexRows

Make = Callable[..., MemoryEntry]

WRITER = """
import sys
from pathlib import Path
import numpy as np
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.entry import CompressorIdentity, MemoryEntry
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.manifest import Layout

assert "torch" not in sys.modules and "faiss" not in sys.modules
ledger = Ledger(Path(sys.argv[1]), Codec(CompressorIdentity("by hand", "0" * 64, 16, 16, 16), Layout()))
rows = np.random.default_rng(int(sys.argv[2])).standard_normal((1000, 16)).astype(np.float32)
for line in sys.stdin:
    for i in range(int(sys.argv[3])):
        entry = MemoryEntry(f"{line.strip()}-{i}", "", f"text {i}", {}, rows[i : i + 1], rows[i])
        ledger.put([entry])
        print(entry.id, flush=True)
"""


def start_writer(folder: Path, seed: int = 0, count: int = 1000) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(seed), str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_a_killed_writer_loses_no_acknowledged_write(tmp_path: Path, codec: Codec) -> None:
    acknowledged: set[str] = set()
    dice = random.Random(5)
    writers = [start_writer(tmp_path, seed=0)]
    for round_ in range(20):
        writer = writers.pop()
        writers.append(start_writer(tmp_path, seed=round_ + 1))  # its start-up overlaps with this round
        assert writer.stdin is not None and writer.stdout is not None
        writer.stdin.write(f"round{round_}\n")
        writer.stdin.flush()
        heard = [writer.stdout.readline()]  # it is in the middle of its 1,000 writes
        time.sleep(dice.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        heard += writer.stdout.read().splitlines(keepends=True)
        writer.wait()
        acknowledged |= {line.strip() for line in heard if line.endswith("\n")}
        assert 0 < len(heard) < 1000
        ledger = Ledger(tmp_path, codec)
        kept = {entry.id: entry for batch in ledger.entries() for entry in batch}
        assert acknowledged <= kept.keys()
        assert ledger.check() == []
        ledger.close()
    writers[0].kill()
    writers[0].communicate()
    assert len(acknowledged) >= 20


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path, codec: Codec, make_entry: Make) -> None:
    ledger = Ledger(tmp_path, codec)
    writers = [start_writer(tmp_path, seed, count=250) for seed in (1, 2)]
    for place, writer in enumerate(writers):
        assert writer.stdin is not None
        writer.stdin.write(f"w{place}\n")
        writer.stdin.close()
    mine = 0
    while any(writer.poll() is None for writer in writers):
        ledger.put([make_entry(f"mine-{mine}")])
        mine += 1
        time.sleep(0.01)
    for writer in writers:
        assert writer.stdout is not None
        assert len(writer.stdout.read().splitlines()) == 250
    assert len(ledger) == 500 + mine == ledger.number
    ledger.close()


def test_threads_share_a_ledger(tmp_path: Path, codec: Codec, make_entry: Make) -> None:
    ledger = Ledger(tmp_path, codec)

    def work(thread: int) -> None:
        for i in range(20):
            ledger.put([make_entry(f"{thread}-{i}"), make_entry("everybody's")])
            ledger.delete([make_entry(f"{thread}-{i}").key] if i % 2 else [])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert len(ledger) == 4 * 10 + 1
    ledger.close()


def test_a_batch_is_written_whole_or_not_at_all(tmp_path: Path, codec: Codec, make_entry: Make) -> None:
    ledger = Ledger(tmp_path, codec)
    with pytest.raises(InvalidQueryError, match="not a valid id"):
        ledger.put([make_entry("a"), make_entry("")])
    with pytest.raises(MemoryStoreError, match=r"tokens \[m, 16\]"):
        ledger.put([make_entry("a"), MemoryEntry("b", "", None, {}, np.ones((1, 3)), np.ones(3))])
    with pytest.raises(MemoryStoreError, match="not finite"):
        ledger.put([MemoryEntry("b", "", None, {}, np.full((1, 16), np.nan), np.ones(16))])
    assert len(ledger) == 0
    ledger.close()


def test_an_entry_comes_back_as_it_was(tmp_path: Path, codec: Codec, make_entry: Make) -> None:
    ledger = Ledger(tmp_path, codec)
    written = make_entry(
        "a", owner="bob", seed=4, tokens=3, text="Grüße 🥛\nline\x00end", metadata={"n": [1, None, "ü"]}
    )
    ledger.put([written])
    [[read]] = list(ledger.entries())
    assert (read.id, read.owner, read.text, read.metadata) == ("a", "bob", written.text, written.metadata)
    np.testing.assert_allclose(read.tokens, written.tokens, rtol=1e-3)
    np.testing.assert_array_equal(read.vector, written.vector)
    assert abs((read.created - written.created).total_seconds()) < 0.002
    ledger.close()


def test_followers_hear_what_changed_and_everything_after_a_gap(tmp_path: Path, codec: Codec, make_entry: Make) -> None:
    ledger = Ledger(tmp_path, codec)
    heard: list[Changes | IndexRows] = []
    ledger.put([make_entry("a"), make_entry("b"), make_entry("c", owner="bob")])
    at = ledger.follow(0, heard.append, heard.append)
    ledger.delete([make_entry("a").key, make_entry("unknown").key])
    ledger.put([make_entry("b", seed=9)])
    heard.clear()
    at = ledger.follow(at, heard.append, heard.append)
    changes, rows = heard
    assert isinstance(changes, Changes) and isinstance(rows, IndexRows)
    assert (changes.complete, changes.erased, rows.keys) == (True, [make_entry("a").key], [make_entry("b").key])
    np.testing.assert_array_equal(rows.vectors[0], make_entry("b", seed=9).vector)
    ledger.forget("bob")  # nothing of what was erased is remembered, not even a key
    heard.clear()
    ledger.follow(at, heard.append, heard.append)
    changes, rows = heard
    assert isinstance(changes, Changes) and isinstance(rows, IndexRows)
    assert (changes.complete, rows.keys) == (False, [make_entry("b").key])
    ledger.close()


@pytest.mark.parametrize("damage", ["truncated", "overwritten", "a text"])
def test_a_damaged_file_is_named(tmp_path: Path, codec: Codec, make_entry: Make, damage: str) -> None:
    ledger = Ledger(tmp_path, codec)
    ledger.put([make_entry(str(i)) for i in range(200)])
    ledger.close()
    content = bytearray((tmp_path / "ledger.db").read_bytes())
    if damage == "overwritten":
        content[9000:40000] = b"\x99" * 31000
    changed = {"truncated": bytes(content[:20000]), "overwritten": bytes(content), "a text": b"hello " * 5000}[damage]
    (tmp_path / "ledger.db").write_bytes(changed)
    with pytest.raises(MemoryStoreError, match=r"ledger\.db"):
        ledger = Ledger(tmp_path, codec)
        list(ledger.entries())


def test_a_strangers_database_is_refused(tmp_path: Path, codec: Codec) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(MemoryStoreError, match="something else"):
        Ledger(tmp_path, codec)
    connection.close()


def test_a_ledger_with_a_trigger_is_refused(tmp_path: Path, codec: Codec) -> None:
    Ledger(tmp_path, codec).close()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("CREATE TRIGGER spy AFTER INSERT ON entries BEGIN DELETE FROM entries; END")
    connection.close()
    with pytest.raises(MemoryStoreError, match="not a ledger as this version writes it"):
        Ledger(tmp_path, codec)
