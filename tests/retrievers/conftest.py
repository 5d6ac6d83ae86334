"""A shop of a few hand-made records, and the real embedding model loaded once."""

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.documents import Document

from seamless_retail.core.catalogue import Allergen, Food, Location, Money, Nutrition, Product, Promotion, Variant
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sources import policy_source, product_source
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.opening import open_reranker
from seamless_retail.retrievers.passages import passages
from seamless_retail.retrievers.rag_config import CompressionConfig
from seamless_retail.retrievers.reranking import LatentReranker


def garment(id_: str, name: str, category: str, description: str, cents: int, *colors: str) -> Product:
    variants = [
        Variant(sku=f"{id_}-{color}-{size}", product_id=id_, price=Money(cents=cents), color=color, size=size)
        for color in colors
        for size in ("s", "m")
    ]
    return Product(
        id=id_, name=name, department="fashion", category=category, description=description, variants=tuple(variants)
    )


PRODUCTS = (
    garment("F1", "Shoreline Linen Dress", "dress", "A breezy dress for hot summer days.", 4900, "blue", "white"),
    garment("F2", "Harbor Wool Coat", "coat", "A warm coat for winter, lined throughout.", 18900, "navy"),
    garment("F3", "Trail Runner Sneakers", "sneakers", "Grippy running shoes for muddy paths.", 7900, "grey", "red"),
    garment("F4", "Evening Silk Dress", "dress", "Floor-length, for weddings and galas.", 24900, "red"),
    Product(
        id="G1",
        name="Almond Honey Granola",
        department="grocery",
        category="granola",
        brand="Millbrook",
        description="Rolled oats baked with honey and almonds.",
        attributes={"diet": ("vegetarian",)},
        food=Food(
            ingredients="rolled oats, honey, almonds, sunflower oil, sea salt",
            allergens=(Allergen.NUTS, Allergen.GLUTEN),
            traces=(Allergen.PEANUTS,),
            nutrition=Nutrition(energy_kcal=452, protein_g=9.5, sugars_g=18),
        ),
        variants=(Variant(sku="G1-500", product_id="G1", price=Money(cents=549), size="500 g"),),
    ),
    Product(
        id="G2",
        name="Peppermint Tea",
        department="grocery",
        category="tea",
        description="Twenty bags of dried peppermint leaves, without caffeine.",
        variants=(Variant(sku="G2-20", product_id="G2", price=Money(cents=329)),),
    ),
)

POLICIES = (
    PolicyDocument(
        id="returns-window",
        title="Returning an item",
        topic="returns",
        body="You may return unworn items within 30 days of delivery.\n\nSale items can be exchanged but not refunded.",
        updated_on=date(2026, 1, 5),
    ),
    PolicyDocument(
        id="shipping-times",
        title="Shipping times and costs",
        topic="shipping",
        body="Standard shipping takes three to five business days. It is free from $50.",
    ),
    PolicyDocument(
        id="gift-cards",
        title="Gift cards",
        topic="payment",
        body="Gift cards never expire. They cannot be exchanged for cash.",
    ),
)


class MemoryShop:
    """The parts of the ``Shop`` port that an index reads, over lists that a test may change."""

    def __init__(self) -> None:
        self.products = {product.id: product for product in PRODUCTS}
        self.documents = list(POLICIES)
        self.catalogue: Any = self
        self.policies: Any = SimpleNamespace(all=lambda: self.documents)
        self.stock: Any = SimpleNamespace(locations=lambda: [Location(id="downtown", name="Downtown", kind="store")])

    def find_ids(self, query: ProductQuery, limit: int | None = None) -> list[str]:
        return list(self.products)

    def get_many(self, product_ids: Sequence[str]) -> list[Product]:
        return [self.products[product_id] for product_id in product_ids]

    def all_promotions(self) -> list[Promotion]:
        period = {"starts_on": date(2026, 6, 1), "ends_on": date(2026, 6, 30)}
        return [
            Promotion(id="june", title="June dress week", kind="percent", value=20, categories=("dress",), **period)
        ]


@pytest.fixture
def small_shop() -> MemoryShop:
    return MemoryShop()


@pytest.fixture(scope="session")
def embeddings() -> MiniLMEmbeddings:
    import torch

    torch.set_num_threads(1)  # two threads wait for each other's core where several test workers share few
    return MiniLMEmbeddings()


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    sources = [*map(product_source, PRODUCTS), *map(policy_source, POLICIES)]
    return [passage for source in sources for passage in passages(source)]


@pytest.fixture(scope="session")
def reranker(embeddings: MiniLMEmbeddings) -> LatentReranker:
    """Over the light compressor at 32x, with the calibration that comes with the package."""
    return open_reranker(CompressionConfig(rate=32), embeddings)
