"""The durable truth of a memory: one SQLite file, from which every vector index can be made anew.

A write returns once its transaction is on the disk (write-ahead log, ``synchronous=FULL``); a process that dies in the
middle of one leaves no trace of it. Every change has a number that only grows: an entry carries the number of its last
write, an erased one leaves its key under the number of its erasure, and whoever follows the ledger asks for what came
after the number it knows. A file from a stranger cannot run code: nothing is pickled, and a database with triggers,
views or other tables than ours is refused.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.retrievers.memory.codec import Codec, Row
from seamless_retail.retrievers.memory.database import busy, connect, erase_traces, placeholders
from seamless_retail.retrievers.memory.entry import Floats, MemoryEntry
from seamless_retail.retrievers.memory.snapshot import erase_snapshot

LEDGER = "ledger.db"
ERASED_KEPT = 100_000
"""Changes for which the keys of erased entries are remembered; who is further behind reads everything anew."""

_COLUMNS = "key, owner, id, created, metadata, text, vector, tokens, checksum"
_BATCH = 4096
_SNAPSHOT = "snapshot "
"""Before the digest, in the names of positions."""


@dataclass(frozen=True)
class IndexRows:
    """Some entries, as a vector index takes them."""

    keys: list[str]
    owners: list[str]
    metadata: list[str]
    """JSON texts."""
    vectors: Floats
    """``[n, v]``."""


@dataclass(frozen=True)
class Changes:
    """What happened since a number."""

    number: int
    """Of the last change."""
    complete: bool
    """False: this is everything there is, since what was erased in between is no longer known."""
    erased: list[str] = field(default_factory=list)
    """Keys that went; one of them may have come back, and is then among the rows."""


class Ledger:
    """The entries of one memory. May be used from many threads, and its file from many processes.

    Args:
        directory: Of the memory; must exist.
        codec: How entries are written.

    Raises:
        MemoryStoreError: The file is damaged, or is no ledger of ours.
    """

    def __init__(self, directory: Path, codec: Codec) -> None:
        self.path = directory / LEDGER
        self.codec = codec
        self._lock = threading.RLock()
        self._connection = connect(self.path)
        if self._one("SELECT value FROM state WHERE name = 'traces'"):
            self._erase_traces()

    def __len__(self) -> int:
        return int(self._one("SELECT count(*) FROM entries"))

    @property
    def number(self) -> int:
        """Of the last change, whoever made it."""
        return int(self._one("SELECT value FROM state WHERE name = 'number'"))

    def put(self, entries: Iterable[MemoryEntry]) -> None:
        """Write entries in one transaction; an entry whose owner and id exist is replaced. Of equals the last counts.

        On return they are on the disk.

        Raises:
            InvalidQueryError: An id, an owner or metadata cannot be stored.
            MemoryStoreError: Dimensions do not fit, the disk is full, or another process held the file for too long.
        """
        rows = {row[0]: row for row in map(self.codec.row, entries)}
        if not rows:
            return
        with self._writing() as connection:
            number = self._advance(len(rows))
            connection.executemany("DELETE FROM entries WHERE key = ?", [(key,) for key in rows])
            connection.executemany(
                f"INSERT INTO entries (number, {_COLUMNS}) VALUES ({placeholders(10)})",
                [(number + place, *row) for place, row in enumerate(rows.values(), start=1)],
            )

    def delete(self, keys: Sequence[str]) -> int:
        """Erase entries by key, unknown ones ignored; returns how many there were."""
        return self._erase("key", [bytes.fromhex(key) for key in keys])

    def delete_owner(self, owner: str) -> int:
        """Erase all entries of an owner; returns how many there were."""
        return self._erase("owner", [owner])

    def forget(self, owner: str) -> int:
        """Erase all entries of an owner so that no byte of them is left in the file or its log.

        Returns:
            How many there were.

        Raises:
            MemoryStoreError: Another process kept reading, so the log could not be emptied; the entries are gone, and
                forgetting again finishes the work.
        """
        self._note_traces(1)  # whoever opens the file after a crash finishes the work
        count = self.delete_owner(owner)
        with self._writing() as connection:
            connection.execute("DELETE FROM erased")
            connection.execute("UPDATE state SET value = (SELECT value FROM state WHERE name = 'number')"
                               " WHERE name = 'floor'")  # fmt: skip
        self._erase_traces()
        return count

    def rows(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, MemoryEntry]:
        """The entries with these keys that belong to one of the owners, by key.

        Raises:
            MemoryStoreError: One of them is damaged.
        """
        return {row[0].hex(): self.codec.entry(row) for row in self._select(keys, owners, _COLUMNS)}

    def tokens(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, Floats]:
        """Memory tokens ``[m, d]`` of the entries with these keys that belong to one of the owners, by key."""
        return {key.hex(): self.codec.tokens(blob) for key, blob in self._select(keys, owners, "key, tokens")}

    def versions(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, int]:
        """Checksums of the entries with these keys that belong to one of the owners, by key, in the order asked."""
        found = {key.hex(): check for key, check in self._select(keys, owners, "key, checksum")}
        return {key: found[key] for key in keys if key in found}

    def documents(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, tuple[str, str, str | None, str]]:
        """Owner, id, text and metadata (JSON) of the entries with these keys that belong to one of the owners."""
        found = self._select(keys, owners, "key, owner, id, text, metadata")
        return {key.hex(): rest for key, *rest in found}  # type: ignore[misc]  # four columns

    def entries(self, owner: str | None = None, batch: int = 1024) -> Iterator[list[MemoryEntry]]:
        """All entries, or those of one owner, in batches, in the order of their last write.

        Raises:
            MemoryStoreError: One of them is damaged.
        """
        for rows in self.raw(owner, batch):
            yield [self.codec.entry(row) for row in rows]

    def raw(self, owner: str | None = None, batch: int = 1024) -> Iterator[list[Row]]:
        """As :meth:`entries`, not decoded."""
        last, where = 0, "" if owner is None else "AND owner = ?"
        query = f"SELECT number, {_COLUMNS} FROM entries WHERE number > ? {where} ORDER BY number LIMIT ?"
        while True:
            with self._reading() as connection:
                given = (last, batch) if owner is None else (last, owner, batch)
                rows = connection.execute(query, given).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [row[1:] for row in rows]

    def keys(self) -> set[str]:
        """Of all entries."""
        with self._reading() as connection:
            return {key.hex() for (key,) in connection.execute("SELECT key FROM entries")}

    def keys_of(self, owner: str) -> list[str]:
        """Of one owner's entries."""
        with self._reading() as connection:
            return [key.hex() for (key,) in connection.execute("SELECT key FROM entries WHERE owner = ?", (owner,))]

    def counts(self) -> dict[str, int]:
        """Number of entries by owner."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT owner, count(*) FROM entries GROUP BY owner").fetchall())

    def follow(self, after: int, take: Callable[[IndexRows], None], begin: Callable[[Changes], None]) -> int:
        """Hand what changed after a number to an index: first ``begin`` once, then ``take`` for each batch of rows.

        All of it is one state of the ledger, whatever others write meanwhile.

        Returns:
            The number of the last change.
        """
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                state = dict(connection.execute("SELECT name, value FROM state").fetchall())
                complete = after > 0 and state["floor"] <= after <= state["number"]
                after = after if complete else 0
                erased = connection.execute("SELECT key FROM erased WHERE number > ?", (after,)).fetchall()
                begin(Changes(state["number"], complete, [key.hex() for (key,) in erased] if complete else []))
                self._hand_over(connection, after, take)
                return int(state["number"])
            finally:
                connection.execute("COMMIT")

    def knows(self, number: int) -> bool:
        """Whether all that was erased after a number is still known."""
        return number >= self._one("SELECT value FROM state WHERE name = 'floor'")

    def position(self, index: str) -> int:
        """The number up to which an index that many processes share has followed; 0 if nobody noted one."""
        with self._reading() as connection:
            found = connection.execute("SELECT number FROM positions WHERE name = ?", (index,)).fetchone()
        return int(found[0]) if found else 0

    def note_position(self, index: str, number: int) -> None:
        """Note how far a shared index has followed."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO positions (name, number) VALUES (?, ?)", (index, number))

    def snapshot(self, digest: str) -> int:
        """The number of the last change in an index's file with this SHA-256; 0 if it is not known."""
        return self.position(f"{_SNAPSHOT}{digest}")

    def note_snapshot(self, digest: str, number: int) -> None:
        """Note the SHA-256 of an index's file, instead of any other."""
        with self._writing() as connection:
            connection.execute("DELETE FROM positions WHERE substr(name, 1, ?) = ?", (len(_SNAPSHOT), _SNAPSHOT))
            connection.execute("INSERT INTO positions (name, number) VALUES (?, ?)", (f"{_SNAPSHOT}{digest}", number))

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; nothing if it is whole."""
        with self._reading() as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the file; the ledger is not used afterwards."""
        with self._lock:
            self._connection.close()

    def _erase_traces(self) -> None:
        try:
            erase_snapshot(self.path.parent)
        except OSError as error:
            raise MemoryStoreError(
                f"The entries are erased, but a file of the index still holds bytes of them: {error}.",
                "End what writes this memory, and forget again.",
            ) from error
        with self._lock:
            erase_traces(self._connection, self.path)
        self._note_traces(0)

    def _note_traces(self, value: int) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE state SET value = ? WHERE name = 'traces'", (value,))

    def _hand_over(self, connection: sqlite3.Connection, after: int, take: Callable[[IndexRows], None]) -> None:
        tokens = "tokens" if self.codec.layout.vector is None else "NULL"
        cursor = connection.execute(
            f"SELECT key, owner, metadata, vector, {tokens} FROM entries WHERE number > ? ORDER BY number", (after,)
        )
        while rows := cursor.fetchmany(_BATCH):
            keys, owners, metadata, vectors, token_blobs = zip(*rows, strict=True)
            try:
                found = self.codec.vectors(vectors, token_blobs)
            except (ValueError, IndexError) as error:
                raise MemoryStoreError(
                    f"{self.path} is damaged: {error}.", "Look which entries: seamless memory verify"
                ) from error
            take(IndexRows([key.hex() for key in keys], list(owners), list(metadata), found))

    def _select(self, keys: Sequence[str], owners: frozenset[str], columns: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        """Rows by key; who does not own one does not see it, whatever an index said."""
        for start in range(0, len(keys), 500):
            part = [bytes.fromhex(key) for key in keys[start : start + 500]]
            query = (
                f"SELECT {columns} FROM entries WHERE key IN ({placeholders(len(part))}) "
                f"AND owner IN ({placeholders(len(owners))})"
            )
            with self._reading() as connection:
                yield from connection.execute(query, (*part, *owners)).fetchall()

    def _erase(self, column: str, values: Sequence[bytes | str]) -> int:
        with self._writing() as connection:
            query = f"DELETE FROM entries WHERE {column} = ? RETURNING key"
            gone = [row for value in values for row in connection.execute(query, (value,)).fetchall()]
            number = self._advance(len(gone))
            connection.executemany(
                "INSERT INTO erased (number, key) VALUES (?, ?)",
                [(number + place, key) for place, (key,) in enumerate(gone, start=1)],
            )
            floor = number + len(gone) - ERASED_KEPT
            connection.execute("DELETE FROM erased WHERE number <= ?", (floor,))
            connection.execute("UPDATE state SET value = max(value, ?) WHERE name = 'floor'", (floor,))
        return len(gone)

    def _advance(self, by: int) -> int:
        """Take the next numbers; returns the one before them. Inside a transaction."""
        number = self.number
        self._connection.execute("UPDATE state SET value = ? WHERE name = 'number'", (number + by,))
        return number

    def _one(self, query: str) -> int:
        with self._reading() as connection:
            return int(connection.execute(query).fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, busy(self.path):
            yield self._connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
