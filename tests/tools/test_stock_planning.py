"""Stock over the coming days: probabilities, the day it runs out, reorders and transfers."""

from datetime import date, timedelta

import pytest
from scipy.stats import nbinom

from seamless_retail.core.catalogue import StockLevel
from seamless_retail.core.demand import DemandOutlook
from seamless_retail.tools.stock_planning import (
    SpanDemand,
    in_stock,
    propose_reorder,
    propose_transfers,
    stock_outlook,
    together,
)

TODAY = date(2026, 11, 15)
DAYS = tuple(TODAY + timedelta(days=number) for number in range(1, 28))


def selling(units: float, place: str = "downtown", size: float = 50.0) -> DemandOutlook:
    """The same demand every day."""
    return DemandOutlook("S1", place, DAYS, (units,) * len(DAYS), size, "a test", 500)


def level(units: int, place: str = "downtown", incoming: int = 0, due: int = 0) -> StockLevel:
    on = TODAY + timedelta(days=due) if due else None
    return StockLevel(sku="S1", location_id=place, on_hand=units, incoming=incoming, incoming_on=on)


@pytest.mark.parametrize(("mean", "size"), [(0.3, 2.0), (12.0, 8.0), (400.0, 1000.0)])
def test_the_demand_of_some_days_is_a_negative_binomial(mean: float, size: float) -> None:
    ours, theirs = SpanDemand(mean, size), nbinom(size, size / (size + mean))
    for units in (0, 1, int(mean), int(2 * mean) + 1):
        assert ours.at_most(units) == pytest.approx(float(theirs.cdf(units)), abs=1e-9)
    for share in (0.1, 0.5, 0.95):
        assert ours.quantile(share) == int(theirs.ppf(share))


def test_without_demand_stock_stays_and_without_stock_nothing_is_there() -> None:
    assert in_stock(selling(0.0), [level(1)], DAYS[-1]) == 1.0
    assert in_stock(selling(1.0), [level(0)], DAYS[0]) == 0.0


def test_the_stock_runs_out_where_the_expected_sales_reach_it() -> None:
    outlook = stock_outlook(selling(2.0), [level(20)], TODAY, DAYS[5])
    assert outlook.stock_out_on == DAYS[9]
    assert outlook.earliest_stock_out is not None and outlook.earliest_stock_out < outlook.stock_out_on
    assert outlook.expected == pytest.approx(12.0)
    assert outlook.low < 12 < outlook.high and outlook.in_stock > 0.9


def test_a_delivery_counts_from_the_day_it_comes() -> None:
    levels = [level(2, incoming=30, due=10)]
    assert in_stock(selling(2.0), levels, DAYS[8]) < 0.01
    assert in_stock(selling(2.0), levels, DAYS[9]) > 0.99
    assert stock_outlook(selling(2.0), levels, TODAY, DAYS[9]).incoming == 30


def test_a_day_beyond_the_forecast_counts_as_its_last() -> None:
    assert stock_outlook(selling(1.0), [level(9)], TODAY, TODAY + timedelta(days=99)).day == DAYS[-1]


def test_an_order_fills_up_to_the_level_that_lasts_until_the_next_but_one() -> None:
    demand = selling(2.0)
    reorder = propose_reorder(demand, [level(10, incoming=4, due=3)])
    theirs = nbinom(50, 50 / (50 + 28.0))
    assert (reorder.level, reorder.position, reorder.cover_days) == (int(theirs.ppf(0.95)), 14, 14)
    assert reorder.units == reorder.level - 14
    assert propose_reorder(demand, [level(99)]).units == 0


def test_transfers_take_only_what_the_giver_can_spare() -> None:
    demands = [selling(1.0, "downtown"), selling(0.5, "riverside"), selling(0.1, "warehouse")]
    levels = [level(0, "downtown"), level(14, "riverside"), level(12, "warehouse")]
    needed = {d.location_id: propose_reorder(d, []).level for d in demands}
    moves = propose_transfers(demands, levels)
    assert [(move.source_id, move.target_id) for move in moves] == [
        ("warehouse", "downtown"),
        ("riverside", "downtown"),
    ]
    assert moves[0].units == 12 - needed["warehouse"]
    assert moves[1].units == min(needed["downtown"] - moves[0].units, 14 - needed["riverside"])


def test_locations_together_sell_what_each_sells() -> None:
    both = together([selling(1.0, "downtown"), selling(0.5, "riverside")])
    assert both.mean[0] == 1.5 and both.location_id == ""
