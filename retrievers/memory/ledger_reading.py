"""What a ledger tells: entries, their parts, and what changed since a number."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.retrievers.memory.codec import Codec, Row, key_prefix
from seamless_retail.retrievers.memory.database import busy, connect, placeholders
from seamless_retail.retrievers.memory.entry import Floats, MemoryEntry, entry_key

LEDGER = "ledger.db"
COLUMNS = "prefix, owner, id, created, metadata, text, vector, tokens, checksum"
_BATCH = 4096
_KEYS_AT_ONCE = 500


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


class LedgerReading:
    """The half of :class:`~seamless_retail.retrievers.memory.ledger.Ledger` that reads.

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

    def __len__(self) -> int:
        return int(self._one("SELECT count(*) FROM entries"))

    @property
    def number(self) -> int:
        """Of the last change, whoever made it."""
        return int(self._one("SELECT value FROM state WHERE name = 'number'"))

    def rows(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, MemoryEntry]:
        """The entries with these keys that belong to one of the owners, by key.

        Raises:
            MemoryStoreError: One of them is damaged.
        """
        return {key: self.codec.entry(row) for key, row in self._select(keys, owners, COLUMNS)}

    def tokens(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, Floats]:
        """Memory tokens ``[m, d]`` of the entries with these keys that belong to one of the owners, by key."""
        found = {key: blob for key, (blob,) in self._select(keys, owners, "tokens")}
        return dict(zip(found, self.codec.all_tokens(list(found.values())), strict=True))

    def versions(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, int]:
        """Checksums of the entries with these keys that belong to one of the owners, by key, in the order asked."""
        found = {key: check for key, (check,) in self._select(keys, owners, "checksum")}
        return {key: found[key] for key in keys if key in found}

    def documents(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, tuple[str, str, str | None, str]]:
        """Owner, id, text and metadata (JSON) of the entries with these keys that belong to one of the owners."""
        return dict(self._select(keys, owners, "owner, id, text, metadata"))

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
        query = f"SELECT number, {COLUMNS} FROM entries WHERE number > ? {where} ORDER BY number LIMIT ?"
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
            return {entry_key(owner, id_) for owner, id_ in connection.execute("SELECT owner, id FROM entries")}

    def keys_of(self, owner: str) -> list[str]:
        """Of one owner's entries."""
        with self._reading() as connection:
            found = connection.execute("SELECT id FROM entries WHERE owner = ? ORDER BY number", (owner,))
            return [entry_key(owner, id_) for (id_,) in found]

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

    def check(self) -> list[str]:
        """What SQLite finds wrong with the file; nothing if it is whole."""
        with self._reading() as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(20)")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close the file; the ledger is not used afterwards."""
        with self._lock:
            self._connection.close()

    def _hand_over(self, connection: sqlite3.Connection, after: int, take: Callable[[IndexRows], None]) -> None:
        tokens = "tokens" if self.codec.layout.vector is None else "NULL"
        cursor = connection.execute(
            f"SELECT owner, id, metadata, vector, {tokens} FROM entries WHERE number > ? ORDER BY number", (after,)
        )
        while rows := cursor.fetchmany(_BATCH):
            owners, ids, metadata, vectors, token_blobs = zip(*rows, strict=True)
            try:
                found = self.codec.vectors(vectors, token_blobs)
            except (ValueError, IndexError) as error:
                raise MemoryStoreError(
                    f"{self.path} is damaged: {error}.", "Look which entries: seamless memory verify"
                ) from error
            take(IndexRows(list(map(entry_key, owners, ids)), list(owners), list(metadata), found))

    def _select(self, keys: Sequence[str], owners: frozenset[str], columns: str) -> Iterator[tuple[str, tuple]]:  # type: ignore[type-arg]  # of the columns asked for
        """Rows by key; who does not own one does not see it, whatever an index said."""
        return self._by_prefix(keys, columns, f"AND owner IN ({placeholders(len(owners))})", owners)

    def _found(self, keys: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Numbers and keys of the entries with these keys."""
        for key, (number,) in self._by_prefix(keys, "number"):
            yield number, key

    def _by_prefix(
        self, keys: Sequence[str], columns: str, condition: str = "", values: Iterable[str] = ()
    ) -> Iterator[tuple[str, tuple]]:  # type: ignore[type-arg]  # of the columns asked for
        """Rows whose key has the prefix of a wanted one, less those whose owner and id then give another key."""
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = set(keys[start : start + _KEYS_AT_ONCE])
            prefixes = {key_prefix(key) for key in part}
            query = (
                f"SELECT owner, id, {columns} FROM entries WHERE prefix IN ({placeholders(len(prefixes))}) {condition}"
            )
            with self._reading() as connection:
                rows = connection.execute(query, (*prefixes, *values)).fetchall()
            for owner, id_, *row in rows:
                key = entry_key(owner, id_)
                if key in part:
                    yield key, tuple(row)

    def _one(self, query: str) -> int:
        with self._reading() as connection:
            return int(connection.execute(query).fetchone()[0])

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, busy(self.path):
            yield self._connection
