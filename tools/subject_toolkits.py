"""One toolkit per subject. Each has the tools that its parts allow: without a desk and a gate, those that read."""

from collections.abc import Callable
from typing import Any

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool, BaseToolkit
from pydantic import ConfigDict, Field, SkipValidation

from seamless_retail.core.ports import (
    CartDesk,
    Checkout,
    DemandForecaster,
    FoodCheck,
    NextItem,
    OrderDesk,
    PointsDesk,
    Shop,
)
from seamless_retail.core.principal import Principal
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.cart import CART_TOOLS
from seamless_retail.tools.checkout import PlaceOrderTool
from seamless_retail.tools.failure import runtime_principal
from seamless_retail.tools.forecasting import ForecastStockTool
from seamless_retail.tools.inventory import CheckStockTool
from seamless_retail.tools.loyalty import LoyaltyTool
from seamless_retail.tools.loyalty_rewards import (
    BestVouchersTool,
    GiveBackRewardTool,
    ListRewardsTool,
    RedeemRewardTool,
)
from seamless_retail.tools.order_changes import ORDER_CHANGE_TOOLS
from seamless_retail.tools.orders import ListOrdersTool, OrderDetailsTool
from seamless_retail.tools.recommendation_tool import RecommendTool
from seamless_retail.tools.stock_overview import LowStockTool, StockLevelsTool, SubstitutesTool, TransfersTool


class SubjectToolkit(BaseToolkit):
    """Base: the shop, and who asks."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    shop: SkipValidation[Shop]
    principal: Callable[[], Principal] = Field(default=runtime_principal)
    """Returns the verified caller. The default takes the context of the running graph or agent; a guest outside one."""

    @property
    def shared(self) -> dict[str, Any]:
        """What every tool gets."""
        return {"shop": self.shop, "principal": self.principal}


class InventoryToolkit(SubjectToolkit):
    """Stock by location, what runs low, what stands in for what; with a forecaster, coming days and transfers."""

    demand: SkipValidation[DemandForecaster] | None = None
    """Forecasts the stock of coming days."""

    def get_tools(self) -> list[BaseTool]:
        """The tools."""
        tools = (CheckStockTool, StockLevelsTool, SubstitutesTool, LowStockTool)
        found: list[BaseTool] = [tool(**self.shared) for tool in tools]
        if self.demand is not None:
            found += [tool(**self.shared, demand=self.demand) for tool in (ForecastStockTool, TransfersTool)]
        return found


class OrdersToolkit(SubjectToolkit):
    """Orders, with a desk and a gate their changes; cart and checkout where there are such."""

    desk: SkipValidation[OrderDesk] | None = None
    """Changes orders."""
    cart: SkipValidation[CartDesk] | None = None
    """Keeps carts."""
    checkout: SkipValidation[Checkout] | None = None
    """Makes orders out of carts."""
    gate: SkipValidation[ApprovalGate] | None = None
    """Every write of money or points passes it."""
    food_check: SkipValidation[FoodCheck] | None = None
    """Warns of foods in the cart that the customer must not eat."""

    def get_tools(self) -> list[BaseTool]:
        """The tools."""
        found: list[BaseTool] = [ListOrdersTool(**self.shared), OrderDetailsTool(**self.shared)]
        if self.desk is not None and self.gate is not None:
            found += [tool(**self.shared, desk=self.desk, gate=self.gate) for tool in ORDER_CHANGE_TOOLS]
        if self.cart is not None:
            carts = {**self.shared, "cart": self.cart, "food_check": self.food_check}
            found += [tool(**carts) for tool in CART_TOOLS]
            if self.checkout is not None and self.gate is not None:
                found.append(PlaceOrderTool(**carts, checkout=self.checkout, gate=self.gate))
        return found


class LoyaltyToolkit(SubjectToolkit):
    """Points and tiers; vouchers for the cart and rewards where there are desks for them."""

    cart: SkipValidation[CartDesk] | None = None
    """Tells which vouchers a cart can have."""
    points: SkipValidation[PointsDesk] | None = None
    """Turns points into rewards."""
    gate: SkipValidation[ApprovalGate] | None = None
    """Every write of points passes it."""

    def get_tools(self) -> list[BaseTool]:
        """The tools."""
        found: list[BaseTool] = [LoyaltyTool(**self.shared)]
        if self.cart is not None:
            found.append(BestVouchersTool(**self.shared, cart=self.cart))
        if self.points is not None:
            found.append(ListRewardsTool(**self.shared, points=self.points))
            if self.gate is not None:
                writing = (RedeemRewardTool, GiveBackRewardTool)
                found += [tool(**self.shared, points=self.points, gate=self.gate) for tool in writing]
        return found


class RecommendationToolkit(SubjectToolkit):
    """Products to suggest, with reasons."""

    retriever: BaseRetriever | None = None
    """Lets descriptions count."""
    next_item: SkipValidation[NextItem] | None = None
    """Ranks what customers buy next."""
    food_check: SkipValidation[FoodCheck] | None = None
    """Keeps what the customer must not eat out."""

    def get_tools(self) -> list[BaseTool]:
        """The tool."""
        parts = {"retriever": self.retriever, "next_item": self.next_item, "food_check": self.food_check}
        return [RecommendTool(**self.shared, **parts)]
