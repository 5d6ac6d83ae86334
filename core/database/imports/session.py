"""What every import does: find its file, hold the shop, book the run."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from sqlalchemy import Connection, Engine, insert

from seamless_retail.core.database.imports.report import ImportReport, Tally
from seamless_retail.core.database.schema import writing
from seamless_retail.core.database.tables import ImportRunRow
from seamless_retail.core.errors import ImportSourceError

MOST_CENTS = 2**31 - 1
"""The largest price or line total that is taken."""


def find_source(path: str | Path, name: str) -> Path:
    """The file itself, or the file ``name`` in the folder.

    Raises:
        ImportSourceError: It is not there.
    """
    given = Path(path).expanduser()
    file = given / name if given.is_dir() else given
    if not file.is_file():
        raise ImportSourceError(f"There is no file {file}.", f"Give the folder that holds {name}, or that file.")
    return file


def not_readable(file: Path, problem: object, remedy: str) -> ImportSourceError:
    """The error for a file that is not what it should be."""
    return ImportSourceError(f"{file} cannot be imported: {problem}.", remedy)


def run_and_book(url: str, source: str, file: Path, load: Callable[[Engine, Tally], None]) -> ImportReport:
    """Load while holding the shop, then book the run in ``import_runs``.

    Raises:
        ShopBusyError: Another process is writing the shop.
    """
    tally, started = Tally(), datetime.now(UTC)
    with writing(url) as engine:
        load(engine, tally)
        report = tally.report(source, file)
        with engine.begin() as connection:
            _book(connection, report, started)
    return report


def cents(amount: object) -> int:
    """An amount in whole units as cents, rounded half up.

    Raises:
        ValueError: It is not a finite number, or beyond :data:`MOST_CENTS`.
    """
    if isinstance(amount, bool) or not isinstance(amount, int | float | str | Decimal):
        raise ValueError("not a number")
    try:
        number = int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (ArithmeticError, ValueError):
        raise ValueError("not a number") from None
    if abs(number) > MOST_CENTS:
        raise ValueError("amount too large")
    return number


def _book(connection: Connection, report: ImportReport, started: datetime) -> None:
    counted = report.model_dump(include={"source", "path", "rows_read", "rows_taken", "rows_refused", "reasons"})
    connection.execute(insert(ImportRunRow), {**counted, "started_at": started, "finished_at": datetime.now(UTC)})
