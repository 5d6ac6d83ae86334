"""What customers of UCI Online Retail bought last: our model beside its baselines, in one run.

    python -m seamless_retail.training.benchmarks.next_item [--purchases FILE] [--max-minutes 15] [--json F]

Leave-last-out: every customer's last purchase is the question, everything before it is for training. All items the
customer had not bought are ranked; nothing is sampled. Our weight of the neighbours is chosen on the second-last
purchase of some customers, inside the recipe. GRU4Rec is trained by the same loop with the same loss, for as long.
Intervals are 95 %, by bootstrap over customers.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.settings import load_settings
from seamless_retail.training.data.transactions import Purchases, read_purchases
from seamless_retail.training.recipes.next_item import Config, Figures, fit, judge, train_network
from seamless_retail.training.run.progress import console

Floats = NDArray[np.float32]
_ROWS = 512
"""Histories that are scored at once."""


def popularity(histories: Sequence[Sequence[int]], items: int) -> Floats:
    """Every item by how often it was bought: ``[items + 1]``."""
    return np.bincount(np.concatenate([np.asarray(h) for h in histories]), minlength=items + 1).astype(np.float32)


def item_knn(histories: Sequence[Sequence[int]], items: int) -> Floats:
    """Cosine between the customers of two items, ``[items + 1, items + 1]`` (Sarwar et al. 2001)."""
    bought = np.zeros((len(histories), items + 1), dtype=np.float32)
    for row, history in enumerate(histories):
        bought[row, list(history)] = 1
    both = bought.T @ bought
    np.fill_diagonal(both, 0)
    length = np.sqrt(np.maximum(bought.sum(axis=0), 1))
    found: Floats = both / length[:, None] / length[None, :]
    return found


def figures(
    score: Callable[[Sequence[Sequence[int]]], Floats], histories: Sequence[Sequence[int]], targets: Sequence[int]
) -> Figures:
    """Judge a scorer over all customers, some at a time."""
    parts = []
    for start in range(0, len(histories), _ROWS):
        some = histories[start : start + _ROWS]
        parts.append(judge(score(some), some, targets[start : start + _ROWS]).ranks)
    ranks = np.concatenate(parts)
    return Figures(*_means(ranks), ranks)


def interval(ranks: NDArray[np.float64], seed: int = 0, draws: int = 1000) -> dict[str, tuple[float, float]]:
    """95 % of the bootstrap means of both figures."""
    rng = np.random.default_rng(seed)
    drawn = np.array([_means(ranks[rng.integers(0, len(ranks), len(ranks))]) for _ in range(draws)])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    return {"hit_rate": (low[0], high[0]), "ndcg": (low[1], high[1])}


def _means(ranks: NDArray[np.float64]) -> tuple[float, float]:
    hits = ranks < 10
    return float(hits.mean()), float((hits / np.log2(ranks + 2)).mean())


def measure(purchases: Purchases, config: Config, max_minutes: float) -> dict[str, Figures]:
    """Figures by scorer."""
    histories = [sequence[:-1] for sequence in purchases.sequences]
    targets = [sequence[-1] for sequence in purchases.sequences]
    items = len(purchases.items)
    before = replace(purchases, sequences=tuple(histories))
    popular, near = popularity(histories, items), item_knn(histories, items)
    model, _ = fit(before, config, max_minutes=max_minutes)
    recurrent = train_network(histories, items, replace(config, kind="recurrent"), max_minutes=max_minutes)
    gru = type(model)(purchases.items, recurrent, model.neighbours, model.counts, model.blend)
    scorers: dict[str, Callable[[Sequence[Sequence[int]]], Floats]] = {
        "popularity": lambda some: np.tile(popular, (len(some), 1)),
        "item-kNN": lambda some: np.stack([near[list(history)].sum(axis=0) for history in some]),
        "GRU4Rec": gru.network_scores,
        "our neighbours alone": model.neighbour_scores,
        "our network alone": model.network_scores,
        "ours": model.scores,
    }
    return {name: figures(scorer, histories, targets) for name, scorer in scorers.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, show, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = load_settings().data / "online_retail" / "customer_sequences.txt.gz"
    parser.add_argument("--purchases", type=Path, default=default)
    parser.add_argument("--max-minutes", type=float, default=15.0, help="for each of the two networks")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    try:
        purchases = read_purchases(options.purchases, min_customer=3)
    except SeamlessError as error:
        console.print(f"[red]{error}[/]")
        return 1
    found = measure(purchases, Config.read(), options.max_minutes)
    spans = {name: interval(judged.ranks) for name, judged in found.items()}
    table = Table("leave-last-out", "HR@10", "95 %", "nDCG@10", "95 %")
    for name, judged in found.items():
        hit, ndcg = ("{:.3f}-{:.3f}".format(*spans[name][key]) for key in ("hit_rate", "ndcg"))
        table.add_row(name, f"{judged.hit_rate:.3f}", hit, f"{judged.ndcg:.3f}", ndcg)
    console.print(table)
    if options.json:
        rows = {
            name: {"hit_rate": judged.hit_rate, "ndcg": judged.ndcg, "95%": spans[name]}
            for name, judged in found.items()
        }
        options.json.write_text(json.dumps({"customers": len(purchases.sequences), "figures": rows}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
