"""UCI Online Retail (D. Chen 2015, CC BY 4.0): the invoices of a British gift wholesaler, 2010-12 to 2011-12.

How it is read:

- A stock code is a product with one variant, both with the code in upper case as id; the latest name and price count.
- An invoice is an order. The source names no payment: every invoice is booked as settled in full by ``invoice``.
- An invoice whose number begins with C is a credit note: an order with status ``returned``, lines of negative quantity
  and one refund. The source does not say which sale it belongs to.
- A line without a customer number belongs to a guest's order. Customers have a number and a country, no name.
- Times are taken as UTC; prices are pounds sterling.
- Daily sales at the location ``online`` are summed from the sold lines; returns are not taken off. A product's
  popularity comes from its last twelve weeks. The source knows no stock, so there is none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from seamless_retail.core.catalogue import Location, Money, Product, Variant
from seamless_retail.core.customers import Customer
from seamless_retail.core.database.imports.countries import country_code
from seamless_retail.core.database.imports.online_sales import LOCATION, SOURCE, sum_sales
from seamless_retail.core.database.imports.report import ImportReport, Progress, Tally
from seamless_retail.core.database.imports.session import MOST_CENTS, cents, find_source, not_readable, run_and_book
from seamless_retail.core.database.imports.text_files import is_clean
from seamless_retail.core.database.repositories.orders import read_orders
from seamless_retail.core.database.writer import write_customers, write_locations, write_orders, write_products
from seamless_retail.core.errors import MissingExtraError
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange

FILE = "online_retail.parquet"
ROWS_PER_BATCH = 20_000

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
REQUIRED = ("InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice")

NOT_PRODUCTS = {
    "POST": "postage",
    "DOT": "postage",
    "C2": "carriage",
    "D": "discount",
    "M": "manual correction",
    "S": "samples",
    "B": "bad debt",
    "BANK CHARGES": "bank charges",
    "AMAZONFEE": "marketplace fee",
    "CRUK": "charity commission",
}
"""Stock codes that book something else than goods."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an invoice that can be taken."""

    invoice: str
    sku: str
    name: str
    quantity: int
    cents: int
    at: datetime
    customer_id: str
    country: str


def import_online_retail(url: str, path: str | Path, progress: Progress | None = None) -> ImportReport:
    """Load ``online_retail.parquet``; errors as for :func:`~seamless_retail.core.database.imports.run_import`."""
    file = find_source(path, FILE)
    return run_and_book(url, SOURCE, file, lambda engine, tally: _load(engine, tally, file, progress))


def _load(engine: Engine, tally: Tally, file: Path, progress: Progress | None) -> None:
    with engine.begin() as connection:
        write_locations(connection, [Location(id=LOCATION, name="Online shop", kind="warehouse")])
    writer, waiting, number = _InvoiceWriter(tally), list[Line](), 0
    for rows, total in _batches(file):
        for row in rows:
            number += 1
            line = read_line(row)
            if isinstance(line, str):
                tally.refuse(number, line)
            else:
                waiting.append(line)
        with engine.begin() as connection:
            last = waiting[-1].invoice if waiting and number < total else ""
            writer.write(connection, [line for line in waiting if line.invoice != last])
        waiting = [line for line in waiting if line.invoice == last]
        if progress:
            progress(number, total)
    with engine.begin() as connection:
        sum_sales(connection)


def _batches(file: Path) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Rows in batches, each with the number of rows of the whole file."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError(f"The import of {SOURCE}", "imports") from error
    remedy = f"It must be a Parquet file with the columns {', '.join(COLUMNS)}."
    try:
        with pq.ParquetFile(file) as parquet:
            if missing := set(COLUMNS) - set(parquet.schema_arrow.names):
                raise not_readable(file, f"it lacks {', '.join(sorted(missing))}", remedy)
            total = parquet.metadata.num_rows
            for batch in parquet.iter_batches(batch_size=ROWS_PER_BATCH, columns=list(COLUMNS)):
                yield batch.to_pylist(), total
    except (pa.ArrowException, OSError) as error:
        raise not_readable(file, str(error).rstrip("."), remedy) from error


