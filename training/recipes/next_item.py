"""Train the model of what a customer buys next.

    python -m seamless_retail.training.recipes.next_item --purchases FILE --out FOLDER [--max-minutes 10]
    seamless recommend train FILE                        # the same, into the folder that `seamless recommend` reads

What it makes: the two views of ``models/next_item.py``, from transactions (``training/data/transactions.py``). The
network reads every customer's purchases in order and learns to name the next one, with the full softmax over all
items; the neighbours are counted. The last purchase of some customers is held out: it chooses how much the neighbours
count, and is the figure that the model card shows. The learning rate falls to zero at the last update or at
``--max-minutes``, whichever comes first.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.markup import escape
from torch import Tensor, nn

from seamless_retail.core.errors import ImportSourceError, SeamlessError
from seamless_retail.models.item_neighbours import count_neighbours
from seamless_retail.models.module import save_module
from seamless_retail.models.next_item import Blend, NetworkConfig, NextItemModel, SequenceNetwork
from seamless_retail.training.data.transactions import Purchases, read_purchases
from seamless_retail.training.recipes.next_item_card import write_card
from seamless_retail.training.run.progress import console, training_progress

Sequences = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Config:
    """``training/configs/next_item.toml``."""

    kind: str
    width: int
    layers: int
    heads: int
    length: int
    dropout: float
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    window: int
    kept: int
    dev_customers: int
    blends: tuple[float, ...]

    @classmethod
    def read(cls) -> "Config":
        """The packaged configuration."""
        text = (files("seamless_retail.training") / "configs" / "next_item.toml").read_text(encoding="utf-8")
        return cls(**tomllib.loads(text))

    def network(self, items: int) -> NetworkConfig:
        """The network over so many items."""
        return NetworkConfig(items, self.kind, self.width, self.layers, self.heads, self.length, self.dropout)


@dataclass(frozen=True)
class Figures:
    """Full ranking of one held-out purchase per customer; what the customer has is left out."""

    hit_rate: float
    """Share of customers whose item is among the first ten."""
    ndcg: float
    """nDCG@10 with one relevant item."""
    ranks: NDArray[np.float64]
    """0 for the first, by customer; ties count half."""


def judge(scores: NDArray[np.float32], histories: Sequences, targets: Sequence[int], k: int = 10) -> Figures:
    """Rank each target among all items but the history's."""
    ranks = np.empty(len(targets))
    for row, (history, target) in enumerate(zip(histories, targets, strict=True)):
        found = scores[row].copy()
        wanted = found[target]
        found[[0, *history]] = -np.inf
        found[target] = wanted
        ranks[row] = (found > wanted).sum() + ((found == wanted).sum() - 1) / 2
    hits = ranks < k
    return Figures(float(hits.mean()), float((hits / np.log2(ranks + 2)).mean()), ranks)


# 1. A long history is cut into windows; every place of a window predicts the next.


def windows(sequences: Sequences, length: int) -> list[Sequence[int]]:
    """Parts of ``length + 1`` items, cut from the end, so that the latest purchases are read with the longest past."""
    found: list[Sequence[int]] = []
    for sequence in sequences:
        end = len(sequence)
        while end > 1:
            found.append(sequence[max(0, end - length - 1) : end])
            end -= length
    return found


