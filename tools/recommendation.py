"""Products to suggest, each with the reason: alike, bought together, or popular.

The scores weigh shared attributes, price and orders in common; nothing is learned here.
"""

from collections.abc import Iterable, Sequence

from langchain_core.retrievers import BaseRetriever

from seamless_retail.core.catalogue import Product, Record
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.likeness import likeness, shared_features

_MOST_CANDIDATES = 200
_WORDS_WEIGHT = 0.25


class Recommendation(Record):
    """A product worth showing."""

    product: Product
    score: float
    """0 to 1, comparable within one list only."""
    reason: str
    """Why, as a clause: "like the Linen Dress: in linen, for summer"."""


def similar(
    shop: Shop,
    product_id: str,
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    retriever: BaseRetriever | None = None,
    limit: int = 5,
    candidates: int = _MOST_CANDIDATES,
) -> list[Recommendation]:
    """Products of the same category, most alike first.

    Args:
        shop: The shop.
        product_id: The product to resemble.
        query: Filters that every product must satisfy; its categories, if any, replace the product's own.
        retriever: Lets descriptions count as well.
        limit: Products returned at most.
        candidates: Products compared at most, the most popular ones.

    Raises:
        NotFoundError: There is no such product.
    """
    product = _product(shop, product_id)
    within = query if query.categories else query.model_copy(update={"categories": (product.category,)})
    ids = [p for p in shop.catalogue.find_ids(within, candidates) if p != product_id]
    by_words = _closeness_in_words(product, ids, retriever)
    scored = [
        Recommendation(
            product=other,
            score=(1 - _WORDS_WEIGHT) * likeness(product, other) + _WORDS_WEIGHT * by_words.get(other.id, 0.0),
            reason=f"like the {product.name}: {', '.join(shared_features(product, other))}",
        )
        for other in shop.catalogue.get_many(ids)
    ]
    return best(scored, limit)


def complements(
    shop: Shop,
    product_id: str,
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    limit: int = 5,
) -> list[Recommendation]:
    """Products that other orders hold together with this one, most shared orders first.

    Raises:
        NotFoundError: There is no such product.
    """
    product = _product(shop, product_id)
    together = dict(shop.catalogue.bought_together(product_id, _MOST_CANDIDATES))
    most = max(together.values(), default=1)
    allowed = shop.catalogue.find_ids(restricted(query, together)) if together else []
    found = [
        Recommendation(
            product=other,
            score=together[other.id] / most,
            reason=f"bought with the {product.name} in {_count(together[other.id], 'order')}",
        )
        for other in shop.catalogue.get_many(allowed)
        if other.category != product.category
    ]
    return best(found, limit)


def popular(
    shop: Shop,
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    limit: int = 5,
) -> list[Recommendation]:
    """The best sellers of the last twelve weeks among the products that satisfy a query."""
    ids = shop.catalogue.find_ids(query.model_copy(update={"sort": "popularity"}), limit)
    products = shop.catalogue.get_many(ids)
    most = max((p.popularity for p in products), default=0.0) or 1.0
    return [
        Recommendation(product=p, score=p.popularity / most, reason=f"one of the best sellers, {_sales(p)}")
        for p in products
    ]


def _closeness_in_words(product: Product, ids: Sequence[str], retriever: BaseRetriever | None) -> dict[str, float]:
    """1 for the product whose description is nearest, falling towards 0 with the rank."""
    if retriever is None or not ids:
        return {}
    documents = retriever.invoke(
        f"{product.name}. {product.description}"[:400], k=20, filter={"product_id": {"$in": list(ids)}}
    )
    ranked = list(dict.fromkeys(str(document.metadata.get("product_id", "")) for document in documents))
    return {product_id: 1 - rank / len(ranked) for rank, product_id in enumerate(ranked)}


def restricted(query: ProductQuery, ids: Iterable[str]) -> ProductQuery:
    """The query for some products only."""
    kept = tuple(p for p in ids if not query.product_ids or p in query.product_ids)
    return query.model_copy(update={"product_ids": kept or ("",)})


def _product(shop: Shop, product_id: str) -> Product:
    product = shop.catalogue.get(product_id)
    if product is None:
        raise NotFoundError(f"There is no product {product_id!r}.", "Search for the product first and use its id.")
    return product


def best(found: Iterable[Recommendation], limit: int) -> list[Recommendation]:
    """The highest scores; of equal ones, what sells more."""
    return sorted(found, key=lambda r: (-r.score, -r.product.popularity, r.product.id))[:limit]


def _sales(product: Product) -> str:
    units = round(product.popularity)
    return f"about {units} sold a week" if units else "less than one sold a week"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
