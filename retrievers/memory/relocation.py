"""A memory's way into another directory.

The ledger is copied whole (SQLite's backup), compared row by row, and the index made anew. The switch happens while
nobody can write to the old ledger: its tables are dropped in the transaction in which the new manifest appears. So a
process that still has the old one open is refused, where it would otherwise write into a deleted file.
"""

import contextlib
import json
import sqlite3
from itertools import zip_longest
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.retrievers.memory.backends import COLLECTION, drop_index, parse_backend
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.database import BUSY_S, busy
from seamless_retail.retrievers.memory.follower import LOCK
from seamless_retail.retrievers.memory.index_building import Progress, build_index
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.ledger_reading import LEDGER
from seamless_retail.retrievers.memory.manifest import MANIFEST, MemoryManifest, read_manifest, write_manifest

ORIGIN = "moving-from.json"
"""In the new directory: where the memory comes from, and at which number of its ledger."""

_ATTEMPTS = 5
_PAGES = 4096
_TABLES = ("entries", "erased", "state", "positions")
_FILES = (LEDGER, f"{LEDGER}-wal", f"{LEDGER}-shm", COLLECTION, "manifest.lock", LOCK, MANIFEST)
"""The manifest goes last: it says which index is still to be removed."""


def relocate(
    source: Path,
    target: Path,
    backend: str | None,
    options: dict[str, Any] | None,
    options_before: dict[str, Any] | None,
    progress: Progress,
) -> tuple[Path, str, int]:
    """Move the memory of a directory to another one; returns the directory, the backend and the number of entries.

    Raises:
        MemoryStoreError: There is no memory, the target holds something else, or the memory is written all the time.
        SearchIndexError: A backend is in use, or cannot be reached.
    """
    _check_nesting(source, target)
    before, after = read_manifest(source), read_manifest(target) if target.exists() else None
    if after is None or not _is_switched(source, target, after):
        if before is None:
            raise MemoryStoreError(f"There is no memory in {source}.", "Check the path.")
        _prepare(source, target)
        after = before.model_copy(update={"backend": backend or before.backend})
        _copy_until_same(source, target, before, after, options, progress)
    if before is not None and not _stays(before.backend, after.backend):
        drop_index(before.backend, source, before.compressor.vector_dimension, options_before)
    for name in _FILES:
        (source / name).unlink(missing_ok=True)
    (target / ORIGIN).unlink()
    with contextlib.closing(Ledger(target, Codec(after.compressor, after.layout))) as ledger:
        return target, after.backend, len(ledger)


def _copy_until_same(
    source: Path,
    target: Path,
    before: MemoryManifest,
    after: MemoryManifest,
    options: dict[str, Any] | None,
    progress: Progress,
) -> None:
    codec, dimension = Codec(before.compressor, before.layout), before.compressor.vector_dimension
    for _ in range(_ATTEMPTS):
        _copy(source / LEDGER, target / LEDGER, progress)
        with contextlib.closing(Ledger(target, codec)) as copy:
            number = copy.number
            with contextlib.closing(Ledger(source, codec)) as original:
                same = _is_same(original, copy)
            if same and not _stays(before.backend, after.backend):
                build_index(after.backend, target, copy, dimension, options, progress)
        if same and _switch(source, target, after, number):
            return
    raise MemoryStoreError(
        f"The memory in {source} is being written all the time, so its copy was never complete.",
        "End the processes that write to it, and move again; nothing has changed.",
    )


def _copy(source: Path, target: Path, progress: Progress) -> None:
    partial = target.with_name(f"{target.name}.partial")
    for path in (partial, target, *(target.with_name(target.name + end) for end in ("-wal", "-shm"))):
        path.unlink(missing_ok=True)
    with (
        busy(source),
        contextlib.closing(sqlite3.connect(source, timeout=BUSY_S)) as original,
        contextlib.closing(sqlite3.connect(partial)) as copy,
    ):
        original.backup(
            copy, pages=_PAGES, progress=lambda _, left, total: progress("copying", total - left, total), sleep=0.05
        )
    partial.replace(target)


