"""The import of the tau2 retail back end."""

import copy
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.customers import Address, PaymentMethod
from seamless_retail.core.database import open_shop
from seamless_retail.core.database.imports import import_tau2_retail
from seamless_retail.core.errors import ImportSourceError
from seamless_retail.core.orders import Payment
from seamless_retail.core.queries import ProductQuery

Content = Callable[[str], dict[str, list[str]]]
Entry = dict[str, Any]

ADDRESS = {"address1": "1 Elm St", "address2": "", "city": "Salem", "country": "USA", "state": "OR", "zip": "97301"}

SOURCE: dict[str, Entry] = {
    "products": {
        "9523456873": {
            "name": "T-Shirt",
            "product_id": "9523456873",
            "variants": {
                "1": {
                    "item_id": "1",
                    "options": {"color": "Blue", "size": "M", "material": "Cotton"},
                    "available": True,
                    "price": 50.88,
                },
                "2": {
                    "item_id": "2",
                    "options": {"color": "red", "size": "S", "material": "Cotton"},
                    "available": False,
                    "price": 49.0,
                },
            },
        }
    },
    "users": {
        "ana_1": {
            "user_id": "ana_1",
            "name": {"first_name": "Ana", "last_name": "Lopes"},
            "address": ADDRESS,
            "email": "ana@example.com",
            "payment_methods": {
                "gift_card_1": {"source": "gift_card", "id": "gift_card_1", "balance": 51.5},
                "credit_card_1": {"source": "credit_card", "id": "credit_card_1", "brand": "visa", "last_four": "9212"},
            },
            "orders": ["#W1"],
        }
    },
    "orders": {
        "#W1": {
            "order_id": "#W1",
            "user_id": "ana_1",
            "address": ADDRESS,
            "items": [
                {
                    "name": "T-Shirt",
                    "product_id": "9523456873",
                    "item_id": "1",
                    "price": 50.88,
                    "options": {"size": "M"},
                },
                {
                    "name": "T-Shirt",
                    "product_id": "9523456873",
                    "item_id": "1",
                    "price": 50.88,
                    "options": {"size": "M"},
                },
            ],
            "status": "cancelled",
            "fulfillments": [{"tracking_id": ["357962501027"], "item_ids": ["1", "1"]}],
            "payment_history": [
                {"transaction_type": "payment", "amount": 101.76, "payment_method_id": "gift_card_1"},
                {"transaction_type": "refund", "amount": 101.76, "payment_method_id": "gift_card_1"},
            ],
            "cancel_reason": "ordered by mistake",
        }
    },
}


def write_source(folder: Path, data: object) -> Path:
    (folder / "tau2_retail_db.json.gz").write_bytes(gzip.compress(json.dumps(data).encode()))
    return folder


def test_the_back_end_becomes_a_shop(url: str, tmp_path: Path) -> None:
    report = import_tau2_retail(url, write_source(tmp_path, SOURCE))
    assert (report.rows_read, report.rows_taken) == (3, 3)
    assert (report.products, report.customers, report.orders) == (1, 1, 1)
    shop = open_shop(url)
    product = shop.catalogue.by_sku("1")
    assert product is not None
    first, second = product.variants
    assert (product.id, product.name, product.category) == ("9523456873", "T-Shirt", "t-shirt")
    assert (first.color, first.size, first.options, first.price.cents) == ("blue", "m", {"material": "Cotton"}, 5088)
    assert (first.active, second.active) == (True, False)
    levels = shop.stock.levels(["1", "2"])
    assert [levels[sku][0].on_hand for sku in "12"] == [1, 0], "one unit stands for some"
    customer = shop.customers.get("ana_1")
    assert customer is not None
    assert customer.payment_methods == (
        PaymentMethod(id="gift_card_1", kind="gift_card", balance_cents=5150),
        PaymentMethod(id="credit_card_1", kind="credit_card", brand="visa", last_four="9212"),
    )
    assert customer.address == Address(line1="1 Elm St", city="Salem", state="OR", postal_code="97301", country="US")


