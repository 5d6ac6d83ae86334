"""Purchases of customers, in order: what the next-item model is trained on.

A transactions file is CSV, TSV or Parquet with the columns customer, item and time (or the names of UCI Online Retail:
CustomerID, StockCode, InvoiceDate), one line per purchase. ``customer_sequences.txt[.gz]`` of
``shared/data/online_retail`` holds one customer per line: the customer's id, then the items in order.
"""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seamless_retail.core.errors import ImportSourceError

COLUMNS = {
    "customer": ("customer", "customer_id", "customerid", "user", "user_id", "userid"),
    "item": ("item", "item_id", "itemid", "sku", "stockcode", "product", "product_id", "productid"),
    "time": ("time", "timestamp", "date", "datetime", "invoicedate", "at", "day"),
}
"""Names a column may have, in lower case."""


@dataclass(frozen=True)
class Purchases:
    """Sequences of item numbers, counted from 1, and the items' names."""

    items: tuple[str, ...]
    sequences: tuple[tuple[int, ...], ...]
    customers: tuple[str, ...]

    def first(self, customers: int) -> "Purchases":
        """The purchases of the first customers."""
        return Purchases(self.items, self.sequences[:customers], self.customers[:customers])


def read_purchases(path: Path, *, repeats: bool = False, min_item: int = 1, min_customer: int = 2) -> Purchases:
    """Read a file of transactions or of sequences.

    Args:
        path: The file.
        repeats: Whether an item that a customer buys again counts again.
        min_item: Purchases an item needs to be learned.
        min_customer: Purchases a customer needs to be learned from.

    Raises:
        ImportSourceError: The file is missing, lacks a column, has an unreadable time, or holds too little.
    """
    if not path.is_file():
        raise ImportSourceError(f"There is no file {path}.", "Give a CSV or Parquet file of customer, item, time.")
    named = list(_sequences_file(path) if _is_sequences(path) else _by_customer(_rows(path)))
    if not repeats:
        named = [(customer, list(dict.fromkeys(items))) for customer, items in named]
    counts: dict[str, int] = {}
    for _, items in named:
        for item in items:
            counts[item] = counts.get(item, 0) + 1
    kept = sorted(item for item, count in counts.items() if count >= min_item)
    numbers = {item: number for number, item in enumerate(kept, start=1)}
    found = [(customer, tuple(numbers[item] for item in items if item in numbers)) for customer, items in named]
    found = [(customer, numbered) for customer, numbered in found if len(numbered) >= min_customer]
    if not found:
        raise ImportSourceError(
            f"{path} holds no customer with {min_customer} or more purchases.", "Give more transactions."
        )
    return Purchases(tuple(kept), tuple(s for _, s in found), tuple(c for c, _ in found))


def _is_sequences(path: Path) -> bool:
    return path.name.removesuffix(".gz").endswith(".txt")


def _sequences_file(path: Path) -> Iterator[tuple[str, list[str]]]:
    for line in _text(path).splitlines():
        customer, *items = line.split()
        yield customer, items


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise ImportSourceError(f"{path} is not UTF-8 text: {error}.", "Save it as UTF-8 CSV or Parquet.") from error


def _rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """Customer, item and time of every line that has all three."""
    if path.suffix == ".parquet":
        yield from _parquet_rows(path)
        return
    text = _text(path)
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in header else ",")
    names = next(reader, [])
    places = _columns(path, names)
    for row in reader:
        if len(row) > max(places) and all(row[place].strip() for place in places):
            customer, item, time = (row[place].strip() for place in places)
            yield customer, item, time


def _parquet_rows(path: Path) -> Iterator[tuple[str, str, str]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    names = file.schema_arrow.names
    wanted = [names[place] for place in _columns(path, names)]
    for batch in file.iter_batches(columns=wanted):
        for row in zip(*(batch.column(name).to_pylist() for name in wanted), strict=True):
            if all(value not in (None, "") for value in row):
                customer, item, time = row
                yield str(customer), str(item), time.isoformat() if isinstance(time, datetime) else str(time)


def _columns(path: Path, names: Sequence[str]) -> tuple[int, int, int]:
    lower = [name.strip().lower() for name in names]
    places = [next((lower.index(name) for name in known if name in lower), -1) for known in COLUMNS.values()]
    missing = [column for column, place in zip(COLUMNS, places, strict=True) if place < 0]
    if missing:
        raise ImportSourceError(
            f"{path} has no column {' and '.join(missing)}.", "Name the columns customer, item and time."
        )
    customer, item, time = places
    return customer, item, time


def _by_customer(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, list[str]]]:
    """Items of each customer by time; what has the same time stays in the order of the file."""
    bought: dict[str, list[tuple[float, str]]] = {}
    for customer, item, time in rows:
        bought.setdefault(customer, []).append((_moment(time), item))
    return [
        (customer, [item for _, item in sorted(found, key=lambda entry: entry[0])])
        for customer, found in bought.items()
    ]


def _moment(time: str) -> float:
    """Seconds of a time that is written as a number or as an ISO date."""
    try:
        return float(time)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(time)
    except ValueError as error:
        raise ImportSourceError(
            f"{time!r} is not a time.", "Write times as 2026-11-21T14:30:00, as dates, or as seconds."
        ) from error
    return moment.timestamp()
