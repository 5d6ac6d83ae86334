"""Series, and that no method reads beyond its origin."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from seamless_retail.models.forecasting.boosting import Table
from seamless_retail.models.forecasting.panel import Frequency, Panel, step
from seamless_retail.models.forecasting.windows import Vocabulary, Windows


def weekly(series: int = 6, weeks: int = 40, reach: int = 0) -> Panel:
    random = np.random.default_rng(1)
    return Panel(
        names=tuple(f"S{number}" for number in range(series)),
        dates=tuple(date(2026, 1, 5) + timedelta(weeks=week) for week in range(weeks)),
        frequency="week",
        units=random.poisson(8, (series, weeks)).astype(float),
        price=random.uniform(1, 2, (series, weeks + reach)),
        promotion=random.integers(0, 2, (series, weeks + reach)).astype(float),
    )


@pytest.mark.parametrize(
    ("day", "frequency", "periods", "expected"),
    [
        (date(2026, 2, 27), "day", 2, date(2026, 3, 1)),
        (date(2026, 12, 28), "week", 1, date(2027, 1, 4)),
        (date(2026, 11, 1), "month", 3, date(2027, 2, 1)),
        (date(2026, 1, 31), "month", 1, date(2026, 2, 28)),
        (date(2026, 2, 28), "month", 1, date(2026, 3, 31)),
    ],
)
def test_periods_follow_the_calendar(day: date, frequency: Frequency, periods: int, expected: date) -> None:
    assert step(day, frequency, periods) == expected


def test_what_was_observed_is_cut_at_the_origin_and_plans_are_kept() -> None:
    observed, planned = weekly().until(30), weekly(reach=4).until(30)
    assert observed.price is not None and observed.price.shape[1] == 30 and not observed.is_planned
    assert planned.price is not None and planned.price.shape[1] == 44 and planned.is_planned


@pytest.mark.parametrize("reach", [0, 8])
def test_windows_and_features_do_not_read_sales_beyond_the_origin(reach: int) -> None:
    panel, origin = weekly(reach=reach), 30
    later = panel.units.copy()
    later[:, origin:] = 999.0
    changed = replace(panel, units=later)
    if not reach:
        prices = panel.price.copy()  # type: ignore[union-attr]
        prices[:, origin:] = 77.0
        changed = replace(changed, price=prices, promotion=np.where(np.arange(40) < origin, panel.promotion, 1.0))
    rows = np.arange(6)
    one, other = (Windows(each, Vocabulary(), 13, 4).batch(rows, np.full(6, origin))[0] for each in (panel, changed))
    for part, same in zip(one, other, strict=True):
        np.testing.assert_array_equal(part.numpy(), same.numpy())
    tables = [Table(each).rows(rows, origin, 4)[0] for each in (panel, changed)]
    np.testing.assert_array_equal(*tables)


def test_a_window_ends_where_its_truth_begins() -> None:
    panel = weekly()
    windows = Windows(panel, Vocabulary(), 13, 4)
    origins = np.full(6, 30)
    (past, *_), scale = windows.batch(np.arange(6), origins)
    np.testing.assert_allclose(np.sinh(past[:, -1, 0].numpy()) * scale, panel.units[:, 29], rtol=1e-4)
    np.testing.assert_array_equal(windows.truth(np.arange(6), origins), panel.units[:, 30:34])
