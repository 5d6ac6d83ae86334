"""Connections to the shop database: SQLite by default, PostgreSQL by URL."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError

from seamless_retail.core.errors import ConfigurationError, MissingExtraError, ShopBusyError, ShopDatabaseError

BUSY_TIMEOUT_S = 10.0
"""How long a statement waits for another writer of the same file."""

REBUILD = "Restore a copy of it, or rebuild the shop with `seamless shop seed --force` (this erases it)."


def shop_url(url: str) -> URL:
    """Read a database URL: ``sqlite:///path/shop.db`` or ``postgresql://user@host/name``.

    Raises:
        ConfigurationError: The URL cannot be read, or names another kind of database or no file.
    """
    remedy = "Use sqlite:///path/to/shop.db or postgresql://user@host/name."
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("The database URL cannot be read.", remedy) from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ConfigurationError(f"A shop cannot be kept in {backend!r}.", remedy)
    if parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("A shop needs a database file; it cannot be kept in memory.", remedy)
    return parsed.set(drivername="sqlite")


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite URL from :func:`shop_url`, ``None`` for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def shop_name(url: URL) -> str:
    """How messages name this shop: its path, or its URL without the password."""
    return str(sqlite_path(url) or _without_driver(url).render_as_string(hide_password=True))


def open_engine(url: str, *, bulk: bool = False) -> Engine:
    """Make an engine; the folder of a SQLite file is created, the file only by the first write.

    Database errors that mean damage or a busy file are raised as ours.

    Args:
        url: The shop database.
        bulk: Whether much is going to be written.

    Raises:
        ConfigurationError: The URL is not usable.
        MissingExtraError: The driver for PostgreSQL is not installed.
        ShopDatabaseError: The folder cannot be made.
    """
    parsed = shop_url(url)
    path = sqlite_path(parsed)
    if path is None:
        engine = _postgresql_engine(parsed, bulk)
    else:
        make_folder(path)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=16)
        event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "handle_error", _raise_ours)
    return engine


def make_folder(path: Path) -> None:
    """Make the folder of a SQLite file.

    Raises:
        ShopDatabaseError: It cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ShopDatabaseError(
            f"The folder of the shop database {path} cannot be made: {error.strerror}.",
            "Choose another place with SEAMLESS_HOME or SEAMLESS_DATABASE_URL.",
        ) from error


@contextmanager
def opened(url: str, *, bulk: bool = False) -> Iterator[Engine]:
    """An engine as of :func:`open_engine` that is disposed of at the end."""
    engine = open_engine(url, bulk=bulk)
    try:
        yield engine
    finally:
        engine.dispose()


def _postgresql_engine(url: URL, bulk: bool) -> Engine:
    # Foreign keys are checked by plans that a session makes while the tables are still small. They would scan the whole
    # table for every row to the end of a bulk load: PostgreSQL then spends minutes on what takes seconds by index.
    options = {"options": "-c enable_seqscan=off"} if bulk else {}
    try:
        return create_engine(url, pool_pre_ping=True, pool_size=16, connect_args=options)
    except ModuleNotFoundError as error:
        raise MissingExtraError("PostgreSQL", "postgres") from error


def _configure_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _raise_ours(context: ExceptionContext) -> None:
    """Name the shop and the remedy where the driver only says "malformed", "locked" or "refused"."""
    original, engine = context.original_exception, context.engine
    if engine is None:
        return
    name = shop_name(engine.url)
    if isinstance(original, sqlite3.Error):
        replacement = _sqlite_error(original, name)
    else:
        replacement = _connection_error(original, context, name, engine.url)
    if replacement is not None:
        raise replacement from original


def _sqlite_error(error: sqlite3.Error, name: str) -> ShopDatabaseError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ShopDatabaseError(f"The shop database {name} is damaged or is not a shop: {error}.", REBUILD)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return ShopBusyError(f"The shop {name} is being written.", "Wait until that has finished, then try again.")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
        return ShopDatabaseError(
            f"The shop database {name} cannot be used: {error}.", "Check the disk and the rights on the file."
        )
    return None


def _connection_error(error: BaseException, context: ExceptionContext, name: str, url: URL) -> ShopDatabaseError | None:
    if context.connection is not None or not isinstance(context.sqlalchemy_exception, DBAPIError):
        return None
    reason = (str(error).strip().splitlines() or ["no reason given"])[0]
    if url.password:
        reason = re.sub(re.escape(str(url.password)), "***", reason)
    return ShopDatabaseError(
        f"The shop database {name} cannot be reached: {reason}.",
        "Check that the server runs, that the database exists, and SEAMLESS_DATABASE_URL.",
    )


def _without_driver(url: URL) -> URL:
    return url.set(drivername=url.get_backend_name())
