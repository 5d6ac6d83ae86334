"""``seamless forecast``: sales in, forecasts out."""

import csv
from collections.abc import Callable
from datetime import date, timedelta

from typer.testing import Result

LEVELS = ("0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95")


def sales(series: int = 3, weeks: int = 30) -> bytes:
    lines = [
        f"S{number},{date(2026, 1, 5) + timedelta(weeks=week)},{(week * (number + 3)) % 7 + 5 * number}"
        for number in range(series)
        for week in range(weeks)
    ]
    return "\n".join(["series,date,units", *lines]).encode()


def test_every_series_is_forecast_in_its_order(run: Callable[..., Result]) -> None:
    result = run("forecast", "--horizon", "4", "--reasons", stdin=sales())
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert list(rows[0]) == ["series", "date", "mean", *(f"q{level}" for level in LEVELS)]
    assert [row["series"] for row in rows] == [f"S{number}" for number in range(3) for _ in range(4)]
    assert [row["date"] for row in rows[:4]] == ["2026-08-03", "2026-08-10", "2026-08-17", "2026-08-24"]
    for row in rows:
        values = [float(row[f"q{level}"]) for level in LEVELS]
        assert values == sorted(values) and float(row["mean"]) >= 0
    assert "3 series of 30 weeks from 2026-01-05 to 2026-07-27, 4 ahead" in result.stderr
    assert "S2: " in result.stderr and "over 4 origins" in result.stderr


def test_the_packaged_network_is_a_model_too(run: Callable[..., Result]) -> None:
    result = run("forecast", "--model", "tft", stdin=sales())
    assert result.exit_code == 0, result.stderr
    assert len(result.stdout.splitlines()) == 13
    refused = run("forecast", "--model", "tft", "--horizon", "9", stdin=sales())
    assert refused.exit_code == 1 and "reaches 4 weeks ahead, not 9" in refused.stderr


def test_what_cannot_be_read_is_refused_by_line(run: Callable[..., Result]) -> None:
    for text, message in (
        (b"series,date,units\na,2026-01-05,1\na,2026-13-05,1\n", "line 3: '2026-13-05' is not a date"),
        (b"series,date,units\na,2026-01-05,\xff\n", "not UTF-8 (byte 31)"),
        (b"", "no column series"),
    ):
        result = run("forecast", stdin=text)
        assert result.exit_code == 1 and not result.stdout and message in result.stderr
    assert run("forecast", "--model", "oracle", stdin=sales()).exit_code == 1
    assert "no frequency" in run("forecast", "--frequency", "hour", stdin=sales()).stderr
