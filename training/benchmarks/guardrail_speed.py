"""How long the label engine takes, in processor time of one core.

Nothing of a text as a whole is remembered between labels, only what single words and pairs stand for. ``cold`` is the
first time that a process reads such labels, ``warm`` the next distinct ones when most of their words are known.
"""

import csv
import gzip
import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from seamless_retail.lobes.guardrails.labels.reading import LabelReader
from seamless_retail.training.benchmarks.guardrail_figures import Aim, Figure

INGREDIENTS = 100
JOINED = 12
"""Labels joined to one of ``INGREDIENTS`` ingredients."""
LABELS = 2400


def measure_speed(path: Path) -> list[Figure]:
    """Time of one label of about 100 ingredients, of the whole USDA slice, and of building the lexicon.

    Args:
        path: ``branded_ingredients.csv.gz`` of USDA FoodData Central (public domain).
    """
    with gzip.open(path, "rb") as raw:
        labels = [row["ingredients"] for row in csv.DictReader(io.TextIOWrapper(raw, "utf-8"))]
    joined = (", ".join(labels[place : place + JOINED]) for place in range(0, LABELS, JOINED))
    long = [", ".join(text.split(", ")[:INGREDIENTS]) for text in joined]
    reader = LabelReader()
    cold = _times(reader, long)
    catalogue = _processor_time(lambda: [LabelReader.read(reader, label) for label in labels])
    warm = _times(reader, long)
    built = _processor_time(LabelReader)
    name = f"speed, label of {INGREDIENTS} ingredients"
    return [
        Figure(f"{name}, warm, p50 ms", median(warm), total=len(long), aim=Aim(1.0, is_least=False)),
        Figure(f"{name}, warm, p95 ms", _percentile(warm, 0.95), total=len(long)),
        Figure(f"{name}, cold, p50 ms", median(cold), total=len(long)),
        Figure(f"speed, {len(labels):,} USDA labels, s", catalogue / 1000, total=len(labels), aim=Aim(10, False)),
        Figure("speed, building the lexicon, s", built / 1000),
    ]


def _times(reader: LabelReader, texts: Sequence[str]) -> list[float]:
    return [_processor_time(lambda text=text: reader.read(text)) for text in texts]  # type: ignore[misc]


def _processor_time(call: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    start = time.process_time()
    call()
    return 1000 * (time.process_time() - start)


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[int(part * len(values))]
