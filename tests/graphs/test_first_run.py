"""The first command on a new home makes what is missing, once, and touches nothing that is there."""

from pathlib import Path

import pytest
from filelock import FileLock

from seamless_retail.core.database import migrate
from seamless_retail.core.errors import ConfigurationError, ShopBusyError, ShopDatabaseError
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import first_run
from seamless_retail.graphs.first_run import lacks_products, prepare_home


def no_step(name: str) -> first_run.Report:
    raise AssertionError(f"nothing should be made, but: {name}")


def test_a_complete_home_is_left_alone(seeded_home: Path) -> None:
    prepare_home(load_settings(home=seeded_home), no_step)


def test_a_database_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    prepare_home(load_settings(home=tmp_path / "home", database_url="postgresql://u@127.0.0.1:1/x"), no_step)
    assert not (tmp_path / "home").exists()


def test_an_interrupted_first_run_is_taken_up_again(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    assert lacks_products(settings)
    migrate(settings.shop_url)
    assert lacks_products(settings)


def test_a_filled_shop_lacks_nothing(seeded_home: Path) -> None:
    assert not lacks_products(load_settings(home=seeded_home))


def test_a_damaged_shop_is_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"no database" * 1000)
    with pytest.raises(ShopDatabaseError, match=r"shop\.db"):
        prepare_home(load_settings(home=tmp_path), no_step)
    assert (tmp_path / "shop.db").read_bytes() == b"no database" * 1000


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="SEAMLESS_HOME"):
        prepare_home(load_settings(home=tmp_path / "file"), no_step)


def test_a_second_process_waits_for_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_run, "WAIT_S", 0.2)
    with FileLock(tmp_path / "first-run.lock"), pytest.raises(ShopBusyError, match="Another process"):
        prepare_home(load_settings(home=tmp_path), no_step)
