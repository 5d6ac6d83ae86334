"""What an import read, took and refused."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from seamless_retail.core.catalogue import Record

Progress = Callable[[int, int], None]
"""``progress(done, total)``; both in rows or both in bytes, as the source allows."""

EXAMPLES_PER_REASON = 3


class RefusedRow(Record):
    """A row that was not imported."""

    line: int
    """Line of a text file, else number of the row or entry; from 1."""
    reason: str


class ImportReport(Record):
    """The outcome of an import; ``rows_read == rows_taken + rows_refused``."""

    source: str
    path: str
    rows_read: int
    rows_taken: int
    rows_refused: int
    reasons: dict[str, int]
    """Refused rows by reason, most frequent first."""
    examples: tuple[RefusedRow, ...]
    """The first refused rows of each reason."""
    products: int
    """Distinct products written; customers and orders likewise."""
    customers: int
    orders: int


@dataclass(slots=True)
class Tally:
    """Counts while an import runs."""

    taken: int = 0
    products: int = 0
    customers: int = 0
    orders: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[RefusedRow] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Count a row that is not imported."""
        self.reasons[reason] += 1
        if self.reasons[reason] <= EXAMPLES_PER_REASON:
            self.examples.append(RefusedRow(line=line, reason=reason))

    def report(self, source: str, path: Path) -> ImportReport:
        """Sum up."""
        refused = self.reasons.total()
        return ImportReport(
            source=source,
            path=str(path),
            rows_read=self.taken + refused,
            rows_taken=self.taken,
            rows_refused=refused,
            reasons=dict(self.reasons.most_common()),
            examples=tuple(sorted(self.examples, key=lambda row: row.line)),
            products=self.products,
            customers=self.customers,
            orders=self.orders,
        )
