"""Records as citable texts: what stands in each field, and that every source is found again by its id."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
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
    StockLevel,
    Variant,
)
from seamless_retail.core.customers import Address, Allergy, Customer, DietaryProfile, Severity
from seamless_retail.core.evidence import Source
from seamless_retail.core.loyalty import LoyaltyAccount, LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.source_text import written_date, written_size
from seamless_retail.core.sources import (
    catalogue_source,
    location_source,
    loyalty_source,
    order_source,
    policy_source,
    product_source,
    profile_source,
    promotion_source,
    resolve,
    stock_source,
)

NAVY = Variant(sku="F1-NAV-M", product_id="F1", price=Money(cents=4900), color="navy", size="m")
RED = Variant(sku="F1-RED-XL", product_id="F1", price=Money(cents=5900), color="red", size="xl")
RETIRED = Variant(sku="F1-OLD", product_id="F1", price=Money(cents=100), color="gold", size="s", active=False)
DRESS = Product(
    id="F1",
    name="Shoreline Linen Dress",
    department="fashion",
    category="dress",
    brand="Harbor & Pine",
    description="A breezy dress.\nIt has pockets: two.",
    attributes={"season": ("summer",), "material": ("linen", "cotton")},
    variants=(NAVY, RED, RETIRED),
    popularity=3.5,
)
FOOD = Food(
    ingredients="oats, honey",
    allergens=(Allergen.GLUTEN, Allergen.SULPHITES),
    traces=(Allergen.NUTS,),
    serving="45 g",
    nutrition=Nutrition(energy_kcal=452, sodium_mg=0.5),
)
GRANOLA = Product(id="G1", name="Granola", department="grocery", category="granola", food=FOOD)
DOWNTOWN = Location(id="downtown", name="Downtown", kind="store", address="1 Main St", hours="9-18")
WAREHOUSE = Location(id="warehouse", name="Warehouse", kind="warehouse")
LEVEL = StockLevel(
    sku="F1-NAV-M", location_id="downtown", on_hand=7, reserved=2, incoming=10, incoming_on=date(2026, 3, 3)
)
ORDER = Order(
    id="ORD-1",
    customer_id="C1",
    status="shipped",
    placed_at=datetime(2026, 3, 1, 9, tzinfo=UTC),
    expected_on=date(2026, 3, 9),
    address=Address(line1="2 Oak Ave", city="Salem", state="OR", postal_code="97301"),
    lines=(
        OrderLine(
            sku="F1-NAV-M",
            product_id="F1",
            name="Shoreline Linen Dress",
            quantity=2,
            unit_price_cents=4900,
            options={"color": "navy", "size": "m"},
        ),
        OrderLine(sku="G1-1", product_id="G1", name="Granola", quantity=1, unit_price_cents=549),
    ),
    payments=(
        Payment(kind="payment", cents=10349, method_id="card-1", at=datetime(2026, 3, 1, tzinfo=UTC)),
        Payment(kind="refund", cents=549, method_id="card-1"),
    ),
    history=(StatusChange(status="pending", at=datetime(2026, 3, 1, tzinfo=UTC)), StatusChange(status="shipped")),
    shipping_cents=500,
    discount_cents=500,
    tracking=("1Z999",),
    details={"cancel_reason": "no longer needed", "items": ["a", "b"]},
)
SILVER = LoyaltyTier(name="Silver", threshold=500, points_per_dollar=2, perks=("free shipping", "early access"))
GOLD = LoyaltyTier(name="Gold", threshold=2000, points_per_dollar=3)
ACCOUNT = LoyaltyAccount(
    customer_id="C1",
    balance=1250,
    earned_this_year=1800,
    tier=SILVER,
    next_tier=GOLD,
    points_to_next_tier=200,
    next_expiry=date(2026, 5, 1),
    points_expiring=150,
    recent=(
        LoyaltyEntry(
            id="1", customer_id="C1", points=98, kind="earn", at=datetime(2026, 3, 1, tzinfo=UTC), order_id="ORD-1"
        ),
    ),
)
PROMOTION = Promotion(
    id="june",
    title="June dress week",
    kind="percent",
    value=20,
    starts_on=date(2026, 6, 1),
    ends_on=date(2026, 6, 7),
    categories=("dress",),
    members_only=True,
)
CUSTOMER = Customer(
    id="C1",
    first_name="Ada",
    last_name="Park",
    profile=DietaryProfile(
        allergies=(Allergy(allergen=Allergen.SESAME, severity=Severity.ANAPHYLACTIC),), diets=("vegan",)
    ),
)
POLICY = PolicyDocument(id="returns", title="Returning an item", topic="returns", body="  Within 30 days.\n\nUnworn. ")
CHEAP_DRESSES = ProductQuery(
    categories=("dress",),
    colors=("blue", "navy"),
    sizes=("xl",),
    attributes={"season": ("summer",)},
    price_max_cents=5000,
    exclude_allergens=(Allergen.SESAME,),
    in_stock=True,
    exclude={"material": ("wool",), "colors": ()},
)

STOCK = stock_source(DRESS, NAVY, [LEVEL], [DOWNTOWN, WAREHOUSE])
SOURCES = {
    source.kind: source
    for source in (
        product_source(DRESS),
        STOCK,
        order_source(ORDER),
        loyalty_source(ACCOUNT),
        promotion_source(PROMOTION),
        location_source(DOWNTOWN),
        profile_source(CUSTOMER),
        catalogue_source(CHEAP_DRESSES, 3, ["F1", "F2"]),
    )
}


@pytest.mark.parametrize(
    ("source", "field", "quote"),
    [
        pytest.param(product_source(DRESS), "name", "Shoreline Linen Dress", id="name"),
        pytest.param(product_source(DRESS), "brand", "Brand: Harbor & Pine", id="brand"),
        pytest.param(product_source(DRESS), "category", "Category: dress (fashion)", id="category"),
        pytest.param(product_source(DRESS), "description", DRESS.description, id="description is verbatim"),
        pytest.param(product_source(DRESS), "attributes.season", "Season: summer", id="attribute"),
        pytest.param(product_source(DRESS), "material", "Material: linen, cotton", id="material"),
        pytest.param(product_source(DRESS), "colors", "Colors: navy, red", id="colors of active variants"),
        pytest.param(product_source(DRESS), "colors.red", "red", id="one color"),
        pytest.param(product_source(DRESS), "sizes", "Sizes: M, XL", id="sizes"),
        pytest.param(product_source(DRESS), "price", "Price: from $49.00 to $59.00", id="price range"),
        pytest.param(
            product_source(DRESS), "variants.F1-RED-XL", "F1-RED-XL: red, size XL, $59.00", id="one variant's price"
        ),
        pytest.param(product_source(GRANOLA), "ingredients", "Ingredients: oats, honey", id="ingredients"),
        pytest.param(
            product_source(GRANOLA), "allergens", "Contains: gluten, sulphur dioxide and sulphites", id="allergens"
        ),
        pytest.param(product_source(GRANOLA), "traces", "May contain: nuts", id="traces"),
        pytest.param(
            product_source(GRANOLA), "nutrition", "Nutrition per 100 g: energy 452 kcal, sodium 0.5 mg", id="nutrition"
        ),
        pytest.param(product_source(GRANOLA), "nutrition.sodium_mg", "sodium 0.5 mg", id="one nutrient"),
        pytest.param(
            STOCK, "location.downtown", "Downtown: 5 available, 10 more expected on March 3, 2026", id="available units"
        ),
        pytest.param(STOCK, "location.warehouse", "Warehouse: 0 available", id="a location without a level"),
        pytest.param(STOCK, "total", "Total: 5 available", id="total"),
        pytest.param(order_source(ORDER), "status", "Status: shipped", id="order status"),
        pytest.param(order_source(ORDER), "expected", "Expected on: March 9, 2026", id="expected day"),
        pytest.param(
            order_source(ORDER),
            "lines.0",
            "2 x Shoreline Linen Dress (navy, M), $49.00 each, $98.00",
            id="order line",
        ),
        pytest.param(order_source(ORDER), "discount", "Discount: -$5.00", id="discount"),
        pytest.param(order_source(ORDER), "total", "Total: $103.49", id="order total"),
        pytest.param(order_source(ORDER), "payments.0", "Payment: $103.49 on March 1, 2026 (card-1)", id="payment"),
        pytest.param(order_source(ORDER), "refunds", "Refund: $5.49 (card-1)", id="refund"),
        pytest.param(order_source(ORDER), "tracking", "Tracking: 1Z999", id="tracking"),
        pytest.param(order_source(ORDER), "address", "Ships to: 2 Oak Ave, Salem, OR 97301, US", id="address"),
        pytest.param(
            order_source(ORDER), "details.cancel_reason", "Cancel reason: no longer needed", id="imported detail"
        ),
        pytest.param(loyalty_source(ACCOUNT), "balance", "Balance: 1,250 points", id="balance"),
        pytest.param(loyalty_source(ACCOUNT), "tier", "Tier: Silver, 2 points per dollar", id="tier"),
        pytest.param(loyalty_source(ACCOUNT), "next_tier", "Next tier: Gold, 200 points to go", id="next tier"),
        pytest.param(loyalty_source(ACCOUNT), "expiry", "Next expiry: 150 points on May 1, 2026", id="expiry"),
        pytest.param(loyalty_source(ACCOUNT), "recent.0", "March 1, 2026: +98 points (earn, ORD-1)", id="ledger entry"),
        pytest.param(promotion_source(PROMOTION), "discount", "Discount: 20 % off", id="discount in percent"),
        pytest.param(
            promotion_source(PROMOTION), "period", "Runs from June 1, 2026 to June 7, 2026", id="promotion period"
        ),
        pytest.param(promotion_source(PROMOTION), "members", "For: loyalty members only", id="members only"),
        pytest.param(location_source(DOWNTOWN), "hours", "Opening hours: 9-18", id="opening hours"),
        pytest.param(
            profile_source(CUSTOMER),
            "allergies.sesame-seeds",
            "sesame seeds (anaphylactic)",
            id="allergy with severity",
        ),
        pytest.param(
            SOURCES["catalogue"],
            "query",
            "Catalogue search: category dress; color blue or navy; size XL; season summer; price at most $50.00; "
            "without sesame seeds; material not wool; in stock",
            id="search criteria",
        ),
        pytest.param(SOURCES["catalogue"], "total", "Matching products: 3", id="number of matches"),
    ],
)
def test_a_field_reads(source: Source, field: str, quote: str) -> None:
    assert source.cite(field).quote == quote


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_spans_stay_inside_the_text_and_are_not_empty(source: Source) -> None:
    assert source.fields
    assert all(0 <= start < end <= len(source.text) for start, end in source.fields.values())


@pytest.mark.parametrize(
    ("food", "allergens", "traces"),
    [
        pytest.param(Food(), "Allergens: not declared", "May contain: not declared", id="declares nothing"),
        pytest.param(None, "Allergens: not declared", "May contain: not declared", id="no label at all"),
        pytest.param(
            Food(allergens=(), traces=()),
            "Contains: no declarable allergen",
            "May contain: no declarable allergen",
            id="declares that there are none",
        ),
    ],
)
def test_undeclared_is_not_none(food: Food | None, allergens: str, traces: str) -> None:
    source = product_source(GRANOLA.model_copy(update={"food": food}))
    assert (source.cite("allergens").quote, source.cite("traces").quote) == (allergens, traces)


def test_clothes_say_nothing_about_allergens() -> None:
    assert "allergens" not in product_source(DRESS).fields


def test_declared_allergens_are_not_filterable_metadata() -> None:
    """A filter cannot tell "declares none" from "declares nothing"; ``ProductQuery.exclude_allergens`` can."""
    assert not any("allergen" in name or "contain" in name for name in product_source(GRANOLA).metadata)


def test_product_metadata_is_what_a_filter_asks() -> None:
    metadata = product_source(DRESS).metadata
    assert metadata == {
        "product_id": "F1",
        "department": "fashion",
        "category": "dress",
        "brand": "harbor & pine",
        "colors": ["navy", "red"],
        "sizes": ["m", "xl"],
        "popularity": 3.5,
        "price": 4900,
        "price_max": 5900,
        "currency": "USD",
        "attributes.season": ["summer"],
        "attributes.material": ["linen", "cotton"],
    }


def test_variant_options_become_fields() -> None:
    bottle = Variant(sku="B-1", product_id="B", price=Money(cents=900), options={"capacity": "500ml", "lid": "screw"})
    product = Product(id="B", name="Bottle", department="home", category="bottle", variants=(bottle,))
    assert product_source(product).cite("options.capacity").quote == "Capacity: 500ml"


def test_a_policy_is_its_body_to_the_letter() -> None:
    source = policy_source(POLICY)
    assert (source.text, source.title) == (POLICY.body, POLICY.title)
    assert source.metadata["topic"] == "returns"


def test_one_search_has_one_id() -> None:
    same = ProductQuery(**CHEAP_DRESSES.model_dump())
    other = CHEAP_DRESSES.without("price")
    assert catalogue_source(same, 3, []).id == catalogue_source(CHEAP_DRESSES, 4, ["F1"]).id
    assert catalogue_source(other, 3, []).id != catalogue_source(CHEAP_DRESSES, 3, []).id


@pytest.mark.parametrize(
    ("size", "written"),
    [("m", "M"), ("xxl", "XXL"), ("2xl", "2XL"), ("s-m", "S-M"), ("42", "42"), ("one size", "one size")],
)
def test_letter_sizes_are_capitals(size: str, written: str) -> None:
    assert written_size(size) == written


def test_dates_are_written_without_a_leading_zero() -> None:
    assert written_date(date(2026, 3, 3)) == "March 3, 2026"


def _found(record: Any, *keys: str) -> Any:
    return lambda *asked: record if asked == keys else None


@pytest.fixture
def shop() -> Any:
    """A shop that holds exactly the records above."""
    catalogue = SimpleNamespace(
        get=_found(DRESS, "F1"),
        by_sku=_found(DRESS, "F1-NAV-M"),
        promotion=_found(PROMOTION, "june"),
        find_ids=lambda query: ["F1", "F2", "F3"],
    )
    stock = SimpleNamespace(locations=lambda: [DOWNTOWN, WAREHOUSE], levels=lambda skus: {skus[0]: [LEVEL]})
    return SimpleNamespace(
        catalogue=catalogue,
        stock=stock,
        policies=SimpleNamespace(get=_found(POLICY, "returns")),
        orders=SimpleNamespace(get=_found(ORDER, "ORD-1", "C1")),
        loyalty=SimpleNamespace(account=_found(ACCOUNT, "C1", date(2026, 3, 5))),
        customers=SimpleNamespace(get=_found(CUSTOMER, "C1")),
        today=lambda: date(2026, 3, 5),
    )


@pytest.mark.parametrize("source", [*SOURCES.values(), policy_source(POLICY)], ids=lambda source: source.kind)
def test_a_source_is_found_again_by_its_id(shop: Any, source: Source) -> None:
    found = resolve(shop, source.id, customer_id="C1", query=CHEAP_DRESSES)
    assert found is not None
    assert (found.id, found.text, found.fields) == (source.id, source.text, source.fields)


@pytest.mark.parametrize("source_id", ["order:ORD-1", "loyalty:C1", "profile:C1"])
@pytest.mark.parametrize("customer_id", ["", "C2"])
def test_what_belongs_to_a_customer_is_shown_to_nobody_else(shop: Any, source_id: str, customer_id: str) -> None:
    assert resolve(shop, source_id, customer_id=customer_id) is None


@pytest.mark.parametrize(
    "source_id",
    ["product:X", "policy:X", "stock:X", "promotion:X", "location:X", "catalogue:0", "nonsense:1", "", "order:X"],
)
def test_unknown_ids_resolve_to_nothing(shop: Any, source_id: str) -> None:
    assert resolve(shop, source_id, customer_id="C1", query=CHEAP_DRESSES) is None
