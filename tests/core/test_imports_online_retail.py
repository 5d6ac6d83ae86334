"""The import of UCI Online Retail: on rows written here, and on a slice of the real file where it is at hand."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from seamless_retail.core.database import open_shop
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.imports import RefusedRow, import_online_retail, online_retail, run_import
from seamless_retail.core.database.tables import DailySalesRow, ImportRunRow, OrderRow
from seamless_retail.core.errors import ImportSourceError, MissingExtraError, NotFoundError

Content = Callable[[str], dict[str, list[str]]]

MORNING, EVENING, NEXT_DAY = datetime(2011, 1, 4, 9, 30), datetime(2011, 1, 4, 18), datetime(2011, 1, 5, 11)

SCHEMA = pa.schema(
    {
        "InvoiceNo": pa.string(),
        "StockCode": pa.string(),
        "Description": pa.string(),
        "Quantity": pa.int32(),
        "InvoiceDate": pa.timestamp("us"),
        "UnitPrice": pa.float64(),
        "CustomerID": pa.int32(),
        "Country": pa.string(),
    }
)

Row = tuple[Any, ...]

ROWS: list[Row] = [
    ("536365", "85123A", "WHITE  LANTERN ", 6, MORNING, 2.55, 17850, "United Kingdom"),
    ("536365", "71053", "METAL LANTERN", 2, MORNING, 3.39, 17850, "United Kingdom"),
    ("536365", "POST", "POSTAGE", 1, MORNING, 18.0, 17850, "United Kingdom"),
    ("536366", "85123a", "WHITE LANTERN", 1, EVENING, 2.95, None, "France"),
    ("C536370", "85123A", "WHITE LANTERN", -4, NEXT_DAY, 2.55, 17850, "EIRE"),
    ("536371", "85123A", "LANTERN, WHITE", 10, NEXT_DAY, 2.10, 12345, "Unspecified"),
    ("536365", "22752", "NESTING BOXES", 1, NEXT_DAY, 7.65, 17850, "United Kingdom"),
]

REFUSED: dict[str, Row] = {
    "not a product: bank charges": ("1", "BANK CHARGES", "", 1, MORNING, 15.0, None, "UK"),
    "not a product: manual correction": ("1", "m", "", 1, MORNING, 15.0, None, "UK"),
    "not a product: discount": ("C1", "D", "Discount", -1, MORNING, 27.5, None, "UK"),
    "price is zero": ("1", "71053", None, 56, MORNING, 0.0, None, "UK"),
    "price is negative": ("1", "71053", "", 1, MORNING, -1.0, None, "UK"),
    "price is below one penny": ("1", "71053", "", 1, MORNING, 0.001, None, "UK"),
    "negative quantity outside a credit note": ("1", "71053", "damaged", -5, MORNING, 1.0, None, "UK"),
    "positive quantity in a credit note": ("C1", "71053", "", 5, MORNING, 1.0, None, "UK"),
    "quantity is zero": ("1", "71053", "", 0, MORNING, 1.0, None, "UK"),
    "amount too large": ("1", "71053", "", 2**31 - 1, MORNING, 1.0, None, "UK"),
    "a number is missing or too large": ("1", "71053", "", 1, MORNING, float("nan"), None, "UK"),
    "no InvoiceNo": (None, "71053", "", 1, MORNING, 1.0, None, "UK"),
    "no StockCode": ("1", "", "", 1, MORNING, 1.0, None, "UK"),
    "no Quantity": ("1", "71053", "", None, MORNING, 1.0, None, "UK"),
    "no InvoiceDate": ("1", "71053", "", 1, None, 1.0, None, "UK"),
    "text that cannot be stored": ("1", "71053", "a\0b", 1, MORNING, 1.0, None, "UK"),
}


def write_parquet(folder: Path, rows: list[Row]) -> Path:
    columns = dict(zip(SCHEMA.names, zip(*rows, strict=True), strict=True))
    pq.write_table(pa.table(columns, schema=SCHEMA), folder / "online_retail.parquet")
    return folder


@pytest.fixture(params=[2, 20_000], ids=["batches of two", "one batch"])
def rows_per_batch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online_retail, "ROWS_PER_BATCH", request.param)


@pytest.mark.usefixtures("rows_per_batch")
def test_invoices_become_orders(url: str, tmp_path: Path) -> None:
    report = import_online_retail(url, write_parquet(tmp_path, ROWS))
    assert (report.rows_read, report.rows_taken, report.rows_refused) == (7, 6, 1)
    assert (report.products, report.customers, report.orders) == (3, 2, 4)
    shop = open_shop(url)
    order = shop.orders.get("536365", "17850")
    assert order is not None
    assert [(line.sku, line.quantity, line.unit_price_cents) for line in order.lines] == [
        ("85123A", 6, 255),
        ("71053", 2, 339),
        ("22752", 1, 765),
    ], "an invoice that is interrupted in the file is continued"
    assert (order.status, order.placed_at, order.currency) == ("processed", MORNING, "GBP")
    assert order.balance_cents == order.total_cents == 6 * 255 + 2 * 339 + 765
    shop.close()


@pytest.mark.usefixtures("rows_per_batch")
def test_a_credit_note_is_a_returned_order_that_refunds(sqlite_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    import_online_retail(url, write_parquet(tmp_path, ROWS))
    order = open_shop(url).orders.get("C536370", "17850")
    assert order is not None
    assert (order.status, order.lines[0].quantity, order.total_cents) == ("returned", -4, -1020)
    assert [(payment.kind, payment.cents) for payment in order.payments] == [("refund", 1020)]


@pytest.mark.usefixtures("rows_per_batch")
def test_products_customers_and_sales(url: str, tmp_path: Path) -> None:
    import_online_retail(url, write_parquet(tmp_path, ROWS))
    shop = open_shop(url)
    product = shop.catalogue.get("85123A")
    assert product is not None
    assert (product.name, str(product.variants[0].price)) == ("LANTERN, WHITE", "£2.10"), "the latest count"
    assert product.popularity == pytest.approx(17 / 12), "returns are not taken off"
    customer = shop.customers.get("17850")
    assert customer is not None
    assert (customer.joined_on, customer.jurisdiction, customer.first_name) == (date(2011, 1, 4), "GB", "")
    with shop.engine.connect() as connection:
        guests = connection.scalars(select(OrderRow.id).where(OrderRow.customer_id.is_(None))).all()
        sales = connection.execute(
            select(DailySalesRow.day, DailySalesRow.units, DailySalesRow.revenue_cents)
            .where(DailySalesRow.sku == "85123A", DailySalesRow.location_id == "online")
            .order_by(DailySalesRow.day)
        ).all()
    assert guests == ["536366"]
    assert sales == [(date(2011, 1, 4), 7, 6 * 255 + 295), (date(2011, 1, 5), 10, 2100)]


@pytest.mark.usefixtures("rows_per_batch")
def test_importing_twice_is_importing_once(url: str, tmp_path: Path, content: Content) -> None:
    folder = write_parquet(tmp_path, ROWS)
    first = import_online_retail(url, folder)
    once = content(url)
    assert import_online_retail(url, folder) == first
    assert content(url) == once
    with opened(url) as engine, engine.connect() as connection:
        assert connection.scalars(select(ImportRunRow.rows_taken)).all() == [6, 6]


def test_bad_rows_are_counted_and_stop_nothing(url: str, tmp_path: Path) -> None:
    report = import_online_retail(url, write_parquet(tmp_path, [*REFUSED.values(), ROWS[0]]))
    assert report.reasons == dict.fromkeys(REFUSED, 1)
    assert report.examples == tuple(RefusedRow(line=i, reason=reason) for i, reason in enumerate(REFUSED, start=1))
    assert (report.rows_taken, report.rows_refused, report.orders) == (1, len(REFUSED), 1)


def test_progress_is_told_in_rows(sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online_retail, "ROWS_PER_BATCH", 3)
    told: list[tuple[int, int]] = []
    folder = write_parquet(tmp_path, ROWS)
    run_import("online-retail", f"sqlite:///{sqlite_file}", folder, lambda done, total: told.append((done, total)))
    assert told == [(3, 7), (6, 7), (7, 7)]


def test_what_is_no_source_is_refused(sqlite_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    with pytest.raises(ImportSourceError, match=r"no file .*online_retail\.parquet.*Give the folder"):
        import_online_retail(url, tmp_path)
    (tmp_path / "online_retail.parquet").write_text("InvoiceNo,StockCode\n")
    with pytest.raises(ImportSourceError, match=r"cannot be imported.*must be a Parquet file with the columns"):
        import_online_retail(url, tmp_path)
    pq.write_table(pa.table({"InvoiceNo": ["1"]}), tmp_path / "online_retail.parquet")
    with pytest.raises(ImportSourceError, match="it lacks Country, CustomerID"):
        import_online_retail(url, tmp_path)
    with pytest.raises(NotFoundError, match=r"no import 'nobody'.*online-retail, usda-branded, tau2-retail"):
        run_import("nobody", url, tmp_path)


def test_without_pyarrow_the_extra_is_named(sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_parquet(tmp_path, ROWS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"online-retail .*seamless-retail\[imports\]"):
        import_online_retail(f"sqlite:///{sqlite_file}", folder)


def test_a_slice_of_the_real_file(sqlite_file: Path, tmp_path: Path, data_folder: Path) -> None:
    with pq.ParquetFile(data_folder / "online_retail" / "online_retail.parquet") as whole:
        batch = next(whole.iter_batches(batch_size=6_000))
    pq.write_table(pa.Table.from_batches([batch]), tmp_path / "online_retail.parquet")
    url = f"sqlite:///{sqlite_file}"
    report = import_online_retail(url, tmp_path)
    assert report.rows_read == 6_000
    assert report.rows_taken > 5_900
    assert report.reasons["not a product: postage"] == 12
    shop = open_shop(url)
    orders = shop.orders.recent("17850", limit=100)
    assert len(orders) > 5
    assert all(order.balance_cents == order.total_cents for order in orders)
