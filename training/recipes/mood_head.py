"""Train the mood head: sentiment, urgency, danger and distress of customers' messages.

    seamless train mood_head --config shop --out models/weights/mood_head

What it makes: one hidden layer over the mean-pooled states of all six layers of the frozen all-MiniLM-L6-v2, from the
pass that the intent router makes anyway. It learns from messages written for this project
(``training/data/mood_authored``), alone and beside a plain question, and from plain questions, which have no mood.

How it is judged: a group of messages, of one kind and hand, lies on one side of the split. Temperatures and thresholds
are fitted on folds of the training side that keep groups whole: what is said of a message other than "neutral" and
"normal" must be right :data:`PRECISION` of the time there. The held-out groups are only read for the card.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from seamless_retail.core.moods import FLAGS, SENTIMENTS, URGENCIES
from seamless_retail.models.layer_heads import pool
from seamless_retail.models.module import StoredModule, load_module, save_module
from seamless_retail.models.mood_head import JUDGED, KIND, OUTPUTS, SCALES, MoodHead, split_logits
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.benchmarks.mood import judge
from seamless_retail.training.data.moods import MoodExample, paired, read_background, read_moods, split_moods
from seamless_retail.training.recipes.mood_head_card import write_card
from seamless_retail.training.run import (
    Check,
    Comparison,
    Optimisation,
    Order,
    Recipe,
    RecipeSettings,
    Run,
    Verification,
    main,
    optimise,
)

PRECISION = 0.8
"""Share of right among what is said with more than the threshold."""
DANGER_PRECISION = 0.7
"""The same for danger: a needless "call if somebody is in danger" costs less than a missed one."""
NEVER = 0.99
"""The threshold where none is precise enough."""
LEAST = 0.4
"""The lowest threshold."""
FLAG_WEIGHT = 3.0
"""How much more a message with a flag counts: there are a dozen without it for each."""


class MoodHeadSettings(RecipeSettings):
    """``training/configs/mood_head``."""

    layers: tuple[int, ...] = (1, 2, 3, 4, 5, 6)
    """Of the encoder, counted from 1."""
    hidden: int = 64
    gain: float = 10.0
    """Length of each layer's features."""
    dropout: float = 0.3
    """Of features and hidden units."""
    background: int = 1000
    """Plain questions among the messages."""
    folds: int = 5
    optimisation: Optimisation


