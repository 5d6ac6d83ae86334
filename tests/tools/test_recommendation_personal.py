"""Suggestions for one customer, by orders and attributes, and by a model of purchases where there is one."""

from collections.abc import Collection, Sequence

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import UnknownCustomerError
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.suggestions import Suggestion
from seamless_retail.tools.recommendation import Recommendation
from seamless_retail.tools.recommendation_personal import after, for_customer, fused


def ids(found: list[Recommendation]) -> list[str]:
    return [recommendation.product.id for recommendation in found]


class Learned:
    """A model that learned one list of items, which comes after whatever it knows."""

    def __init__(self, *items: str) -> None:
        self.items = items

    def knows(self, item: str) -> bool:
        return item in self.items

    def rank(self, history: Sequence[str], k: int, *, exclude: Collection[str] = ()) -> Sequence[Suggestion]:
        left = [item for item in self.items if item not in exclude][:k]
        return [Suggestion(item, 1 / (2 + place), history[-1]) for place, item in enumerate(left)]


def test_a_customer_gets_what_goes_with_the_orders_and_not_what_is_owned(small_shop: SqlShop) -> None:
    found = for_customer(small_shop, "C1", limit=20)
    assert not {"F1", "F4", "F5"} & set(ids(found)), "ordered already"
    reasons = {r.product.id: r.reason for r in found}
    assert reasons["F6"] == "bought with the Marlowe Linen Wrap Dress you ordered in 1 order"
    assert reasons["F7"].startswith("like the Marlowe Linen Wrap Dress you ordered: in linen")


def test_a_customer_gets_no_food_that_is_not_declared_safe(small_shop: SqlShop) -> None:
    found = for_customer(small_shop, "C2", ProductQuery(departments=("grocery",)), limit=20)
    foods = [recommendation.product.food for recommendation in found]
    assert foods
    assert all(food and food.allergens is not None and Allergen.NUTS not in food.allergens for food in foods)


def test_without_orders_a_customer_gets_best_sellers(small_shop: SqlShop) -> None:
    assert ids(for_customer(small_shop, "C3", limit=1)) == ["F1"]


def test_an_unknown_customer_is_refused(small_shop: SqlShop) -> None:
    with pytest.raises(UnknownCustomerError):
        for_customer(small_shop, "C999")


def test_what_the_model_ranks_comes_first_and_says_after_what(small_shop: SqlShop) -> None:
    found = for_customer(small_shop, "C1", limit=20, model=Learned("F1", "F6", "G3"))
    assert ids(found)[0] == "F6", "both rankings have it"
    reasons = {r.product.id: r.reason for r in found}
    assert reasons["F6"] == reasons["G3"] == "often bought after the Marlowe Linen Wrap Dress you ordered"
    assert "F7" in reasons, "the model does not know it, its attributes speak for it"
    assert not {"F1", "F4", "F5"} & set(ids(found)), "ordered already"
    assert all(0 < recommendation.score <= 1 for recommendation in found)


def test_a_model_of_skus_is_understood_and_filters_hold(small_shop: SqlShop) -> None:
    bought, other = (product.variants[-1].sku for product in small_shop.catalogue.get_many(["F1", "F6"]))
    model = Learned(bought, other, "G3-500", "X1")
    learned = [r for r in after(small_shop, ["F1"], limit=20, model=model) if r.reason.startswith("often")]
    assert sorted(ids(learned)) == ["F6", "G3"]
    fashion = after(small_shop, ["F1"], ProductQuery(departments=("fashion",)), limit=20, model=model)
    assert "G3" not in ids(fashion)


def test_a_model_that_knows_nothing_of_the_history_changes_nothing(small_shop: SqlShop) -> None:
    assert after(small_shop, ["F1"], model=Learned("X1", "X2")) == after(small_shop, ["F1"])


def test_nothing_before_means_best_sellers(small_shop: SqlShop) -> None:
    assert after(small_shop, [], limit=2)[0].reason.startswith("one of the best sellers")


def test_two_rankings_are_added_by_places(small_shop: SqlShop) -> None:
    found = [
        Recommendation(product=product, score=0.5, reason="first")
        for product in small_shop.catalogue.get_many(["F1", "F2", "F3"])
    ]
    other = [r.model_copy(update={"reason": "second"}) for r in (found[2], found[1])]
    merged = fused(found[:2], other, 3)
    assert ids(merged) == ["F2", "F1", "F3"], "second in both, first in one with more sales"
    assert [r.reason for r in merged] == ["first", "first", "second"]
