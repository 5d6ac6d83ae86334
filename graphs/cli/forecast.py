"""``seamless forecast``: sales in CSV on standard input, forecasts in CSV on standard output."""

import io
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.markup import escape

from seamless_retail.core.errors import ImportSourceError, InvalidQueryError
from seamless_retail.graphs.cli.console import err, progress_bars
from seamless_retail.graphs.cli.jsonl import opened

if TYPE_CHECKING:
    from seamless_retail.graphs.first_run import Report
    from seamless_retail.models.forecasting.panel import Forecast, Frequency, Panel

TFT = "tft"
FREQUENCIES = ("day", "week", "month")


def forecast(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="The sales; - is standard input.")] = "-",
    horizon: Annotated[int, typer.Option(min=1, max=730, help="Periods ahead.")] = 4,
    model: Annotated[
        str,
        typer.Option(
            help="auto (the mean of the best two for each series), boosting, combination, SeasonalNaive, "
            "WindowAverage, Croston, TSB, ETS, AutoARIMA or tft."
        ),
    ] = "auto",
    frequency: Annotated[str, typer.Option(help="day, week or month; by default what the dates say.")] = "",
    reasons: Annotated[bool, typer.Option("--reasons", help="Say for every series why it has its model.")] = False,
) -> None:
    """Forecast sales: series,date,units (and price, promo if known) → series,date,mean and quantiles.

    Periods without a line are zeros. Lines after the last sale, without units, plan prices and promotions.
    """
    if frequency and frequency not in FREQUENCIES:
        raise InvalidQueryError(f"There is no frequency {frequency!r}.", f"Choose {', '.join(FREQUENCIES)}.")
    from seamless_retail.models.forecasting.sales_file import read_sales, write_forecast

    started = time.perf_counter()
    with progress_bars() as step:
        reading = step("Reading sales")
        with opened(file) as stream:
            panel = read_sales(_lines(stream), cast("Frequency | None", frequency or None))
        reading(1, 1)
        found = _forecast(panel, horizon, model, step(f"Forecasting {len(panel.names)} series"))
    write_forecast(found, sys.stdout)
    sys.stdout.flush()
    _say(panel, found, reasons, time.perf_counter() - started)


def _lines(stream: io.BufferedIOBase) -> io.StringIO:
    try:
        return io.StringIO(stream.read().decode("utf-8-sig"), newline="")
    except UnicodeDecodeError as error:
        raise ImportSourceError(f"The file is not UTF-8 (byte {error.start}).", "Save it as CSV in UTF-8.") from None


def _forecast(panel: "Panel", horizon: int, model: str, report: "Report") -> "Forecast":
    if model == TFT:
        from seamless_retail.models.forecaster import Forecaster

        result = Forecaster.load("shop" if panel.frequency == "day" else "weekly").forecast(panel, horizon)
        report(1, 1)
        return result
    from seamless_retail.models.forecasting.selection import MODELS, auto_forecast

    if model not in MODELS:
        raise InvalidQueryError(f"There is no model {model!r}.", f"Models are {', '.join(MODELS)} and {TFT}.")
    return auto_forecast(panel, horizon, model, report)


def _say(panel: "Panel", found: "Forecast", reasons: bool, seconds: float) -> None:
    """On standard error: what was read, and which models were chosen how often."""
    err.print(
        f"{len(panel.names)} series of {panel.length} {panel.frequency}s from {panel.dates[0]} to {panel.dates[-1]}, "
        f"{len(found.dates)} ahead, in {seconds:.1f} s."
    )
    for method, count in Counter(found.methods).most_common():
        err.print(f"{count:>6} by {escape(method)}")
    if reasons:
        for name, reason in zip(found.names, found.reasons, strict=False):
            err.print(f"{escape(name)}: {escape(reason)}", soft_wrap=True)
