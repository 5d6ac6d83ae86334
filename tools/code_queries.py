"""Reads the shop's database for staff: one SELECT, nothing written, a deadline, no personal columns but for staff.

A statement is first prepared on an empty copy of the shop's schema in memory, where SQLite's authorizer names every
table and column that it reads and refuses everything but reading: what does not pass never reaches the data. So a
statement must be SQL that SQLite understands, whatever database the shop has. It is then run on a connection that the
database itself keeps from writing: SQLite in mode ``ro`` with ``query_only``, PostgreSQL in a read-only transaction.
"""

import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from seamless_retail.core.catalogue import Record
from seamless_retail.core.database import cart_tables, operation_tables
from seamless_retail.core.database.engine import sqlite_path
from seamless_retail.core.database.tables import Base
from seamless_retail.core.principal import Principal

STAFF = "staff"
"""The role that a verified principal of the shop's staff has."""
PRIVATE_TABLES = frozenset(
    mapper.local_table.name  # type: ignore[attr-defined]  # mapped tables have names
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == operation_tables.__name__
)
"""Keys of requests and proposals: nobody's business."""
PERSONAL_COLUMNS: Mapping[str, frozenset[str]] = {
    "customers": frozenset({"first_name", "last_name", "email", "address", "profile", "payment_methods"}),
    "orders": frozenset({"address", "details", "tracking"}),
    "order_status_history": frozenset({"note"}),
    "payments": frozenset({"method_id"}),
    "loyalty_ledger": frozenset({"note"}),
    cart_tables.CartRow.__tablename__: frozenset({"codes"}),
    cart_tables.VoucherRow.__tablename__: frozenset({"code", "customer_id"}),
}
_ONLY_ONE = re.compile(r";\s*\S")
_SELECT = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:SELECT|WITH)\b", re.IGNORECASE | re.DOTALL)
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_REFUSED_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})
MAX_VALUE_BYTES = 1_000_000


class QueryResult(Record):
    """What a query gave, or why it was not run."""

    problem: str = ""
    """Why there is no result, in words."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    cut_off: bool = False
    """Whether there are more rows."""


@dataclass(frozen=True, slots=True)
class ReadOnlyQueries:
    """Runs queries.

    Args:
        engine: Of the shop; its address is used, not its connections.
        seconds: A query may take so long.
        max_rows: Rows that are kept.
    """

    engine: Engine
    seconds: float = 2.0
    max_rows: int = 50

    def run(self, sql: str, parameters: Mapping[str, str | int], principal: Principal) -> QueryResult:
        """Check a query, then run it.

        Args:
            sql: One SELECT; ``:name`` stands for a parameter.
            parameters: By name.
            principal: Who asks; only staff see personal columns.
        """
        if problem := check_sql(sql, parameters, may_see_personal=STAFF in principal.roles):
            return QueryResult(problem=problem)
        path = sqlite_path(self.engine.url)
        try:
            if path is not None:
                return self._sqlite(f"file:{quote(str(path))}?mode=ro", sql, parameters)
            return self._server(sql, parameters)
        except (sqlite3.Error, SQLAlchemyError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            return QueryResult(problem=f"The database refused it: {reason}.")

    def _sqlite(self, uri: str, sql: str, parameters: Mapping[str, str | int]) -> QueryResult:
        deadline = time.monotonic() + self.seconds
        with closing(sqlite3.connect(uri, uri=True, timeout=self.seconds)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)
            connection.set_authorizer(_reading_only)
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 10_000)
            cursor = connection.execute(sql, dict(parameters))
            return self._result([column for column, *_ in cursor.description], cursor.fetchmany(self.max_rows + 1))

    def _server(self, sql: str, parameters: Mapping[str, str | int]) -> QueryResult:
        with self.engine.connect() as connection, connection.begin() as transaction:
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text(f"SET LOCAL statement_timeout = {int(self.seconds * 1000)}"))
            found = connection.execute(text(sql), dict(parameters))
            result = self._result(list(found.keys()), [tuple(row) for row in found.fetchmany(self.max_rows + 1)])
            transaction.rollback()
        return result

    def _result(self, columns: list[str], rows: list[tuple[Any, ...]]) -> QueryResult:
        kept = tuple(tuple(row) for row in rows[: self.max_rows])
        return QueryResult(columns=tuple(columns), rows=kept, cut_off=len(rows) > self.max_rows)


def check_sql(sql: str, parameters: Mapping[str, str | int], *, may_see_personal: bool = False) -> str:
    """Why a query may not be run, in words; empty if it may.

    Args:
        sql: The query.
        parameters: What it is run with.
        may_see_personal: Whether columns that tell who a customer is may be read.
    """
    sql = sql.strip().rstrip(";")
    if _ONLY_ONE.search(sql):
        return "It is more than one statement."
    if not _SELECT.match(sql):
        return "It is not a SELECT."
    seen: list[str] = []

    def authorize(action: int, table: str | None, column: str | None, *_: object) -> int:
        verdict = _reading_only(action, table, column)
        if verdict != sqlite3.SQLITE_OK:
            seen.append("It does something else than read.")
        elif action == sqlite3.SQLITE_READ and (problem := _forbidden(table or "", column or "", may_see_personal)):
            seen.append(problem)
            return sqlite3.SQLITE_DENY
        return verdict

    with closing(_empty_shop()) as connection:
        connection.set_authorizer(authorize)
        try:
            connection.execute(f"EXPLAIN {sql}", dict(parameters))
        except (sqlite3.Error, ValueError) as error:
            return next(iter(seen), f"It is not valid SQL for the shop: {error}.")
    return next(iter(seen), "")


@cache
def schema_text() -> str:
    """The shop's tables that may be read, one line each, as a model is told them."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in PRIVATE_TABLES]
    return "\n".join(f"{table.name}({', '.join(column.name for column in table.columns)})" for table in tables)


def _forbidden(table: str, column: str, may_see_personal: bool) -> str:
    if table in PRIVATE_TABLES or table.startswith(("sqlite_", "pragma_")):
        return f"It reads the table {table!r}, which is not for reports."
    if not may_see_personal and column in PERSONAL_COLUMNS.get(table, frozenset()):
        return f"It reads {table}.{column}, which tells who a customer is."
    return ""


def _reading_only(action: int, table: str | None, column: str | None, *_: object) -> int:
    """SQLite's authorizer; for functions the name is in ``column``."""
    named = action == sqlite3.SQLITE_FUNCTION and (column or "").lower() in _REFUSED_FUNCTIONS
    return sqlite3.SQLITE_OK if action in _READING and not named else sqlite3.SQLITE_DENY


def _empty_shop() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(_schema_script())
    return connection


@cache
def _schema_script() -> str:
    made = (str(CreateTable(table).compile(dialect=sqlite.dialect())) for table in Base.metadata.sorted_tables)
    return ";\n".join(made) + ";"
