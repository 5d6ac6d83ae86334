"""The tool that tells what becomes of a product's stock."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.unit_tests import ToolsUnitTests

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database import SqlShop
from seamless_retail.core.demand import DemandOutlook
from seamless_retail.tools.forecasting import ForecastStockTool
from seamless_retail.tools.toolkit import RetailToolkit


@dataclass(frozen=True)
class SteadyDemand:
    """So many units of every variant a day at every location."""

    shop: SqlShop
    units: float

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        days = tuple(self.shop.today() + timedelta(days=number) for number in range(1, 28))
        places = [place.id for place in self.shop.stock.locations()]
        means = (self.units,) * len(days)
        skus = [variant.sku for variant in product.variants]
        return [DemandOutlook(sku, place, days, means, 20.0, "steady demand", 300) for sku in skus for place in places]


@pytest.fixture
def tool(small_shop: SqlShop) -> BaseTool:
    toolkit = RetailToolkit(shop=small_shop, demand=SteadyDemand(small_shop, 3.0))
    return next(tool for tool in toolkit.get_tools() if isinstance(tool, ForecastStockTool))


class TestUnit(ToolsUnitTests):
    @pytest.fixture(autouse=True)
    def _open(self, small_shop: SqlShop) -> None:
        self.shop = small_shop

    @pytest.fixture
    def tool(self, _open: None) -> BaseTool:
        return self.tool_constructor(**self.tool_constructor_params)

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return ForecastStockTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"shop": self.shop, "demand": SteadyDemand(self.shop, 1.0)}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"product_id": "F1", "day": (self.shop.today() + timedelta(days=3)).isoformat()}


def test_it_tells_chance_stock_out_and_reorder(tool: BaseTool, small_shop: SqlShop) -> None:
    day = small_shop.today() + timedelta(days=5)
    told = tool.invoke({"product_id": "F1", "day": day.isoformat()})
    product = small_shop.catalogue.get("F1")
    assert product is not None
    assert all(variant.sku in told for variant in product.variants if variant.active)
    assert "in stock on" in told and "reorder" in told and "runs out around" in told


def test_a_day_that_has_begun_is_refused(tool: BaseTool, small_shop: SqlShop) -> None:
    told = tool.invoke({"product_id": "F1", "day": small_shop.today().isoformat()})
    assert "is not after today" in told and "check_stock" in told


def test_an_unknown_place_is_refused(tool: BaseTool, small_shop: SqlShop) -> None:
    day = (small_shop.today() + timedelta(days=5)).isoformat()
    assert "no location" in tool.invoke({"product_id": "F1", "day": day, "location_id": "moon"})
