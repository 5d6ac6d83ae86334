"""Reading purchases: columns by any usual name, order by time, and what is wrong said in words."""

import gzip
from pathlib import Path

import pytest

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.training.data.transactions import Purchases, read_purchases

LINES = """customer,item,time
a,tea,2026-01-02
a,milk,2026-01-01T10:00:00
b,tea,2026-01-01
a,tea,2026-01-03
b,honey,2026-01-01
c,hat,2026-01-01
"""


def by_customer(found: Purchases) -> dict[str, list[str]]:
    named = ([found.items[number - 1] for number in sequence] for sequence in found.sequences)
    return dict(zip(found.customers, named, strict=True))


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_purchases_are_ordered_by_time_and_each_item_counts_once(tmp_path: Path) -> None:
    found = read_purchases(written(tmp_path / "sales.csv", LINES))
    assert by_customer(found) == {"a": ["milk", "tea"], "b": ["tea", "honey"]}, "c bought one thing"
    repeated = read_purchases(written(tmp_path / "sales.csv", LINES), repeats=True)
    assert by_customer(repeated)["a"] == ["milk", "tea", "tea"]


def test_columns_may_have_other_names_places_and_separators(tmp_path: Path) -> None:
    text = "\ufeffInvoiceNo\tStockCode\tInvoiceDate\tCustomerID\n1\t85123A\t5\t17850\n2\t71053\t4.5\t17850\n3\t1\t6\t\n"
    assert by_customer(read_purchases(written(tmp_path / "uci.tsv", text))) == {"17850": ["71053", "85123A"]}


def test_parquet_is_read_too(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table({"user_id": [1, 1, None], "sku": ["x", "y", "z"], "day": [2, 1, 1]})
    pq.write_table(table, tmp_path / "sales.parquet")
    assert by_customer(read_purchases(tmp_path / "sales.parquet")) == {"1": ["y", "x"]}


def test_sequences_are_read_plain_and_compressed(tmp_path: Path) -> None:
    path = tmp_path / "sequences.txt.gz"
    path.write_bytes(gzip.compress(b"7 tea milk tea\n8 hat\n"))
    assert by_customer(read_purchases(path)) == {"7": ["tea", "milk"]}


def test_rare_items_and_further_customers_can_be_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "s.txt", "1 tea milk\n2 tea milk hat\n")
    found = read_purchases(path, min_item=2)
    assert found.items == ("milk", "tea")
    assert by_customer(found.first(1)) == {"1": ["tea", "milk"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("customer,thing,time\na,b,1\n", "no column item"),
        ("customer,item,time\na,b,yesterday\n", "'yesterday' is not a time"),
        ("customer,item,time\na,b,1\n", "no customer with 2 or more purchases"),
        ("", "no column customer and item and time"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ImportSourceError, match=told):
        read_purchases(written(tmp_path / "sales.csv", text))


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportSourceError, match="There is no file"):
        read_purchases(tmp_path / "none.csv")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ImportSourceError, match="not UTF-8"):
        read_purchases(tmp_path / "bad.csv")
