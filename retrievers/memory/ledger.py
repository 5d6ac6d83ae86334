"""The durable truth of a memory: one SQLite file, from which every vector index can be made anew.

A write returns once its transaction is on the disk (write-ahead log, ``synchronous=FULL``); a process that dies in the
middle of one leaves no trace of it. Every change has a number that only grows: an entry carries the number of its last
write, an erased one leaves its key under the number of its erasure, and whoever follows the ledger asks for what came
after the number it knows. A file from a stranger cannot run code: nothing is pickled, and a database with triggers,
views or other tables than ours is refused.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.database import erase_traces, placeholders
from seamless_retail.retrievers.memory.entry import MemoryEntry, entry_key
from seamless_retail.retrievers.memory.ledger_reading import COLUMNS, LedgerReading

ERASED_KEPT = 100_000
"""Changes for which the keys of erased entries are remembered; who is further behind reads everything anew."""


class Ledger(LedgerReading):
    """The entries of one memory. May be used from many threads, and its file from many processes.

    Args:
        directory: Of the memory; must exist.
        codec: How entries are written.

    Raises:
        MemoryStoreError: The file is damaged, or is no ledger of ours.
    """

    def __init__(self, directory: Path, codec: Codec) -> None:
        super().__init__(directory, codec)
        if self._one("SELECT value FROM state WHERE name = 'traces'"):
            self._erase_traces()

    def put(self, entries: Iterable[MemoryEntry]) -> None:
        """Write entries in one transaction; an entry whose owner and id exist is replaced. Of equals the last counts.

        On return they are on the disk.

        Raises:
            InvalidQueryError: An id, an owner or metadata cannot be stored.
            MemoryStoreError: Dimensions do not fit, the disk is full, or another process held the file for too long.
        """
        rows = {entry.key: self.codec.row(entry) for entry in entries}
        if not rows:
            return
        with self._writing() as connection:
            number = self._advance(len(rows))
            replaced = [(number,) for number, _ in self._found(list(rows))]
            connection.executemany("DELETE FROM entries WHERE number = ?", replaced)
            connection.executemany(
                f"INSERT INTO entries (number, {COLUMNS}) VALUES ({placeholders(10)})",
                [(number + place, *row) for place, row in enumerate(rows.values(), start=1)],
            )

    def delete(self, keys: Sequence[str]) -> int:
        """Erase entries by key, unknown ones ignored; returns how many there were."""
        with self._writing():
            return self._erase(list(self._found(keys)))

    def delete_owner(self, owner: str) -> int:
        """Erase all entries of an owner; returns how many there were."""
        with self._writing() as connection:
            found = connection.execute("SELECT number, id FROM entries WHERE owner = ?", (owner,)).fetchall()
            return self._erase([(number, entry_key(owner, id_)) for number, id_ in found])

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

    def note_position(self, index: str, number: int) -> None:
        """Note how far a shared index has followed."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO positions (name, number) VALUES (?, ?)", (index, number))

    def _erase_traces(self) -> None:
        with self._lock:
            erase_traces(self._connection, self.path)
        self._note_traces(0)

    def _note_traces(self, value: int) -> None:
        with self._writing() as connection:
            connection.execute("UPDATE state SET value = ? WHERE name = 'traces'", (value,))

    def _erase(self, gone: Sequence[tuple[int, str]]) -> int:
        """Erase entries by number, and note their keys; returns how many there were. Inside a transaction."""
        connection, number = self._connection, self._advance(len(gone))
        connection.executemany("DELETE FROM entries WHERE number = ?", [(of_entry,) for of_entry, _ in gone])
        connection.executemany(
            "INSERT INTO erased (number, key) VALUES (?, ?)",
            [(number + place, bytes.fromhex(key)) for place, (_, key) in enumerate(gone, start=1)],
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
