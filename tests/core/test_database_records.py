"""Customers, orders, points, policies: what is written is read, twice is once, nobody reads another's."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, select

from seamless_retail.core.catalogue import Allergen, DailySales, Location, Money, Product, StockLevel, Variant
from seamless_retail.core.customers import Address, Allergy, Customer, DietaryProfile, PaymentMethod, Severity
from seamless_retail.core.database import SqlShop, open_shop, writing
from seamless_retail.core.database.tables import DailySalesRow
from seamless_retail.core.database.writer import (
    write_customers,
    write_locations,
    write_loyalty,
    write_loyalty_tiers,
    write_metadata,
    write_orders,
    write_policies,
    write_products,
    write_sales,
    write_stock,
)
from seamless_retail.core.loyalty import LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange
from seamless_retail.core.policies import PolicyDocument

TODAY = date(2026, 6, 30)

PRODUCT = Product(
    id="F1",
    name="Dress",
    department="fashion",
    category="dress",
    variants=(
        Variant(sku="F1-A", product_id="F1", price=Money(cents=5000), options={"fabric": "Linen"}, barcode="0123"),
        Variant(sku="F1-B", product_id="F1", price=Money(cents=6000, currency="GBP")),
    ),
)

CUSTOMER = Customer(
    id="C1",
    first_name="Ana",
    last_name="Lopes",
    email="ana@example.com",
    address=Address(line1="1 Main St", city="Salem", postal_code="97301"),
    jurisdiction="GB",
    profile=DietaryProfile(
        allergies=(Allergy(allergen=Allergen.PEANUTS, severity=Severity.ANAPHYLACTIC),), diets=("vegan",)
    ),
    payment_methods=(PaymentMethod(id="gift_1", kind="gift_card", balance_cents=500),),
    joined_on=date(2025, 1, 2),
)

ORDER = Order(
    id="#O1",
    customer_id="C1",
    status="delivered",
    placed_at=datetime(2026, 6, 1, 10, 30),
    address=CUSTOMER.address,
    lines=(
        OrderLine(sku="F1-A", product_id="F1", name="Dress", quantity=2, unit_price_cents=5000, options={"size": "M"}),
        OrderLine(sku="F1-A", product_id="F1", name="Dress", quantity=1, unit_price_cents=4500),
    ),
    payments=(
        Payment(kind="payment", cents=15_000, method_id="gift_1", at=datetime(2026, 6, 1, 10, 31)),
        Payment(kind="refund", cents=300, method_id="gift_1"),
    ),
    history=(StatusChange(status="pending", note="by phone"), StatusChange(status="delivered")),
    shipping_cents=500,
    discount_cents=300,
    tracking=("T1", "T2"),
    expected_on=date(2026, 6, 4),
    details={"cancel_reason": None, "items": ["F1-A"]},
)

TIERS = [
    LoyaltyTier(name="member", threshold=0, points_per_dollar=1),
    LoyaltyTier(name="gold", threshold=500, points_per_dollar=2, perks=("free shipping",)),
]

POLICIES = [
    PolicyDocument(id="returns", title="Returns", topic="returns", body="Within 30 days.", updated_on=TODAY),
    PolicyDocument(id="allergens", title="Allergens", topic="allergens", body="We list fourteen."),
]


def entry(number: int, points: int, day: date, kind: str = "earn", expires_on: date | None = None) -> LoyaltyEntry:
    at = datetime(day.year, day.month, day.day, 12)
    return LoyaltyEntry(id=f"L{number}", customer_id="C1", points=points, kind=kind, at=at, expires_on=expires_on)  # type: ignore[arg-type]


def write_all(connection: Connection) -> None:
    write_locations(connection, [Location(id="downtown", name="Downtown", kind="store", hours="9-17", phone="1")])
    write_products(connection, [PRODUCT])
    write_stock(connection, [StockLevel(sku="F1-A", location_id="downtown", on_hand=5, reserved=2)])
    write_sales(
        connection,
        [DailySales(sku="F1-A", location_id="downtown", day=TODAY, units=3, revenue_cents=15_000, on_promotion=True)],
    )
    write_customers(connection, [CUSTOMER])
    write_orders(connection, [ORDER, ORDER.model_copy(update={"id": "G1", "customer_id": ""})])
    write_loyalty_tiers(connection, TIERS)
    write_loyalty(connection, [entry(1, 100, date(2026, 6, 1))])
    write_policies(connection, POLICIES)
    write_metadata(connection, {"today": TODAY.isoformat()})


@pytest.fixture
def shop(url: str) -> SqlShop:
    with writing(url) as engine, engine.begin() as connection:
        write_all(connection)
    return open_shop(url)


def test_records_come_back_as_they_were_written(shop: SqlShop) -> None:
    assert shop.catalogue.get("F1") == PRODUCT
    assert shop.customers.get("C1") == CUSTOMER
    assert shop.customers.all() == [CUSTOMER]
    assert shop.orders.get("#O1", "C1") == ORDER
    assert shop.policies.get("returns") == POLICIES[0]
    assert shop.policies.all() == [POLICIES[1], POLICIES[0]]
    assert shop.loyalty.tiers() == TIERS
    assert shop.today() == TODAY


def test_unknown_ids_are_none(shop: SqlShop) -> None:
    assert shop.customers.get("nobody") is None
    assert shop.orders.get("nothing", "C1") is None
    assert shop.policies.get("nothing") is None
    assert shop.loyalty.account("nobody", TODAY) is None
    assert shop.orders.recent("nobody") == []


def test_nobody_reads_the_order_of_another_or_of_a_guest(shop: SqlShop) -> None:
    assert shop.orders.get("#O1", "C2") is None
    assert shop.orders.get("#O1", "") is None
    assert shop.orders.get("G1", "") is None
    assert shop.orders.recent("") == []


def test_writing_twice_is_writing_once(url: str, content: Callable[[str], dict[str, list[str]]]) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_all(connection)
    once = content(url)
    with writing(url) as engine, engine.begin() as connection:
        write_all(connection)
    assert content(url) == once
    assert len(once["order_lines"]) == 4


def test_an_order_that_shrinks_loses_its_old_lines(shop: SqlShop, url: str) -> None:
    shorter = ORDER.model_copy(update={"lines": ORDER.lines[:1], "payments": (), "status": "cancelled"})
    with writing(url) as engine, engine.begin() as connection:
        write_orders(connection, [shorter])
    assert shop.orders.get("#O1", "C1") == shorter


def test_a_variant_that_is_no_longer_listed_stays_inactive(shop: SqlShop, url: str) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, [PRODUCT.model_copy(update={"variants": PRODUCT.variants[1:]})])
    found = shop.catalogue.get("F1")
    assert found is not None
    assert {variant.sku: variant.active for variant in found.variants} == {"F1-A": False, "F1-B": True}


def test_filterable_words_are_stored_in_lower_case(url: str) -> None:
    variant = Variant(sku="X", product_id="X", price=Money(cents=1), color="Navy", size="XL")
    loud = Product(id="X", name="Loud", department="Fashion", category="Dress", brand="ACME", variants=(variant,))
    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, [loud.model_copy(update={"attributes": {"Season": ("Summer", "summer")}})])
    found = open_shop(url).catalogue.get("X")
    assert found is not None
    assert (found.department, found.category, found.brand) == ("fashion", "dress", "ACME")
    assert (found.variants[0].color, found.variants[0].size) == ("navy", "xl")
    assert found.attributes == {"season": ("summer",)}


def test_reserved_units_of_a_level_follow_the_level(shop: SqlShop, url: str) -> None:
    for reserved in (4, 0):
        level = StockLevel(sku="F1-A", location_id="downtown", on_hand=5, reserved=reserved)
        with writing(url) as engine, engine.begin() as connection:
            write_stock(connection, [level])
        assert shop.stock.levels(["F1-A"]) == {"F1-A": [level]}


def test_recent_orders_are_newest_first_and_undated_last(shop: SqlShop, url: str) -> None:
    dates = {"A": datetime(2026, 1, 1), "B": None, "C": datetime(2026, 6, 29)}
    more = [ORDER.model_copy(update={"id": key, "placed_at": at}) for key, at in dates.items()]
    with writing(url) as engine, engine.begin() as connection:
        write_orders(connection, more)
    assert [order.id for order in shop.orders.recent("C1")] == ["C", "#O1", "A", "B"]
    assert [order.id for order in shop.orders.recent("C1", limit=1)] == ["C"]


@pytest.mark.parametrize(
    "written",
    [
        datetime(2026, 6, 1, 8),
        datetime(2026, 6, 1, 8, tzinfo=UTC),
        datetime(2026, 6, 1, 10, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_times_are_kept_in_utc_without_a_zone(shop: SqlShop, url: str, written: datetime) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_orders(connection, [ORDER.model_copy(update={"placed_at": written})])
    found = shop.orders.get("#O1", "C1")
    assert found is not None
    assert found.placed_at == datetime(2026, 6, 1, 8)


def test_sales_are_replaced_by_day(shop: SqlShop, url: str) -> None:
    correction = DailySales(sku="F1-A", location_id="downtown", day=TODAY, units=1, revenue_cents=5_000)
    with writing(url) as engine, engine.begin() as connection:
        write_sales(connection, [correction])
        rows = connection.execute(select(DailySalesRow.units, DailySalesRow.on_promotion)).all()
    assert rows == [(1, False)]


def test_without_a_fixed_day_the_shop_lives_today(url: str) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, [PRODUCT])
    shop = open_shop(url)
    assert abs(shop.today() - datetime.now(UTC).date()) <= timedelta(days=1)
    assert abs(shop.now() - datetime.now(UTC).replace(tzinfo=None)) < timedelta(minutes=5)


def test_points_derive_from_the_ledger_as_of_a_day(shop: SqlShop, url: str) -> None:
    ledger = [
        entry(2, 450, date(2026, 6, 10), expires_on=date(2027, 6, 10)),
        entry(3, -120, date(2026, 6, 20), "redeem"),
        entry(4, 30, date(2026, 7, 1), "bonus"),
    ]
    with writing(url) as engine, engine.begin() as connection:
        write_loyalty(connection, ledger)
    account = shop.loyalty.account("C1", TODAY)
    assert account is not None
    assert (account.balance, account.earned_this_year, account.tier.name) == (430, 550, "gold")
    assert (account.next_expiry, account.points_expiring) == (date(2027, 6, 10), 330), "soonest expiry goes first"
    assert [item.id for item in account.recent] == ["L3", "L2", "L1"]
    before = shop.loyalty.account("C1", date(2026, 6, 9))
    assert before is not None
    assert (before.balance, before.tier.name, before.points_to_next_tier) == (100, "member", 400)
    assert before.next_tier == TIERS[1]


def test_an_entry_of_the_ledger_never_changes(shop: SqlShop, url: str) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_loyalty(connection, [entry(1, 9_999, date(2026, 6, 1))])
    account = shop.loyalty.account("C1", TODAY)
    assert account is not None
    assert account.balance == 100
