"""Products to suggest, each with the reason: alike, bought together, popular, or for one customer.

The scores weigh shared attributes, price and orders in common; nothing is learned here.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field

from seamless_retail.core.catalogue import Product, Record
from seamless_retail.core.errors import InvalidQueryError, NotFoundError, UnknownCustomerError
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.failure import ShopTool
from seamless_retail.tools.likeness import likeness, shared_features
from seamless_retail.tools.product_lines import product_line

_MOST_CANDIDATES = 200
_CANDIDATES_EACH = 30
"""Products compared with each one that a customer ordered lately."""
_RECENT_ORDERS = 20
_RECENT_PRODUCTS = 8
_WORDS_WEIGHT = 0.25
_TOGETHER_WEIGHT = 0.6


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
    return _best(scored, limit)


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
    allowed = shop.catalogue.find_ids(_only(query, together)) if together else []
    found = [
        Recommendation(
            product=other,
            score=together[other.id] / most,
            reason=f"bought with the {product.name} in {_count(together[other.id], 'order')}",
        )
        for other in shop.catalogue.get_many(allowed)
        if other.category != product.category
    ]
    return _best(found, limit)


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


def for_customer(
    shop: Shop,
    customer_id: str,
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    limit: int = 5,
) -> list[Recommendation]:
    """Products that go with or resemble what the customer ordered lately; best sellers for one who ordered nothing.

    What the customer has already is left out, and so are foods that are not declared free of the customer's allergens.

    Raises:
        UnknownCustomerError: There is no such customer.
    """
    customer = shop.customers.get(customer_id)
    if customer is None:
        raise UnknownCustomerError(customer_id)
    allergens = (*query.exclude_allergens, *(allergy.allergen for allergy in customer.profile.allergies))
    query = query.model_copy(update={"exclude_allergens": tuple(dict.fromkeys(allergens))})
    orders = [order for order in shop.orders.recent(customer_id, _RECENT_ORDERS) if order.status != "cancelled"]
    owned = list(dict.fromkeys(line.product_id for order in orders for line in order.lines))
    best: dict[str, Recommendation] = {}
    for recency, product in enumerate(shop.catalogue.get_many(owned[:_RECENT_PRODUCTS])):
        weight = 1.0 - recency / (2 * _RECENT_PRODUCTS)
        for found in _suggested_by(shop, product, query):
            scored = found.model_copy(update={"score": weight * found.score})
            if found.product.id not in owned and scored.score > best.get(found.product.id, _NOTHING).score:
                best[found.product.id] = scored
    return _best(best.values(), limit) or popular(shop, query, limit)


def _suggested_by(shop: Shop, product: Product, query: ProductQuery) -> list[Recommendation]:
    """What one ordered product suggests, the reason saying that the customer ordered it."""
    together = complements(shop, product.id, query, _CANDIDATES_EACH)
    suggestions = [r.model_copy(update={"score": _TOGETHER_WEIGHT * r.score}) for r in together]
    if not query.categories or product.category in query.categories:
        suggestions += similar(shop, product.id, query, limit=_CANDIDATES_EACH, candidates=_CANDIDATES_EACH)
    bought = f"the {product.name}"
    return [r.model_copy(update={"reason": r.reason.replace(bought, f"{bought} you ordered", 1)}) for r in suggestions]


def _closeness_in_words(product: Product, ids: Sequence[str], retriever: BaseRetriever | None) -> dict[str, float]:
    """1 for the product whose description is nearest, falling towards 0 with the rank."""
    if retriever is None or not ids:
        return {}
    documents = retriever.invoke(
        f"{product.name}. {product.description}"[:400], k=20, filter={"product_id": {"$in": list(ids)}}
    )
    ranked = list(dict.fromkeys(str(document.metadata.get("product_id", "")) for document in documents))
    return {product_id: 1 - rank / len(ranked) for rank, product_id in enumerate(ranked)}


def _only(query: ProductQuery, ids: Iterable[str]) -> ProductQuery:
    """The query, restricted to some products."""
    kept = tuple(p for p in ids if not query.product_ids or p in query.product_ids)
    return query.model_copy(update={"product_ids": kept or ("",)})


def _product(shop: Shop, product_id: str) -> Product:
    product = shop.catalogue.get(product_id)
    if product is None:
        raise NotFoundError(f"There is no product {product_id!r}.", "Search for the product first and use its id.")
    return product


def _best(found: Iterable[Recommendation], limit: int) -> list[Recommendation]:
    return sorted(found, key=lambda r: (-r.score, -r.product.popularity, r.product.id))[:limit]


def _sales(product: Product) -> str:
    units = round(product.popularity)
    return f"about {units} sold a week" if units else "less than one sold a week"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_NOTHING = Recommendation(product=Product(id="", name="", department="", category=""), score=-1.0, reason="")


class RecommendArguments(BaseModel):
    """What kind of suggestion."""

    kind: Literal["similar", "complement", "popular", "for_customer"] = Field(
        description="similar or complement to a product, popular, or for_customer: from the customer's own orders."
    )
    product_id: str = Field("", description="The product, for similar and complement.")
    category: str = Field("", description="Only products of this category.")
    limit: int = Field(5, ge=1, le=20, description="Products to return.")


class RecommendTool(ShopTool):
    """``recommend_products``: :func:`similar`, :func:`complements`, :func:`popular` and :func:`for_customer`."""

    name: str = "recommend_products"
    description: str = (
        "Suggest products with reasons: similar to one, bought together with one, popular, or for the customer."
    )
    args_schema: ArgsSchema | None = RecommendArguments
    retriever: BaseRetriever | None = Field(None, exclude=True, repr=False)

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Suggest with the arguments of :class:`RecommendArguments`."""
        asked = RecommendArguments(kind=args[0]) if args else RecommendArguments(**kwargs)
        found = self._recommend(asked)
        lines = [product_line(r.product, r.product.variants, r.reason) for r in found] or ["Nothing to suggest."]
        return "\n".join(lines), {"recommendations": [r.model_dump(mode="json") for r in found]}

    def _recommend(self, asked: RecommendArguments) -> list[Recommendation]:
        query = ProductQuery(categories=(asked.category.lower(),) if asked.category else ())
        if asked.kind in ("similar", "complement") and not asked.product_id:
            raise InvalidQueryError(f"{asked.kind} needs a product_id.", "Search for the product first.")
        match asked.kind:
            case "similar":
                return similar(self.shop, asked.product_id, query, self.retriever, asked.limit)
            case "complement":
                return complements(self.shop, asked.product_id, query, asked.limit)
            case "popular":
                return popular(self.shop, query, asked.limit)
        return for_customer(self.shop, self.customer_id(), query, asked.limit)
