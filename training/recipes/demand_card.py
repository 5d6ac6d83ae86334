"""The model card of a demand forecaster."""

from pathlib import Path

from torch import nn

from seamless_retail.models.forecasting.panel import Panel

_CARD = """# Demand forecaster: {config}

A Temporal Fusion Transformer (arXiv 1912.09363) that reads {encoder} {frequency}s of a series and forecasts {horizon}:
the mean and the quantiles {levels}.

## What it is

{parameters:,} parameters, stored as float16 safetensors; loads with torch alone. Inputs: units, price, promotion,
weekday, time of year, the group's season a year before; static: level, share of idle periods, trend, age, group, store.
Written from the paper in `models/forecasting/temporal_fusion.py`; its blocks are checked against numbers of
pytorch-forecasting's.

## Data

{series:,} series up to {last}. {source}

## How to make it

    python -m seamless_retail.training.recipes.demand --config {config} --out FOLDER

Weights of step {step}, chosen by the loss of the {horizon} {frequency}s before {last} (with it {best:.4f}).

## Held-out figures

The {frequency}s after {last} were not read in training: `python -m seamless_retail.training.benchmarks.forecast`.

## Limits

{limits}
"""
_SOURCES = {
    "day": (
        "The demonstration shop (`seamless shop seed`), which is synthetic: products in all and at each store.",
        "Its groups and stores are those of the demonstration shop; others count as unknown. Sales are not demand: a\n"
        "day on which a shelf was empty teaches the network that nobody wanted the product.",
    ),
    "week": (
        "UCI Online Retail (Chen 2015, CC BY 4.0), the 200 articles that sold most; the rows are not shipped.",
        "One year of one wholesaler: no yearly season can be learned from it. `--model auto` forecasts weeks better.",
    ),
}


def write_card(folder: Path, config: str, panel: Panel, network: nn.Module, step: int, best: float) -> None:
    """Write ``README.md`` beside the weights."""
    shape = network.shape
    source, limits = _SOURCES.get(panel.frequency, ("", ""))
    text = _CARD.format(
        config=Path(config).stem,
        encoder=shape.encoder,
        horizon=shape.horizon,
        frequency=panel.frequency,
        levels=", ".join(f"{level:g}" for level in shape.levels),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        series=len(panel.names),
        last=panel.dates[-1],
        source=source,
        step=step,
        best=best,
        limits=limits,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
