"""Stock for planning: locations, what runs low, what stands in for what, what to move; and the toolkits by subject."""

from datetime import timedelta

import pytest
from langchain_core.messages import ToolCall, ToolMessage
from langchain_tests.unit_tests import ToolsUnitTests

from seamless_retail.core.catalogue import Product
from seamless_retail.core.database import SqlShop
from seamless_retail.core.demand import DemandOutlook
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.stock_overview import (
    TransfersTool,
    find_substitutes,
    low_stock,
    stock_levels,
    transfers,
)
from seamless_retail.tools.subject_toolkits import (
    InventoryToolkit,
    LoyaltyToolkit,
    OrdersToolkit,
    RecommendationToolkit,
    SubjectToolkit,
)
from tests.tools.conftest import TODAY


class SteadyDemand:
    """Expects the same each day: much downtown, nothing at the warehouse."""

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        days = tuple(TODAY + timedelta(days=n) for n in range(1, 15))
        daily = {"downtown": 0.5, "warehouse": 0.0}
        return [
            DemandOutlook(variant.sku, place, days, (mean,) * 14, 5.0, "steady", 90)
            for variant in product.variants
            if variant.sku == "F1-nav-s"
            for place, mean in daily.items()
        ]


def test_levels_tell_reserved_and_incoming_units(small_shop: SqlShop) -> None:
    levels = stock_levels(small_shop, "F1")
    found = {v.sku: [(x.location_id, x.on_hand, x.reserved, x.incoming) for x in at] for v, at in levels}
    assert found["F1-nav-s"] == [("downtown", 3, 1, 0), ("warehouse", 10, 0, 0)]
    assert found["F1-red-s"] == [("riverside", 0, 0, 12)]
    assert [x.location_id for _, at in stock_levels(small_shop, "F1", "downtown") for x in at] == ["downtown"]


def test_the_same_product_in_the_same_size_stands_in_first(small_shop: SqlShop) -> None:
    (first,) = find_substitutes(small_shop, "F1-red-s")
    assert (first.variant.sku, first.available, first.reason) == ("F1-nav-s", 12, "the same product in navy s")
    assert find_substitutes(small_shop, "F1-red-s", quantity=13) == []


def test_products_like_it_stand_in_when_they_are_there(shop: SqlShop) -> None:
    dress = shop.catalogue.get(shop.catalogue.find_ids(ProductQuery(categories=("dress",)))[0])
    assert dress is not None
    found = find_substitutes(shop, dress.id, quantity=2, limit=20)
    others = [substitute for substitute in found if substitute.product.id != dress.id]
    assert others
    assert all(s.product.category == dress.category and s.available >= 2 and s.reason for s in found)


def test_low_stock_is_told_best_selling_first(small_shop: SqlShop) -> None:
    found = low_stock(small_shop, threshold=2)
    assert "F4-bro-42" in [v.sku for v in found]
    assert "F1-nav-s" not in [v.sku for v in found]
    ids = [v.product_id for v in found]
    assert ids == sorted(ids)
    assert {v.product_id for v in low_stock(small_shop, "boots", 2)} == {"F4"}


def test_units_move_to_where_they_sell(small_shop: SqlShop) -> None:
    (move,) = transfers(small_shop, SteadyDemand(), "F1")
    assert (move.sku, move.source_id, move.target_id) == ("F1-nav-s", "warehouse", "downtown")
    assert 5 <= move.units <= 10
    with pytest.raises(NotFoundError, match="no sales"):
        transfers(small_shop, NoDemand(), "F1")


class NoDemand:
    """Has nothing to learn from."""

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        return []


class TestTransfersUnit(ToolsUnitTests):
    @pytest.fixture(autouse=True)
    def _shop(self, small_shop: SqlShop) -> None:
        self.shop = small_shop

    @property
    def tool_constructor(self) -> type[TransfersTool]:
        return TransfersTool

    @property
    def tool_constructor_params(self) -> dict[str, object]:
        return {"shop": self.shop, "demand": SteadyDemand()}

    @property
    def tool_invoke_params_example(self) -> dict[str, str]:
        return {"product_id": "F1"}

    @pytest.fixture
    def tool(self, _shop: None) -> TransfersTool:
        return TransfersTool(shop=self.shop, demand=SteadyDemand())

    def test_the_moves_are_told_in_words(self, tool: TransfersTool) -> None:
        call = ToolCall(name="propose_transfers", args={"product_id": "F1"}, id="1", type="tool_call")
        message: ToolMessage = tool.invoke(call)
        assert str(message.content).startswith("Move ")
        assert str(message.content).endswith("of F1-nav-s from Warehouse to Downtown.")


SUBJECTS: dict[type[SubjectToolkit], set[str]] = {
    InventoryToolkit: {"check_stock", "stock_levels", "find_substitutes", "low_stock"},
    OrdersToolkit: {"list_orders", "order_details"},
    LoyaltyToolkit: {"loyalty_account"},
    RecommendationToolkit: {"recommend_products"},
}


@pytest.mark.parametrize("toolkit", SUBJECTS)
def test_without_desks_a_toolkit_only_reads(small_shop: SqlShop, toolkit: type[SubjectToolkit]) -> None:
    assert {tool.name for tool in toolkit(shop=small_shop).get_tools()} == SUBJECTS[toolkit]


def test_a_forecaster_adds_coming_days(small_shop: SqlShop) -> None:
    names = {tool.name for tool in InventoryToolkit(shop=small_shop, demand=SteadyDemand()).get_tools()}
    assert names == SUBJECTS[InventoryToolkit] | {"forecast_stock", "propose_transfers"}
