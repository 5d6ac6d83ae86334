"""Databases for the tests of ``core/database``: a SQLite file each, and PostgreSQL where a server listens."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, delete, select, text
from sqlalchemy.exc import OperationalError

from seamless_retail.core.database import migrate
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.tables import Base

SERVER = "postgresql://postgres@127.0.0.1:5432/"

NewDatabase = Callable[[str], str]


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDatabase]:
    """Makes an empty database of a kind, ``sqlite`` or ``postgresql``, and returns its URL; removed at the end."""
    made: list[str] = []

    def make(kind: str) -> str:
        name = f"seamless_test_{uuid4().hex}"
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('database') / name}.db"
        try:
            _execute(f"{SERVER}postgres", f"CREATE DATABASE {name}")
        except (ImportError, OperationalError):
            pytest.skip(f"no PostgreSQL server answers at {SERVER}")
        made.append(name)
        _execute(f"{SERVER}postgres", f"ALTER DATABASE {name} SET synchronous_commit = off")
        return f"{SERVER}{name}"

    yield make
    for name in made:
        _execute(f"{SERVER}postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def scratch(new_database: NewDatabase) -> str:
    """One PostgreSQL database for all tests that want an empty one: making and dropping them is slow."""
    return new_database("postgresql")


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, new_database: NewDatabase) -> str:
    """A database without tables, once of each kind."""
    if request.param == "sqlite":
        return new_database("sqlite")
    scratch: str = request.getfixturevalue("scratch")
    _execute(scratch, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return scratch


@pytest.fixture(scope="session")
def migrated(new_database: NewDatabase) -> Callable[[str], str]:
    """One migrated database of each kind, as migrating takes longer than most tests."""

    @cache
    def make(kind: str) -> str:
        url = new_database(kind)
        migrate(url)
        return url

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, migrated: Callable[[str], str]) -> str:
    """A database with empty tables, once of each kind."""
    found = migrated(request.param)
    with opened(found) as engine, engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))
    return found


@pytest.fixture
def content() -> Callable[[str], dict[str, list[str]]]:
    """Reads every row of every table as text, but for the log of imports."""

    def read(url: str) -> dict[str, list[str]]:
        with opened(url) as engine, engine.connect() as connection:
            return {
                name: sorted(str(tuple(row)) for row in connection.execute(select(table)))
                for name, table in Base.metadata.tables.items()
                if name != "import_runs"
            }

    return read


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    """Where a shop may be made."""
    return tmp_path / "shop.db"


def _execute(url: str, *statements: str) -> None:
    driver = url.replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(driver, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
