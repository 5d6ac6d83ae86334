"""Sales files: what is read, what is filled in, and errors that name the line."""

import io
from datetime import date

import numpy as np
import pytest

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.models.forecasting.panel import Forecast, Panel
from seamless_retail.models.forecasting.sales_file import read_sales, write_forecast


def read(text: str) -> Panel:
    return read_sales(io.StringIO(text))


def test_gaps_are_zeros_and_a_series_begins_with_its_first_sale() -> None:
    panel = read("series,date,units\na,2026-01-05,3\na,2026-01-26,1\nb,2026-01-12,0\nb,2026-01-19,2\n")
    assert (panel.names, panel.frequency, panel.length) == (("a", "b"), "week", 4)
    np.testing.assert_array_equal(panel.units[0], [3, 0, 0, 1])
    np.testing.assert_array_equal(panel.units[1], [np.nan, np.nan, 2, 0])


@pytest.mark.parametrize(
    ("days", "frequency", "length"),
    [
        (("2026-01-01", "2026-01-02", "2026-01-09"), "day", 9),
        (("2026-01-04", "2026-01-11", "2026-02-01"), "week", 5),
        (("2026-01-01", "2026-02-01", "2026-04-01"), "month", 4),
        (("2026-01-31", "2026-02-28", "2026-03-31"), "month", 3),
        (("2026-01", "2026-02", "2026-03"), "month", 3),
    ],
)
def test_the_dates_say_what_a_period_is(days: tuple[str, ...], frequency: str, length: int) -> None:
    panel = read("series,date,units\n" + "".join(f"a,{day},1\n" for day in days))
    assert (panel.frequency, panel.length) == (frequency, length)


def test_month_ends_stay_month_ends() -> None:
    panel = read("series,date,units\na,2026-01-31,1\na,2026-02-28,1\n")
    assert panel.ahead(2) == (date(2026, 3, 31), date(2026, 4, 30))


def test_lines_of_one_period_are_added_and_returns_taken_off() -> None:
    panel = read("Series;Date;Units\na;2026-01-05;3\na;2026-01-05;-1\na;2026-01-06;-4\na;2026-01-07;1\n")
    np.testing.assert_array_equal(panel.units, [[2, 0, 1]])


def test_lines_without_units_after_the_last_sale_are_plans() -> None:
    panel = read("series,date,units,price,promo\na,2026-01-05,3,2.5,0\na,2026-01-06,4,2.5,no\na,2026-01-07,,2.0,yes\n")
    assert panel.length == 2 and panel.is_planned
    np.testing.assert_array_equal(panel.price, [[2.5, 2.5, 2.0]])
    np.testing.assert_array_equal(panel.promotion, [[0, 0, 1]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column series, date, units"),
        ("series,units\na,1\n", "no column date"),
        ("series,date,units\n", "no line with units"),
        ("series,date,units\na,2026-01-05,1\n\na,yesterday,1\n", "line 4: 'yesterday' is not a date"),
        ("series,date,units\na,2026-01-05,1\na,2026-01-06,many\n", "line 3: units 'many' is not a number"),
        ("series,date,units\na,2026-01-05,nan\n", "line 2: units 'nan' is not a number"),
        ("series,date,units\n,2026-01-05,1\n", "line 2: the series is missing"),
        ("series,date,units\na,2026-01-05,\na,2026-01-06,1\n", "line 2: units are missing"),
        ("series,date,units\na,2026-01-05,1\n", "--frequency"),
        ("series,date,units\na,0001-01-05,1\na,2026-01-06,1\n", "too many to forecast from"),
    ],
)
def test_errors_name_the_line_and_the_remedy(text: str, message: str) -> None:
    with pytest.raises(ImportSourceError) as error:
        read(text)
    assert message in str(error.value)


def test_at_most_eight_bad_lines_are_listed() -> None:
    with pytest.raises(ImportSourceError, match="and 12 more"):
        read("series,date,units\n" + "a,x,1\n" * 20)


def test_a_forecast_is_a_line_for_each_series_and_period() -> None:
    out = io.StringIO()
    quantiles = np.array([[[0.00004, 2.5], [1000.25, 2000.0]]])
    write_forecast(
        Forecast(("a,b",), (date(2026, 1, 5), date(2026, 1, 12)), np.array([[1.23456, 7.0]]), (0.1, 0.9), quantiles),
        out,
    )
    assert out.getvalue().splitlines() == [
        "series,date,mean,q0.1,q0.9",
        '"a,b",2026-01-05,1.235,0,2.5',
        '"a,b",2026-01-12,7,1000.25,2000',
    ]
