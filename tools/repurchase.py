"""What a customer is about to need again: consumables, each by the rhythm in which this very customer orders it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from seamless_retail.core.catalogue import Product
from seamless_retail.core.errors import UnknownCustomerError
from seamless_retail.core.orders import Order
from seamless_retail.core.ports import Shop
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.recommendation import Recommendation, best, restricted

CONSUMABLES = frozenset({"grocery"})
"""Departments whose products are used up."""
_ORDERS = 200
_NOT_KEPT = frozenset({"cancelled", "return requested", "returned"})
_DUE = 0.75
"""Share of the usual interval after which a product is due."""
_TWICE = 2
"""The fewest orders that make a rhythm."""
_ONCE_WEIGHT = 0.5
"""Of products without a rhythm beside those with one."""
_SETTLED_DAYS = 14
"""Days after which something that was ordered once may be wanted again."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When one customer ordered one product."""

    product_id: str
    days: tuple[date, ...]
    """Oldest first, each once."""

    @property
    def every(self) -> float | None:
        """Median days from one order to the next; ``None`` after a single one."""
        gaps = [(later - earlier).days for earlier, later in pairwise(self.days)]
        return median(gaps) if gaps else None

    def score(self, today: date) -> float:
        """1 on the day when the usual interval is over, less before and after; 0 for what is not due."""
        since, every = (today - self.days[-1]).days, self.every
        if every is None:
            return _ONCE_WEIGHT * _SETTLED_DAYS / since if since >= _SETTLED_DAYS else 0.0
        passed = since / every
        return min(passed, 1 / passed) if passed >= _DUE else 0.0

    def told(self, today: date) -> str:
        """The reason, as a clause."""
        since, every = _days((today - self.days[-1]).days), self.every
        if every is None:
            return f"you ordered it once, {since} ago"
        times = "twice" if len(self.days) == _TWICE else f"{len(self.days)} times"
        return f"you ordered it {times}, about every {_days(round(every))}, last {since} ago"


def rhythms(orders: Iterable[Order]) -> list[Rhythm]:
    """The rhythm of each product in some orders of one customer; what was cancelled or went back does not count."""
    days: dict[str, set[date]] = {}
    for order in orders:
        if order.placed_at and order.status not in _NOT_KEPT:
            for line in order.lines:
                days.setdefault(line.product_id, set()).add(order.placed_at.date())
    return [Rhythm(product_id, tuple(sorted(found))) for product_id, found in days.items()]


def repurchase(
    shop: Shop,
    customer_id: str,
    query: ProductQuery = ProductQuery(),  # noqa: B008  # immutable
    limit: int = 5,
) -> list[Recommendation]:
    """Consumables that are due by the customer's own rhythm; what was ordered once counts half as much at most.

    Raises:
        UnknownCustomerError: There is no such customer.
    """
    if shop.customers.get(customer_id) is None:
        raise UnknownCustomerError(customer_id)
    today = shop.today()
    scores = {found: found.score(today) for found in rhythms(shop.orders.recent(customer_id, _ORDERS))}
    due = {found.product_id: found for found, score in scores.items() if score > 0}
    ids = shop.catalogue.find_ids(restricted(query, due)) if due else []
    return best(
        (
            Recommendation(product=product, score=scores[rhythm], reason=rhythm.told(today))
            for product in shop.catalogue.get_many(ids)
            if is_consumable(product) and (rhythm := due[product.id])
        ),
        limit,
    )


def is_consumable(product: Product) -> bool:
    """Whether it is used up, so that it is bought again."""
    return product.food is not None or product.department in CONSUMABLES


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"
