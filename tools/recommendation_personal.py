"""Products for one customer: what follows the orders by a model of purchases, and what goes with or resembles them.

The two rankings are added by their places (reciprocal rank fusion; Cormack, Clarke and Büttcher 2009). What no order
of the training data holds, such as a new product, is ranked by its attributes alone.
"""

from collections.abc import Iterable, Mapping, Sequence

from seamless_retail.core.catalogue import Product
from seamless_retail.core.ports import NextItem, Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.suggestions import Suggestion
from seamless_retail.tools.recommendation import Recommendation, best, complements, popular, restricted, similar
from seamless_retail.tools.recommendation_showing import without_allergens

_RECENT_ORDERS = 20
_RECENT_PRODUCTS = 8
"""Latest products whose complements and likes are looked up."""
_CANDIDATES_EACH = 30
"""Products compared with each of them."""
_TOGETHER_WEIGHT = 0.6
_LEARNED = 200
"""Items asked of the model."""
_FUSED = 60
"""Products of each ranking that are added."""
_FUSION_CONSTANT = 60
"""The constant of the paper: how little the first places count more than those after them."""


def for_customer(
    shop: Shop,
    customer_id: str,
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    limit: int = 5,
    model: NextItem | None = None,
) -> list[Recommendation]:
    """Products that follow, go with or resemble what the customer ordered lately; best sellers without an order.

    What the customer has already is left out, and so are foods that are not declared free of the customer's allergens.

    Raises:
        UnknownCustomerError: There is no such customer.
    """
    query = without_allergens(shop, customer_id, query)
    orders = [order for order in shop.orders.recent(customer_id, _RECENT_ORDERS) if order.status != "cancelled"]
    bought = [line.product_id for order in reversed(orders) for line in order.lines]
    return after(shop, bought, query, limit, model, said="you ordered")


def after(
    shop: Shop,
    bought: Sequence[str],
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    limit: int = 5,
    model: NextItem | None = None,
    said: str = "",
) -> list[Recommendation]:
    """Products to suggest after others; the best sellers where nothing follows from these.

    Args:
        shop: The shop.
        bought: Ids of the products before, the latest last. They are not suggested again.
        query: Filters that every product must satisfy.
        limit: Products returned at most.
        model: Trained on purchases; without one, only what goes with or resembles the products counts.
        said: What a reason adds to the name of such a product: ``you ordered``.
    """
    known = shop.catalogue.get_many(list(dict.fromkeys(reversed(bought))))
    query = query.model_copy(
        update={"exclude": {**query.exclude, "product_ids": (*query.exclude.get("product_ids", ()), *bought)}}
    )
    alike = best(_by_content(shop, known, query, said), max(limit, _FUSED))
    learned = _by_model(shop, model, known, query, said) if model else []
    found = fused(learned, alike, limit) if learned else alike[:limit]
    return found or popular(shop, query, limit)


def fused(first: Sequence[Recommendation], second: Sequence[Recommendation], limit: int) -> list[Recommendation]:
    """Two rankings as one, each product with its reason in the first that has it; a score of 1 leads both."""
    scores: dict[str, float] = {}
    for ranking in (first, second):
        for place, recommendation in enumerate(ranking, start=1):
            share = (_FUSION_CONSTANT + 1) / (_FUSION_CONSTANT + place) / 2
            scores[recommendation.product.id] = scores.get(recommendation.product.id, 0.0) + share
    kept = {recommendation.product.id: recommendation for recommendation in (*second, *first)}
    return best((kept[id].model_copy(update={"score": score}) for id, score in scores.items()), limit)


def _by_content(shop: Shop, known: Sequence[Product], query: ProductQuery, said: str) -> Iterable[Recommendation]:
    """What the latest products suggest, the latest most."""
    found: dict[str, Recommendation] = {}
    for recency, product in enumerate(known[:_RECENT_PRODUCTS]):
        weight = 1.0 - recency / (2 * _RECENT_PRODUCTS)
        for suggested in _suggested_by(shop, product, query, said):
            scored = suggested.model_copy(update={"score": weight * suggested.score})
            before = found.get(scored.product.id)
            if before is None or scored.score > before.score:
                found[scored.product.id] = scored
    return found.values()


def _suggested_by(shop: Shop, product: Product, query: ProductQuery, said: str) -> list[Recommendation]:
    """What one product suggests, the reason saying that it was bought."""
    together = complements(shop, product.id, query, _CANDIDATES_EACH)
    suggestions = [r.model_copy(update={"score": _TOGETHER_WEIGHT * r.score}) for r in together]
    if not query.categories or product.category in query.categories:
        suggestions += similar(shop, product.id, query, limit=_CANDIDATES_EACH, candidates=_CANDIDATES_EACH)
    name, told = f"the {product.name}", _named(product, said)
    return [r.model_copy(update={"reason": r.reason.replace(name, told, 1)}) for r in suggestions]


def _by_model(
    shop: Shop, model: NextItem, known: Sequence[Product], query: ProductQuery, said: str
) -> list[Recommendation]:
    """What the model ranks after the products that it knows, by product id or by SKU; nothing if it knows none."""
    named = ((next(filter(model.knows, _items(product)), ""), product) for product in reversed(known))
    items = {item: product for item, product in named if item}
    if not items:
        return []
    suggested = _by_product(shop, items, model.rank(list(items), _LEARNED, exclude=items))
    allowed = set(shop.catalogue.find_ids(restricted(query, suggested)))
    found = []
    for product in shop.catalogue.get_many([id for id in suggested if id in allowed][:_FUSED]):
        _, probability, because = suggested[product.id]
        reason = f"often bought after {_named(items[because], said)}" if because else "often bought next by others"
        found.append(Recommendation(product=product, score=probability, reason=reason))
    return found


def _items(product: Product) -> tuple[str, ...]:
    """The names that a product may have in a file of purchases."""
    return (product.id, *(variant.sku for variant in product.variants))


def _by_product(shop: Shop, known: Mapping[str, Product], found: Sequence[Suggestion]) -> dict[str, Suggestion]:
    """The suggestions by product id, likeliest first, whether the model knows products by id or by SKU."""
    if all(item == product.id for item, product in known.items()):
        return {suggestion.item: suggestion for suggestion in found}
    by_product: dict[str, Suggestion] = {}
    for suggestion in found:
        if product := shop.catalogue.by_sku(suggestion.item) or shop.catalogue.get(suggestion.item):
            by_product.setdefault(product.id, suggestion)
    return by_product


def _named(product: Product, said: str) -> str:
    return f"the {product.name} {said}".rstrip()
