"""How often the intent router is right, beside a bag-of-words baseline, and how long one message takes.

    python -m seamless_retail.training.benchmarks.router [--data ../shared/data/intents] [--split test]

The baseline is TF-IDF over words and characters with logistic regression, trained on the same ``train.csv`` and, in a
second row, on that and the messages written for this project. Latency is that of one message, embedding included.
Looks at ``test.csv`` are listed in ``training/LOG.md``.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_score, recall_score
from sklearn.pipeline import make_pipeline, make_union

from seamless_retail.core.intents import Intent
from seamless_retail.core.settings import load_settings
from seamless_retail.models.intent_router import IntentRouter
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.intents import Example, read_authored, read_open_set
from seamless_retail.training.recipes.intent_router_card import calibration_error

INTENTS = tuple(Intent)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data / "intents", help="folder with the CSV files")
    parser.add_argument("--split", choices=("test", "dev"), default="test")
    parser.add_argument("--weights", type=Path, help="a folder the recipe wrote, instead of the packaged router")
    options = parser.parse_args()
    console = Console()
    train, held_out, ours = (
        read_open_set(options.data, "train"),
        read_open_set(options.data, options.split),
        read_authored(),
    )
    encoder = SentenceEncoder()
    router = IntentRouter.load(encoder, options.weights)
    texts, truth = [example.text for example in held_out], labels(held_out)
    found = {
        "intent router": router.probabilities(texts),
        "TF-IDF + LR": baseline(train, texts),
        "TF-IDF + LR, our messages too": baseline([*train, *ours], texts),
    }
    console.print(f"{len(held_out)} messages of {options.split}.csv")
    console.print(summary(found, truth))
    console.print(by_intent(found, truth))
    console.print(overlap(found["intent router"], held_out, ours))
    console.print(latency(router, texts))


def labels(examples: Sequence[Example]) -> np.ndarray:
    """Class numbers ``[n]``."""
    return np.array([INTENTS.index(example.intent) for example in examples])


def baseline(examples: Sequence[Example], texts: Sequence[str]) -> np.ndarray:
    """Probabilities ``[n, intents]`` from TF-IDF (word 1-2, character 2-5) and logistic regression."""
    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2),
    )
    model = make_pipeline(features, LogisticRegression(C=10, max_iter=200))
    model.fit([example.text for example in examples], labels(examples))
    return model.predict_proba(list(texts))


def summary(found: dict[str, np.ndarray], truth: np.ndarray) -> Table:
    """One row per model."""
    columns = ("accuracy", "macro F1", "out-of-scope recall", "out-of-scope precision", "ECE")
    table = Table("model", *columns)
    outside = [INTENTS.index(Intent.OUT_OF_SCOPE)]
    for name, probabilities in found.items():
        guess = probabilities.argmax(axis=1)
        figures = (
            (guess == truth).mean(),
            f1_score(truth, guess, average="macro"),
            recall_score(truth, guess, labels=outside, average="macro"),
            precision_score(truth, guess, labels=outside, average="macro"),
            calibration_error(probabilities, truth),
        )
        table.add_row(name, *(f"{figure:.4f}" for figure in figures))
    return table


def by_intent(found: dict[str, np.ndarray], truth: np.ndarray) -> Table:
    """F1 of every intent, one column per model."""
    table = Table("F1 by intent", "messages", *found)
    numbers = range(len(INTENTS))
    columns = [f1_score(truth, p.argmax(axis=1), labels=numbers, average=None) for p in found.values()]
    for number, intent in enumerate(INTENTS):
        table.add_row(intent, str((truth == number).sum()), *(f"{column[number]:.3f}" for column in columns))
    return table


def overlap(probabilities: np.ndarray, held_out: Sequence[Example], ours: Sequence[Example]) -> str:
    """Accuracy without the messages that we happen to have written word for word too."""
    known = {_plain(example.text) for example in ours}
    new = np.array([_plain(example.text) not in known for example in held_out])
    right = probabilities.argmax(axis=1) == labels(held_out)
    return f"{(~new).sum()} messages also stand in ours; accuracy on the other {new.sum()}: {right[new].mean():.4f}"


def _plain(text: str) -> str:
    return " ".join(text.lower().strip(" .?!").split())


def latency(router: IntentRouter, texts: Sequence[str], limit: int = 500) -> str:
    """Time per message, one by one; every text is asked once, so that nothing is remembered."""
    times = []
    distinct = list(dict.fromkeys(texts))
    for text in ["warm up", "and once more", *distinct[:limit]]:
        started = time.perf_counter()
        router.classify([f"{text} "])
        times.append((time.perf_counter() - started) * 1000)
    p50, p95 = np.percentile(times[2:], [50, 95])
    return f"one message, embedding included: p50 {p50:.1f} ms, p95 {p95:.1f} ms"


if __name__ == "__main__":
    main()
