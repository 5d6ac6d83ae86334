"""A corner shop of a dozen products, with the real policy documents, and a retriever that needs no neural network."""

import re
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

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
from seamless_retail.core.customers import Allergy, Customer, DietaryProfile, Severity
from seamless_retail.core.database import SqlShop, open_shop, writer, writing
from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.core.loyalty import LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import Focus, ProductQuery, Understanding
from seamless_retail.core.sources import policy_source, product_source
from seamless_retail.lobes.lobe import LobeRequest
from seamless_retail.lobes.stems import content_stems

TODAY = date(2026, 11, 20)


def fashion(id: str, name: str, category: str, cents: int, colors: str, sizes: str, **attributes: str) -> Product:
    variants = tuple(
        Variant(
            sku=f"{id}-{color[:3].upper()}-{size.upper()}",
            product_id=id,
            price=Money(cents=cents),
            color=color,
            size=size,
        )
        for color in colors.split()
        for size in sizes.split()
    )
    return Product(
        id=id,
        name=name,
        department="fashion",
        category=category,
        brand="Alder & Fell",
        description=f"The {name} is cut for long days. It has pockets.",
        attributes={key: tuple(value.split(",")) for key, value in attributes.items()},
        variants=variants,
        popularity=5.0,
    )


def grocery(id: str, name: str, category: str, cents: int, food: Food | None, **attributes: str) -> Product:
    return Product(
        id=id,
        name=name,
        department="grocery",
        category=category,
        brand="Millstone",
        description=f"{name} from our own mill.",
        attributes={key: tuple(value.split(",")) for key, value in attributes.items()},
        food=food,
        variants=(Variant(sku=f"{id}-STD", product_id=id, price=Money(cents=cents)),),
        popularity=9.0,
    )


def label(contains: str = "", traces: str | None = "", ingredients: str = "Oats, honey.") -> Food:
    def read(text: str) -> tuple[Allergen, ...]:
        return tuple(Allergen(word) for word in text.split())

    return Food(
        ingredients=ingredients,
        allergens=read(contains),
        traces=None if traces is None else read(traces),
        nutrition=Nutrition(energy_kcal=412, protein_g=9.5, sugars_g=12),
    )


PRODUCTS = (
    fashion("F1", "Marisol Wrap Dress", "dress", 4500, "blue white", "s m l", season="summer", material="linen"),
    fashion("F2", "Tideline Shirt Dress", "dress", 3900, "blue", "m l", season="summer", material="cotton"),
    fashion("F3", "Harbour Gown", "dress", 12900, "blue red", "s m", season="winter", material="wool"),
    fashion("F4", "High-Rise Slim Jeans", "jeans", 5900, "navy black", "28 30 32", material="denim", fit="slim"),
    fashion("F5", "Trailhead Sneakers", "sneakers", 7900, "white", "40 41 43", material="leather", care="wipe clean"),
    grocery("G1", "Toasted Oat Granola", "granola", 649, label("gluten", "nuts"), diet="vegan,vegetarian"),
    grocery("G2", "Peanut Crunch Granola", "granola", 599, label("gluten peanuts", "nuts milk"), diet="vegetarian"),
    grocery("G3", "Honey Almond Granola", "granola", 699, label("nuts gluten", "peanuts"), diet="vegetarian"),
    grocery("G4", "Farm Market Granola", "granola", 799, Food(ingredients="Oats, seeds.")),
    grocery("G5", "Seeded Crackers", "crackers", 349, label("gluten sesame-seeds", ""), diet="vegan,vegetarian"),
    grocery("G6", "Puffed Rice Granola", "granola", 549, label("", ""), diet="vegan,vegetarian,gluten-free"),
)
LOCATIONS = (
    Location(
        id="downtown",
        name="Downtown",
        kind="store",
        address="18 Harbour Street",
        hours="Monday to Saturday 9:00-21:00, Sunday 10:00-18:00",
        phone="(503) 555-0118",
    ),
    Location(
        id="riverside",
        name="Riverside",
        kind="store",
        address="402 Mill Lane",
        hours="Monday to Friday 8:00-22:00",
        phone="(503) 555-0142",
    ),
    Location(id="warehouse", name="Warehouse", kind="warehouse", address="9 Dockside Road"),
)
SOLD_OUT = {"F3-RED-S", "F3-RED-M"}
CUSTOMERS = (
    Customer(id="C1", first_name="Ana", last_name="Ruiz"),
    Customer(
        id="C2",
        first_name="Ben",
        last_name="Osei",
        profile=DietaryProfile(allergies=(Allergy(allergen=Allergen.PEANUTS, severity=Severity.ANAPHYLACTIC),)),
    ),
    Customer(
        id="C3",
        first_name="Cleo",
        last_name="Park",
        profile=DietaryProfile(
            allergies=(Allergy(allergen=Allergen.NUTS, severity=Severity.MILD),),
            medicines=("warfarin",),
            diets=("vegan",),
        ),
    ),
    Customer(id="C4", first_name="Dov", last_name="Lee", profile=DietaryProfile(conditions=("coeliac disease",))),
)


