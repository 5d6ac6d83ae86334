"""Recommends after a history of items: the shop's products, or the items of a model trained on other purchases."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from seamless_retail.core.catalogue import Product
from seamless_retail.core.errors import ShopDatabaseError, UnknownCustomerError
from seamless_retail.core.ports import FoodCheck, NextItem, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.settings import Settings
from seamless_retail.graphs.food_guard import open_food_guard
from seamless_retail.graphs.identity import customer_principal
from seamless_retail.graphs.next_item import open_next_item
from seamless_retail.lobes.guardrails.food_check import ProfileFoodCheck
from seamless_retail.tools.recommendation import Recommendation, popular
from seamless_retail.tools.recommendation_personal import after, for_customer
from seamless_retail.tools.recommendation_showing import Showing

log = logging.getLogger(__name__)

_SPARE = 60
"""Products ranked beyond those asked for, because some may not be shown."""
_PROBED = 20
"""Best sellers of a model that tell whether it was trained on the shop's products."""


class Item(NamedTuple):
    """One recommended item."""

    sku: str
    """Of the shop, one that is in stock; of another catalogue, the name that the model knows."""
    score: float
    """Comparable within one list only."""
    reason: str


@dataclass(frozen=True)
class Recommender:
    """Recommends what is in the shop if anything of the history is, else what the model knows.

    Args:
        shop: The shop, if there is one.
        model: Trained on purchases, if somebody trained one.
        food_check: Tells what a customer of the shop must not eat.
    """

    shop: Shop | None
    model: NextItem | None
    food_check: FoodCheck | None = None

    def recommend(self, history: Sequence[str], k: int, customer_id: str = "") -> list[Item]:
        """The best ``k`` items after a history.

        Args:
            history: SKUs or product ids of the shop, or items that the model was trained on; the latest last.
            k: Items at most.
            customer_id: A customer of the shop: what the profile forbids is left out, and without a history the
                customer's own orders count.

        Raises:
            UnknownCustomerError: There is no such customer.
        """
        products = [product for item in history if (product := self._product(item))]
        if self.shop is None or (not products and not customer_id and self._prefers_model(history)):
            return self._from_model(history, k, customer_id)
        return self._from_shop(self.shop, products, k, customer_id, is_unknown=bool(history) and not products)

    def _prefers_model(self, history: Sequence[str]) -> bool:
        """Whether the model has to answer for items that the shop does not sell."""
        if self.model is None:
            return False
        return any(map(self.model.knows, history)) or not self._model_is_of_shop

    @cached_property
    def _model_is_of_shop(self) -> bool:
        found = self.model.rank((), _PROBED) if self.model else ()
        return any(self._product(suggestion.item) for suggestion in found)

    def _product(self, item: str) -> Product | None:
        """The shop's product of an id or SKU."""
        return (self.shop.catalogue.get(item) or self.shop.catalogue.by_sku(item)) if self.shop else None

    def _from_shop(
        self, shop: Shop, products: Sequence[Product], k: int, customer_id: str, *, is_unknown: bool
    ) -> list[Item]:
        principal = customer_principal(shop.customers, customer_id) if customer_id else Principal()
        showing = Showing(shop, principal, self.food_check)
        query, wanted = showing.within(ProductQuery()), k + _SPARE
        if products:
            ranked = after(shop, [product.id for product in products], query, wanted, self.model)
        elif customer_id and not is_unknown:
            ranked = for_customer(shop, customer_id, query, wanted, self.model)
        else:
            ranked = popular(shop, query, wanted)
        shown = showing.first(ranked, k)
        skus = _skus_in_stock(shop, shown)
        note = "; nothing of this history is known" if is_unknown else ""
        return [Item(skus[found.product.id], found.score, f"{found.reason}{note}") for found in shown]

    def _from_model(self, history: Sequence[str], k: int, customer_id: str) -> list[Item]:
        if customer_id:
            raise UnknownCustomerError(customer_id)
        found = self.model.rank(history, k, exclude=history) if self.model else ()
        return [Item(item, probability, _after(because)) for item, probability, because in found]


def _after(because: str) -> str:
    return f"often bought after {because}" if because else "one of the best sellers"


def _skus_in_stock(shop: Shop, found: Iterable[Recommendation]) -> dict[str, str]:
    """A SKU of each product that can be had now, by product id."""
    variants = [variant for r in found for variant in r.product.variants if variant.active]
    levels = shop.stock.levels([variant.sku for variant in variants])
    available = [variant for variant in variants if any(level.available for level in levels[variant.sku])]
    return {variant.product_id: variant.sku for variant in reversed(available)}


def open_recommender(settings: Settings) -> Recommender:
    """The recommender of a home: its shop, and the model that was trained there.

    Raises:
        ShopDatabaseError: There is neither a model nor a usable shop.
        ImportSourceError: The lexicon that the user imported for the food guard is damaged.
    """
    from seamless_retail.core.database import open_shop

    model = open_next_item(settings)
    shop: Shop | None = None
    try:
        shop = open_shop(settings.shop_url)
    except ShopDatabaseError as error:
        if model is None:
            raise
        log.warning("Stock, profiles and content do not count: %s", error)
    check = ProfileFoodCheck(shop.customers, open_food_guard(settings)) if shop else None
    return Recommender(shop, model, check)
