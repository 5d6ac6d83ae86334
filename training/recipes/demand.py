"""Train the demand forecaster, a Temporal Fusion Transformer.

    python -m seamless_retail.training.recipes.demand --config shop --out models/weights/forecaster/shop
    python -m seamless_retail.training.recipes.demand --config weekly --out models/weights/forecaster/weekly

What it learns from: ``shop`` reads the embedded shop's daily sales by product and store (make it with `seamless shop
seed`), with price, promotion, calendar, season of the category and static attributes; ``weekly`` reads UCI Online
Retail.
``--config`` also takes a YAML file of your own.

How it is judged: the last ``holdout`` periods are never read here; the benchmark reports them. The ``horizon`` before
them chooses which of the checked weights are kept. So no window that is trained on reaches into either.

``--resume`` goes on from the checkpoint in ``--out``: weights, optimiser and random numbers, in safetensors and JSON.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from safetensors.torch import load_file, save_file
from torch import Tensor

from seamless_retail.core.database import open_shop
from seamless_retail.core.errors import ConfigurationError, SeamlessError
from seamless_retail.core.settings import load_settings
from seamless_retail.models.forecaster import Forecaster
from seamless_retail.models.forecasting.panel import Panel
from seamless_retail.models.forecasting.temporal_fusion import (
    Batch,
    Shape,
    TemporalFusionTransformer,
    quantile_loss,
)
from seamless_retail.models.forecasting.windows import KNOWN, PAST, REALS, Vocabulary, Windows
from seamless_retail.models.module import save_module
from seamless_retail.training.data.demand import embedded_shop_panel, online_retail_panel, synthetic_panel
from seamless_retail.training.recipes.demand_card import write_card
from seamless_retail.training.recipes.demand_config import Config

CHECKPOINT, PROGRESS = "checkpoint.safetensors", "checkpoint.json"
console = Console(stderr=True)


# 1. The series, without the holdout.


def read_panel(config: Config, data: Path, seed: int) -> Panel:
    """The history that training may see; plans of prices and promotions reach further."""
    if config.data == "shop":
        with closing(open_shop(load_settings().shop_url)) as shop:
            panel = embedded_shop_panel(shop, config.horizon)
    else:
        panel = online_retail_panel(data) if config.data == "online_retail" else synthetic_panel(seed)
    return panel.until(panel.length - config.holdout)


def vocabulary_of(panel: Panel) -> Vocabulary:
    """Every group and store, sorted."""
    return Vocabulary(tuple(sorted(set(panel.groups))), tuple(sorted(set(panel.stores))))


def shape_of(config: Config, vocabulary: Vocabulary) -> Shape:
    """The network's sizes."""
    sizes = {"encoder": config.encoder, "horizon": config.horizon, "hidden": config.hidden, "heads": config.heads}
    return Shape(PAST, KNOWN, REALS, vocabulary.sizes, **sizes, dropout=config.dropout)


# 2. Windows: every series from its second week on, at every origin whose horizon lies before the validation.


