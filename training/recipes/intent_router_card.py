"""The intent router's figures on held-out messages, and the model card that states them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seamless_retail.core.intents import Intent
from seamless_retail.models.intent_router import IntentRouter
from seamless_retail.training.data.intents import Example


@dataclass(frozen=True, slots=True)
class Judgement:
    """Figures on messages that the head was not trained on; shares of 1, None where not measured."""

    name: str
    messages: int
    accuracy: float
    out_of_scope_recall: float | None = None
    calibration_error: float | None = None

    def sentence(self) -> str:
        """All figures in words."""
        text = f"{self.name} ({self.messages} messages): accuracy {self.accuracy:.4f}"
        if self.out_of_scope_recall is not None:
            text += f", out-of-scope recall {self.out_of_scope_recall:.4f}"
        if self.calibration_error is not None:
            text += f", expected calibration error {self.calibration_error:.4f}"
        return text


def judge(router: IntentRouter, examples: Sequence[Example], name: str) -> Judgement:
    """Accuracy, recall of the out-of-scope messages, and calibration."""
    probabilities = router.probabilities([example.text for example in examples])
    truth = np.array([router.intents.index(example.intent) for example in examples])
    right = probabilities.argmax(1) == truth
    outside = truth == router.intents.index(Intent.OUT_OF_SCOPE)
    recall = float(right[outside].mean()) if outside.any() else None
    return Judgement(name, len(examples), float(right.mean()), recall, calibration_error(probabilities, truth))


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over equal bins of confidence (Guo et al. 2017, equation 3).

    Args:
        probabilities: ``[n, classes]``.
        truth: Class numbers ``[n]``.
        bins: Number of bins.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(float((right - confidence)[bin_of == b].sum())) for b in range(bins)]
    return sum(gaps) / len(truth)


def write_card(
    out: Path,
    layers: Sequence[int],
    hidden: int,
    temperature: float,
    examples: Sequence[Example],
    judgements: Sequence[Judgement],
) -> None:
    """``README.md`` beside the weights."""
    ours = sum(example.ours for example in examples)
    by_source = Counter(example.source for example in examples)
    sources = "\n".join(f"| {name} | {number} |" for name, number in sorted(by_source.items()))
    figures = "\n".join(f"- {judgement.sentence()}" for judgement in judgements)
    (out / "README.md").write_text(
        f"""# Intent router

A head over the frozen all-MiniLM-L6-v2 that names one of eleven intents with a calibrated probability.

## What it is

Mean-pooled states of layers {", ".join(map(str, layers))} of the encoder, {hidden} hidden units (GELU), softmax at
temperature {temperature}. Stored as float32 safetensors; runs on numpy beside the encoder.

## Data

{len(examples)} messages, {ours} of them ours: written (`training/data/intents_authored`, shipped, Apache-2.0) or filled
frames (`training/data/intent_frames.py`). The others are `train.csv` of an open collection:

| source | messages |
|---|---|
{sources}

The open sets have mixed licences (CDLA-Sharing-1.0, CC BY 3.0 and 4.0, ODbL 1.0, MIT, Apache-2.0; MG-ShopDial states
none). Their rows are not shipped; the weights hold no text.

## How to make it

    python -m seamless_retail.training.recipes.intent_router --data ../shared/data/intents --out FOLDER

## Held-out figures

{figures}

`dev.csv` is drawn from the same sets as the training data and reads high. More figures, with a baseline:
`python -m seamless_retail.training.benchmarks.router`.

## Limits

English, with some transliterated Hindi. Stock questions have no open corpus; theirs were all written or framed. Where a
message has two intents one is named, and the other stands among the alternatives. Requests to cancel or change an order
count as order_status; promotions and vouchers as loyalty_program.
""",
        encoding="utf-8",
    )
