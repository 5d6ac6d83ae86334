"""Rolling origins choose a method for each series, and the quantiles cover what they promise."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.models.forecasting.combination import Estimate, combined, point, recent_median, smoothed_level
from seamless_retail.models.forecasting.panel import Floats, Panel
from seamless_retail.models.forecasting.selection import (
    auto_forecast,
    calibrate,
    choose,
    validation_origins,
)
from seamless_retail.models.forecasting.statistics import STATISTICAL, statistical_forecast
from seamless_retail.models.forecasting.temporal_fusion import LEVELS


def days(units: Floats) -> Panel:
    names = tuple(f"S{number}" for number in range(len(units)))
    return Panel(names, tuple(date(2026, 1, 5) + timedelta(days=day) for day in range(units.shape[1])), "day", units)


def weekday_series(series: int, length: int) -> Panel:
    shape = np.tile([2, 2, 3, 4, 8, 14, 6], length // 7 + 1)[:length]
    return days(np.random.default_rng(3).poisson(shape * np.arange(1, series + 1)[:, None]).astype(float))


def test_origins_leave_room_for_the_horizon_and_end_with_the_history() -> None:
    assert validation_origins(weekday_series(1, 60), 7) == (44, 47, 50, 53)
    assert validation_origins(weekday_series(1, 4), 7) == ()


def test_auto_finds_the_week_and_says_why() -> None:
    panel = weekday_series(4, 84)
    found = auto_forecast(panel.until(77), 7)
    error = np.abs(found.mean - panel.units[:, 77:]).sum() / panel.units[:, 77:].sum()
    flat = np.abs(panel.units[:, 70:77].mean(1, keepdims=True) - panel.units[:, 77:]).sum() / panel.units[:, 77:].sum()
    assert error < 0.7 * flat
    assert found.dates[0] == date(2026, 1, 5) + timedelta(days=77)
    assert all("over 4 origins" in reason and "regular series" in reason for reason in found.reasons)
    assert (np.diff(found.quantiles, axis=-1) >= 0).all()


def test_the_quantiles_of_a_point_method_cover_what_they_promise() -> None:
    random = np.random.default_rng(0)
    units = random.gamma(2.0, 20.0, (150, 44))
    panel = replace(days(units), frequency="week")
    found = auto_forecast(panel.until(40), 4, "WindowAverage")
    below = (units[:, 40:, None] <= found.quantiles).mean((0, 1))
    np.testing.assert_allclose(below, LEVELS, atol=0.05)


def test_a_series_keeps_to_what_is_best_for_all_unless_its_own_errors_say_otherwise() -> None:
    losses = np.array([[0.5, 0.5, 0.5, 5.0], [0.45, 0.7, 0.7, 0.1]])
    level = np.array([10.0, 10.0, 10.0, 0.1])
    assert choose(losses, level)[0].tolist() == [0, 0, 0, 1]


def test_without_errors_to_compare_the_first_method_stands_alone() -> None:
    assert choose(np.zeros((3, 2)), np.ones(2)).tolist() == [[0, 0]]


def test_bulk_orders_hardly_move_the_robust_levels() -> None:
    units = np.full((2, 20), 10.0)
    units[1, -2] = 1000.0
    units[0, :9] = np.nan
    np.testing.assert_allclose(recent_median(units), 10)
    assert smoothed_level(units)[0] == pytest.approx(10)
    assert smoothed_level(units)[1] < 0.15 * (0.7 * 10 + 0.3 * 1000)


def test_the_combination_is_the_mean_of_five_and_keeps_the_spread_of_the_trees() -> None:
    panel = days(np.full((1, 20), 10.0))
    trees = Estimate(np.full((1, 1), 14.0), 8.0 + np.arange(len(LEVELS), dtype=float)[None, None])
    found = combined(trees, np.full((1, 1), 20.0), panel)
    assert found.centre.item() == pytest.approx((11 + 14 + 20 + 10 + 10) / 5)
    assert found.mean.item() == 17
    np.testing.assert_allclose(np.diff(found.quantiles), np.diff(trees.quantiles))


def test_late_errors_count_more_than_early_ones() -> None:
    panel, level = weekday_series(3, 40), LEVELS.index(0.5)
    guess = point(np.full((3, 2), 5.0))
    rising = calibrate(guess, [guess] * 3, [np.full((3, 2), units) for units in (1.0, 5.0, 9.0)], panel, [20, 25, 30])
    falling = calibrate(guess, [guess] * 3, [np.full((3, 2), units) for units in (9.0, 5.0, 1.0)], panel, [20, 25, 30])
    assert (rising.quantiles[..., level] > 5).all() and (falling.quantiles[..., level] < 5).all()


def test_quantiles_that_were_too_low_are_raised() -> None:
    panel = weekday_series(3, 40)
    low = Estimate(np.zeros((3, 2)), np.zeros((3, 2, len(LEVELS))))
    found = calibrate(low, [low], [np.full((3, 2), 5.0)], panel, [30])
    assert (found.quantiles[:, :, LEVELS.index(0.9)] > 0).all()


@pytest.mark.parametrize("length", [1, 2, 3, 9])
def test_short_series_are_forecast_too(length: int) -> None:
    panel = days(np.arange(1.0, 2 * length + 1).reshape(2, length))
    found = auto_forecast(panel, 4)
    assert np.isfinite(found.mean).all() and np.isfinite(found.quantiles).all()
    assert (found.quantiles[..., -1] >= found.quantiles[..., 0]).all()


def test_a_series_that_began_yesterday_stands_beside_long_ones() -> None:
    panel = weekday_series(3, 60)
    units = panel.units.copy()
    units[1, :-1] = np.nan
    assert np.isfinite(auto_forecast(replace(panel, units=units), 3).mean).all()


@pytest.mark.parametrize("name", STATISTICAL)
def test_every_statistical_method_answers_for_sparse_constant_and_silent_series(name: str) -> None:
    units = np.stack([np.tile([0, 0, 0, 5.0], 7), np.full(28, 3.0), np.zeros(28)])
    found = statistical_forecast(name, days(units), 5)
    assert found.shape == (3, 5) and (found >= 0).all()
    np.testing.assert_allclose(found[2], 0)
    np.testing.assert_allclose(found[1], 3.0, atol=0.2)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InvalidQueryError, match="Models are auto, boosting"):
        auto_forecast(weekday_series(1, 20), 2, "oracle")