def order(id: str, customer: str, status: str, days_ago: int, product: Product = PRODUCTS[0], **more: Any) -> Order:
    placed = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time())
    line = OrderLine(
        sku=product.variants[0].sku, product_id=product.id, name=product.name, quantity=1, unit_price_cents=4500
    )
    steps = [StatusChange(status="pending", at=placed)]
    if status != "pending":
        steps.append(StatusChange(status=status, at=placed + timedelta(days=3)))
    return Order(
        id=id,
        customer_id=customer,
        status=status,
        placed_at=placed,
        lines=(line,),
        payments=(Payment(kind="payment", cents=4500, method_id="card", at=placed),),
        history=tuple(steps),
        **more,
    )


ORDERS = (
    order("ORD-100001", "C1", "delivered", 20),
    order("ORD-100002", "C1", "delivered", 90),
    order("ORD-100003", "C1", "shipped", 2, tracking=("TRK77",), expected_on=date(2026, 11, 22)),
    order("ORD-100004", "C2", "pending", 1),
)
TIERS = (
    LoyaltyTier(name="bronze", threshold=0, points_per_dollar=1, perks=("member prices",)),
    LoyaltyTier(name="silver", threshold=500, points_per_dollar=2, perks=("member prices", "free shipping from $25")),
)
POINTS = (
    LoyaltyEntry(
        id="L1", customer_id="C1", points=320, kind="earn", at=datetime(2026, 3, 1), expires_on=date(2027, 9, 1)
    ),
)
PROMOTIONS = (
    Promotion(
        id="P1",
        title="Dress days",
        kind="percent",
        value=20,
        starts_on=date(2026, 11, 10),
        ends_on=date(2026, 11, 30),
        categories=("dress",),
    ),
    Promotion(
        id="P2",
        title="Spring sale",
        kind="percent",
        value=50,
        starts_on=date(2026, 3, 1),
        ends_on=date(2026, 3, 31),
    ),
)


def policies() -> list[PolicyDocument]:
    """The demonstration shop's policy documents, from their files."""
    folder = files("seamless_retail.core.database") / "seed" / "content" / "policies"
    documents = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        header, _, body = path.read_text(encoding="utf-8").partition("\n---\n")
        fields = dict(re.findall(r"^(\w+): (.*)$", header, re.MULTILINE))
        documents.append(
            PolicyDocument(
                id=path.name.removesuffix(".md"), title=fields["title"], topic=fields["topic"], body=body.strip()
            )
        )
    return documents


