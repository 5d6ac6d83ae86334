"""Facts of two users and the shop, under the real embedding model."""

import pytest

from seamless_retail.retrievers.associative import AssociativeMemory
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings

FACTS = (
    ("Anna Keller", "returned", "linen dress", "refunded in full"),
    ("Anna Keller", "bought", "wool coat", "very happy with it"),
    ("Bruno Costa", "returned", "trail sneakers", "wrong size"),
    ("Bruno Costa", "asked about", "peppermint tea", "out of stock"),
    ("Carla Novak", "bought", "linen dress", "delivered late"),
)


@pytest.fixture(scope="session")
def facts() -> list[dict[str, str]]:
    return [dict(zip(AssociativeMemory.fixed_roles, fact, strict=True)) for fact in FACTS]


@pytest.fixture
def memory(embeddings: MiniLMEmbeddings, facts: list[dict[str, str]]) -> AssociativeMemory:
    """The shop's facts."""
    memory = AssociativeMemory(embeddings)
    memory.store_many(facts)
    return memory
