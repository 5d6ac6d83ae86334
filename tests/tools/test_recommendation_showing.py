"""Nothing that is out of stock, or that the customer must not have, is ever shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.customers import Allergy, Customer, DietaryProfile, Severity
from seamless_retail.core.database import SqlShop
from seamless_retail.core.principal import Principal
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.guardrails.food_check import ProfileFoodCheck
from seamless_retail.lobes.guardrails.patient import from_profile
from seamless_retail.lobes.guardrails.rules import from_product, judge
from seamless_retail.tools.recommendation import Recommendation, popular
from seamless_retail.tools.recommendation_showing import Showing
from seamless_retail.tools.recommendation_tool import RecommendTool

KINDS = ("similar", "complement", "popular", "for_customer", "repurchase")
profiles = st.builds(
    DietaryProfile,
    allergies=st.lists(
        st.builds(Allergy, allergen=st.sampled_from(Allergen), severity=st.sampled_from(Severity)), max_size=3
    ).map(tuple),
    conditions=st.lists(
        st.sampled_from(["coeliac disease", "phenylketonuria", "gout", "chronic kidney disease"]), max_size=1
    ).map(tuple),
    medicines=st.lists(st.sampled_from(["warfarin", "simvastatin", "no such medicine"]), max_size=1).map(tuple),
    diets=st.lists(st.sampled_from(["vegan", "halal", "vegetarian"]), max_size=1).map(tuple),
)


@dataclass
class OneCustomer:
    """The shop's customers, as if they were this one."""

    customer: Customer

    def get(self, customer_id: str) -> Customer | None:
        return self.customer if customer_id == self.customer.id else None


class ShopOf:
    """The demonstration shop with this customer's profile."""

    def __init__(self, shop: SqlShop, customers: OneCustomer) -> None:
        self.catalogue, self.stock, self.orders, self.today = shop.catalogue, shop.stock, shop.orders, shop.today
        self.customers = customers


def has_stock(shop: SqlShop, skus: Iterable[str]) -> bool:
    return any(level.available for levels in shop.stock.levels(list(skus)).values() for level in levels)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profile=profiles, kind=st.sampled_from(KINDS), number=st.integers(1, 900), limit=st.integers(1, 20))
def test_nothing_blocked_and_nothing_out_of_stock_is_shown_whatever_the_profile(
    shop: SqlShop, profile: DietaryProfile, kind: str, number: int, limit: int
) -> None:
    customers = OneCustomer(Customer(id="C0001", first_name="Ana", last_name="Ruiz", profile=profile))
    theirs: Any = ShopOf(shop, customers)
    principal = Principal("C0001")
    tool = RecommendTool(shop=theirs, principal=lambda: principal, food_check=ProfileFoodCheck(customers))
    _, artifact = tool.answer(kind=kind, product_id=f"G{number:05}", limit=limit)
    shown = [Recommendation.model_validate(found) for found in artifact["recommendations"]]
    assert len(shown) <= limit
    for found in shown:
        assert has_stock(shop, (variant.sku for variant in found.product.variants if variant.active))
        assert found.reason
        if found.product.food:
            judged = judge(from_profile(profile), from_product(found.product), jurisdiction=principal.jurisdiction)
            assert judged.verdict.is_cleared, judged.reasons[0].sentence


class Against:
    """Warns of some products and counts how many it was asked about."""

    def __init__(self, *ids: str) -> None:
        self.ids, self.asked = ids, 0

    def warnings(self, principal: Principal, products: Any) -> dict[str, str]:
        self.asked += len(products)
        return {product.id: "It contains milk." for product in products if product.id in self.ids}


def test_the_list_is_filled_from_further_down_and_no_more_is_judged_than_needed(shop: SqlShop) -> None:
    ranked = popular(shop, ProductQuery(), 40)
    check = Against(*(recommendation.product.id for recommendation in ranked[:7]))
    shown = Showing(shop, Principal("C0001"), check).first(ranked, 3)
    assert shown == ranked[7:10]
    assert check.asked == 16


def test_a_guest_sees_what_is_in_stock(shop: SqlShop) -> None:
    assert Showing(shop, Principal()).within(ProductQuery()) == ProductQuery(in_stock=True)
