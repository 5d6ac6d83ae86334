"""What may be shown to a customer: in stock, free of the profile's allergens, nothing that the food check warns of.

Filters come first and the rest is judged in order of rank, so that a list is as long as was asked wherever there is
enough that the customer may have.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from seamless_retail.core.errors import UnknownCustomerError
from seamless_retail.core.ports import FoodCheck, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.recommendation import Recommendation

_JUDGED_TOGETHER = 8
"""Products judged in one check at least."""


@dataclass(frozen=True, slots=True)
class Showing:
    """Chooses for one caller what is shown of a ranking."""

    shop: Shop
    principal: Principal
    food_check: FoodCheck | None = None
    """Without one, diets, conditions and medicines do not count: whoever shows the list must judge it."""

    def within(self, query: ProductQuery) -> ProductQuery:
        """The query for what is in stock and declared free of the customer's allergens.

        Raises:
            UnknownCustomerError: There is no such customer.
        """
        return without_allergens(self.shop, self.principal.customer_id, query.model_copy(update={"in_stock": True}))

    def first(self, ranked: Iterable[Recommendation], limit: int) -> list[Recommendation]:
        """The first of a ranking that may be shown."""
        rest, shown = iter(ranked), list[Recommendation]()
        while len(shown) < limit and (some := list(islice(rest, max(limit, _JUDGED_TOGETHER)))):
            warned = self.food_check.warnings(self.principal, [r.product for r in some]) if self.food_check else {}
            shown += [recommendation for recommendation in some if recommendation.product.id not in warned]
        return shown[:limit]


def without_allergens(shop: Shop, customer_id: str, query: ProductQuery) -> ProductQuery:
    """The query without foods that are not declared free of the customer's allergens; a guest's stays as it is.

    Raises:
        UnknownCustomerError: There is no such customer.
    """
    if not customer_id:
        return query
    customer = shop.customers.get(customer_id)
    if customer is None:
        raise UnknownCustomerError(customer_id)
    allergens = (*query.exclude_allergens, *(allergy.allergen for allergy in customer.profile.allergies))
    return query.model_copy(update={"exclude_allergens": tuple(dict.fromkeys(allergens))})
