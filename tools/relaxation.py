"""When no product satisfies all of a query: which single wish to give up, or which two, to come nearest to it."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from seamless_retail.core.ports import Catalogue
from seamless_retail.core.queries import ProductQuery

_NEVER = frozenset(
    {"categories", "departments", "product_ids", "exclude_allergens", "attributes.diet", "exclude.diet"}
    | {"exclude.ingredients", "exclude.product_ids"}
)
"""What the customer means, and what could harm the customer."""
_COSTS = {
    "attributes.season": 0.30,
    "attributes.pattern": 0.32,
    "attributes.fit": 0.34,
    "attributes.occasion": 0.36,
    "colors": 0.40,
    "sizes": 0.42,
    "attributes.material": 0.44,
    "brands": 0.50,
    "availability": 0.60,
    "attributes.audience": 0.95,
}
"""How far a product that misses the wish is from what was asked; a price costs its relative distance."""
_OTHER_COST = 0.38
_FARTHEST_PRICE = 3.0


class Relaxation(NamedTuple):
    """The query without some constraints, and the ids of the products that satisfy what is left, nearest first."""

    names: tuple[str, ...]
    query: ProductQuery
    product_ids: list[str]
    cost: float


def relax(catalogue: Catalogue, query: ProductQuery) -> Relaxation | None:
    """Give up the one constraint, or else the two, that bring the nearest products; ``None`` when none do."""
    names = [name for name in query.constraints() if name not in _NEVER]
    for count in (1, 2):
        found = [relaxed for chosen in combinations(names, count) for relaxed in _lifted(catalogue, query, chosen)]
        if found:
            return min(found, key=lambda relaxation: relaxation.cost)
    return None


def _lifted(catalogue: Catalogue, query: ProductQuery, names: tuple[str, ...]) -> Iterator[Relaxation]:
    """The relaxation that lifts these constraints; a price is lifted once upwards and once downwards."""
    others = [name for name in names if name != "price"]
    cost = sum(_COSTS.get(name, _OTHER_COST) for name in others)
    for name in others:
        query = query.without(name)
    for relaxed, bound in _prices_beyond(query) if "price" in names else [(query, None)]:
        if ids := catalogue.find_ids(relaxed):
            distance = 0.0 if bound is None else _distance(catalogue, ids[0], relaxed, bound)
            yield Relaxation(names, relaxed, ids, cost + distance)


def _prices_beyond(query: ProductQuery) -> Iterator[tuple[ProductQuery, int]]:
    """The query for what lies above its highest price, and for what lies below its lowest, nearest first."""
    low, high = query.price_min_cents, query.price_max_cents
    if high is not None:
        dearer = {"price_min_cents": high + 1, "price_max_cents": None, "sort": "price_ascending"}
        yield query.model_copy(update=dearer), high
    if low is not None and low > 0:
        cheaper = {"price_min_cents": None, "price_max_cents": low - 1, "sort": "price_descending"}
        yield query.model_copy(update=cheaper), low


def _distance(catalogue: Catalogue, product_id: str, query: ProductQuery, bound: int) -> float:
    """How far the nearest price of a product lies beyond a bound, relative to the bound."""
    product = catalogue.get(product_id)
    low, high = query.price_min_cents, query.price_max_cents
    prices = [v.price.cents for v in product.variants if v.active] if product else []
    beyond = [p for p in prices if (low is None or p >= low) and (high is None or p <= high)]
    return min((abs(price - bound) / max(bound, 1) for price in beyond), default=_FARTHEST_PRICE)
