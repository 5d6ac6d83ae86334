"""Filters, promotions, vocabulary and shared orders, on both kinds of database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest

from seamless_retail.core.catalogue import (
    Allergen,
    Food,
    Location,
    Money,
    Nutrition,
    Product,
    Promotion,
    Reservation,
    StockLevel,
    Variant,
)
from seamless_retail.core.database import SqlShop, open_shop, writing
from seamless_retail.core.database.writer import (
    write_locations,
    write_metadata,
    write_orders,
    write_products,
    write_promotions,
    write_reservations,
    write_stock,
)
from seamless_retail.core.orders import Order, OrderLine
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery

TODAY = date(2026, 6, 30)


def variant(sku: str, cents: int, color: str = "", size: str = "", **more: Any) -> Variant:
    return Variant(sku=sku, product_id=sku.split("-")[0], price=Money(cents=cents), color=color, size=size, **more)


def garment(product_id: str, category: str, popularity: float, *variants: Variant, **more: Any) -> Product:
    return Product(
        id=product_id,
        name=f"Garment {product_id}",
        department="fashion",
        category=category,
        popularity=popularity,
        variants=variants,
        **more,
    )


def grocery(product_id: str, popularity: float, food: Food) -> Product:
    return Product(
        id=product_id,
        name=f"Grocery {product_id}",
        department="grocery",
        category="granola",
        brand="Hill Farm",
        popularity=popularity,
        food=food,
        variants=(variant(f"{product_id}-1", 450),),
    )


PRODUCTS = [
    garment(
        "F1",
        "dress",
        9.0,
        variant("F1-NM", 4900, "navy", "m"),
        variant("F1-RL", 8900, "red", "l"),
        variant("F1-GS", 1900, "green", "s", active=False),
        brand="Marlow & Finch",
        attributes={"season": ("summer", "spring"), "audience": ("women",)},
    ),
    garment("F2", "dress", 8.0, variant("F2-NL", 9900, "navy", "l"), attributes={"season": ("winter",)}),
    garment(
        "F3", "shirt", 7.0, variant("F3-WM", 3000, "white", "m"), brand="Östra", attributes={"season": ("summer",)}
    ),
    garment("F4", "shirt", 6.0, variant("F4-WM", 2500, "white", "m", active=False)),
    grocery("G1", 5.0, Food(ingredients="oats, milk", allergens=(Allergen.MILK, Allergen.GLUTEN), traces=())),
    grocery("G2", 4.0, Food(ingredients="oats", allergens=(Allergen.GLUTEN,), traces=(Allergen.NUTS,))),
    grocery("G3", 3.0, Food(ingredients="rice", allergens=(), traces=(), nutrition=Nutrition(energy_kcal=380.5))),
    grocery("G4", 2.0, Food(ingredients="unknown", allergens=None, traces=())),
    grocery("G5", 1.0, Food(ingredients="unknown", allergens=(), traces=None, serving="30 g")),
]

LOCATIONS = [
    Location(id="warehouse", name="Central Warehouse", kind="warehouse", address="1 Dock Rd, Salem, OR 97301"),
    Location(id="downtown", name="Downtown Store", kind="store", address="5 Main St, Portland, OR 97201"),
]

STOCK = [
    StockLevel(sku="F1-NM", location_id="downtown", on_hand=2),
    StockLevel(sku="F1-NM", location_id="warehouse", on_hand=3, incoming=7, incoming_on=date(2026, 7, 4)),
    StockLevel(sku="F1-RL", location_id="downtown", on_hand=0),
    StockLevel(sku="F2-NL", location_id="downtown", on_hand=4, reserved=3),
    StockLevel(sku="F3-WM", location_id="downtown", on_hand=1),
    StockLevel(sku="F4-WM", location_id="downtown", on_hand=9),
]

RESERVATIONS = [
    Reservation(id="R1", sku="F3-WM", location_id="downtown", quantity=1, expires_at=datetime(2026, 7, 1, 9)),
    Reservation(id="R2", sku="F1-NM", location_id="downtown", quantity=2, expires_at=datetime(2026, 6, 29, 9)),
]

PROMOTIONS = [
    Promotion(
        id="P1",
        title="Dresses",
        kind="percent",
        value=20,
        starts_on=date(2026, 6, 1),
        ends_on=TODAY,
        categories=("dress",),
    ),
    Promotion(
        id="P2",
        title="One dress",
        kind="amount",
        value=500,
        starts_on=date(2026, 5, 1),
        ends_on=date(2026, 12, 31),
        product_ids=("F1",),
        members_only=True,
    ),
    Promotion(id="P3", title="Over", kind="percent", value=5, starts_on=TODAY, ends_on=TODAY),
]


def order(order_id: str, *skus: str, status: str = "delivered") -> Order:
    lines = tuple(
        OrderLine(sku=sku, product_id=sku.split("-")[0], name=sku, quantity=1, unit_price_cents=100) for sku in skus
    )
    return Order(id=order_id, customer_id="", status=status, lines=lines)


ORDERS = [
    order("O1", "F1-NM", "F3-WM", "G1-1"),
    order("O2", "F1-NM", "F1-RL", "F3-WM"),
    order("O3", "F1-NM", "G2-1", status="cancelled"),
    order("O4", "F2-NL", "G1-1"),
]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def small_shop(request: pytest.FixtureRequest, new_database: Any) -> Iterator[SqlShop]:
    url = new_database(request.param)
    with writing(url) as engine, engine.begin() as connection:
        write_locations(connection, LOCATIONS)
        write_products(connection, PRODUCTS)
        write_stock(connection, STOCK)
        write_reservations(connection, RESERVATIONS)
        write_promotions(connection, PROMOTIONS)
        write_orders(connection, ORDERS)
        write_metadata(connection, {"today": TODAY.isoformat()})
    shop = open_shop(url)
    yield shop
    shop.close()


FILTERS = {
    "nothing filters, most popular first": ({}, "F1 F2 F3 F4 G1 G2 G3 G4 G5"),
    "department": ({"departments": ("Fashion",)}, "F1 F2 F3 F4"),
    "two categories are alternatives": ({"categories": ("shirt", "granola")}, "F3 F4 G1 G2 G3 G4 G5"),
    "letter case of a brand does not matter": ({"brands": ("marlow & finch",)}, "F1"),
    "nor outside ASCII": ({"brands": ("ÖSTRA",)}, "F3"),
    "ids": ({"product_ids": ("G2", "F3", "nobody")}, "F3 G2"),
    "color": ({"colors": ("navy",)}, "F1 F2"),
    "size": ({"sizes": ("m", "l")}, "F1 F2 F3"),
    "color and size of one variant": ({"colors": ("navy",), "sizes": ("m",)}, "F1"),
    "color and size of two variants do not match": ({"colors": ("red",), "sizes": ("m",)}, ""),
    "an inactive variant does not match": ({"colors": ("green",)}, ""),
    "price bounds are inclusive": ({"price_min_cents": 4900, "price_max_cents": 4900}, "F1"),
    "price of one and the same variant": ({"colors": ("navy",), "price_min_cents": 5000}, "F2"),
    "price of an inactive variant does not count": ({"price_max_cents": 2500, "departments": ("fashion",)}, ""),
    "facet": ({"attributes": {"season": ("summer",)}}, "F1 F3"),
    "values of a facet are alternatives": ({"attributes": {"season": ("winter", "spring")}}, "F1 F2"),
    "facets are conjunctive": ({"attributes": {"season": ("summer",), "audience": ("women",)}}, "F1"),
    "an empty facet does not filter": ({"attributes": {"season": ()}, "categories": ("dress",)}, "F1 F2"),
    "an excluded ingredient": ({"exclude_allergens": (Allergen.MILK,), "departments": ("grocery",)}, "G2 G3"),
    "an excluded trace": ({"exclude_allergens": (Allergen.NUTS,), "departments": ("grocery",)}, "G1 G3"),
    "undeclared labels never match, clothes always": ({"exclude_allergens": (Allergen.FISH,)}, "F1 F2 F3 F4 G1 G2 G3"),
    "in stock: live reservations hold units back": ({"in_stock": True}, "F1 F2"),
    "in stock in this color": ({"in_stock": True, "colors": ("red",)}, ""),
    "at a location": ({"location_id": "warehouse", "in_stock": True}, "F1"),
    "a location alone asks for stock there": ({"location_id": "downtown"}, "F1 F2"),
    "an expired reservation holds nothing": ({"location_id": "downtown", "in_stock": True, "quantity": 2}, "F1"),
    "units add up over locations": ({"in_stock": True, "quantity": 5}, "F1"),
    "but not within one location": ({"in_stock": True, "quantity": 5, "location_id": "warehouse"}, ""),
    "a quantity alone does not filter": ({"quantity": 99, "categories": ("dress",)}, "F1 F2"),
    "cheapest first, without a price last": ({"sort": "price_ascending", "departments": ("fashion",)}, "F3 F1 F2 F4"),
    "cheapest of what matches": ({"sort": "price_ascending", "sizes": ("l",)}, "F1 F2"),
    "dearest first": ({"sort": "price_descending", "departments": ("fashion",)}, "F2 F1 F3 F4"),
    "by popularity": ({"sort": "popularity", "categories": ("shirt",)}, "F3 F4"),
}


@pytest.mark.parametrize("reason", FILTERS)
def test_a_query_selects_exactly_what_satisfies_it(small_shop: SqlShop, reason: str) -> None:
    fields, expected = FILTERS[reason]
    assert small_shop.catalogue.find_ids(ProductQuery(**fields)) == expected.split()


def test_a_limit_keeps_the_first(small_shop: SqlShop) -> None:
    assert small_shop.catalogue.find_ids(ProductQuery(), limit=2) == ["F1", "F2"]


def test_products_come_back_as_they_were_written(small_shop: SqlShop) -> None:
    assert small_shop.catalogue.get_many([product.id for product in PRODUCTS]) == PRODUCTS


def test_products_come_in_the_order_asked_without_unknown_ones(small_shop: SqlShop) -> None:
    assert [p.id for p in small_shop.catalogue.get_many(["G1", "nobody", "F2"])] == ["G1", "F2"]
    assert small_shop.catalogue.get_many([]) == []
    assert small_shop.catalogue.get("nobody") is None


def test_a_sku_names_its_product(small_shop: SqlShop) -> None:
    found = small_shop.catalogue.by_sku("F1-RL")
    assert found is not None
    assert found.id == "F1"
    assert small_shop.catalogue.by_sku("nobody") is None


def test_stock_levels_count_live_reservations_only(small_shop: SqlShop) -> None:
    levels = small_shop.stock.levels(["F1-NM", "F2-NL", "F3-WM", "G1-1"])
    assert levels["F1-NM"] == [STOCK[0], STOCK[1]], "the reservation of yesterday has ended; stores come first"
    assert levels["F2-NL"] == [STOCK[3]], "the reserved units of a written level are a standing reservation"
    assert [level.available for level in levels["F3-WM"]] == [0]
    assert levels["G1-1"] == []
    assert small_shop.stock.levels([]) == {}


def test_locations_are_listed_stores_first(small_shop: SqlShop) -> None:
    assert small_shop.stock.locations() == [LOCATIONS[1], LOCATIONS[0]]


def test_promotions_apply_on_their_days_to_their_targets(small_shop: SqlShop) -> None:
    dress, other_dress, shirt = small_shop.catalogue.get_many(["F1", "F2", "F3"])
    catalogue = small_shop.catalogue
    assert catalogue.promotions(dress, TODAY) == [PROMOTIONS[1], PROMOTIONS[0]]
    assert catalogue.promotions(other_dress, TODAY) == [PROMOTIONS[0]]
    assert catalogue.promotions(dress, date(2026, 7, 1)) == [PROMOTIONS[1]]
    assert catalogue.promotions(shirt, TODAY) == [], "a promotion without targets applies to nothing"


def test_promotions_are_found_by_id_and_all_together(small_shop: SqlShop) -> None:
    assert small_shop.catalogue.promotion("P2") == PROMOTIONS[1]
    assert small_shop.catalogue.promotion("nobody") is None
    assert [promotion.id for promotion in small_shop.catalogue.all_promotions()] == ["P2", "P1", "P3"]


def test_products_bought_together_share_orders(small_shop: SqlShop) -> None:
    assert small_shop.catalogue.bought_together("F1", 5) == [("F3", 2), ("G1", 1)], "a cancelled order does not count"
    assert small_shop.catalogue.bought_together("F1", 1) == [("F3", 2)]


def test_the_vocabulary_holds_the_words_of_the_catalogue(small_shop: SqlShop) -> None:
    words = small_shop.catalogue.vocabulary()
    assert words.departments == ("fashion", "grocery")
    assert words.categories == ("dress", "granola", "shirt")
    assert words.brands == ("hill farm", "marlow & finch", "östra")
    assert words.colors == ("navy", "red", "white"), "green is not active"
    assert words.sizes == ("l", "m")
    assert words.attributes == {"audience": ("women",), "season": ("spring", "summer", "winter")}
    assert words.product_names["garment f1"] == "F1"
    assert words.category_departments == {"dress": "fashion", "granola": "grocery", "shirt": "fashion"}
    assert words.locations == {
        "central warehouse": "warehouse",
        "downtown": "downtown",
        "downtown store": "downtown",
        "portland": "downtown",
        "salem": "warehouse",
        "warehouse": "warehouse",
    }


def test_the_vocabulary_is_read_again_after_a_refresh(url: str) -> None:
    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, PRODUCTS[:2])
    shop = open_shop(url)
    assert shop.catalogue.vocabulary().categories == ("dress",)
    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, PRODUCTS[:3])
    assert shop.catalogue.vocabulary().categories == ("dress",)
    shop.refresh()
    assert shop.catalogue.vocabulary().categories == ("dress", "shirt")
    shop.close()


def test_the_shop_stands_still_at_its_day(small_shop: SqlShop) -> None:
    port: Shop = small_shop
    assert port.today() == TODAY


def test_many_threads_read_at_once(small_shop: SqlShop) -> None:
    queries = [ProductQuery(**fields) for fields, _ in FILTERS.values()] * 4
    alone = [small_shop.catalogue.find_ids(query) for query in queries]
    small_shop.refresh()
    with ThreadPoolExecutor(24) as threads:
        words = threads.map(lambda _: small_shop.catalogue.vocabulary(), range(24))
        assert list(threads.map(small_shop.catalogue.find_ids, queries)) == alone
        assert len({id(found) for found in words}) == 1, "the vocabulary is read once"
