"""The record of one check of a guard, and the chain that shows whether a record was changed, moved or taken out."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal

from pydantic import JsonValue

from seamless_retail.core.catalogue import Record

ORIGIN = "0" * 64
"""What the first record of a chain follows."""


class AuditItem(Record):
    """One thing that was judged, and the verdict on it."""

    subject: dict[str, JsonValue]
    """The facts of the label, or the text, as they were given."""
    verdict: Literal["block", "warn", "cannot_clear", "pass"]
    reasons: tuple[dict[str, JsonValue], ...] = ()


class AuditRecord(Record):
    """One check: all that its verdicts follow from, and the verdicts."""

    id: str
    at: datetime
    """In UTC."""
    kind: Literal["product", "text"]
    customer: str = ""
    """A keyed hash of the customer's id; empty for a guest."""
    context: tuple[dict[str, str], ...]
    """The contraindications, without the words in which they were said."""
    jurisdiction: str
    settings: dict[str, JsonValue]
    tables: str
    """SHA-256 of the tables, imported words included."""
    engine: str
    """SHA-256 of the rules' own code."""
    version: str
    """Of the package."""
    items: tuple[AuditItem, ...]
    previous: str
    """The digest of the record before, or ``ORIGIN``."""
    digest: str = ""
    """SHA-256 of everything else in this record."""

    def sealed(self) -> "AuditRecord":
        """The record with its digest."""
        return self.model_copy(update={"digest": self.computed_digest()})

    def computed_digest(self) -> str:
        """What the digest of this record must be."""
        return digest_of(self.model_dump(mode="json", exclude={"digest"}))


class BrokenLink(Record):
    """One place where the chain does not hold."""

    line: int
    id: str
    problem: str


def digest_of(value: Any) -> str:
    """SHA-256 of a JSON value in its one canonical form."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def broken_links(records: Iterable[tuple[int, AuditRecord | None]]) -> Iterator[BrokenLink]:
    """Where a chain of records, with their line numbers, does not hold; ``None``: the line is no record."""
    previous = ORIGIN
    for line, record in records:
        if record is None:
            yield BrokenLink(line=line, id="", problem="The line is no record: it was cut off or damaged.")
            continue
        if record.digest != record.computed_digest():
            yield BrokenLink(line=line, id=record.id, problem="The record was changed after it was written.")
        if record.previous != previous:
            yield BrokenLink(line=line, id=record.id, problem="It does not follow the record before: one was changed, "
                             "moved or taken out.")  # fmt: skip
        previous = record.digest