def read_line(row: dict[str, Any]) -> Line | str:
    """Read one row, or say why it cannot be taken."""
    for column in REQUIRED:
        if row[column] is None or row[column] == "":
            return f"no {column}"
    invoice, sku = str(row["InvoiceNo"]).strip().upper(), str(row["StockCode"]).strip().upper()
    if sku in NOT_PRODUCTS:
        return f"not a product: {NOT_PRODUCTS[sku]}"
    try:
        quantity, price = int(row["Quantity"]), cents(row["UnitPrice"])
        customer_id = "" if row["CustomerID"] is None else str(int(row["CustomerID"]))
    except (ValueError, TypeError, OverflowError):
        return "a number is missing or too large"
    if problem := _problem(invoice, quantity, price, row["UnitPrice"]):
        return problem
    if not isinstance(row["InvoiceDate"], datetime):
        return "InvoiceDate is not a time"
    name, country = " ".join(str(row["Description"] or "").split()), str(row["Country"] or "Unspecified")
    if not is_clean(f"{invoice}{sku}{name}{country}"):
        return "text that cannot be stored"
    return Line(invoice, sku, name, quantity, price, row["InvoiceDate"], customer_id, country)


def _problem(invoice: str, quantity: int, price: int, written: float) -> str:
    if price < 0:
        return "price is negative"
    if price == 0:
        return "price is zero" if not written else "price is below one penny"
    if quantity == 0:
        return "quantity is zero"
    if quantity < 0 and not invoice.startswith("C"):
        return "negative quantity outside a credit note"
    if abs(quantity * price) > MOST_CENTS:
        return "amount too large"
    if quantity > 0 and invoice.startswith("C"):
        return "positive quantity in a credit note"
    return ""


class _InvoiceWriter:
    """Writes lines as products, customers and orders. Keeps what it must know of earlier batches: names and ids."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._names: dict[str, str] = {}
        self._joined: dict[str, date] = {}
        self._invoices: set[str] = set()

    def write(self, connection: Connection, lines: list[Line]) -> None:
        """Write one batch; an invoice that an earlier batch began is continued."""
        write_products(connection, self._products(lines))
        write_customers(connection, self._customers(lines))
        invoices: dict[str, list[Line]] = {}
        for line in lines:
            invoices.setdefault(line.invoice, []).append(line)
        begun = read_orders(connection, [invoice for invoice in invoices if invoice in self._invoices])
        write_orders(connection, [_order(parts, begun.get(invoice)) for invoice, parts in invoices.items()])
        self._invoices |= invoices.keys()
        self._tally.taken += len(lines)
        self._tally.products, self._tally.customers = len(self._names), len(self._joined)
        self._tally.orders = len(self._invoices)

    def _products(self, lines: Iterable[Line]) -> list[Product]:
        latest = {line.sku: line for line in lines}
        self._names |= {line.sku: line.name or self._names.get(line.sku, line.sku) for line in lines}
        return [_product(line, self._names[sku]) for sku, line in latest.items()]

    def _customers(self, lines: Iterable[Line]) -> list[Customer]:
        countries = {}
        for line in lines:
            if line.customer_id:
                self._joined.setdefault(line.customer_id, line.at.date())
                countries[line.customer_id] = line.country
        return [_customer(key, country, self._joined[key]) for key, country in countries.items()]


def _product(line: Line, name: str) -> Product:
    price = Money(cents=line.cents, currency="GBP")
    variant = Variant(sku=line.sku, product_id=line.sku, price=price)
    return Product(id=line.sku, name=name, department="gifts", category="gift", variants=(variant,))


def _customer(customer_id: str, country: str, joined_on: date) -> Customer:
    return Customer(
        id=customer_id,
        first_name="",
        last_name="",
        locale="en-GB",
        jurisdiction=country_code(country, "GB"),
        joined_on=joined_on,
    )


def _order(lines: list[Line], begun: Order | None) -> Order:
    first = lines[0]
    placed_at = begun.placed_at if begun else first.at
    status = "returned" if first.invoice.startswith("C") else "processed"
    order = Order(
        id=first.invoice,
        customer_id=first.customer_id,
        status=status,
        currency="GBP",
        placed_at=placed_at,
        lines=(*(begun.lines if begun else ()), *(_order_line(line) for line in lines)),
        history=(StatusChange(status=status, at=placed_at),),
        details={"source": SOURCE, "country": first.country},
    )
    kind = "refund" if order.total_cents < 0 else "payment"
    payment = Payment(kind=kind, cents=abs(order.total_cents), method_id="invoice", at=placed_at)
    return order.model_copy(update={"payments": (payment,)})


def _order_line(line: Line) -> OrderLine:
    return OrderLine(
        sku=line.sku,
        product_id=line.sku,
        name=line.name or line.sku,
        quantity=line.quantity,
        unit_price_cents=line.cents,
    )
