"""Whether a memory is whole: entries against their checksums, the index against the ledger."""

from dataclasses import dataclass

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.retrievers.memory.codec import key_prefix
from seamless_retail.retrievers.memory.engine import MemoryEngine
from seamless_retail.retrievers.memory.entry import entry_key


@dataclass(frozen=True)
class VerificationReport:
    """What was looked at and what was found."""

    entries: int
    """Entries in the ledger."""
    indexed: int
    """Rows in the index."""
    damaged: tuple[str, ...]
    """Ids whose content does not have the recorded checksum or form."""
    missing: int
    """Entries that the index does not have."""
    extra: int
    """Rows of the index that the ledger does not have."""
    file: tuple[str, ...]
    """What SQLite finds wrong with the file."""

    @property
    def whole(self) -> bool:
        """Nothing is wrong."""
        return not (self.damaged or self.missing or self.extra or self.file)


def verify(engine: MemoryEngine) -> VerificationReport:
    """Read everything once and compare.

    A damaged entry is named and left as it is; rows that an index lacks or has too many come right when it is rebuilt
    (``engine.follower.rebuild()``).

    Raises:
        MemoryStoreError: The file cannot be read at all.
    """
    engine.follower.catch_up()
    damaged, count, keys = [], 0, set()
    for rows in engine.ledger.raw():
        for row in rows:
            count += 1
            key = entry_key(row[1], row[2])
            keys.add(key)
            try:
                engine.ledger.codec.entry(row)
            except MemoryStoreError:
                damaged.append(row[2])
            else:
                if row[0] != key_prefix(key):
                    damaged.append(row[2])
    indexed = engine.index.ids()
    return VerificationReport(
        entries=count,
        indexed=len(indexed),
        damaged=tuple(damaged),
        missing=len(keys - indexed),
        extra=len(indexed - keys),
        file=tuple(engine.ledger.check()),
    )