def collate(parts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Inputs and targets ``[b, t]``, padded with 0 at the end."""
    length = max(map(len, parts)) - 1
    inputs, targets = torch.zeros(2, len(parts), length, dtype=torch.long)
    for row, part in enumerate(parts):
        inputs[row, : len(part) - 1] = torch.tensor(part[:-1])
        targets[row, : len(part) - 1] = torch.tensor(part[1:])
    return inputs, targets


# 2. The network learns with the full softmax; the schedule ends when the updates or the minutes do.


def train_network(
    sequences: Sequences, items: int, config: Config, *, seed: int = 7, max_minutes: float = 60.0
) -> SequenceNetwork:
    """AdamW, one cycle; the network is on the CPU afterwards."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = SequenceNetwork(config.network(items)).to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    parts = windows(sequences, config.length)
    updates = config.epochs * -(-len(parts) // config.batch)
    started, done = time.monotonic(), 0
    with training_progress(f"learning {config.kind}", updates) as report:
        for _ in range(config.epochs):
            order = rng.permutation(len(parts))
            for start in range(0, len(order), config.batch):
                share = max(done / updates, (time.monotonic() - started) / (60 * max_minutes))
                if share >= 1:
                    return network.cpu().eval()
                for group in optimizer.param_groups:
                    group["lr"] = config.learning_rate * one_cycle(share)
                loss = _update(network, optimizer, [parts[i] for i in order[start : start + config.batch]], device)
                done += 1
                report(done, {"loss": loss})
    return network.cpu().eval()


def _update(
    network: SequenceNetwork, optimizer: torch.optim.Optimizer, parts: Sequence[Sequence[int]], device: torch.device
) -> float:
    inputs, targets = (tensor.to(device) for tensor in collate(parts))
    with torch.autocast(device.type, torch.bfloat16):
        logits = network.logits(network(inputs)[targets > 0])
    loss = nn.functional.cross_entropy(logits.float(), targets[targets > 0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def one_cycle(share: float, rising: float = 0.1) -> float:
    """The factor of the learning rate after a share of the run: up from 0, then down to 0 by a cosine (Smith 2018)."""
    if share < rising:
        return share / rising
    return float((1 + np.cos(np.pi * (share - rising) / (1 - rising))) / 2)


# 3. The held-out purchases choose how much the neighbours count.


def fit(
    purchases: Purchases, config: Config, *, seed: int = 7, max_minutes: float = 60.0
) -> tuple[NextItemModel, Figures]:
    """The model and its held-out figures.

    Args:
        purchases: Of all customers.
        config: How to train.
        seed: Of the network and of who is held out.
        max_minutes: Minutes the network may take.

    Raises:
        ImportSourceError: Nobody bought three different items, so that nothing can be held out.
    """
    rng = np.random.default_rng(seed)
    long = [row for row, sequence in enumerate(purchases.sequences) if len(sequence) > 2]
    if not long:
        raise ImportSourceError("No customer bought three different items.", "Give more purchases.")
    held = sorted(rng.permutation(long)[: min(config.dev_customers, len(long) // 5 or 1)].tolist())
    training = [list(sequence) for sequence in purchases.sequences]
    targets = [training[row].pop() for row in held]
    histories = [training[row] for row in held]
    items = len(purchases.items)
    network = train_network(training, items, config, seed=seed, max_minutes=max_minutes)
    near = count_neighbours(training, items, window=config.window, kept=config.kept)
    counts = np.bincount([number for sequence in training for number in sequence], minlength=items + 1)
    models = [
        NextItemModel(purchases.items, network, near, counts, replace(Blend(), neighbours=weight))
        for weight in config.blends
    ]
    judged = [judge(model.scores(histories), histories, targets) for model in models]
    best = max(range(len(models)), key=lambda i: judged[i].ndcg)
    return models[best], judged[best]


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, train, choose, write."""
    options = _parser().parse_args(arguments)
    config = Config.read()
    try:
        purchases = read_purchases(options.purchases, repeats=options.repeats, min_item=options.min_item)
        purchases = purchases.first(options.max_samples or len(purchases.sequences))
        console.print(f"{len(purchases.sequences)} customers, {len(purchases.items)} items")
        if not options.dry_run:
            _train(purchases, config, options)
    except SeamlessError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        return 1
    return 0


def _train(purchases: Purchases, config: Config, options: argparse.Namespace) -> None:
    model, figures = fit(purchases, config, seed=options.seed, max_minutes=options.max_minutes)
    save_module(options.out, model.stored())
    write_card(options.out, purchases, config.dev_customers, figures.hit_rate, figures.ndcg, model.blend)
    console.print(f"held out: HR@10 {figures.hit_rate:.3f}, nDCG@10 {figures.ndcg:.3f}")
    console.print(f"written to {escape(str(options.out))}", soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--purchases", type=Path, required=True, help="transactions: customer, item, time")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, configuration and card")
    parser.add_argument("--repeats", action="store_true", help="count an item again that a customer buys again")
    parser.add_argument("--min-item", type=int, default=1, help="purchases an item needs to be learned")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-samples", type=int, default=0, help="train on so many customers only")
    parser.add_argument("--max-minutes", type=float, default=15.0)
    parser.add_argument("--dry-run", action="store_true", help="read and check the data, train nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
