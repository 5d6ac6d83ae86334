"""Stock by variant and place, with what is on its way."""

from datetime import date

import pytest

from seamless_retail.core.database import SqlShop
from seamless_retail.core.errors import NotFoundError
from seamless_retail.tools.inventory import check_stock


def test_reserved_units_are_not_available(small_shop: SqlShop) -> None:
    report = check_stock(small_shop, "F1", color="navy", size="s")
    assert [stock.available for stock in report.variants] == [{"downtown": 2, "warehouse": 10}]
    assert report.total == 12


def test_the_next_delivery_is_told(small_shop: SqlShop) -> None:
    (stock,) = check_stock(small_shop, "F1", color="Red", size="S").variants
    assert (stock.total, stock.incoming, stock.incoming_on) == (0, 12, date(2026, 12, 4))
    assert stock.incoming_location_id == "riverside"


def test_one_place_only(small_shop: SqlShop) -> None:
    report = check_stock(small_shop, "F1", location_id="warehouse")
    assert report.total == 10
    assert [place.id for place in report.locations] == ["warehouse"]


def test_a_sku_asks_for_one_variant(small_shop: SqlShop) -> None:
    assert [stock.variant.size for stock in check_stock(small_shop, "F4-bro-42").variants] == ["42"]


def test_a_variant_nobody_stocks_has_no_units(small_shop: SqlShop) -> None:
    assert check_stock(small_shop, "F2").total == 0


NOT_FOUND = [
    ({"product_id": "F999"}, "There is no product 'F999'"),
    ({"product_id": "F1", "color": "green"}, "It comes in colors: navy, red; sizes: s, m."),
    ({"product_id": "F1", "size": "xl"}, "is not sold in size xl"),
    ({"product_id": "F1", "location_id": "moon"}, "Locations are downtown, riverside, warehouse."),
]


@pytest.mark.parametrize(("asked", "told"), NOT_FOUND)
def test_what_does_not_exist_is_said_with_what_does(small_shop: SqlShop, asked: dict[str, str], told: str) -> None:
    with pytest.raises(NotFoundError, match=told.replace("(", r"\(")):
        check_stock(small_shop, **asked)
