"""Sales in CSV (series, date, units; price and promo if there are any) as a panel, and forecasts as CSV.

Periods without a row are zeros: shops do not write down what they did not sell. A series begins with its first sale and
all end with the file's last day that has units. Rows after it without units are plans: their prices and promotions are
known ahead.
"""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TextIO, cast

import numpy as np

from seamless_retail.core.errors import ImportSourceError
from seamless_retail.models.forecasting.panel import Floats, Forecast, Frequency, Panel, step

REQUIRED = ("series", "date", "units")
OPTIONAL = ("price", "promo")
MAX_PERIODS = 20_000
DIGITS = 3
"""Decimals of a forecast."""
SHOWN = 8
"""Bad lines that an error lists."""
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YES_NO = {"": 0.0, "false": 0.0, "no": 0.0, "true": 1.0, "yes": 1.0}


@dataclass(frozen=True, slots=True)
class Row:
    """One line; ``units`` is None in a plan."""

    line: int
    series: str
    day: date
    units: float | None
    price: float
    promotion: float


def read_sales(file: Iterable[str], frequency: Frequency | None = None) -> Panel:
    """Read a whole file.

    Args:
        file: Lines with a header; separated by commas, semicolons or tabs.
        frequency: Of the periods; by default what the dates say.

    Raises:
        ImportSourceError: There is nothing to forecast, or lines are wrong; the message names every one of the first.
    """
    rows, has = _rows(file)
    sold = [row for row in rows if row.units is not None]
    if not sold:
        raise ImportSourceError("The file has no line with units.", "Give lines of series,date,units below a header.")
    last = max(row.day for row in sold)
    _refuse([f"line {row.line}: units are missing" for row in rows if row.units is None and row.day <= last])
    chosen = frequency or infer_frequency({row.day for row in sold})
    places = _places([row.day for row in sold], [row.day for row in rows], chosen)
    return _panel(rows, has, chosen, places)


def infer_frequency(days: set[date]) -> Frequency:
    """Months if all are the same day of a month or its last, weeks if all lie whole weeks apart, else days.

    Raises:
        ImportSourceError: One day alone says nothing.
    """
    ordered = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    if not gaps:
        raise ImportSourceError(
            "All lines have the same date.", "Say what a period is: --frequency day, week or month."
        )
    if len({day.day for day in days}) == 1 or all((day + timedelta(days=1)).day == 1 for day in days):
        return "month"
    return "week" if all(gap % 7 == 0 for gap in gaps) else "day"


def write_forecast(forecast: Forecast, out: TextIO) -> None:
    """``series,date,mean,q0.05,…``: a line for each series and period, in the order of the input."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["series", "date", "mean", *(f"q{level:g}" for level in forecast.levels)])
    for row, name in enumerate(forecast.names):
        for at, day in enumerate(forecast.dates):
            values = (forecast.mean[row, at], *forecast.quantiles[row, at])
            written = (np.format_float_positional(value, precision=DIGITS, trim="-") for value in values)
            writer.writerow([name, day.isoformat(), *written])


def _rows(file: Iterable[str]) -> tuple[list[Row], frozenset[str]]:
    """Every line, and which of the optional columns there are."""
    lines = iter(file)
    header = next((line for line in lines if line.strip()), "").lstrip("\ufeff")
    separator = next((mark for mark in ",;\t" if mark in header), ",")
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ImportSourceError(
            f"The header has no column {', '.join(missing)}.", "The first line must name series, date and units."
        )
    rows, faults = [], []
    reader = csv.reader(lines, delimiter=separator)
    for values in _readable(reader):
        if any(value.strip() for value in values):
            found = _row(reader.line_num + 1, dict(zip(names, values, strict=False)))
            (faults if isinstance(found, str) else rows).append(found)  # type: ignore[attr-defined]
    _refuse(cast(list[str], faults))
    return cast(list[Row], rows), frozenset(names) & frozenset(OPTIONAL)


def _readable(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise ImportSourceError(f"The file is not CSV: {error}.", "Save it as CSV in UTF-8.") from None


def _row(line: int, values: Mapping[str, str]) -> Row | str:
    """The line's record, or what is wrong with it."""
    name, written = values.get("series", "").strip(), values.get("date", "").strip()
    day = _day(written)
    if not name:
        return f"line {line}: the series is missing"
    if day is None:
        return f"line {line}: {written!r} is not a date such as 2026-01-31"
    numbers: dict[str, float | None] = {}
    for column in ("units", *OPTIONAL):
        text = values.get(column, "").strip()
        number = _YES_NO.get(text.lower()) if column == "promo" else None
        numbers[column] = _number(text) if number is None else number
        if text and numbers[column] is None:
            return f"line {line}: {column} {text!r} is not a number"
    price = numbers["price"]
    return Row(line, name, day, numbers["units"], math.nan if price is None else price, numbers["promo"] or 0.0)


