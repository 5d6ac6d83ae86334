"""The benchmark of the order desk in small: it measures, and it sees when the books are wrong."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from seamless_retail.training.benchmarks import order_desk, order_load, write_load


@pytest.fixture
def url(seeded_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    shutil.copy(seeded_database, tmp_path / "shop.db")
    monkeypatch.setattr(order_load, "ORDERS", 60)
    monkeypatch.setattr(order_desk, "ALONE", 12)
    monkeypatch.setattr(write_load, "OPERATIONS", 48)
    return f"sqlite:///{tmp_path / 'shop.db'}"


def test_it_measures_and_finds_the_books_right(url: str) -> None:
    figures = order_desk.measure("sqlite", url)
    assert (figures.faults, figures.given_up) == ([], 0)
    assert figures.carried_out > 5
    low, high = figures.write_interval_ms
    assert 0 < low <= figures.write_p95_ms <= high


def test_it_sees_wrong_books(url: str) -> None:
    load = order_load.prepare(url)
    before = order_load.gift_money(load)
    with load.shop.engine.begin() as connection:
        connection.execute(text("UPDATE payments SET cents = cents + 1 WHERE order_id = 'BENCH-3'"))
    (fault, *rest) = order_load.faults(load, before, carried_out=1)
    assert fault.startswith("BENCH-3: ")
    assert rest == ["1 done, 0 logged"]
