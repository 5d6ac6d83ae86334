"""A vector index made from a ledger, and compared with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.retrievers.memory.backends import open_index, parse_backend
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.ledger_reading import IndexRows
from seamless_retail.retrievers.memory.vector_index import IndexRow, VectorIndex

Progress = Callable[[str, int, int], None]
"""Stage, done, total."""

_SAMPLES = 25
_SAME = 0.99
"""Cosine of a stored vector with itself, below which a backend did not keep it."""


def build_index(
    name: str, directory: Path, ledger: Ledger, dimension: int, options: dict[str, Any] | None, progress: Progress
) -> None:
    """Fill the index of a backend with what the ledger holds, and verify it.

    Raises:
        SearchIndexError: It cannot be reached, or does not hold what it was given.
    """
    if parse_backend(name).kind == "faiss":
        return  # made in the memory of each process that opens the directory
    index = open_index(name, directory, dimension, options)
    try:
        index.clear()
        number = _fill(index, ledger, progress)
        _verify(index, ledger, number, progress)
    finally:
        index.close()


def _fill(index: VectorIndex, ledger: Ledger, progress: Progress) -> int:
    total, done = len(ledger), 0

    def take(rows: IndexRows) -> None:
        nonlocal done
        values = zip(rows.keys, rows.owners, rows.vectors, rows.metadata, strict=True)
        index.upsert([IndexRow(key, owner, vector, json.loads(text)) for key, owner, vector, text in values])
        done += len(rows.keys)
        progress("indexing", done, max(total, done))

    progress("indexing", 0, total)
    number = ledger.follow(0, take, lambda changes: None)
    ledger.note_position(index.name, number)
    return number


def _verify(index: VectorIndex, ledger: Ledger, number: int, progress: Progress) -> None:
    """Every id is there, and vectors of all parts of the ledger find themselves among their owner's."""
    keys, held = ledger.keys(), index.ids()
    if ledger.number == number and keys != held:
        raise SearchIndexError(
            f"The {index.name} index holds {len(held & keys)} of {len(keys)} entries and {len(held - keys)} others.",
            "Nothing was switched. Check that nobody else writes to it, and move again.",
        )
    chosen = sorted(keys & held)[:: max(1, len(keys) // _SAMPLES)]
    owners = frozenset(ledger.counts())
    entries = ledger.rows(chosen, owners) if chosen else {}
    for done, entry in enumerate(entries.values()):
        progress("verifying", done, len(entries))
        found = index.search(entry.vector, 1, frozenset({entry.owner}), None)
        if not found or found[0][1] < _SAME:
            raise SearchIndexError(
                f"The {index.name} index does not find the entry {entry.id!r} by its own vector.",
                "Nothing was switched. Move again, or to another backend.",
            )
    progress("verifying", len(entries), len(entries))