def test_orders_keep_payments_ids_and_the_rest(url: str, tmp_path: Path) -> None:
    import_tau2_retail(url, write_source(tmp_path, SOURCE))
    order = open_shop(url).orders.get("#W1", "ana_1")
    assert order is not None
    assert [(line.sku, line.quantity, line.options) for line in order.lines] == [("1", 1, {"size": "M"})] * 2
    assert order.payments == (
        Payment(kind="payment", cents=10_176, method_id="gift_card_1"),
        Payment(kind="refund", cents=10_176, method_id="gift_card_1"),
    )
    assert (order.status, order.balance_cents, order.tracking) == ("cancelled", 0, ("357962501027",))
    assert order.details == {
        "source": "tau2-retail",
        "fulfillments": [{"tracking_id": ["357962501027"], "item_ids": ["1", "1"]}],
        "cancel_reason": "ordered by mistake",
    }


def test_importing_twice_is_importing_once(url: str, tmp_path: Path, content: Content) -> None:
    folder = write_source(tmp_path, SOURCE)
    first = import_tau2_retail(url, folder)
    once = content(url)
    assert import_tau2_retail(url, folder) == first
    assert content(url) == once


REFUSED: dict[str, Callable[[Entry], object]] = {
    "orders: unknown user": lambda order: order.update(user_id="nobody"),
    "orders: unknown item": lambda order: order["items"][0].update(item_id="nothing"),
    "orders: no status": lambda order: order.pop("status"),
    "orders: not a number": lambda order: order["payment_history"][0].update(amount="a lot"),
    "orders: amount is negative": lambda order: order["items"][0].update(price=-1),
    "orders: amount too large": lambda order: order["items"][0].update(price=1e12),
    "orders: kind: Input should be 'payment' or 'refund'": lambda order: order["payment_history"][0].update(
        transaction_type="gift"
    ),
    "orders: not of the expected form": lambda order: order.update(payment_history=[1]),
    "orders: text that cannot be stored": lambda order: order.update(status="a\0b"),
}


def test_bad_entries_are_counted_and_stop_nothing(url: str, tmp_path: Path) -> None:
    data = copy.deepcopy(SOURCE)
    for number, spoil in enumerate(REFUSED.values()):
        order = copy.deepcopy(SOURCE["orders"]["#W1"])
        order["order_id"] = f"#W9{number}"
        spoil(order)
        data["orders"][order["order_id"]] = order
    report = import_tau2_retail(url, write_source(tmp_path, data))
    assert report.reasons == dict.fromkeys(REFUSED, 1)
    assert (report.rows_taken, report.orders) == (3, 1)
    assert [row.line for row in report.examples] == list(range(4, 4 + len(REFUSED))), "numbered through the whole file"


@pytest.mark.parametrize("data", [[], {"products": {}}, {"products": [], "users": {}, "orders": {}}])
def test_another_document_is_refused(sqlite_file: Path, tmp_path: Path, data: object) -> None:
    with pytest.raises(ImportSourceError, match="must be a JSON object with the objects products, users and orders"):
        import_tau2_retail(f"sqlite:///{sqlite_file}", write_source(tmp_path, data))


def test_the_whole_real_file(url: str, data_folder: Path, content: Content) -> None:
    source = data_folder / "store_policies"
    told: list[tuple[int, int]] = []
    report = import_tau2_retail(url, source, lambda done, total: told.append((done, total)))
    assert (report.rows_taken, report.rows_refused) == (1_550, 0)
    assert (report.products, report.customers, report.orders) == (50, 500, 1_000)
    assert told[-1] == (1_550, 1_550)
    once = content(url)
    assert len(once["variants"]) == 591
    assert sum("'refund'" in row for row in once["payments"]) == 102
    import_tau2_retail(url, source)
    assert content(url) == once
    shop = open_shop(url)
    assert len(shop.catalogue.find_ids(ProductQuery(in_stock=True))) == 50
    for customer in shop.customers.all(limit=50):
        for order in shop.orders.recent(customer.id, limit=20):
            assert order.balance_cents == (0 if order.status == "cancelled" else order.total_cents)
