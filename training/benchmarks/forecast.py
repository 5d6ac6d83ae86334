"""How good the demand forecasts are, beside every statistical baseline, on periods that nothing was chosen by.

    python -m seamless_retail.training.benchmarks.forecast --json FILE [--only online-retail] [--products 300]

**Online Retail**: 200 articles by week, the last four complete weeks. **Embedded shop**: a sample of products by day,
over all locations, the last 28 days; daily sales of a product are mostly 0 or 1, so sums over weeks and over the four
weeks, which orders are sized by, stand beside the days. Every method sees what precedes and no more; promotions are
plans of the shop, and only the networks and the trees read them, which is what they are for.

WAPE is ``Σ|y − ŷ| / Σy`` over all series; its 95 % interval is from 1,000 bootstrap samples of series, and that of the
difference to ``auto`` (or to the network) from the same samples. Coverage is the share of observations at or below a
quantile.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from seamless_retail.core.database import open_shop
from seamless_retail.core.settings import load_settings
from seamless_retail.models.forecaster import Forecaster
from seamless_retail.models.forecasting.boosting import fit_boosting
from seamless_retail.models.forecasting.panel import Floats, Panel
from seamless_retail.models.forecasting.selection import auto_forecast
from seamless_retail.models.forecasting.shop import ALL
from seamless_retail.models.forecasting.statistics import LABELS, STATISTICAL, statistical_forecast
from seamless_retail.models.forecasting.temporal_fusion import LEVELS
from seamless_retail.training.data.demand import embedded_shop_panel, online_retail_panel

WEEKS, DAYS = 4, 28
INCOMPLETE_WEEKS = 1
SAMPLES = 1000
MEDIAN = LEVELS.index(0.5)
console = Console()


@dataclass(frozen=True)
class Result:
    """What one method said, and how long it took."""

    mean: Floats
    """``[n, h]``."""
    quantiles: Floats | None
    """``[n, h, levels]``."""
    seconds: float

    @property
    def median(self) -> Floats:
        """The middle quantile; the mean where there are none."""
        return self.mean if self.quantiles is None else self.quantiles[..., MEDIAN]


def timed(forecast: Callable[[], tuple[Floats, Floats | None]]) -> Result:
    """Run one method."""
    started = time.perf_counter()
    mean, quantiles = forecast()
    return Result(mean, quantiles, time.perf_counter() - started)


def run_all(panel: Panel, network: Forecaster, rows: Sequence[int], horizon: int, auto: bool) -> dict[str, Result]:
    """Every method on the chosen rows; the network sees the whole panel, for its groups' seasons."""
    chosen = panel.rows(rows)
    found = {"nothing": timed(lambda: (np.zeros((len(rows), horizon)), None))}
    found["last value"] = timed(lambda: (np.repeat(chosen.filled()[:, -1:], horizon, axis=1), None))
    for name in track(STATISTICAL, "statistical baselines", console=Console(stderr=True)):
        found[LABELS[name]] = timed(lambda name=name: (statistical_forecast(name, chosen, horizon), None))  # type: ignore[misc]

    def trees() -> tuple[Floats, Floats]:
        fitted = fit_boosting(chosen, horizon, LEVELS)
        assert fitted is not None, "the benchmark's series are long enough"
        return fitted.forecast(chosen, horizon)

    found["gradient boosting"] = timed(trees)
    found["Temporal Fusion Transformer"] = timed(lambda: _parts(network.forecast(chosen, horizon)))
    if auto:
        found["auto"] = timed(lambda: _parts(auto_forecast(chosen, horizon)))
    return found


def _parts(forecast: Any) -> tuple[Floats, Floats]:
    return forecast.mean, forecast.quantiles


# Figures.


