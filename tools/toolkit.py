"""All tools over one shop."""

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool
from pydantic import SkipValidation

from seamless_retail.core.ports import CartDesk, Checkout, DemandForecaster, FoodCheck, NextItem, OrderDesk, PointsDesk
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.products import ProductDetailsTool
from seamless_retail.tools.search import SearchProductsTool
from seamless_retail.tools.subject_toolkits import (
    InventoryToolkit,
    LoyaltyToolkit,
    OrdersToolkit,
    RecommendationToolkit,
    SubjectToolkit,
)


class RetailToolkit(SubjectToolkit):
    """The shop's tools for an agent.

    ``create_agent(model, RetailToolkit(shop=shop).get_tools(), context_schema=Principal)``: the tools read who asks
    from the run's context, so that neither the model nor the customer's text can choose it.
    """

    retriever: BaseRetriever | None = None
    """Orders search results by words; called with ``k`` and ``filter``."""
    demand: SkipValidation[DemandForecaster] | None = None
    """Forecasts the stock of coming days; without it there is no tool for that."""
    next_item: SkipValidation[NextItem] | None = None
    """Ranks what customers buy next; without it, recommendations rest on orders in common and on attributes."""
    food_check: SkipValidation[FoodCheck] | None = None
    """Keeps what the customer must not eat out of recommendations, and warns of it in the cart; without it,
    recommendations go by the allergens of the profile and nothing warns."""
    desk: SkipValidation[OrderDesk] | None = None
    """Changes orders."""
    cart: SkipValidation[CartDesk] | None = None
    """Keeps carts."""
    checkout: SkipValidation[Checkout] | None = None
    """Makes orders out of carts."""
    points: SkipValidation[PointsDesk] | None = None
    """Turns points into rewards."""
    gate: SkipValidation[ApprovalGate] | None = None
    """Every write of money or points passes it; without it the toolkit only reads and keeps the cart."""

    def get_tools(self) -> list[BaseTool]:
        """The tools, sharing the shop, the retriever and the principal."""
        of_carts = {"cart": self.cart, "gate": self.gate}
        subjects = (
            InventoryToolkit(**self.shared, demand=self.demand),
            RecommendationToolkit(
                **self.shared, retriever=self.retriever, next_item=self.next_item, food_check=self.food_check
            ),
            OrdersToolkit(
                **self.shared, **of_carts, desk=self.desk, checkout=self.checkout, food_check=self.food_check
            ),
            LoyaltyToolkit(**self.shared, **of_carts, points=self.points),
        )
        catalogue = [SearchProductsTool(**self.shared, retriever=self.retriever), ProductDetailsTool(**self.shared)]
        return [*catalogue, *(tool for subject in subjects for tool in subject.get_tools())]
