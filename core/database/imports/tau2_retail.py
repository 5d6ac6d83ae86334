"""The retail back end of tau2-bench (Sierra Research, MIT): 50 products with 591 variants, 500 users, 1,000 orders.

How it is read:

- All ids are kept as they are (``#W2611340``); colour, size and category are put into lower case, other options not.
- ``available`` says whether a variant can be bought now; the source knows no counts. An available variant is active and
  has one unit on hand at ``tau2-retail``, which stands for "some"; another is not active and has none.
- Payments and refunds are kept line by line; the source gives no times.
- What else an order holds (cancel reason, items to return or exchange, fulfilments) is kept in ``details``.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Connection, Engine

from seamless_retail.core.catalogue import Location, Money, Product, StockLevel, Variant
from seamless_retail.core.customers import Address, Customer, PaymentMethod
from seamless_retail.core.database.imports.countries import country_code
from seamless_retail.core.database.imports.report import ImportReport, Progress, Tally
from seamless_retail.core.database.imports.session import cents, find_source, not_readable, run_and_book
from seamless_retail.core.database.imports.text_files import is_clean, open_text
from seamless_retail.core.database.upsert import batches
from seamless_retail.core.database.writer import (
    write_customers,
    write_locations,
    write_orders,
    write_products,
    write_stock,
)
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange

SOURCE = "tau2-retail"
FILE = "tau2_retail_db.json.gz"
LOCATION = "tau2-retail"

PARTS = ("products", "users", "orders")
ORDER_FIELDS = {"order_id", "user_id", "address", "items", "status", "payment_history"}

T = TypeVar("T")
Entry = dict[str, Any]


def import_tau2_retail(url: str, path: str | Path, progress: Progress | None = None) -> ImportReport:
    """Load ``tau2_retail_db.json.gz``; errors as for :func:`~seamless_retail.core.database.imports.run_import`."""
    file = find_source(path, FILE)
    return run_and_book(url, SOURCE, file, lambda engine, tally: _load(engine, tally, file, progress))


def _load(engine: Engine, tally: Tally, file: Path, progress: Progress | None) -> None:
    loader = _Loader(engine, tally, _read(file), progress)
    skus: set[str] = set()
    users: set[str] = set()

    def take_products(connection: Connection, products: Sequence[Product]) -> None:
        tally.products += write_products(connection, products)
        variants = [variant for product in products for variant in product.variants]
        write_stock(connection, [_level(variant) for variant in variants])
        skus.update(variant.sku for variant in variants)

    def take_customers(connection: Connection, customers: Sequence[Customer]) -> None:
        tally.customers += write_customers(connection, customers)
        users.update(customer.id for customer in customers)

    def take_orders(connection: Connection, orders: Sequence[Order]) -> None:
        tally.orders += write_orders(connection, orders)

    with engine.begin() as connection:
        write_locations(connection, [Location(id=LOCATION, name="tau2 retail", kind="warehouse")])
    loader.load("products", read_product, take_products)
    loader.load("users", read_customer, take_customers)
    loader.load("orders", lambda entry: read_order(entry, skus, users), take_orders)


def _read(file: Path) -> dict[str, dict[str, Any]]:
    remedy = "It must be a JSON object with the objects products, users and orders."
    try:
        with open_text(file) as (text, _):
            data = json.load(text)
    except ValueError as error:
        raise not_readable(file, f"not valid JSON: {error}", remedy) from error
    parts = {name: data.get(name) for name in PARTS} if isinstance(data, dict) else {}
    found = {name: part for name, part in parts.items() if isinstance(part, dict)}
    if len(found) < len(PARTS):
        raise not_readable(file, "not the expected objects", remedy)
    return found


class _Loader:
    """Reads entry after entry and hands the good ones on in batches; entries are numbered through the whole file."""

    def __init__(self, engine: Engine, tally: Tally, data: dict[str, Entry], progress: Progress | None) -> None:
        self._engine, self._tally, self._data, self._progress = engine, tally, data, progress
        self._number = 0

    def load(self, part: str, read: Callable[[Entry], T], take: Callable[[Connection, Sequence[T]], None]) -> None:
        """Load one part in batches, one transaction each."""
        for batch in batches(self._good(part, read)):
            with self._engine.begin() as connection:
                take(connection, batch)
            self._tally.taken += len(batch)
            if self._progress:
                self._progress(self._number, sum(map(len, self._data.values())))

    def _good(self, part: str, read: Callable[[Entry], T]) -> Iterator[T]:
        for entry in self._data[part].values():
            self._number += 1
            try:
                _check_text(entry)
                yield read(entry)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._tally.refuse(self._number, f"{part}: {_reason(error)}")


def _check_text(entry: Entry) -> None:
    text = json.dumps(entry, ensure_ascii=False)
    if not is_clean(text) or "\\u0000" in text:
        raise ValueError("text that cannot be stored")


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no {error.args[0]}"
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return str(error) if isinstance(error, ValueError) else "not of the expected form"


def read_product(entry: Entry) -> Product:
    """Read a product with its variants; raises what a wrong entry raises."""
    product_id, name = entry["product_id"], entry["name"]
    variants = tuple(_variant(product_id, item) for item in entry["variants"].values())
    return Product(id=product_id, name=name, department="general", category=name.lower(), variants=variants)


def _variant(product_id: str, item: Entry) -> Variant:
    options = dict(item["options"])
    return Variant(
        sku=item["item_id"],
        product_id=product_id,
        price=Money(cents=_price(item["price"])),
        color=options.pop("color", "").lower(),
        size=options.pop("size", "").lower(),
        options=options,
        active=item["available"],
    )


def _level(variant: Variant) -> StockLevel:
    return StockLevel(sku=variant.sku, location_id=LOCATION, on_hand=1 if variant.active else 0)


def read_customer(entry: Entry) -> Customer:
    """Read a user; raises what a wrong entry raises."""
    address = _address(entry["address"])
    return Customer(
        id=entry["user_id"],
        first_name=entry["name"]["first_name"],
        last_name=entry["name"]["last_name"],
        email=entry["email"],
        address=address,
        jurisdiction=address.country,
        payment_methods=tuple(_payment_method(method) for method in entry["payment_methods"].values()),
    )


def _address(entry: Entry) -> Address:
    return Address(
        line1=entry["address1"],
        line2=entry["address2"],
        city=entry["city"],
        state=entry["state"],
        postal_code=entry["zip"],
        country=country_code(entry["country"], entry["country"]),
    )


def _payment_method(entry: Entry) -> PaymentMethod:
    return PaymentMethod(
        id=entry["id"],
        kind=entry["source"],
        brand=entry.get("brand", ""),
        last_four=entry.get("last_four", ""),
        balance_cents=_price(entry["balance"]) if "balance" in entry else None,
    )


def read_order(entry: Entry, skus: Iterable[str], users: Iterable[str]) -> Order:
    """Read an order of known items and a known user; raises what a wrong entry raises."""
    if entry["user_id"] not in users:
        raise ValueError("unknown user")
    if any(item["item_id"] not in skus for item in entry["items"]):
        raise ValueError("unknown item")
    fulfilments = entry.get("fulfillments", [])
    return Order(
        id=entry["order_id"],
        customer_id=entry["user_id"],
        status=entry["status"],
        address=_address(entry["address"]),
        lines=tuple(_line(item) for item in entry["items"]),
        payments=tuple(_payment(movement) for movement in entry["payment_history"]),
        history=(StatusChange(status=entry["status"]),),
        tracking=tuple(number for fulfilment in fulfilments for number in fulfilment["tracking_id"]),
        details={"source": SOURCE} | {name: value for name, value in entry.items() if name not in ORDER_FIELDS},
    )


def _line(item: Entry) -> OrderLine:
    return OrderLine(
        sku=item["item_id"],
        product_id=item["product_id"],
        name=item["name"],
        quantity=1,
        unit_price_cents=_price(item["price"]),
        options=item["options"],
    )


def _payment(movement: Entry) -> Payment:
    return Payment(
        kind=movement["transaction_type"],
        cents=_price(movement["amount"]),
        method_id=movement["payment_method_id"],
    )


def _price(amount: object) -> int:
    number = cents(amount)
    if number < 0:
        raise ValueError("amount is negative")
    return number
