"""Insert-or-update in batches, for SQLite and PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Insert, Table, delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

from seamless_retail.core.database.tables import Base

T = TypeVar("T")
Row = Mapping[str, Any]

BATCH = 200
"""Records per statement: their parts stay under the 32,766 parameters that SQLite takes."""
ROWS = 5_000
"""Rows of one flat table sent at once."""


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Cut an iterable into lists of at most ``size``."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def upsert(connection: Connection, table: type[Base], rows: Sequence[Row], *, keep: bool = False) -> None:
    """Insert rows; where the primary key exists, replace the other columns, or leave them all with ``keep``."""
    if rows:
        connection.execute(_statement(connection, table_of(table), keep), rows)


def insert_if_absent(connection: Connection, table: type[Base], row: Row) -> bool:
    """Insert a row unless its primary key is there; whether it was inserted. Waits for who is inserting the same."""
    statement = _statement(connection, table_of(table), True).values(dict(row))
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def replace_parts(
    connection: Connection,
    table: type[Base],
    owner: InstrumentedAttribute[str],
    owners: Sequence[str],
    rows: Sequence[Row],
) -> None:
    """Replace the rows that belong to ``owners``."""
    connection.execute(delete(table_of(table)).where(owner.in_(owners)))
    if rows:
        connection.execute(insert(table_of(table)), rows)


def table_of(table: type[Base]) -> Table:
    """The table behind a declarative class."""
    found = table.__table__
    assert isinstance(found, Table)
    return found


def _statement(connection: Connection, table: Table, keep: bool) -> Insert:
    keys = [column.name for column in table.primary_key]
    statement = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    if keep or not others:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