class Head(nn.Module):
    """``W₂ GELU(W₁ x + b₁) + b₂`` on standardised features."""

    def __init__(self, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.hidden, self.output = nn.Linear(width, hidden), nn.Linear(hidden, OUTPUTS)
        self._dropout = dropout

    def forward(self, x: Tensor) -> Tensor:
        """``[n, layers · d]`` → logits ``[n, OUTPUTS]``."""
        x = functional.gelu(self.hidden(functional.dropout(x, self._dropout, self.training)), approximate="tanh")
        logits: Tensor = self.output(functional.dropout(x, self._dropout, self.training))
        return logits


def chosen(settings: MoodHeadSettings, run: Run) -> list[MoodExample]:
    """The messages to train on, alone and beside plain questions, and other plain questions."""
    messages, questions = split_moods(read_moods())[0], read_background()
    shuffled = [questions[i] for i in np.random.default_rng(run.seed).permutation(len(questions))]
    plain, beside = shuffled[: settings.background], shuffled[settings.background :]
    return list(run.limited([*messages, *paired(messages, beside), *plain]))


def check(settings: MoodHeadSettings, run: Run) -> Mapping[str, int]:
    """Read every message."""
    return {"messages": len(chosen(settings, run)), "held out": len(split_moods(read_moods())[1])}


class Prepared:
    """Features ``[n, layers · d]`` with the standardisation that the head applies itself, and labels."""

    def __init__(self, encoder: SentenceEncoder, examples: Sequence[MoodExample], settings: MoodHeadSettings) -> None:
        texts = [example.text for example in examples]
        parts = [encoder.encode_layers(texts[at : at + 256]) for at in range(0, len(texts), 256)]
        raw = torch.from_numpy(pool(np.concatenate(parts), settings.layers))
        self.mean = raw.mean(0)
        lengths = (raw - self.mean).unflatten(1, (len(settings.layers), -1)).square().sum(2).mean(0).sqrt()
        self.scale = (lengths / settings.gain).repeat_interleave(raw.shape[1] // len(settings.layers))
        self.inputs = (raw - self.mean) / self.scale
        self.labels = {
            "sentiment": torch.tensor([SENTIMENTS.index(example.sentiment) for example in examples]),
            "urgency": torch.tensor([URGENCIES.index(example.urgency) for example in examples]),
        }
        self.flags = torch.tensor([[float(flag in example.flags) for flag in FLAGS] for example in examples])

    def loss(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Cross-entropy of both scales and of the flags, for the logits of some rows."""
        device = logits.device
        total, start = torch.zeros((), device=device), 0
        for scale, names in SCALES.items():
            total = total + functional.cross_entropy(
                logits[:, start : start + len(names)], self.labels[scale][rows].to(device)
            )
            start += len(names)
        weight = torch.tensor(FLAG_WEIGHT, device=device)
        flags = self.flags[rows].to(device)
        return total + functional.binary_cross_entropy_with_logits(logits[:, start:], flags, pos_weight=weight)


def train_head(data: Prepared, rows: np.ndarray, settings: MoodHeadSettings, run: Run, name: str) -> Head:
    """A head that has seen some rows."""
    torch.manual_seed(run.seed)
    head, order = Head(data.inputs.shape[1], settings.hidden, settings.dropout), Order(len(rows), run.seed)
    each = settings.optimisation.micro_batch or settings.optimisation.batch

    def batch_loss(module: nn.Module, number: int) -> Mapping[str, Tensor]:
        drawn = torch.from_numpy(rows[order.draw(number, each)])
        return {"loss": data.loss(module(data.inputs[drawn].to(run.accelerator.device)), drawn)}

    optimise(run, settings.optimisation, head, batch_loss, name=name, size=len(rows))
    return head.eval().cpu()


def held_out_logits(
    data: Prepared, examples: Sequence[MoodExample], settings: MoodHeadSettings, run: Run
) -> np.ndarray | None:
    """Logits ``[n, OUTPUTS]`` of every row from a head that has not seen its group; ``None`` after a stop."""
    names = sorted({example.group for example in examples})
    fold_of = dict(zip(names, np.random.default_rng(run.seed).permutation(len(names)) % settings.folds, strict=True))
    fold = np.array([fold_of[example.group] for example in examples])
    logits = np.zeros((len(examples), OUTPUTS), np.float32)
    for number in range(settings.folds):
        head = train_head(data, np.flatnonzero(fold != number), settings, run, f"fold {number + 1}")
        if run.stopped:
            return None
        with torch.inference_mode():
            logits[fold == number] = head(data.inputs[torch.from_numpy(fold == number)]).numpy()
    return logits


def fit_temperatures(logits: np.ndarray, data: Prepared) -> dict[str, float]:
    """For each question the temperature with the least cross-entropy, on a grid of 0.05."""
    grid = [round(float(value), 2) for value in np.arange(0.3, 4.0, 0.05)]

    def cost(name: str, temperature: float) -> float:
        found = split_logits(logits, dict.fromkeys((*SCALES, *FLAGS), temperature))[name]
        if name in SCALES:
            truth = found[np.arange(len(found)), data.labels[name].numpy()]
        else:
            flag = data.flags[:, FLAGS.index(name)].numpy() > 0
            truth = np.where(flag, found, 1 - found)
        return float(-np.log(np.maximum(truth, 1e-7)).mean())

    return {name: min(grid, key=lambda t: cost(name, t)) for name in (*SCALES, *FLAGS)}


def fit_thresholds(found: Mapping[str, np.ndarray], data: Prepared) -> dict[str, float]:
    """For each answer the lowest probability from which it is right often enough."""
    thresholds = {}
    for name in JUDGED:
        scale = next((scale for scale, names in SCALES.items() if name in names), "")
        if scale:
            answer = SCALES[scale].index(name)
            said, sure = found[scale].argmax(1) == answer, found[scale][:, answer]
            truth = data.labels[scale].numpy() == answer
        else:
            said, sure = np.ones(len(found[name]), bool), found[name]
            truth = data.flags[:, FLAGS.index(name)].numpy() > 0
        wanted = DANGER_PRECISION if name == "emergency" else PRECISION
        thresholds[name] = _lowest(sure[said], truth[said], wanted)
    return thresholds


def _lowest(sure: np.ndarray, right: np.ndarray, wanted: float) -> float:
    for threshold in np.arange(LEAST, NEVER, 0.01):
        kept = sure >= threshold
        if kept.any() and right[kept].mean() >= wanted:
            return round(float(threshold), 2)
    return NEVER


def train(settings: MoodHeadSettings, run: Run) -> None:
    """Hold out, fit, write, judge."""
    encoder, examples = SentenceEncoder(), chosen(settings, run)
    data = Prepared(encoder, examples, settings)
    logits = held_out_logits(data, examples, settings, run)
    if logits is None:
        return
    temperatures = fit_temperatures(logits, data)
    thresholds = fit_thresholds(split_logits(logits, temperatures), data)
    head = train_head(data, np.arange(len(examples)), settings, run, "all messages")
    if run.stopped or not run.is_main:
        return
    tensors = {name: tensor.detach().numpy() for name, tensor in head.state_dict().items()}
    tensors |= {"mean": data.mean.numpy(), "scale": data.scale.numpy()}
    config = {
        "encoder": encoder.name,
        "encoder_sha256": encoder.weights_sha256,
        "layers": list(settings.layers),
        "temperatures": temperatures,
        "thresholds": thresholds,
    }
    module = StoredModule(KIND, config, tensors)
    save_module(run.out, module)
    held_out = run.limited(split_moods(read_moods())[1])
    write_card(run.out / "README.md", MoodHead(encoder, module), examples, held_out, (settings.layers, settings.hidden))


def verify(path: Path, run: Run) -> Verification:
    """Load a head, read a message, and compare its sentiment with the commonest answer."""
    encoder = SentenceEncoder()
    head = MoodHead(encoder, load_module(path, KIND))
    held_out = run.limited(split_moods(read_moods())[1])
    accuracy = judge(head.read([example.text for example in held_out]), held_out).accuracy["sentiment"]
    base = max(np.mean([example.sentiment == name for example in held_out]) for name in SENTIMENTS)
    angry = head.read(["this is the worst service I ever had"])[0]
    checks = (Check("loads", True), Check("reads a complaint as negative", angry.sentiment == "negative"))
    return Verification(KIND, path, checks, {"held-out sentiment accuracy": Comparison(float(base), accuracy)})


RECIPE = Recipe("mood_head", MoodHeadSettings, check, train, default="shop", verify=verify)

if __name__ == "__main__":
    sys.exit(main(RECIPE))
