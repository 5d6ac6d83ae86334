"""The mood head's model card, with its figures beside the baselines'."""

from collections.abc import Sequence
from pathlib import Path

from seamless_retail.models.mood_head import JUDGED, MoodHead
from seamless_retail.training.benchmarks.mood import measure, moved, plain_questions
from seamless_retail.training.benchmarks.mood_baselines import by_tfidf, by_words, commonest
from seamless_retail.training.data.moods import MoodExample, read_moods


def write_card(
    path: Path,
    head: MoodHead,
    trained_on: Sequence[MoodExample],
    held_out: Sequence[MoodExample],
    shape: tuple[Sequence[int], int],
) -> None:
    """``README.md`` beside the weights.

    Args:
        path: Where to write it.
        head: The trained head.
        trained_on: Messages that it and the baselines were trained on.
        held_out: Those of other groups.
        shape: Layers of the encoder, and hidden units.
    """
    (layers, hidden), known = shape, set(read_moods())
    authored = [example for example in trained_on if example in known]
    readers = {
        "commonest answer": commonest(authored),
        "lists of words": by_words,
        "TF-IDF + logistic regression": by_tfidf(authored),
        "this head": head.read,
    }
    figures = measure(readers, held_out)
    questions = plain_questions()
    moods = {name: f"{moved(read, questions):.4f}" for name, read in readers.items()}
    rows = [
        f"| {figure} | {' | '.join(_shown(found[figure]) for found in figures.values())} |"
        for figure in next(iter(figures.values()))
    ]
    rows.append(f"| plain questions said to have a mood | {' | '.join(moods.values())} |")
    table = "\n".join(rows)
    thresholds = ", ".join(f"{name} {head.thresholds[name]:.2f}" for name in JUDGED)
    path.write_text(
        f"""# Mood head

Reads a customer's message beside its intent: sentiment (negative, neutral, positive), urgency (low, normal, high), and
whether somebody may be in danger or its author is in distress; with calibrated probabilities.

## What it is

Mean-pooled states of layers {", ".join(map(str, layers))} of the frozen all-MiniLM-L6-v2, {hidden} hidden units (GELU),
a softmax for each scale and a sigmoid for each flag, temperatures and thresholds from held-out folds. What does not
reach its threshold ({thresholds}) is neutral and normal. It shares the intent router's pass of the encoder and adds
less than 0.1 ms to it. Stored as float32 safetensors; runs on numpy.

## Data

{len(trained_on)} messages: {len(authored)} written for this project with their mood (`training/data/mood_authored`,
shipped, Apache-2.0) in {len({e.group for e in authored})} groups of one kind and hand; those with a mood once more
beside a plain question; the others plain questions of `training/data/intents_authored`. No text is in the weights.

## How to make it

    seamless train mood_head --config shop --out FOLDER

## Held-out figures

{len(held_out)} messages of {len({e.group for e in held_out})} groups that were not trained on, written by the same
hand; plain questions: {len(questions)} of `training/benchmarks/shop_questions.jsonl`.

| | {" | ".join(readers)} |
|---|{"---|" * len(readers)}
{table}

More, with messages that somebody else wrote: `python -m seamless_retail.training.benchmarks.mood --blind`.

## Limits

English. Written messages, not collected ones: real customers are longer and less clear. Sarcasm without a sign of it is
missed. Danger is found by rules first (`lobes/mood_emergency.py`); the head only adds what they overlook, and asks
rather than tells. It judges what a text says, not a person, and nothing it says is kept beyond the conversation.
""",
        encoding="utf-8",
    )


def _shown(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.3f}"
