"""One writer at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL, text

from seamless_retail.core.database.engine import make_folder, open_engine, shop_name, sqlite_path
from seamless_retail.core.errors import ShopBusyError, ShopDatabaseError

ADVISORY_LOCK = 0x5EA31E55
"""Key of the PostgreSQL advisory lock; such locks are per database."""


@contextmanager
def writer_lock(url: URL) -> Iterator[None]:
    """Hold the exclusive right to write a shop; the operating system or the server frees it if the process dies.

    Raises:
        ShopBusyError: Another process holds it.
    """
    path = sqlite_path(url)
    with _postgresql_lock(url) if path is None else _file_lock(path):
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    make_folder(path)
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise _busy(str(path)) from None
    except OSError as error:
        raise ShopDatabaseError(
            f"The folder of the shop database {path} cannot be written: {error.strerror}.", "Check the rights on it."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _postgresql_lock(url: URL) -> Iterator[None]:
    engine = open_engine(url.render_as_string(hide_password=False))
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}):
                raise _busy(shop_name(url))
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
    finally:
        engine.dispose()


def _busy(name: str) -> ShopBusyError:
    return ShopBusyError(
        f"Another process is writing the shop {name} (seeding, importing or migrating).",
        "Wait until it has finished, then run the command again.",
    )
