"""Opening a shop: what is refused, how it is said, and who may write."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database import migrate, open_engine, open_shop, writing
from seamless_retail.core.database.writer import write_products
from seamless_retail.core.errors import (
    ConfigurationError,
    MissingExtraError,
    SeamlessError,
    ShopBusyError,
    ShopDatabaseError,
)

PRODUCT = Product(id="P1", name="Tea", department="grocery", category="tea")

HOLD_THE_SHOP = """
import sys
from seamless_retail.core.database import writing
with writing(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.readline()
"""


def write_one(url: str) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, [PRODUCT])


def test_a_missing_shop_names_the_path_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "shop.db"
    with pytest.raises(ShopDatabaseError, match=r"no shop at .*nowhere/shop\.db\. .*`seamless shop seed`"):
        open_shop(f"sqlite:///{path}")
    assert not path.parent.exists()


def test_writing_makes_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "shop.db"
    migrate(f"sqlite:///{path}")
    assert path.exists()


def test_a_shop_without_products_asks_for_seeding(bare_url: str) -> None:
    migrate(bare_url)
    with pytest.raises(ShopDatabaseError, match=r"has no products\. .*`seamless shop seed`"):
        open_shop(bare_url)


@pytest.mark.parametrize("use", [open_shop, migrate])
def test_a_file_that_is_no_database_is_refused_and_kept(sqlite_file: Path, use: Callable[[str], object]) -> None:
    sqlite_file.write_bytes(b"my holiday photos " * 1000)
    with pytest.raises(ShopDatabaseError, match=r"shop\.db is damaged or is not a shop.*seamless shop seed --force"):
        use(f"sqlite:///{sqlite_file}")
    assert sqlite_file.read_bytes() == b"my holiday photos " * 1000


def test_a_damaged_file_is_refused_and_kept(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    write_one(url)
    content = bytearray(sqlite_file.read_bytes())
    content[8192:-4096] = b"\x99" * (len(content) - 8192 - 4096)
    sqlite_file.write_bytes(content)
    with pytest.raises(ShopDatabaseError, match=r"shop\.db is damaged.*seamless shop seed --force"):
        open_shop(url)
    assert sqlite_file.read_bytes() == bytes(content)


def test_rebuilding_replaces_a_damaged_file(sqlite_file: Path) -> None:
    sqlite_file.write_bytes(b"not a database " * 1000)
    url = f"sqlite:///{sqlite_file}"
    with writing(url, rebuild=True) as engine, engine.begin() as connection:
        write_products(connection, [PRODUCT])
    assert open_shop(url).catalogue.get("P1") == PRODUCT


def test_rebuilding_empties_the_shop(bare_url: str) -> None:
    write_one(bare_url)
    with writing(bare_url, rebuild=True):
        pass
    with pytest.raises(ShopDatabaseError, match="has no products"):
        open_shop(bare_url)


def test_rebuilding_never_takes_the_file_of_another_application(sqlite_file: Path) -> None:
    with sqlite3.connect(sqlite_file) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
    with (
        pytest.raises(ShopDatabaseError, match="tables that are not the shop's: photos"),
        writing(f"sqlite:///{sqlite_file}", rebuild=True),
    ):
        pass
    assert sqlite_file.exists()


def test_a_second_process_cannot_write_but_can_read(bare_url: str) -> None:
    write_one(bare_url)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_SHOP, bare_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ShopBusyError, match=r"Another process is writing the shop .* Wait until it has finished"):
            migrate(bare_url)
        shop = open_shop(bare_url)
        assert shop.catalogue.get("P1") == PRODUCT
        shop.close()
    finally:
        other.communicate("go\n", timeout=30)
    migrate(bare_url)


def test_a_process_that_dies_frees_the_shop(bare_url: str) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_THE_SHOP, bare_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    other.stdout.readline()
    other.kill()
    other.communicate(timeout=30)
    migrate(bare_url)


def test_an_unreachable_server_is_named_without_the_password() -> None:
    with pytest.raises(
        ShopDatabaseError, match=r"postgresql://shop:\*\*\*@127\.0\.0\.1:9/db cannot be reached"
    ) as error:
        open_shop("postgresql://shop:hunter2@127.0.0.1:9/db")
    assert "hunter2" not in str(error.value)


BAD_URLS = {
    "no URL": "shop.db",
    "another database": "mysql://root:hunter2@host/shop",
    "a port that is none": "postgresql://shop:hunter2@host:port/db",
    "in memory": "sqlite://",
    "in memory, in words": "sqlite:///:memory:",
}


@pytest.mark.parametrize("reason", BAD_URLS)
def test_a_bad_url_is_refused_without_the_password(reason: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Use sqlite:///path/to/shop\.db or postgresql://") as error:
        open_engine(BAD_URLS[reason])
    assert "hunter2" not in str(error.value)


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"PostgreSQL .*seamless-retail\[postgres\]"):
        open_engine("postgresql://postgres@127.0.0.1/shop")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SeamlessError, match=r"file/shop\.db cannot be made.*SEAMLESS_HOME"):
        migrate(f"sqlite:///{tmp_path / 'file' / 'shop.db'}")


def test_bulk_writes_check_foreign_keys_by_index(migrated: Callable[[str], str]) -> None:
    url = migrated("postgresql")
    write_one(url)
    with writing(url) as engine, engine.connect() as connection:
        assert connection.scalar(text("SHOW enable_seqscan")) == "off", "else each row of a load scans a whole table"
    with open_shop(url).engine.connect() as connection:
        assert connection.scalar(text("SHOW enable_seqscan")) == "on", "readers plan as they like"
