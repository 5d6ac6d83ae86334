"""A small shop written through the real writers, a real BM25 retriever over it, and the words of a larger catalogue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest

from seamless_retail.core.catalogue import Allergen, Food, Location, Money, Product, StockLevel, Variant
from seamless_retail.core.customers import Allergy, Customer, DietaryProfile
from seamless_retail.core.database import SqlShop, open_shop, writing
from seamless_retail.core.database import writer as write
from seamless_retail.core.loyalty import LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.queries import Focus
from seamless_retail.core.sources import product_source
from seamless_retail.retrievers.lexical import LexicalRetriever
from seamless_retail.retrievers.passages import indexed_text, passages
from seamless_retail.tools.understanding import CatalogueQueryReader

TODAY = date(2026, 11, 20)


def garment(
    id: str, name: str, category: str, cents: int, colors: str, sizes: str, brand: str = "Marlowe", **attributes: str
) -> Product:
    return Product(
        id=id,
        name=name,
        department="fashion",
        category=category,
        brand=brand,
        description=attributes.pop("description", f"The {name} is made to last."),
        attributes={key: tuple(value.split(", ")) for key, value in attributes.items()},
        variants=tuple(
            Variant(sku=f"{id}-{c[:3]}-{s}", product_id=id, price=Money(cents=cents), color=c, size=s)
            for c in colors.split(", ")
            for s in sizes.split()
        ),
    )


def food(
    id: str, name: str, category: str, cents: int, label: Food, description: str = "", **attributes: str
) -> Product:
    return Product(
        id=id,
        name=name,
        department="grocery",
        category=category,
        brand="Acorn Pantry",
        description=description or f"{name}, baked slowly.",
        attributes={key: tuple(value.split(", ")) for key, value in attributes.items()},
        food=label,
        variants=(Variant(sku=f"{id}-500", product_id=id, price=Money(cents=cents), size="500 g"),),
    )


def label(ingredients: str, *allergens: str) -> Food:
    return Food(ingredients=ingredients, allergens=tuple(map(Allergen, allergens)), traces=())


_SUMMER_LINEN = {"season": "summer", "material": "linen"}
_CATALOGUE = (
    garment("F1", "Marlowe Linen Wrap Dress", "dress", 4900, "navy, red", "s m", **_SUMMER_LINEN),
    garment("F2", "Marlowe Silk Slip Dress", "dress", 12900, "black", "s m", season="winter", material="silk"),
    garment(
        "F3",
        "Saltgrove Cotton Sundress",
        "dress",
        5400,
        "sky blue, yellow",
        "m l",
        "Saltgrove",
        season="summer",
        material="cotton",
        description="A sundress with deep pockets for the beach.",
    ),
    garment(
        "F4", "Northmere Hiking Boots", "boots", 15900, "brown, black", "41 42 43", "Northmere", material="leather"
    ),
    garment("F5", "Northmere Wool Socks", "socks", 1400, "gray", "m l", "Northmere", material="wool"),
    garment("F6", "Saltgrove Linen Shirt", "shirt", 5900, "white, blue", "s m l", "Saltgrove", material="linen"),
    garment("F7", "Saltgrove Linen Sundress", "dress", 6900, "blue", "s m", "Saltgrove", **_SUMMER_LINEN),
    food("G1", "Honey Almond Granola", "granola", 650, label("rolled oats, honey, almonds", "nuts", "gluten")),
    food("G2", "Berry Seed Granola", "granola", 700, label("rolled oats, raisins, berries", "gluten"), diet="vegan"),
    food("G3", "Market Granola", "granola", 500, Food(ingredients="")),
    food("G4", "Peanut Cookies", "cookies", 450, label("wheat flour, peanuts", "gluten", "peanuts")),
    food("G5", "Oat Cookies", "cookies", 420, label("oats, butter, raisins", "gluten", "milk")),
)
PRODUCTS = tuple(p.model_copy(update={"popularity": float(40 - i)}) for i, p in enumerate(_CATALOGUE))
LOCATIONS = (
    Location(id="downtown", name="Downtown", kind="store", address="18 Harbour Street, Portland, OR"),
    Location(id="riverside", name="Riverside", kind="store", address="402 Mill Lane, Salem, OR"),
    Location(id="warehouse", name="Warehouse", kind="warehouse", address="9 Dockside Road, Albany, OR"),
)
STOCK = (
    StockLevel(sku="F1-nav-s", location_id="downtown", on_hand=3, reserved=1),
    StockLevel(sku="F1-nav-s", location_id="warehouse", on_hand=10),
    StockLevel(sku="F1-red-s", location_id="riverside", on_hand=0, incoming=12, incoming_on=date(2026, 12, 4)),
    StockLevel(sku="F4-bro-42", location_id="riverside", on_hand=2),
    StockLevel(sku="G1-500", location_id="riverside", on_hand=30),
)


def order(id: str, customer_id: str, day: str, status: str, *product_ids: str) -> Order:
    products = [product for id in product_ids for product in PRODUCTS if product.id == id]
    lines = tuple(
        OrderLine(
            sku=p.variants[0].sku, product_id=p.id, name=p.name, quantity=1, unit_price_cents=p.variants[0].price.cents
        )
        for p in products
    )
    placed = datetime.fromisoformat(day)
    total = sum(line.unit_price_cents for line in lines)
    return Order(
        id=id,
        customer_id=customer_id,
        status=status,
        placed_at=placed,
        lines=lines,
        payments=(Payment(kind="payment", cents=total, method_id="card", at=placed),),
        history=(StatusChange(status="pending", at=placed),),
        tracking=("TRK1",) if status == "shipped" else (),
        expected_on=date(2026, 11, 24) if status == "shipped" else None,
    )


ORDERS = (
    order("ORD-100001", "C1", "2026-09-01", "delivered", "F4", "F5"),
    order("ORD-100002", "C1", "2026-11-18", "shipped", "F1"),
    order("ORD-100003", "C2", "2026-10-01", "delivered", "F4", "F5", "G1"),
    order("ORD-100004", "C2", "2026-10-15", "delivered", "F1", "F6"),
    order("#W2611340", "C2", "2026-08-15", "cancelled", "F2", "F3"),
)
CUSTOMERS = (
    Customer(id="C1", first_name="Ana", last_name="Ruiz"),
    Customer(
        id="C2",
        first_name="Ben",
        last_name="Osei",
        profile=DietaryProfile(allergies=(Allergy(allergen=Allergen.NUTS),)),
    ),
    Customer(id="C3", first_name="Cleo", last_name="Park"),
)
TIERS = (
    LoyaltyTier(name="bronze", threshold=0, points_per_dollar=1),
    LoyaltyTier(name="silver", threshold=500, points_per_dollar=2, perks=("free shipping from $25",)),
)
POINTS = (
    LoyaltyEntry(
        id="L1", customer_id="C1", points=320, kind="earn", at=datetime(2026, 9, 1), expires_on=date(2027, 9, 1)
    ),
)


POLICIES = (
    PolicyDocument(id="hours", title="Hours", topic="stores", body="2 points of sale take $5 notes."),
    PolicyDocument(
        id="points", title="Points", topic="loyalty", body="Collect points. 100 points are worth $1. Enjoy."
    ),
)


@pytest.fixture(scope="session")
def small_shop(tmp_path_factory: pytest.TempPathFactory) -> SqlShop:
    url = f"sqlite:///{tmp_path_factory.mktemp('small') / 'shop.db'}"
    with writing(url) as engine, engine.begin() as connection:
        write.write_locations(connection, LOCATIONS)
        write.write_products(connection, PRODUCTS)
        write.write_stock(connection, STOCK)
        write.write_customers(connection, CUSTOMERS)
        write.write_orders(connection, ORDERS)
        write.write_loyalty_tiers(connection, TIERS)
        write.write_loyalty(connection, POINTS)
        write.write_policies(connection, POLICIES)
        write.write_metadata(connection, {"today": TODAY.isoformat()})
    return open_shop(url)


@pytest.fixture(scope="session")
def retriever() -> LexicalRetriever:
    documents = [
        passage.model_copy(update={"id": f"{product.id}-{i}"})
        for product in PRODUCTS
        for i, passage in enumerate(passages(product_source(product)))
    ]
    return LexicalRetriever.from_documents(documents, text_of=indexed_text)


_FASHION = """
backpack, bag, belt, blazer, blouse, boots, cardigan, coat, dress, flats, gloves, hat, heels, hoodie, jacket, jeans,
jumpsuit, leggings, loafers, pajamas, sandals, scarf, shirt, shorts, skirt, sneakers, socks, sweater, swimwear, t-shirt,
trousers"""
_GROCERY = """
baby food, baking, bread, cereal, cheese, chips, chocolate, coffee, cookies, crackers, fish, frozen meals, granola,
honey, hummus, ice cream, jam, juice, meat, milk, nut butter, nuts, olive oil, pasta, plant milk, rice, sauce,
snack bar, soup, spices, tea, tofu, yogurt"""


def listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


FASHION, GROCERY = listed(_FASHION), listed(_GROCERY)


@dataclass
class Words:
    """A vocabulary as the demonstration shop has it."""

    departments: tuple[str, ...] = ("fashion", "grocery")
    categories: tuple[str, ...] = tuple(sorted((*FASHION, *GROCERY)))
    brands: tuple[str, ...] = ("acorn pantry", "halden & rue", "marlowe", "northmere", "olive & thyme", "saltgrove")
    colors: tuple[str, ...] = listed(
        "beige, black, blue, brown, burgundy, charcoal, cobalt, coral, gray, green, ivory, mint, mustard, navy, olive, "
        "pink, red, sky blue, white, yellow"
    )
    sizes: tuple[str, ...] = listed("10, 250 g, 32x30, 34, 40, 41, 42, 500 g, 8, 9, l, m, s, xl, xs, xxl")
    attributes: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "audience": listed("boys, girls, kids, men, unisex, women"),
            "care": listed("dry clean, hand wash, machine wash cold"),
            "diet": listed("gluten-free, low-sodium, organic, sugar-free, vegan, vegetarian"),
            "fit": listed("oversized, regular, relaxed, slim, wide"),
            "flavour": listed("almond, chocolate, honey, lemon, mint, orange, vanilla"),
            "length": listed("maxi, midi, mini"),
            "material": listed(
                "cotton, faux leather, leather, linen, merino wool, organic cotton, polyester, recycled polyester, "
                "silk, wool"
            ),
            "occasion": listed("beach, date night, everyday, formal, hiking, party, running, wedding, work, workout"),
            "pattern": listed("checked, floral, polka dot, solid, striped"),
            "season": listed("autumn, spring, summer, winter"),
            "sleeve": listed("long sleeve, short sleeve, sleeveless"),
        }
    )
    product_names: dict[str, str] = field(
        default_factory=lambda: {
            "marlowe linen wrap dress": "F1",
            "marlowe silk wrap dress": "F2",
            "saltgrove cotton sundress": "F3",
            "northmere hiking boots": "F4",
            "acorn pantry honey almond granola": "G1",
            "acorn pantry oat milk barista": "G2",
            "acorn pantry coconut yogurt alternative": "G4",
            "olive oil": "G3",
        }
    )
    locations: dict[str, str] = field(
        default_factory=lambda: {
            "downtown": "downtown",
            "portland": "downtown",
            "riverside": "riverside",
            "riverside market": "riverside",
            "warehouse": "warehouse",
        }
    )
    category_departments: dict[str, str] = field(
        default_factory=lambda: {**dict.fromkeys(FASHION, "fashion"), **dict.fromkeys(GROCERY, "grocery")}
    )


@pytest.fixture(scope="session")
def reader() -> CatalogueQueryReader:
    return CatalogueQueryReader(Words())


ReadFields = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def read_fields(reader: CatalogueQueryReader) -> ReadFields:
    """Reads a message and tells what it was understood to say, flat: ``{"categories": "dress", "season": "summer"}``.

    Attributes stand under their names, exclusions under ``not_…``, prices as ``price=(low, high)``, the free text as
    ``words``; lists are written ``"a, b"``. The message itself and its standalone form are left out.
    """

    def read(text: str, focus: Focus = Focus()) -> dict[str, Any]:  # noqa: B008  # immutable
        understanding = reader.read(text, focus)
        query = understanding.products.model_dump(mode="json", exclude_defaults=True)
        fields = understanding.model_dump(
            mode="json", exclude_defaults=True, exclude={"products", "text", "standalone"}
        )
        fields |= query.pop("attributes", {})
        fields |= {f"not_{name}": values for name, values in query.pop("exclude", {}).items()}
        if "price_min_cents" in query or "price_max_cents" in query:
            fields["price"] = (query.pop("price_min_cents", None), query.pop("price_max_cents", None))
        if "text" in query:
            fields["words"] = query.pop("text")
        return {name: ", ".join(v) if isinstance(v, list) else v for name, v in (fields | query).items()}

    return read
