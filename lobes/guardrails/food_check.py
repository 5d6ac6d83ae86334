"""The food guard behind the port that tools and lobes ask before they offer food to a customer."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from seamless_retail.core.catalogue import Product
from seamless_retail.core.ports import Customers
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.guardrails.food_guard import FoodGuard
from seamless_retail.lobes.guardrails.patient import from_profile
from seamless_retail.lobes.guardrails.rules import from_product

log = logging.getLogger(__name__)

UNREAD = "I could not read what you must not eat."


@dataclass(frozen=True, slots=True)
class ProfileFoodCheck:
    """Implements :class:`seamless_retail.core.ports.FoodCheck` by the profile of the verified customer.

    What is said in a conversation does not count here; the guard's node judges every answer by that too.
    """

    customers: Customers
    guard: FoodGuard = field(default_factory=FoodGuard)

    def warnings(self, principal: Principal, products: Sequence[Product]) -> Mapping[str, str]:
        """The gravest reason against each food that is blocked or cannot be cleared, by product id."""
        foods = [product for product in products if product.food or product.department == "grocery"]
        if not foods or not principal.customer_id:
            return {}
        try:
            customer = self.customers.get(principal.customer_id)
        except Exception:
            log.exception("a profile could not be read: %d products are warned of", len(foods))
            customer = None
        if customer is None:
            return {product.id: UNREAD for product in foods}
        verdicts = self.guard.check(
            from_profile(customer.profile),
            [from_product(product) for product in foods],
            jurisdiction=principal.jurisdiction,
            customer_id=principal.customer_id,
        )
        return {found.product_id: found.reasons[0].sentence for found in verdicts if not found.is_cleared}
