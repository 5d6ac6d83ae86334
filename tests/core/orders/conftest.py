"""A shop of two customers, each with orders in every state, on SQLite and on PostgreSQL."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
from sqlalchemy import select

from seamless_retail.core.catalogue import Location, Money, Product, StockLevel, Variant
from seamless_retail.core.customers import Address, Customer, PaymentMethod
from seamless_retail.core.database import SqlShop
from seamless_retail.core.database import writer as write
from seamless_retail.core.database.engine import opened
from seamless_retail.core.database.order_clerk import SqlOrderClerk
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.repositories.product_filter import live
from seamless_retail.core.database.tables import ReservationRow, StockRow
from seamless_retail.core.loyalty import LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange

TODAY = date(2026, 11, 20)
PLACED = datetime(2026, 11, 1, 9)
HOME = Address(line1="1 Elm St", city="Salem", state="OR", postal_code="97301")
PRICES = {"s-blue": 4900, "s-red": 5150, "s-green": 4025, "s-gold": 90_000, "b-41": 15_010, "b-42": 15_010}


def product(product_id: str, name: str, *skus: str) -> Product:
    variants = tuple(
        Variant(sku=sku, product_id=product_id, price=Money(cents=PRICES[sku]), color=sku[2:], size="m") for sku in skus
    )
    return Product(id=product_id, name=name, department="fashion", category=name.lower(), variants=variants)


PRODUCTS = (
    product("shirt", "Shirt", "s-blue", "s-red", "s-green", "s-gold"),
    product("boots", "Boots", "b-41", "b-42"),
)
STOCK = tuple(
    StockLevel(sku=sku, location_id=place, on_hand=units)
    for sku in PRICES
    for place, units in (("warehouse", 3), ("downtown", 1))
    if sku != "s-gold" or place == "warehouse"
)


def customer(customer_id: str) -> Customer:
    return Customer(
        id=customer_id,
        first_name=customer_id,
        last_name="Lopes",
        address=HOME,
        payment_methods=(
            PaymentMethod(id=f"card_{customer_id}", kind="credit_card"),
            PaymentMethod(id=f"paypal_{customer_id}", kind="paypal"),
            PaymentMethod(id=f"gift_{customer_id}", kind="gift_card", balance_cents=20_000),
        ),
    )


def order(order_id: str, customer_id: str, status: str, method: str, *skus: str, discount: int = 0) -> Order:
    """An order; a sku that follows itself is one line of two units."""
    lines = [
        OrderLine(
            sku=sku,
            product_id="shirt" if sku.startswith("s") else "boots",
            name="Shirt" if sku.startswith("s") else "Boots",
            quantity=skus.count(sku),
            unit_price_cents=PRICES[sku],
            options={"color": sku[2:], "size": "m"},
        )
        for sku in dict.fromkeys(skus)
    ]
    total = sum(line.quantity * line.unit_price_cents for line in lines) + 595 - discount
    return Order(
        id=order_id,
        customer_id=customer_id,
        status=status,
        placed_at=PLACED,
        address=HOME,
        lines=tuple(lines),
        payments=(Payment(kind="payment", cents=total, method_id=f"{method}_{customer_id}", at=PLACED),),
        history=(StatusChange(status="pending", at=PLACED),),
        shipping_cents=595,
        discount_cents=discount,
    )


def orders_of(customer_id: str) -> list[Order]:
    return [
        order(f"{customer_id.upper()}-P", customer_id, "pending", "card", "s-blue", "s-blue", "b-41"),
        order(f"{customer_id.upper()}-G", customer_id, "pending", "gift", "s-red", discount=500),
        order(f"{customer_id.upper()}-X", customer_id, "processed", "card", "s-blue"),
        order(f"{customer_id.upper()}-D", customer_id, "delivered", "card", "s-blue", "s-blue", "b-41", discount=500),
        order(f"{customer_id.upper()}-E", customer_id, "delivered", "gift", "s-red"),
    ]


def points_of(customer_id: str) -> list[LoyaltyEntry]:
    entries = [
        ("1", 2_000, "earn", "", date(2027, 9, 1)),
        ("2", -500, "redeem", f"{customer_id.upper()}-G", None),
        ("3", -500, "redeem", f"{customer_id.upper()}-D", None),
        ("4", 243, "earn", f"{customer_id.upper()}-D", date(2028, 1, 1)),
    ]
    return [
        LoyaltyEntry.model_validate(
            {
                "id": f"{customer_id}-{id}",
                "customer_id": customer_id,
                "points": points,
                "kind": kind,
                "at": PLACED,
                "order_id": order_id,
                "expires_on": expires_on,
            }
        )
        for id, points, kind, order_id, expires_on in entries
    ]


CUSTOMERS = ("ana", "ben")


def fill(url: str) -> None:
    """Write the shop into a database with empty tables."""
    with opened(url) as engine, engine.begin() as connection:
        write.write_locations(
            connection,
            [
                Location(id="warehouse", name="Warehouse", kind="warehouse"),
                Location(id="downtown", name="Downtown", kind="store"),
            ],
        )
        write.write_products(connection, PRODUCTS)
        write.write_stock(connection, STOCK)
        write.write_customers(connection, [customer(id) for id in CUSTOMERS])
        write.write_orders(connection, [order for id in CUSTOMERS for order in orders_of(id)])
        write.write_loyalty_tiers(connection, [LoyaltyTier(name="bronze", threshold=0, points_per_dollar=1)])
        write.write_loyalty(connection, [entry for id in CUSTOMERS for entry in points_of(id)])
        write.write_metadata(connection, {"today": TODAY.isoformat()})


@pytest.fixture
def shop(url: str) -> Iterator[SqlShop]:
    fill(url)
    with opened(url) as engine:
        yield SqlShop(engine)


@pytest.fixture
def desk(shop: SqlShop) -> SqlOrderDesk:
    return SqlOrderDesk(shop.engine, shop.writes)


@pytest.fixture
def clerk(shop: SqlShop) -> SqlOrderClerk:
    return SqlOrderClerk(shop.writes)


Free = Callable[[str], int]


@pytest.fixture
def free(shop: SqlShop) -> Free:
    """Units of a sku that nobody is promised, over all locations."""

    def count(sku: str) -> int:
        return sum(level.available for level in shop.stock.levels([sku])[sku])

    return count


def gift(shop: SqlShop, customer_id: str = "ana") -> int:
    """Cents on the customer's gift card."""
    found = shop.customers.get(customer_id)
    assert found is not None
    balance = found.payment_methods[2].balance_cents
    assert balance is not None
    return balance


def check_books(shop: SqlShop) -> None:
    """Payments less refunds equal what each order is worth; no stock is below nothing or promised twice."""
    for customer_id in CUSTOMERS:
        for found in shop.orders.recent(customer_id, 50):
            assert found.balance_cents == found.worth_cents, found
        assert gift(shop, customer_id) >= 0
    with shop.engine.connect() as connection:
        promised: dict[tuple[str, str], int] = {}
        reservations = select(ReservationRow.sku, ReservationRow.location_id, ReservationRow.quantity)
        for row in connection.execute(reservations.where(live(shop.writes.now()))):
            promised[row.sku, row.location_id] = promised.get((row.sku, row.location_id), 0) + row.quantity
        on_hand = {
            (row.sku, row.location_id): row.on_hand
            for row in connection.execute(select(StockRow.sku, StockRow.location_id, StockRow.on_hand))
        }
    for place, units in promised.items():
        assert units <= on_hand[place], place
