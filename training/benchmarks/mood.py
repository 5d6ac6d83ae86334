"""How well moods are read: the head beside the commonest answer, lists of words, and TF-IDF with logistic regression.

    python -m seamless_retail.training.benchmarks.mood [--blind] [--json FILE]

Messages: the held-out groups of ``training/data/mood_authored``, and with ``--blind`` those of ``mood_blind.jsonl``,
which were written by somebody who saw neither the messages nor the head. ``mood said of plain
questions`` is the share of the shop's benchmark questions of which a reader says that they are negative or positive:
each would get an apology or thanks that nobody asked for.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from seamless_retail.core.moods import FLAGS, SENTIMENTS, URGENCIES, Mood
from seamless_retail.lobes.mood_emergency import danger_in
from seamless_retail.lobes.mood_person import asks_for_person
from seamless_retail.training.benchmarks.mood_baselines import Reader, by_tfidf, by_words, commonest
from seamless_retail.training.data.moods import MoodExample, read_moods, split_moods

BLIND = "mood_blind.jsonl"
WANTS_PERSON = "wants a person"
"""In the names of groups whose messages ask for one."""
SCALES: Mapping[str, tuple[str, ...]] = {"sentiment": SENTIMENTS, "urgency": URGENCIES}


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of 1."""

    accuracy: Mapping[str, float]
    """By scale."""
    macro_f1: Mapping[str, float]
    """By scale: the mean over its answers of 2·TP / (2·TP + FP + FN)."""
    precision: Mapping[str, float]
    """By flag; 1 where it is never said."""
    recall: Mapping[str, float]
    """By flag; NaN where it never holds."""
    calibration_error: float | None = None
    """Expected calibration error of the sentiment (Guo et al. 2017, equation 3, 10 bins)."""


def judge(moods: Sequence[Mood], examples: Sequence[MoodExample]) -> Figures:
    """The figures of what a reader said of some messages."""
    accuracy, macro = {}, {}
    for scale, names in SCALES.items():
        said = np.array([getattr(mood, scale) for mood in moods])
        truth = np.array([getattr(example, scale) for example in examples])
        accuracy[scale] = float((said == truth).mean())
        macro[scale] = float(np.mean([_f1(said == name, truth == name) for name in names if (truth == name).any()]))
    precision, recall = {}, {}
    for flag in FLAGS:
        said_so = np.array([getattr(mood, flag) for mood in moods])
        holds = np.array([flag in example.flags for example in examples])
        hits = int((said_so & holds).sum())
        precision[flag] = hits / said_so.sum() if said_so.any() else 1.0
        recall[flag] = hits / holds.sum() if holds.any() else float("nan")
    return Figures(accuracy, macro, precision, recall, _calibration(moods, examples))


def read_blind() -> list[MoodExample]:
    """The messages that were written independently; whoever wants a person is left to the rules."""
    text = (files("seamless_retail.training.benchmarks") / BLIND).read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [
        MoodExample(
            row["text"],
            row["sentiment"],
            row["urgency"],
            frozenset(flag for flag in FLAGS if row.get(flag)),
            f"blind, {WANTS_PERSON}" if row.get("wants_person") else "blind",
        )
        for row in rows
    ]


def readers() -> dict[str, Reader]:
    """The packaged head and its baselines, trained on what the head was trained on."""
    from seamless_retail.models.mood_head import MoodHead
    from seamless_retail.models.sentence_encoder import SentenceEncoder

    trained_on, _ = split_moods(read_moods())
    head = MoodHead.load(SentenceEncoder())
    return {
        "commonest answer": commonest(trained_on),
        "lists of words": by_words,
        "TF-IDF and logistic regression": by_tfidf(trained_on),
        "mood head": head.read,
        "head and rules": lambda texts: [
            with_rules(mood, text) for mood, text in zip(head.read(texts), texts, strict=True)
        ],
    }


def with_rules(mood: Mood, text: str) -> Mood:
    """What the brain makes of a message: danger that the rules find is urgent and distressing."""
    if not danger_in(text):
        return mood
    return mood.model_copy(update={"urgency": "high", "emergency": True, "distress": True})


def wishes_for_a_person(examples: Sequence[MoodExample]) -> dict[str, Any]:
    """How well the rules find who wants a human being."""
    said = np.array([asks_for_person(example.text) for example in examples])
    truth = np.array([WANTS_PERSON in example.group for example in examples])
    hits = int((said & truth).sum())
    return {
        "messages": int(truth.sum()),
        "found": hits,
        "false": int((said & ~truth).sum()),
        "of others": int((~truth).sum()),
    }


def plain_questions() -> list[str]:
    """First messages of the shop's benchmark questions."""
    text = (files("seamless_retail.training.benchmarks") / "shop_questions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line)["turns"][0] for line in text.splitlines() if line.strip()]


def moved(read: Reader, texts: Sequence[str]) -> float:
    """Share of texts of which a reader says that they are negative or positive."""
    return float(np.mean([mood.sentiment != "neutral" for mood in read(texts)]))


def measure(named: Mapping[str, Reader], examples: Sequence[MoodExample]) -> dict[str, dict[str, Any]]:
    """Figures by reader, as JSON."""
    texts = [example.text for example in examples]
    found = {}
    for name, read in named.items():
        figures = judge(read(texts), examples)
        found[name] = {
            **{f"{scale} accuracy": round(figures.accuracy[scale], 4) for scale in SCALES},
            **{f"{scale} macro F1": round(figures.macro_f1[scale], 4) for scale in SCALES},
            **{f"{flag} precision": round(figures.precision[flag], 4) for flag in FLAGS},
            **{f"{flag} recall": round(figures.recall[flag], 4) for flag in FLAGS},
            "calibration error": None if figures.calibration_error is None else round(figures.calibration_error, 4),
        }
    return found


def _f1(said: Any, truth: Any) -> float:
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))


def _calibration(moods: Sequence[Mood], examples: Sequence[MoodExample], bins: int = 10) -> float | None:
    if not all("sentiment" in mood.confidences for mood in moods):
        return None
    sure = np.array([mood.confidences["sentiment"] for mood in moods])
    right = np.array([mood.sentiment == example.sentiment for mood, example in zip(moods, examples, strict=True)])
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs((right - sure)[bin_of == b].sum()) for b in range(bins)) / len(sure))


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blind", action="store_true", help="measure on the independent messages too")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args(arguments)
    named = readers()
    sets = {"held-out groups": split_moods(read_moods())[1]}
    if options.blind:
        sets["independent messages"] = read_blind()
    report: dict[str, Any] = {name: {"messages": len(s), "readers": measure(named, s)} for name, s in sets.items()}
    report["wants a person, by rules"] = {name: wishes_for_a_person(examples) for name, examples in sets.items()}
    questions = plain_questions()
    report["mood said of plain questions"] = {name: round(moved(read, questions), 4) for name, read in named.items()}
    _show(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def _show(report: Mapping[str, Any]) -> None:
    console = Console()
    for name, found in report.items():
        if "readers" not in found:
            console.print(name, found)
            continue
        table = Table("", *found["readers"], title=f"{name}, {found['messages']} messages")
        for figure in next(iter(found["readers"].values())):
            table.add_row(figure, *[str(figures[figure]) for figures in found["readers"].values()])
        console.print(table)


if __name__ == "__main__":
    raise SystemExit(main())