def _is_same(original: Ledger, copy: Ledger) -> bool:
    """Whether every row is there, byte for byte, and nothing was written since.

    Raises:
        MemoryStoreError: The copy is damaged.
    """
    if problems := copy.check():
        raise MemoryStoreError(f"The copy of the ledger is damaged: {problems[0]}.", "Check the disk and move again.")
    pairs = zip_longest(original.raw(), copy.raw())
    return all(one == other for one, other in pairs) and original.number == copy.number


def _switch(source: Path, target: Path, manifest: MemoryManifest, number: int) -> bool:
    """Make the copy the memory, unless the original has been written since it was at this number."""
    _write_origin(target, source, number)
    with (
        busy(source / LEDGER),
        contextlib.closing(sqlite3.connect(source / LEDGER, timeout=BUSY_S, isolation_level=None)) as original,
    ):
        original.execute("PRAGMA secure_delete = ON")
        original.execute("BEGIN IMMEDIATE")
        if original.execute("SELECT value FROM state WHERE name = 'number'").fetchone()[0] != number:
            original.execute("ROLLBACK")
            return False
        for table in _TABLES:
            original.execute(f"DROP TABLE {table}")
        write_manifest(target, manifest)
        original.execute("COMMIT")
    return True


def _is_switched(source: Path, target: Path, manifest: MemoryManifest) -> bool:
    """Whether an interrupted move had come to the switch. It may have died between its two halves: then both are whole.

    Raises:
        MemoryStoreError: Target is a memory of its own; or both were written since.
    """
    moved = _read_origin(target)
    if moved is None or moved[0] != source:
        raise MemoryStoreError(f"{target} already holds a memory.", "Choose a directory that does not exist yet.")
    original, copy = _number(source), _number(target)
    if original is None:
        return True
    if original == moved[1]:  # nothing new there: the copy has everything
        return _switch(source, target, manifest, moved[1])
    if copy != moved[1]:
        raise MemoryStoreError(
            f"A move was interrupted, and both {source} and {target} were written since.",
            f"Keep one of them: delete {target} and move again, or delete {source}.",
        )
    (target / MANIFEST).unlink()
    return False


def _prepare(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    moved = _read_origin(target)
    if any(target.iterdir()) and (moved is None or moved[0] != source):
        raise MemoryStoreError(f"{target} is not empty.", "Choose a directory that does not exist yet.")
    _write_origin(target, source, 0)


def _check_nesting(source: Path, target: Path) -> None:
    if target.is_relative_to(source) or source.is_relative_to(target):
        raise MemoryStoreError(f"{target} and {source} lie in each other.", "Choose a directory beside the memory.")


def _stays(before: str, after: str) -> bool:
    """Whether the index has a place of its own and remains there."""
    return before == after and parse_backend(after).is_elsewhere


def _number(directory: Path) -> int | None:
    """Of the last change; ``None`` where the ledger was emptied or removed."""
    if not (directory / LEDGER).exists():
        return None
    with busy(directory / LEDGER), contextlib.closing(sqlite3.connect(directory / LEDGER, timeout=BUSY_S)) as database:
        if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'state'").fetchone():
            return None
        return int(database.execute("SELECT value FROM state WHERE name = 'number'").fetchone()[0])


def _read_origin(target: Path) -> tuple[Path, int] | None:
    try:
        found = json.loads((target / ORIGIN).read_bytes())
        return Path(found["source"]), int(found["number"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write_origin(target: Path, source: Path, number: int) -> None:
    partial = target / f"{ORIGIN}.partial"
    partial.write_text(json.dumps({"source": str(source), "number": number}), encoding="utf-8")
    partial.replace(target / ORIGIN)