def stock() -> list[StockLevel]:
    levels = []
    for product in PRODUCTS:
        for position, variant in enumerate(product.variants):
            if variant.sku in SOLD_OUT:
                levels.append(
                    StockLevel(
                        sku=variant.sku, location_id="warehouse", on_hand=0, incoming=20, incoming_on=date(2026, 12, 1)
                    )
                )
            else:
                levels.append(StockLevel(sku=variant.sku, location_id="downtown", on_hand=4 + position, reserved=1))
                levels.append(StockLevel(sku=variant.sku, location_id="warehouse", on_hand=10))
    return levels


@pytest.fixture(scope="session")
def corner_shop(tmp_path_factory: pytest.TempPathFactory) -> SqlShop:
    """The small shop, written through the real writer."""
    url = f"sqlite:///{tmp_path_factory.mktemp('corner') / 'shop.db'}"
    with writing(url) as engine, engine.begin() as connection:
        writer.write_locations(connection, LOCATIONS)
        writer.write_products(connection, PRODUCTS)
        writer.write_stock(connection, stock())
        writer.write_promotions(connection, PROMOTIONS)
        writer.write_customers(connection, CUSTOMERS)
        writer.write_orders(connection, ORDERS)
        writer.write_loyalty_tiers(connection, TIERS)
        writer.write_loyalty(connection, POINTS)
        writer.write_policies(connection, policies())
        writer.write_metadata(connection, {"today": TODAY.isoformat()})
    return open_shop(url)


class WordRetriever(BaseRetriever):
    """Scores a passage by the share of the query's words in it: stands in for the hybrid index, which needs MiniLM."""

    documents: list[Document]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int = 5,
        filter: dict[str, Any] | None = None,
    ) -> list[Document]:
        wanted = content_stems(query)
        scored = []
        for document in self.documents:
            if filter and not _holds(document.metadata, filter):
                continue
            stems = content_stems(f"{document.metadata['title']} {document.page_content}")
            score = len(wanted & stems) / max(1, len(wanted))
            scored.append((score, document))
        scored.sort(key=lambda pair: -pair[0])
        return [
            document.model_copy(update={"metadata": {**document.metadata, "score": score}})
            for score, document in scored[:k]
        ]


def _holds(metadata: dict[str, Any], where: dict[str, Any]) -> bool:
    for key, value in where.items():
        if key == "$or":
            if not any(_holds(metadata, option) for option in value):
                return False
        elif isinstance(value, dict):
            if metadata.get(key) not in value.get("$in", [metadata.get(key)]) or metadata.get(key) == value.get("$ne"):
                return False
        elif metadata.get(key) != value:
            return False
    return True


def _paragraphs(source: Any) -> list[Document]:
    return [
        Document(
            match.group(),
            metadata={
                **source.metadata,
                "source_id": source.id,
                "title": source.title,
                "kind": source.kind,
                "start": match.start(),
                "end": match.end(),
            },
        )
        for match in re.finditer(r"[^\n]+", source.text)
    ]


@pytest.fixture(scope="session")
def word_retriever(corner_shop: SqlShop) -> WordRetriever:
    """Passages of the policies and products."""
    sources = [policy_source(document) for document in corner_shop.policies.all()]
    sources += [product_source(product) for product in PRODUCTS]
    return WordRetriever(documents=[passage for source in sources for passage in _paragraphs(source)])


def request(
    text: str,
    intent: Intent,
    customer: str = "",
    *,
    role: Any = "primary",
    confidence: float = 0.95,
    query: ProductQuery | None = None,
    focus: Focus | None = None,
    **understood: Any,
) -> LobeRequest:
    """A lobe request as the router makes it."""
    return LobeRequest(
        understanding=Understanding(text=text, standalone=text, products=query or ProductQuery(), **understood),
        intent=IntentPrediction(intent=intent, confidence=confidence),
        principal=Principal(customer_id=customer),
        focus=focus or Focus(),
        role=role,
    )


@pytest.fixture(scope="session")
def ask() -> Any:
    """Makes lobe requests."""
    return request