def _day(text: str) -> date | None:
    month = _MONTH.fullmatch(text)
    try:
        return date(int(month[1]), int(month[2]), 1) if month else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _refuse(faults: Sequence[str]) -> None:
    if faults:
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        listed = "\n  ".join(faults[:SHOWN])
        raise ImportSourceError(f"The file cannot be read:\n  {listed}{more}\n", "Correct these lines and try again.")


@dataclass(frozen=True, slots=True)
class _Places:
    """The periods of a file, and which one a day is in."""

    dates: tuple[date, ...]
    """History, then plans."""
    length: int
    """Periods of history."""
    frequency: Frequency

    def of(self, day: date) -> int:
        first = self.dates[0]
        if self.frequency == "month":
            return (day.year - first.year) * 12 + day.month - first.month
        return (day - first).days // (7 if self.frequency == "week" else 1)


def _places(sold: Sequence[date], every: Sequence[date], frequency: Frequency) -> _Places:
    first = min(sold)
    if frequency == "month" and {day.day for day in sold} != {first.day}:
        first = (first.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    count = _Places((first,), 1, frequency)
    length, reach = count.of(max(sold)) + 1, count.of(max(every)) + 1
    if reach > MAX_PERIODS:
        raise ImportSourceError(
            f"From {first} to {max(every)} there are {reach:,} {frequency}s, too many to forecast from.",
            f"Look for a wrong date; at most {MAX_PERIODS:,} periods are read.",
        )
    return _Places(tuple(step(first, frequency, number) for number in range(reach)), length, frequency)


def _panel(rows: Sequence[Row], has: frozenset[str], frequency: Frequency, places: _Places) -> Panel:
    """Units of one series and period are added up, and prices averaged; a period that nets to less than 0 sold 0."""
    names = {
        name: number for number, name in enumerate(dict.fromkeys(row.series for row in rows if row.units is not None))
    }
    shape = (len(names), len(places.dates))
    units, promotion, prices, priced = (np.zeros(shape) for _ in range(4))
    for row in rows:
        if row.series in names:
            at = names[row.series], places.of(row.day)
            units[at] += row.units or 0.0
            promotion[at] = max(promotion[at], row.promotion)
            if math.isfinite(row.price):
                prices[at] += row.price
                priced[at] += 1
    history = np.maximum(units[:, : places.length], 0.0)
    return Panel(
        names=tuple(names),
        dates=places.dates[: places.length],
        frequency=frequency,
        units=_begun(history),
        price=np.divide(prices, priced, out=np.full(shape, np.nan), where=priced > 0) if "price" in has else None,
        promotion=promotion if "promo" in has else None,
    )


def _begun(units: Floats) -> Floats:
    """NaN before the first sale; a series that never sold is zeros throughout."""
    begun = np.cumsum(units, axis=1) > 0
    begun[~begun.any(axis=1)] = True
    return np.where(begun, units, np.nan)
