"""Train the intent router.

    python -m seamless_retail.training.recipes.intent_router --out models/weights/intent_router [--data FOLDER]

What it makes: a head with one hidden layer over the mean-pooled states of layers 2, 4 and 6 of the frozen
all-MiniLM-L6-v2. The middle layers and the hidden layer are each worth more than a point of accuracy over a linear head
on the sentence embedding (``training/LOG.md``). It trains on ``train.csv`` of the open sets, on the messages in
``training/data/intents_authored`` and on filled frames; hyperparameters stand in ``training/configs``.

How it is judged: ``dev.csv`` is held out. It is drawn from the same sets as ``train.csv`` and reads high, so
``--leave-one-source-out`` also shows how a head does on every open set it has not seen. The temperature is fitted on
folds that keep each authored family on one side, because variations of one wish would teach it too much confidence.
``test.csv`` is read only with ``--judge-on-test``, after training, for the model card.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.intents import Intent
from seamless_retail.core.settings import load_settings
from seamless_retail.models.intent_router import KIND, IntentRouter
from seamless_retail.models.layer_heads import pool
from seamless_retail.models.module import StoredModule, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.intents import Example, read_authored, read_frames, read_open_set
from seamless_retail.training.recipes.intent_router_card import Judgement, judge, write_card

INTENTS = tuple(Intent)
console = Console(stderr=True)


@dataclass(frozen=True)
class Config:
    """``training/configs/intent_router.toml``."""

    layers: tuple[int, ...]
    hidden: int
    gain: float
    frames: int
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    dropout: float
    input_dropout: float
    folds: int

    @classmethod
    def read(cls) -> "Config":
        """The packaged configuration."""
        text = (files("seamless_retail.training") / "configs" / "intent_router.toml").read_text(encoding="utf-8")
        return cls(**tomllib.loads(text))


@dataclass(frozen=True)
class Prepared:
    """Features ``[n, layers · d]``, labels ``[n]``, and the standardisation that the head applies itself."""

    features: Tensor
    labels: Tensor
    mean: Tensor
    scale: Tensor

    @property
    def inputs(self) -> Tensor:
        """The standardised features."""
        return (self.features - self.mean) / self.scale


class Head(nn.Module):
    """``W₂ GELU(W₁ x + b₁) + b₂`` on standardised features."""

    def __init__(self, width: int, config: Config) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, config.hidden)
        self.output = nn.Linear(config.hidden, len(INTENTS))
        self.config = config

    def forward(self, x: Tensor) -> Tensor:
        """``[n, layers · d]`` → logits ``[n, intents]``."""
        x = nn.functional.dropout(x, self.config.input_dropout, self.training)
        x = nn.functional.gelu(self.hidden(x), approximate="tanh")
        logits: Tensor = self.output(nn.functional.dropout(x, self.config.dropout, self.training))
        return logits


# 1. Messages become features once; no gradient ever reaches the encoder.


def embed(encoder: SentenceEncoder, examples: Sequence[Example], config: Config) -> np.ndarray:
    """Pooled states of every text, float32 ``[n, layers · d]``; with a progress bar."""
    texts = [example.text for example in examples]
    starts = range(0, len(texts), 256)
    parts = [encoder.encode_layers(texts[at : at + 256]) for at in track(starts, "reading texts", console=console)]
    return pool(np.concatenate(parts), config.layers)


def prepare(features: np.ndarray, examples: Sequence[Example], config: Config) -> Prepared:
    """Centre every feature and give every layer the same mean length."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    raw = torch.from_numpy(features).to(device)
    mean = raw.mean(0)
    lengths = (raw - mean).unflatten(1, (len(config.layers), -1)).square().sum(2).mean(0).sqrt()
    scale = (lengths / config.gain).repeat_interleave(raw.shape[1] // len(config.layers))
    labels = torch.tensor([INTENTS.index(example.intent) for example in examples], device=device)
    return Prepared(raw, labels, mean, scale)


# 2. The head trains in seconds, so it can be trained again for every fold.


def train_head(data: Prepared, rows: np.ndarray, config: Config, seed: int, label: str, deadline: float) -> Head:
    """AdamW with a one-cycle schedule; stops at ``deadline`` (``time.monotonic`` seconds) at the latest."""
    torch.manual_seed(seed)
    device, inputs = data.features.device, data.inputs
    head = Head(inputs.shape[1], config).to(device)
    steps = config.epochs * -(-len(rows) // config.batch)
    optimizer = torch.optim.AdamW(head.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.learning_rate, total_steps=steps, pct_start=0.1)
    loss_function = nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)
    chosen = torch.from_numpy(rows).to(device)
    for _ in track(range(config.epochs), label, console=console):
        for batch in chosen[torch.randperm(len(chosen)).to(device)].split(config.batch):
            loss = loss_function(head(inputs[batch]), data.labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        if time.monotonic() > deadline:
            console.print("[yellow]--max-minutes reached; stopping this head early[/]")
            break
    return head.eval()


# 3. Held-out logits give the temperature.


def folds(examples: Sequence[Example], number: int, seed: int) -> list[np.ndarray]:
    """Row numbers of each held-out fold; a family of ours stays together."""
    groups = [f"{e.source}/{e.intent}/{e.family}" if e.ours else f"row {i}" for i, e in enumerate(examples)]
    names = sorted(set(groups))
    fold_of = dict(zip(names, np.random.default_rng(seed).permutation(len(names)) % number, strict=True))
    assigned = np.array([fold_of[group] for group in groups])
    return [np.flatnonzero(assigned == fold) for fold in range(number)]


def held_out_logits(
    data: Prepared, held_out: Sequence[np.ndarray], config: Config, seed: int, deadline: float
) -> Tensor:
    """Logits of every row in ``held_out`` from a head that has not seen its fold; zeros elsewhere."""
    logits = torch.zeros(len(data.labels), len(INTENTS), device=data.features.device)
    for number, fold in enumerate(held_out, start=1):
        rest = np.setdiff1d(np.arange(len(data.labels)), fold)
        head = train_head(data, rest, config, seed, f"fold {number} of {len(held_out)}", deadline)
        with torch.inference_mode():
            logits[fold] = head(data.inputs[fold])
    return logits


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature with the least cross-entropy on held-out logits, on a grid of 0.02."""
    grid = torch.arange(0.3, 3.0, 0.02, device=logits.device)
    losses = torch.stack([nn.functional.cross_entropy(logits / temperature, labels) for temperature in grid])
    return round(float(grid[losses.argmin()]), 3)


def show_unseen_sources(
    data: Prepared, examples: Sequence[Example], config: Config, seed: int, deadline: float
) -> None:
    """Accuracy on each open set from a head trained on the others and on our messages."""
    names = sorted({example.source for example in examples if not example.ours})
    held_out = [np.array([i for i, example in enumerate(examples) if example.source == name]) for name in names]
    right = held_out_logits(data, held_out, config, seed, deadline).argmax(1) == data.labels
    for name, rows in zip(names, held_out, strict=True):
        console.print(f"{name:32} {len(rows):5} messages, accuracy unseen {float(right[rows].float().mean()):.3f}")


# 4. What is stored runs without torch.


def store(head: Head, data: Prepared, temperature: float, encoder: SentenceEncoder, seed: int) -> StoredModule:
    """The head as tensors and configuration."""
    tensors = {name: tensor.detach().cpu().numpy() for name, tensor in head.state_dict().items()}
    tensors |= {"mean": data.mean.cpu().numpy(), "scale": data.scale.cpu().numpy()}
    config = {
        "encoder": encoder.name,
        "encoder_sha256": encoder.weights_sha256,
        "intents": [intent.value for intent in INTENTS],
        "layers": list(head.config.layers),
        "temperature": temperature,
        "seed": seed,
    }
    return StoredModule(KIND, config, tensors)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, hold out, train, write, judge."""
    options = _parser().parse_args(arguments)
    config = Config.read()
    try:
        splits = {name: read_open_set(options.data, name) for name in _splits(options.judge_on_test)}
    except SeamlessError as error:
        console.print(f"[red]{error}[/]")
        return 1
    examples = [*splits["train"], *read_authored(), *read_frames(config.frames, options.seed)]
    if options.max_samples:
        kept = np.random.default_rng(options.seed).permutation(len(examples))[: options.max_samples]
        examples = [examples[i] for i in sorted(kept)]
    console.print(f"{len(examples)} messages to train on, {len(splits['dev'])} held out")
    if not options.dry_run:
        _train(options, config, examples, splits)
    return 0


def _train(
    options: argparse.Namespace, config: Config, examples: list[Example], splits: dict[str, list[Example]]
) -> None:
    deadline = time.monotonic() + options.max_minutes * 60
    encoder = SentenceEncoder()
    data = prepare(embed(encoder, examples, config), examples, config)
    if options.leave_one_source_out:
        show_unseen_sources(data, examples, config, options.seed, deadline)
        return
    held_out = held_out_logits(data, folds(examples, config.folds, options.seed), config, options.seed, deadline)
    temperature = fit_temperature(held_out, data.labels)
    head = train_head(data, np.arange(len(examples)), config, options.seed, "all messages", deadline)
    module = store(head, data, temperature, encoder, options.seed)
    save_module(options.out, module)
    router = IntentRouter(encoder, module)
    folded = Judgement(
        "folds that keep our families whole", len(examples), accuracy=_share_right(held_out, data.labels)
    )
    held = [judge(router, splits[name], f"`{name}.csv`") for name in splits if name != "train"]
    write_card(options.out, config.layers, config.hidden, temperature, examples, [folded, *held])
    for judgement in (folded, *held):
        console.print(judgement.sentence())


def _share_right(logits: Tensor, labels: Tensor) -> float:
    return float((logits.argmax(1) == labels).float().mean())


def _splits(judge_on_test: bool) -> tuple[str, ...]:
    return ("train", "dev", "test") if judge_on_test else ("train", "dev")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = load_settings().data / "intents"
    parser.add_argument("--data", type=Path, default=default, help="folder with train.csv, dev.csv and test.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, configuration and card")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--max-samples", type=int, default=0, help="train on so many messages only")
    parser.add_argument("--max-minutes", type=float, default=60.0)
    parser.add_argument("--dry-run", action="store_true", help="read and check the data, train nothing")
    parser.add_argument(
        "--leave-one-source-out", action="store_true", help="show the shift to unseen sets, write nothing"
    )
    parser.add_argument("--judge-on-test", action="store_true", help="read test.csv after training; note it in LOG.md")
    return parser


if __name__ == "__main__":
    sys.exit(main())
