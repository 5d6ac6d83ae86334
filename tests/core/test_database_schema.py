"""Migrations, and refusing a schema that is not ours."""

import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text

from seamless_retail.core.database import migrate, open_shop, writing
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.schema import SCHEMA_REVISION, VERSION_TABLE, check_schema
from seamless_retail.core.database.tables import Base
from seamless_retail.core.errors import ShopDatabaseError


def rebuild(url: str) -> None:
    with writing(url, rebuild=True):
        pass


def test_the_migrated_schema_equals_the_tables(bare_url: str) -> None:
    migrate(bare_url)
    with opened(bare_url) as engine, engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        found = inspect(connection)
        for table in Base.metadata.tables.values():
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            assert checks == {c.name for c in table.constraints if isinstance(c, CheckConstraint)}, table.name


def test_migrating_twice_changes_nothing(bare_url: str) -> None:
    migrate(bare_url)
    migrate(bare_url)
    with opened(bare_url) as engine:
        check_schema(engine)


def test_the_revision_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(files("seamless_retail.core.database") / "migrations"))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_REVISION]


def test_sqlite_keeps_clustered_tables_without_rowid(sqlite_file: Path) -> None:
    migrate(f"sqlite:///{sqlite_file}")
    with sqlite3.connect(sqlite_file) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%WITHOUT ROWID%'").fetchall()
    assert {name for (name,) in rows} == {"daily_sales", "product_allergens", "product_facets", "stock"}


def test_every_table_has_a_foreign_key_enforced(url: str) -> None:
    with writing(url) as engine, pytest.raises(Exception, match=r"(?i)foreign key"), engine.begin() as connection:
        connection.execute(text("INSERT INTO stock (sku, location_id, on_hand, incoming) VALUES ('x', 'y', 1, 0)"))


def test_stock_is_never_negative(url: str) -> None:
    with writing(url) as engine, pytest.raises(Exception, match=r"(?i)on_hand"), engine.begin() as connection:
        connection.execute(text("INSERT INTO stock (sku, location_id, on_hand, incoming) VALUES ('x', 'y', -1, 0)"))


def test_another_revision_is_refused_and_not_migrated(bare_url: str) -> None:
    migrate(bare_url)
    with opened(bare_url) as engine, engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(ShopDatabaseError, match=r"revision 9999, this version needs 0003.*seamless shop migrate"):
        open_shop(bare_url)
    with pytest.raises(ShopDatabaseError, match=r"revision 9999.*upgrade the package"):
        migrate(bare_url)


def test_a_missing_table_is_named(bare_url: str) -> None:
    migrate(bare_url)
    with opened(bare_url) as engine, engine.begin() as connection:
        connection.execute(text("DROP TABLE payments"))
    for attempt in (open_shop, migrate):
        with pytest.raises(ShopDatabaseError, match=r"lacks the tables payments.*seamless shop seed --force"):
            attempt(bare_url)


def test_tables_of_another_application_are_left_alone(bare_url: str) -> None:
    with opened(bare_url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE products (id INTEGER, price INTEGER)"))
        connection.execute(text("INSERT INTO products VALUES (1, 2)"))
    for attempt in (open_shop, migrate, rebuild):
        with pytest.raises(ShopDatabaseError, match="not made by seamless-retail"):
            attempt(bare_url)
    with opened(bare_url) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT id, price FROM products")).all() == [(1, 2)]


def test_the_shop_may_share_a_database_with_other_tables(bare_url: str) -> None:
    with opened(bare_url) as engine, engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('of another application')"))
    migrate(bare_url)
    with opened(bare_url) as engine, engine.connect() as connection:
        check_schema(engine)
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "of another application"