class Sampler:
    """Draws training windows; the sum over all stores as often as all stores together."""

    def __init__(self, panel: Panel, config: Config, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.last = panel.length - 2 * config.horizon
        self.first = np.maximum(panel.length - panel.ages() + config.horizon // 2, config.encoder // 2)
        usable = self.first <= self.last
        weights = np.ones(len(panel.names))
        if panel.stores:
            weights[np.array(panel.stores) == "all"] = len(set(panel.stores)) - 1
        self.chances = weights * usable / (weights * usable).sum()

    def draw(self, count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Series and origins ``[count]``."""
        series = self.random.choice(len(self.chances), count, p=self.chances)
        share = self.random.random(count)
        return series, (self.first[series] + share * (self.last - self.first[series] + 1)).astype(np.intp)


def validation_windows(panel: Panel, config: Config) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The same series each time, all at the origin one horizon before the end."""
    origin = panel.length - config.horizon
    usable = np.flatnonzero(panel.length - panel.ages() < origin)
    chosen = np.random.default_rng(0).permutation(usable)[: config.validation]
    return np.sort(chosen), np.full(len(chosen), origin)


# 3. The loss: quantiles by the pinball, the mean by the Poisson's deviance; large series count as their square root.


def loss_of(output: Tensor, truth: Tensor, scale: Tensor, levels: Tensor) -> Tensor:
    """Mean over windows and periods; ``output [b, h, 1 + levels]`` and ``truth [b, h]`` in units of the scale."""
    mean, quantiles = output[..., 0] + 1e-4, output[..., 1:]
    deviance = mean - truth * mean.log()
    pinball = quantile_loss(quantiles, truth, levels).mean(-1) * 2
    weight = scale.sqrt()[:, None]
    return ((deviance + pinball) * weight).sum() / (weight.sum() * truth.shape[1])


class Trainer:
    """One network, its optimiser, and the best weights so far."""

    def __init__(self, panel: Panel, config: Config, seed: int, out: Path) -> None:
        torch.manual_seed(seed)
        self.config, self.out, self.panel = config, out, panel
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.vocabulary = vocabulary_of(panel)
        self.windows = Windows(panel, self.vocabulary, config.encoder, config.horizon)
        self.sampler = Sampler(panel, config, seed)
        self.network = TemporalFusionTransformer(shape_of(config, self.vocabulary)).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )
        self.levels = torch.tensor(self.network.shape.levels, device=self.device)
        self.step, self.best_step, self.best = 0, 0, float("inf")
        self.best_state = {name: value.clone() for name, value in self.network.state_dict().items()}

    def loss(self, series: NDArray[np.intp], origins: NDArray[np.intp]) -> Tensor:
        """Of some windows."""
        batch, scale = self.windows.batch(series, origins)
        truth = self.windows.truth(series, origins) / scale[:, None]
        inputs = Batch(*(part.to(self.device) for part in batch))
        target, weight = (torch.tensor(part, dtype=torch.float32, device=self.device) for part in (truth, scale))
        return loss_of(self.network(inputs), target, weight, self.levels)

    def train_step(self) -> float:
        """One update; the learning rate rises over a tenth of the steps and falls to zero as a cosine."""
        share = self.step / self.config.steps
        factor = min(share / 0.1, 1.0) * 0.5 * (1 + np.cos(np.pi * share)) + 0.01
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * factor
        loss = self.loss(*self.sampler.draw(self.config.batch))
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        return float(loss.detach())

    def check(self) -> float:
        """The validation loss; the weights are kept if they are the best so far."""
        self.network.eval()
        with torch.inference_mode():
            found = float(self.loss(*validation_windows(self.panel, self.config)))
        self.network.train()
        if found < self.best:
            self.best, self.best_step = found, self.step
            self.best_state = {name: value.clone() for name, value in self.network.state_dict().items()}
        return found

    def save(self) -> None:
        """Write a checkpoint."""
        tensors = {f"now.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best_state.items()}
        for name, parameter in self.network.named_parameters():
            state = self.optimizer.state.get(parameter, {})
            tensors |= {f"adam.{key}.{name}": value.clone() for key, value in state.items()}
        self.out.mkdir(parents=True, exist_ok=True)
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, self.out / CHECKPOINT)
        random = self.sampler.random.bit_generator.state
        record = {"step": self.step, "best_step": self.best_step, "best": self.best, "random": random}
        (self.out / PROGRESS).write_text(json.dumps(record), encoding="utf-8")

    def resume(self) -> None:
        """Go on from the checkpoint.

        Raises:
            ConfigurationError: There is none, or it is of another network.
        """
        try:
            record = json.loads((self.out / PROGRESS).read_text(encoding="utf-8"))
            tensors = load_file(self.out / CHECKPOINT)
            parts = {key: _under(key, tensors) for key in ("now", "best")}
            self.network.load_state_dict(parts["now"])
        except (OSError, RuntimeError) as error:
            raise ConfigurationError(f"Training cannot be resumed: {error}", "Start it without --resume.") from None
        self.best_state = {name: value.to(self.device) for name, value in parts["best"].items()}
        self.step, self.best_step, self.best = record["step"], record["best_step"], record["best"]
        self.sampler.random.bit_generator.state = record["random"]
        for name, parameter in self.network.named_parameters():
            keys = ("step", "exp_avg", "exp_avg_sq")
            self.optimizer.state[parameter] = {key: tensors[f"adam.{key}.{name}"].clone() for key in keys}

    def forecaster(self) -> Forecaster:
        """With the best weights."""
        self.network.load_state_dict(self.best_state)
        return Forecaster(self.network.cpu(), self.vocabulary, self.panel.frequency)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(f"{prefix}."): value for name, value in tensors.items() if name.startswith(f"{prefix}.")}


# 4. Train until the steps or the minutes are over, and write the best.


def train(trainer: Trainer, deadline: float) -> None:
    """Until the configured steps are done or ``deadline`` (``time.monotonic`` seconds) is reached."""
    config = trainer.config
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        row = progress.add_task("training", total=config.steps, completed=trainer.step)
        while trainer.step < config.steps and time.monotonic() < deadline:
            trainer.train_step()
            progress.advance(row)
            if trainer.step % config.check_every == 0 or trainer.step == config.steps:
                console.print(f"step {trainer.step}: validation loss {trainer.check():.4f}, best {trainer.best:.4f}")
                trainer.save()
    if trainer.step < config.steps:
        console.print("[yellow]--max-minutes reached; go on with --resume[/]")
        trainer.check()
        trainer.save()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, train, write."""
    options = _parser().parse_args(arguments)
    try:
        config = Config.read(options.config)
        panel = read_panel(config, options.data, options.seed)
        console.print(f"{len(panel.names)} series of {panel.length} {panel.frequency}s to {panel.dates[-1]}")
        if options.dry_run:
            return 0
        trainer = Trainer(panel, config, options.seed, options.out)
        if options.resume:
            trainer.resume()
        train(trainer, time.monotonic() + options.max_minutes * 60)
    except SeamlessError as error:
        console.print(f"[red]{error}[/]")
        return 1
    facts = {"seed": options.seed, "steps": trainer.best_step, "trained_until": panel.dates[-1].isoformat()}
    save_module(options.out, trainer.forecaster().stored(**facts))
    write_card(options.out, options.config, panel, trainer.network, trainer.best_step, trainer.best)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="shop", help="shop, weekly, test, or a YAML file")
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, checkpoint and card")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-minutes", type=float, default=60.0)
    parser.add_argument("--dry-run", action="store_true", help="read the data, train nothing")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    return parser


if __name__ == "__main__":
    sys.exit(main())
