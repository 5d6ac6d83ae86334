"""The SQLite file of a ledger: how it is opened, made, checked and cleaned."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seamless_retail.core.errors import MemoryStoreError

BUSY_S = 60.0
"""How long a writer waits for another one."""
APPLICATION_ID = 0x53524D31

_SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    prefix INTEGER NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    text TEXT,
    vector BLOB,
    tokens BLOB NOT NULL,
    checksum INTEGER NOT NULL
) STRICT;
CREATE INDEX entries_prefix ON entries (prefix);
CREATE INDEX entries_owner ON entries (owner) WHERE owner <> '';
CREATE TABLE erased (number INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE positions (name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO state (name, value) VALUES ('number', 0), ('floor', 0), ('traces', 0);
"""
_RESTORE = "Restore the directory from a copy, or move the file away and add the texts again."


def connect(path: Path) -> sqlite3.Connection:
    """Open a ledger file, made if there is none.

    Raises:
        MemoryStoreError: It is damaged, is no ledger of ours, or cannot be written.
    """
    with busy(path):
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            # A page of 8 KiB wastes less on rows of half a KiB. It and the application id are settled on creation.
            for pragma in ("page_size = 8192", "trusted_schema = OFF", "cell_size_check = ON", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            _settle(connection, path)
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def busy(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours.

    Raises:
        MemoryStoreError: The file is busy, full, damaged or closed.
    """
    try:
        yield
    except sqlite3.Error as error:
        if "locked" in str(error) or "busy" in str(error):
            raise MemoryStoreError(
                f"{path} has been in use by another process for {BUSY_S:.0f} seconds.", "Try again when it is done."
            ) from error
        if isinstance(error, sqlite3.OperationalError | sqlite3.ProgrammingError):
            raise MemoryStoreError(
                f"{path} cannot be used: {error}.", "Check the folder's permissions and the room on the disk."
            ) from error
        raise MemoryStoreError(f"{path} is damaged: {error}.", _RESTORE) from error


def erase_traces(connection: sqlite3.Connection, path: Path) -> None:
    """Leave nothing of what was erased: rewrite the file without its free space, then empty the write-ahead log.

    Raises:
        MemoryStoreError: Another process kept reading, so the log could not be emptied.
    """
    deadline = time.monotonic() + BUSY_S
    with busy(path):
        connection.execute("VACUUM")
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise MemoryStoreError(
                    f"The entries are erased, but the log of {path} is in use and still holds bytes of them.",
                    "End what reads this memory, and forget again.",
                )
            time.sleep(0.05)


def placeholders(count: int) -> str:
    """``?, ?, …`` for a statement."""
    return ", ".join("?" * count)


def _settle(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file; refuse any other file that is not ours."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            _create(connection, path)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    if _objects(connection) != _own_objects():
        raise MemoryStoreError(f"{path} is not a ledger as this version writes it.", _RESTORE)


def _create(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return  # another process was first
    if _objects(connection):
        raise MemoryStoreError(f"{path} is a database of something else.", "Choose another folder for the memory.")
    for statement in filter(str.strip, _SCHEMA.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _objects(connection: sqlite3.Connection) -> set[tuple[str, str, str | None]]:
    return set(connection.execute("SELECT type, name, sql FROM sqlite_schema"))


def _own_objects() -> set[tuple[str, str, str | None]]:
    """Tables and indexes as SQLite records them: no trigger and no view is among them."""
    fresh = sqlite3.connect(":memory:")
    try:
        fresh.executescript(_SCHEMA)
        return _objects(fresh)
    finally:
        fresh.close()
