"""The audit of the food guard: every decision, appended to a hash-chained file of JSON lines.

Each record holds what its verdicts follow from (the contraindications, the labels, the law, the settings, the hashes of
tables and rules), so that :mod:`seamless_retail.lobes.guardrails.replay` can judge again offline. Several processes may
write one file: a lock orders them. The customer's id is kept as a hash with a key of this machine, and the customer's
words are not kept at all, only the contraindications that were read in them; a text that was judged is kept without
card numbers, addresses and telephone numbers.

When a record cannot be written (a full disk, a lock that is not released), the answer goes on and the log says so; with
``is_required`` the guard blocks instead.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from seamless_retail import __version__
from seamless_retail.core.audit import ORIGIN, AuditItem, AuditRecord, digest_of
from seamless_retail.core.errors import AuditError
from seamless_retail.core.redaction import redact
from seamless_retail.lobes.guardrails.food_guard import Decided, FoodGuard
from seamless_retail.lobes.guardrails.household import to_records
from seamless_retail.lobes.guardrails.rules import ProductFacts

log = logging.getLogger(__name__)

FILE_NAME, KEY_NAME, LOCK_NAME = "audit.jsonl", "audit.key", "audit.lock"
LOCK_S = 1.0
"""Seconds that a decision waits for another process to finish writing."""
_TAIL = 65_536
"""Bytes of the end of the file that are read for the last record; more where one record is longer."""


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The audit of one home folder.

    Args:
        folder: Holds the file, its key and its lock.
        is_required: Whether a decision that cannot be kept is an error.
    """

    folder: Path
    is_required: bool = False

    @property
    def path(self) -> Path:
        """The file of records."""
        return self.folder / FILE_NAME

    def record(self, decided: Decided) -> list[str]:
        """Append one record with one item per product; the ids are ``<record>.<number>``.

        Raises:
            AuditError: It could not be written, and ``is_required`` is set.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(str(self.folder / LOCK_NAME), timeout=LOCK_S):
                record = self._make(decided, self._last_digest())
                self._append(record)
        except (OSError, Timeout) as error:
            if self.is_required:
                raise AuditError(
                    f"The decision of the food guard could not be written to {self.path}: {error}.",
                    "Make room or give the folder back; SEAMLESS_GUARD_AUDIT_REQUIRED=false answers without.",
                ) from error
            log.exception("the decision of the food guard is not in the audit")
            return [""] * len(decided.products)
        return [f"{record.id}.{number}" for number in range(1, len(record.items) + 1)]

    def records(self) -> Iterator[tuple[int, AuditRecord | None]]:
        """All records with their line numbers; ``None`` where a line is none.

        Raises:
            AuditError: The file cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield number, _parsed(line)
        except FileNotFoundError:
            return
        except OSError as error:
            raise AuditError(f"{self.path} cannot be read: {error}.", "Check the folder's permissions.") from error

    def find(self, id: str) -> tuple[AuditRecord, AuditItem] | None:
        """The record and the item of an id; the first item where the id names a whole record."""
        key, _, number = id.partition(".")
        for _, record in self.records():
            if record is not None and record.id == key:
                place = int(number or 1) - 1 if (number or "1").isdigit() else -1
                return (record, record.items[place]) if 0 <= place < len(record.items) else None
        return None

    def _make(self, decided: Decided, previous: str) -> AuditRecord:
        guard, items = decided.guard, zip(decided.products, decided.verdicts, strict=True)
        return AuditRecord(
            id=secrets.token_hex(8),
            at=datetime.now(UTC),
            kind="text" if decided.is_prose else "product",
            customer=self._pseudonym(decided.customer_id),
            context=tuple(to_records(decided.context.active)),
            jurisdiction=decided.law,
            settings={"block_traces": guard.block_traces, "reviewed_rows_only": guard.clear_by_reviewed_rows_only},
            tables=tables_hash(guard),
            engine=engine_hash(),
            version=__version__,
            items=tuple(
                AuditItem(
                    subject=_subject(product, decided.is_prose),
                    verdict=verdict.verdict.value,
                    reasons=tuple(reason.to_record() for reason in verdict.reasons),
                )
                for product, verdict in items
            ),
            previous=previous,
        ).sealed()

    def _append(self, record: AuditRecord) -> None:
        line = json.dumps(record.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":")) + "\n"
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+") as file:
            file.seek(0, os.SEEK_END)
            if file.tell() and not _ends_line(file):
                line = "\n" + line
            file.write(line.encode())

    def _last_digest(self) -> str:
        """The digest of the last whole record: what a crash cut off in the middle is skipped, and found later."""
        try:
            size, reach = self.path.stat().st_size, _TAIL
        except FileNotFoundError:
            return ORIGIN
        with self.path.open("rb") as file:
            while True:
                file.seek(max(0, size - reach))
                lines = file.read().splitlines()[0 if reach >= size else 1 :]
                last = next(filter(None, map(_parsed, reversed(lines))), None)
                if last or reach >= size:
                    return last.digest if last else ORIGIN
                reach *= 4

    def _pseudonym(self, customer_id: str) -> str:
        if not customer_id:
            return ""
        return hmac.new(self._key(), customer_id.encode(), hashlib.sha256).hexdigest()[:16]

    def _key(self) -> bytes:
        path = self.folder / KEY_NAME
        if not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes()


def _ends_line(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")


def _parsed(line: bytes) -> AuditRecord | None:
    try:
        return AuditRecord.model_validate_json(line)
    except ValidationError:
        return None


def _subject(product: ProductFacts, is_prose: bool) -> dict[str, Any]:
    if is_prose:
        return {"text": redact(product.name)}
    return {
        "id": product.id,
        "name": product.name,
        "ingredients": product.ingredients,
        "may_contain": product.may_contain,
        "claims": product.claims,
        "nutrition": dict(product.nutrition),
        "serving_g": product.serving_g,
        "allergens": None if product.allergens is None else list(product.allergens),
        "traces": None if product.traces is None else list(product.traces),
        "language": product.language,
        "is_declared_as_data": product.is_declared_as_data,
    }


def tables_hash(guard: FoodGuard) -> str:
    """SHA-256 of the tables that a guard judges by: those of the package, and the words that the user imported."""
    imported = [(row.id, row.pattern) for row in guard.reader.extra]
    return digest_of([_files_hash("seamless_retail.core.food_facts", (".toml", ".txt")), imported])


def engine_hash() -> str:
    """SHA-256 of the code that reads labels and judges."""
    parts = [_files_hash(f"seamless_retail.lobes.guardrails.{part}", (".py", ".toml")) for part in ("labels", "rules")]
    prose = ("/prose.py", "/prose_cues.py", "/prose.toml")
    return digest_of([*parts, _files_hash("seamless_retail.lobes.guardrails", prose)])


@cache
def _files_hash(package: str, endings: tuple[str, ...]) -> str:
    found = sorted(_files(resources.files(package), endings), key=lambda pair: pair[0])
    return digest_of([(name, hashlib.sha256(file.read_bytes()).hexdigest()) for name, file in found])


def _files(folder: Traversable, endings: tuple[str, ...], under: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        name = f"{under}/{entry.name}"
        if entry.is_dir():
            yield from _files(entry, endings, name)
        elif name.endswith(endings):
            yield name, entry