def figures(
    found: Mapping[str, Result], truth: Floats, spans: Mapping[str, int], ours: str, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """WAPE by span with intervals, and coverage, by method.

    A span of one period is judged by the mean and by the median; sums are judged by the mean, since medians do not add.
    """
    samples = np.random.default_rng(seed).integers(0, len(truth), (SAMPLES, len(truth)))
    errors = {name: _errors(result, truth, spans) for name, result in found.items()}
    totals = truth.sum(1)
    report: dict[str, dict[str, Any]] = {}
    for name, result in found.items():
        record: dict[str, Any] = {
            "seconds": round(result.seconds, 2),
            "bias": float(result.mean.sum() / truth.sum() - 1),
        }
        for span, error in errors[name].items():
            drawn = error[samples].sum(1) / totals[samples].sum(1)
            behind = (error - errors[ours][span])[samples].sum(1) / totals[samples].sum(1)
            record[span] = {
                "wape": float(error.sum() / totals.sum()),
                "interval": np.quantile(drawn, (0.025, 0.975)).tolist(),
                f"behind {ours}": np.quantile(behind, (0.025, 0.975)).tolist(),
            }
        if result.quantiles is not None:
            below = truth[..., None] <= result.quantiles
            record["coverage"] = {f"{level:g}": float(below[..., at].mean()) for at, level in enumerate(LEVELS)}
            low = np.floor(result.quantiles[..., LEVELS.index(0.1)])  # units are whole
            inner = below[..., LEVELS.index(0.9)] & (truth >= low)
            record["coverage"]["80 % interval"] = float(inner.mean())
        report[name] = record
    return report


def _errors(result: Result, truth: Floats, spans: Mapping[str, int]) -> dict[str, Floats]:
    """Absolute errors of each series ``[n]`` by span."""
    found = {"median": np.abs(truth - result.median).sum(1)}
    for span, periods in spans.items():
        blocks = (len(truth), -1, periods)
        found[span] = np.abs((truth - result.mean).reshape(blocks).sum(2)).sum(1)
    return found


def show(title: str, report: Mapping[str, Mapping[str, Any]], spans: Sequence[str]) -> None:
    """Two tables: errors, and coverage."""
    table = Table("method", *(f"WAPE {span}" for span in ("median", *spans)), "bias", "seconds", title=title)
    for name, record in report.items():
        cells = [_interval(record[span]) for span in ("median", *spans)]
        table.add_row(name, *cells, f"{record['bias']:+.2f}", f"{record['seconds']:.1f}")
    console.print(table)
    with_quantiles = {name: record["coverage"] for name, record in report.items() if "coverage" in record}
    coverage = Table("at or below quantile", *next(iter(with_quantiles.values())))
    for name, shares in with_quantiles.items():
        coverage.add_row(name, *(f"{share:.3f}" for share in shares.values()))
    console.print(coverage)


def _interval(record: Mapping[str, Any]) -> str:
    low, high = record["interval"]
    return f"{record['wape']:.3f} [{low:.3f}, {high:.3f}]"


# The two data sets.


def online_retail(data: Path) -> dict[str, dict[str, Any]]:
    """The last four complete weeks."""
    panel = online_retail_panel(data)
    end = panel.length - INCOMPLETE_WEEKS
    history, truth = panel.until(end - WEEKS), panel.filled()[:, end - WEEKS : end]
    console.print(f"Online Retail: {len(truth)} series, history to {history.dates[-1]}, {WEEKS} weeks judged")
    rows = range(len(truth))
    found = run_all(history, Forecaster.load("weekly"), rows, WEEKS, auto=True)
    report = figures(found, truth, {"mean": 1}, "auto")
    show("Online Retail, weeks", report, ["mean"])
    return report


def embedded_shop(products: int) -> dict[str, dict[str, Any]]:
    """The last 28 days of a sample of products that sold at all before them."""
    network = Forecaster.load("shop")
    with closing(open_shop(load_settings().shop_url)) as shop:
        panel = embedded_shop_panel(shop, DAYS)
    history = panel.until(panel.length - DAYS)
    usable = [row for row, store in enumerate(panel.stores) if store == ALL and history.ages()[row] > 2 * DAYS]
    rows = np.sort(np.random.default_rng(0).permutation(usable)[:products]).tolist()
    truth = panel.filled()[rows, -DAYS:]
    console.print(f"Embedded shop: {len(rows)} products, history to {history.dates[-1]}, {DAYS} days judged")
    found = run_all(history, network, rows, DAYS, auto=False)
    spans = {"day": 1, "week": 7, "28 days": DAYS}
    report = figures(found, truth, spans, "Temporal Fusion Transformer")
    show("Embedded shop, products by day", report, list(spans))
    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the data sets")
    parser.add_argument("--only", choices=("online-retail", "shop"))
    parser.add_argument("--products", type=int, default=300, help="sample of the embedded shop")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(arguments)
    report = {}
    if options.only != "shop":
        report["online-retail"] = online_retail(options.data)
    if options.only != "online-retail":
        report["shop"] = embedded_shop(options.products)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
