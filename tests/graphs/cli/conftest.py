"""The command line in this process, over the seeded home and with conversations of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

if TYPE_CHECKING:
    from seamless_retail.core.database import SqlShop

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in an empty folder; keyword arguments are settings."""
    from seamless_retail.graphs.cli import app

    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, stdin: bytes | None = None, **settings: object) -> Result:
        given = {f"SEAMLESS_{name.upper()}": str(value) for name, value in settings.items()}
        return CliRunner().invoke(app, arguments, input=stdin, env=given)

    return call


@pytest.fixture
def run_seeded(run: Run, seeded_home: Path, tmp_path: Path) -> Run:
    """The same over the seeded home."""
    threads = f"sqlite:///{tmp_path / 'threads.db'}"

    def call(*arguments: str, stdin: bytes | None = None, **settings: object) -> Result:
        known = {"home": seeded_home, "checkpoint_url": threads, "plugins": "false", "memory_enabled": "false"}
        return run(*arguments, stdin=stdin, **{**known, **settings})

    return call


@pytest.fixture
def small_home(shop: "SqlShop", tmp_path: Path) -> Path:
    """A home with a shop of twenty products and eight policies, and no index yet."""
    from seamless_retail.core.database import writer, writing

    home = tmp_path / "small"
    with writing(f"sqlite:///{home / 'shop.db'}") as engine, engine.begin() as connection:
        writer.write_locations(connection, shop.stock.locations())
        writer.write_products(connection, shop.catalogue.get_many([f"G{number:05}" for number in range(1, 21)]))
        writer.write_policies(connection, shop.policies.all()[:8])
    return home
