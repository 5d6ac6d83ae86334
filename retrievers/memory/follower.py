"""Keeps a vector index up with the ledger: with what this process wrote, and with what others did."""

import json
import threading
from pathlib import Path

from filelock import FileLock, Timeout

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.retrievers.memory.faiss_index import FaissIndex
from seamless_retail.retrievers.memory.hot_cache import HotCache
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.ledger_reading import Changes, IndexRows
from seamless_retail.retrievers.memory.vector_index import IndexRow, VectorIndex

LOCK = "index.lock"
_LOCK_TIMEOUT_S = 600.0


class Follower:
    """An index and how far it has followed.

    An index in this process's memory is made anew when a memory is opened, and its position is known here alone. One
    that many processes share has its position in the ledger, and processes take turns in bringing it up to date.

    Args:
        directory: Of the memory.
        ledger: What is followed.
        index: What follows.
        cache: Cleared when it is unknown what was erased.
    """

    def __init__(self, directory: Path, ledger: Ledger, index: VectorIndex, cache: HotCache) -> None:
        self.index = index
        self._ledger = ledger
        self._cache = cache
        self._shared = not isinstance(index, FaissIndex)
        self._turn = FileLock(directory / LOCK, timeout=_LOCK_TIMEOUT_S)
        self._lock = threading.RLock()
        self._position = 0

    def catch_up(self) -> None:
        """Apply what happened since the last time; costs one look at a number when nothing did.

        Raises:
            MemoryStoreError: The ledger is damaged, or another process has been at the shared index for too long.
            SearchIndexError: The backend cannot be reached.
        """
        if self._ledger.number == self._position:
            return
        with self._lock:
            if not self._shared:
                self._position = self._follow(self._position)
                return
            try:
                with self._turn:
                    self._follow_shared()
            except Timeout:
                raise MemoryStoreError(
                    f"Another process has been writing the {self.index.name} index for {_LOCK_TIMEOUT_S:.0f} seconds.",
                    "Wait for it or end it, then try again.",
                ) from None

    def rebuild(self) -> None:
        """Make the index anew from the ledger."""
        with self._lock:
            self._position = 0
            self.index.clear()
            if self._shared:
                with self._turn:
                    self._ledger.note_position(self.index.name, 0)
            self.catch_up()

    def settle(self) -> None:
        """Catch up for the first time; a shared index that does not hold what the ledger holds is made anew."""
        self.catch_up()
        if self._shared and len(self.index) != len(self._ledger):
            self.rebuild()

    def _follow_shared(self) -> None:
        noted = self._ledger.position(self.index.name)
        # What another process erased with all traces must not outlive it in this one's cache either.
        if self._position and not self._ledger.knows(self._position):
            self._cache.drop()
        number = self._follow(noted)
        if number != noted:
            self._ledger.note_position(self.index.name, number)
        self._position = number

    def _follow(self, after: int) -> int:
        return self._ledger.follow(after, self._take, self._begin)

    def _begin(self, changes: Changes) -> None:
        if changes.complete:
            self.index.delete(changes.erased)
            self._cache.drop(set(changes.erased))
        else:
            self.index.clear()
            self._cache.drop()

    def _take(self, rows: IndexRows) -> None:
        if isinstance(self.index, FaissIndex):
            self.index.extend(rows)
            return
        values = zip(rows.keys, rows.owners, rows.vectors, rows.metadata, strict=True)
        self.index.upsert([IndexRow(key, owner, vector, json.loads(text)) for key, owner, vector, text in values])
