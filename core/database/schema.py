"""The schema's revision: checking it, and bringing a database up to it with Alembic."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from seamless_retail.core.database.cart_tables import CartRow  # noqa: F401  # registers its tables
from seamless_retail.core.database.engine import REBUILD, opened, shop_name, shop_url, sqlite_path
from seamless_retail.core.database.locking import writer_lock
from seamless_retail.core.database.operation_tables import ProposalRow  # noqa: F401  # registers its tables
from seamless_retail.core.database.tables import Base
from seamless_retail.core.errors import ShopBusyError, ShopDatabaseError

SCHEMA_REVISION = "0003"
"""The Alembic revision that :mod:`~seamless_retail.core.database.tables` describes."""

VERSION_TABLE = "shop_schema_version"
"""Not Alembic's default name: the shop may share a PostgreSQL database with other applications."""

OUR_TABLES = frozenset(Base.metadata.tables)


def migrate(url: str) -> None:
    """Create the schema, or bring an older one up to date. Idempotent.

    Raises:
        ShopDatabaseError: The database is damaged, of a newer version, or holds something else.
        ShopBusyError: Another process is writing the shop.
    """
    with writing(url):
        pass


@contextmanager
def writing(url: str, *, rebuild: bool = False) -> Iterator[Engine]:
    """Hold the shop for writing, with its schema up to date. Yields an engine; only one process at a time gets in.

    Readers go on meanwhile. Not re-entrant.

    Args:
        url: The shop database.
        rebuild: Erase the shop first, also a damaged one.

    Raises:
        ShopDatabaseError: The database is damaged, of a newer version, or holds something else.
        ShopBusyError: Another process is writing the shop.
    """
    with writer_lock(shop_url(url)):
        if rebuild:
            _erase(url)
        with opened(url, bulk=True) as engine:
            _upgrade(engine)
            check_schema(engine)
            yield engine
            with engine.begin() as connection:  # the query planner needs to know what was written
                connection.execute(text("ANALYZE"))


def check_schema(engine: Engine) -> None:
    """Refuse a schema that is not exactly ours.

    Raises:
        ShopDatabaseError: It is missing, older, newer or incomplete; the message says which.
    """
    name = shop_name(engine.url)
    with engine.connect() as connection:
        tables = _tables(connection)
        revision = _revision(connection, tables)
    if revision is None and not tables & OUR_TABLES:
        raise ShopDatabaseError(f"There is no shop in {name}.", "Make the demonstration shop: `seamless shop seed`.")
    if revision is None:
        raise _not_a_shop(name)
    if revision != SCHEMA_REVISION:
        raise ShopDatabaseError(
            f"The shop {name} has schema revision {revision}, this version needs {SCHEMA_REVISION}.",
            "Run `seamless shop migrate`; if that refuses, the shop is newer: upgrade seamless-retail.",
        )
    if missing := OUR_TABLES - tables:
        raise ShopDatabaseError(f"The shop {name} lacks the tables {', '.join(sorted(missing))}.", REBUILD)


def _upgrade(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    name = shop_name(engine.url)
    with engine.begin() as connection, as_file(files("seamless_retail.core.database") / "migrations") as folder:
        tables = _tables(connection)
        revision = _revision(connection, tables)
        if revision == SCHEMA_REVISION:
            return
        if revision is None and tables & OUR_TABLES:
            raise _not_a_shop(name)
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise ShopDatabaseError(
                f"The shop {name} has schema revision {revision}, which this version does not know.",
                "It was written by a newer seamless-retail: upgrade the package.",
            ) from error


def _erase(url: str) -> None:
    """Remove the shop, but never the tables of another application."""
    path = sqlite_path(shop_url(url))
    if path is None:
        _drop_tables(url)
    elif path.exists():
        _check_ours(url, path)
        for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            file.unlink(missing_ok=True)


def _drop_tables(url: str) -> None:
    with opened(url) as engine, engine.begin() as connection:
        tables = _tables(connection)
        if tables & OUR_TABLES and VERSION_TABLE not in tables:
            raise _not_a_shop(shop_name(engine.url))
        Base.metadata.drop_all(connection)
        connection.execute(text(f"DROP TABLE IF EXISTS {VERSION_TABLE}"))


def _check_ours(url: str, path: Path) -> None:
    """Refuse to remove a sound SQLite file that holds anything else than a shop."""
    try:
        with opened(url) as engine, engine.connect() as connection:
            tables = _tables(connection)
    except ShopBusyError:
        raise
    except ShopDatabaseError:
        return
    if foreign := tables - OUR_TABLES - {VERSION_TABLE}:
        raise ShopDatabaseError(
            f"{path} holds tables that are not the shop's: {', '.join(sorted(foreign))}.",
            "Choose another file, or delete this one yourself.",
        )
    if tables and VERSION_TABLE not in tables:
        raise _not_a_shop(str(path))


def _tables(connection: Connection) -> frozenset[str]:
    return frozenset(inspect(connection).get_table_names())


def _revision(connection: Connection, tables: frozenset[str]) -> str | None:
    if VERSION_TABLE not in tables:
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return revision


def _not_a_shop(name: str) -> ShopDatabaseError:
    return ShopDatabaseError(
        f"{name} holds tables named like the shop's but no schema revision: it was not made by seamless-retail.",
        "Choose another database with SEAMLESS_DATABASE_URL; nothing was changed.",
    )
