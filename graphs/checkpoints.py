"""Where conversations are kept: SQLite by default, PostgreSQL by URL, nowhere with ``none``.

A store is opened once and shared by every thread. Stored values are read back with the strict deserialiser, which
builds only LangGraph's own types and LangChain messages: a tampered store cannot make this process run code.
"""

import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from seamless_retail.core.errors import ConfigurationError, ConversationStoreError, MissingExtraError

NONE = "none"
BUSY_TIMEOUT_S = 10.0
SYNCHRONOUS = "PRAGMA synchronous=NORMAL"
"""With the write-ahead log that the saver turns on, a power cut may cost the last turns and damages nothing."""
CHECKED_BYTES = 64 * 1024**2
"""Files up to this size are checked page by page when opened (about a quarter of a second); larger ones only open."""
CONNECT_TIMEOUT_S = 5
POOL_SIZE = 8


@contextmanager
def open_checkpointer(url: str) -> Iterator[BaseCheckpointSaver[Any] | None]:
    """Open the store for graphs that are invoked synchronously.

    Args:
        url: ``sqlite:///path/threads.db``, ``postgresql://user@host/name``, or ``none`` (yields ``None``).

    Raises:
        ConfigurationError: The URL is none of these.
        MissingExtraError: The packages for PostgreSQL are not installed.
        ConversationStoreError: The store is damaged or cannot be reached. A damaged file is left as it is.
    """
    place = _read_url(url)
    if place is None:
        yield None
    elif isinstance(place, Path):
        from langgraph.checkpoint.sqlite import SqliteSaver

        _check_file(place)
        with closing(sqlite3.connect(place, check_same_thread=False, timeout=BUSY_TIMEOUT_S)) as connection:
            connection.execute(SYNCHRONOUS)
            yield SqliteSaver(connection, serde=_serializer())
    else:
        with _postgresql_saver(place) as saver:
            yield saver


@asynccontextmanager
async def open_async_checkpointer(url: str) -> AsyncIterator[BaseCheckpointSaver[Any] | None]:
    """The same for graphs that are invoked asynchronously, as servers do; arguments and errors as above."""
    place = _read_url(url)
    if place is None:
        yield None
    elif isinstance(place, Path):
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        _check_file(place)
        async with aiosqlite.connect(place, timeout=BUSY_TIMEOUT_S) as connection:
            await connection.execute(SYNCHRONOUS)
            yield AsyncSqliteSaver(connection, serde=_serializer())
    else:
        async with _async_postgresql_saver(place) as saver:
            yield saver


@contextmanager
def store_errors() -> Iterator[None]:
    """Name what a driver raises when an open store fails in the middle of a run.

    Raises:
        ConversationStoreError: Instead of the driver's own error.
    """
    drivers = (sqlite3, sys.modules.get("psycopg"))
    kinds = tuple(driver.Error for driver in drivers if driver)
    try:
        yield
    except kinds as error:
        raise ConversationStoreError(
            f"The conversation could not be read or written: {str(error).strip().splitlines()[0]}.",
            "Check the disk or server that SEAMLESS_CHECKPOINT_URL names, or ask without a conversation.",
        ) from error


def _serializer() -> JsonPlusSerializer:
    return JsonPlusSerializer(allowed_msgpack_modules=None)


def _read_url(url: str) -> Path | URL | None:
    """``None``, a SQLite file, or a PostgreSQL URL."""
    remedy = "Set SEAMLESS_CHECKPOINT_URL to sqlite:///path/to/threads.db, postgresql://user@host/name or none."
    if url == NONE:
        return None
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("The checkpoint URL cannot be read.", remedy) from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql")
    if backend != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise ConfigurationError(f"Conversations cannot be kept in {parsed.render_as_string()!r}.", remedy)
    return Path(str(parsed.database))


def _check_file(path: Path) -> None:
    """Make sure that the file is, or can become, a store of conversations; never repairs or replaces it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S)) as connection:
            small = path.stat().st_size <= CHECKED_BYTES
            check = "PRAGMA quick_check(1)" if small else "SELECT count(*) FROM sqlite_master"
            (result,) = connection.execute(check).fetchone()
    except (OSError, sqlite3.Error) as error:
        raise _damaged(path, str(error)) from error
    if small and result != "ok":
        raise _damaged(path, " ".join(str(result).split()))


def _damaged(path: Path, reason: str) -> ConversationStoreError:
    return ConversationStoreError(
        f"The conversations in {path} cannot be used: {reason}.",
        "Restore a copy of the file, or move it away to start without past conversations; nothing else is lost.",
    )


@contextmanager
def _postgresql_saver(url: URL) -> Iterator[BaseCheckpointSaver[Any]]:
    try:
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg import Connection, Error
        from psycopg.rows import DictRow, dict_row
        from psycopg_pool import ConnectionPool
    except ImportError as error:
        raise MissingExtraError("Keeping conversations in PostgreSQL", "postgres") from error

    server = url.render_as_string(hide_password=False)
    try:
        with Connection.connect(
            server, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_TIMEOUT_S
        ) as one:
            PostgresSaver(one).setup()
    except Error as error:
        raise _unreachable(url, error) from error
    with ConnectionPool(
        server,
        connection_class=Connection[DictRow],
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        max_size=POOL_SIZE,
    ) as pool:
        yield PostgresSaver(pool, serde=_serializer())


@asynccontextmanager
async def _async_postgresql_saver(url: URL) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg import AsyncConnection, Error
        from psycopg.rows import DictRow, dict_row
        from psycopg_pool import AsyncConnectionPool
    except ImportError as error:
        raise MissingExtraError("Keeping conversations in PostgreSQL", "postgres") from error

    server = url.render_as_string(hide_password=False)
    try:
        async with await AsyncConnection.connect(
            server, autocommit=True, row_factory=dict_row, connect_timeout=CONNECT_TIMEOUT_S
        ) as connection:
            await AsyncPostgresSaver(connection).setup()
    except Error as error:
        raise _unreachable(url, error) from error
    async with AsyncConnectionPool(
        server,
        connection_class=AsyncConnection[DictRow],
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        max_size=POOL_SIZE,
        open=False,
    ) as pool:
        yield AsyncPostgresSaver(pool, serde=_serializer())


def _unreachable(url: URL, error: Exception) -> ConversationStoreError:
    return ConversationStoreError(
        f"Conversations cannot be kept in {url.render_as_string()}: {str(error).strip().splitlines()[0]}.",
        "Check that the server runs, that the database exists, and SEAMLESS_CHECKPOINT_URL.",
    )
