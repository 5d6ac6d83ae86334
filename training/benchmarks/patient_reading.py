"""How well the guard reads what customers and clinicians write: contraindications found, and found too many.

    python -m seamless_retail.training.benchmarks.patient_reading [--json FILE]

Cases: the 300 notes of ``patient_notes``. Failures of half a were read while the reader was written; of half b only
totals are ever shown, here and in the file. A key is compared after its aliases are resolved: conditions and diets by
the tables' ids, medicines by their INN (``cyclosporine`` is ``ciclosporin``). ``optional`` keys count neither way.
Intervals are bootstrap intervals of 95 % over notes.
"""

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console

from seamless_retail.core.food_facts.conditions import condition_ids
from seamless_retail.core.food_facts.medicines import load_medicines
from seamless_retail.lobes.guardrails.patient import read_context
from seamless_retail.training.benchmarks.patient_notes import Note, read_notes

TARGET = "recall >= .97, precision >= .93"
RESAMPLES = 2000
_FACT_IDS = {
    "celiac": "coeliac",
    "diabetes_t2": "diabetes",
    "infant_u12m": "infant",
    "hemochromatosis": "haemochromatosis",
    "hypoglycemia_now": "hypoglycaemia",
}
"""Ids of ``nutrition_facts`` that the tables spell otherwise."""


@dataclass(frozen=True, slots=True)
class Score:
    """Keys found, missed and added in one note."""

    id: str
    found: int
    missed: tuple[str, ...]
    added: tuple[str, ...]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write all figures, with the failing ids of half a")
    options = parser.parse_args()
    figures = measure()
    Console(soft_wrap=True, highlight=False).print(render(figures), markup=False)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


def measure() -> dict[str, Any]:
    """Recall and precision of each half, over all languages and of each, and the failing notes of half a."""
    rows: list[dict[str, Any]] = []
    for half in ("a", "b"):
        notes = read_notes(half="a" if half == "a" else "b")
        for language in ("all", *sorted({note.lang for note in notes})):
            scores = [score_note(note) for note in notes if language in ("all", note.lang)]
            rows.append({"half": half, "language": language, "notes": len(scores), **_figures(scores)})
    opened = [score_note(note) for note in read_notes(half="a")]
    failing = [{"id": s.id, "missed": s.missed, "added": s.added} for s in opened if s.missed or s.added]
    return {"target": TARGET, "rows": rows, "failing_of_half_a": failing}


def render(figures: dict[str, Any]) -> str:
    """The figures as a markdown table, then the failing ids."""
    lines = [
        "| half | language | notes | recall | 95 % | precision | 95 % |",
        "|---|---|---:|---:|---|---:|---|",
    ]
    for row in figures["rows"]:
        recall, precision = row["recall"], row["precision"]
        lines.append(
            f"| {row['half']} | {row['language']} | {row['notes']} | {recall[0]:.3f} | {recall[1]:.3f} to "
            f"{recall[2]:.3f} | {precision[0]:.3f} | {precision[1]:.3f} to {precision[2]:.3f} |"
        )
    lines += ["", f"Target: {figures['target']}. Failing notes of half a:", ""]
    lines += [
        f"- {failed['id']}: missed {', '.join(failed['missed']) or '-'}; added {', '.join(failed['added']) or '-'}"
        for failed in figures["failing_of_half_a"]
    ]
    return "\n".join(lines)


def score_note(note: Note) -> Score:
    """Compare what is read from a note with what is to be found in it."""
    got = {canonical(key) for key in read_context(note.text, note.lang).keys}
    expected, optional = {canonical(key) for key in note.expected}, {canonical(key) for key in note.optional}
    return Score(note.id, len(got & expected), tuple(sorted(expected - got)), tuple(sorted(got - expected - optional)))


def canonical(key: str) -> str:
    """The key under the tables' own id; one that they do not know stays as it is.

    Args:
        key: ``kind:id``, the id in any of the spellings of the facts.

    Returns:
        The key with one spelling for each thing.
    """
    kind, _, name = key.partition(":")
    name = name.lower()
    if kind == "condition":
        name = condition_ids().get(_FACT_IDS.get(name, name), _FACT_IDS.get(name, name))
    elif kind == "medicine":
        name = _inns().get(name, name)
    return f"{kind}:{name.replace('_', '-')}"


@cache
def _inns() -> dict[str, str]:
    medicines = load_medicines().values()
    return {name.lower(): medicine.inn for medicine in medicines for name in (*medicine.names, medicine.inn)}


def _figures(scores: Sequence[Score]) -> dict[str, tuple[float, float, float]]:
    """Recall and precision, each with its interval."""
    draw = random.Random(0)
    samples = [_ratios(draw.choices(scores, k=len(scores))) for _ in range(RESAMPLES)]
    figures: dict[str, tuple[float, float, float]] = {}
    for place, name in enumerate(("recall", "precision")):
        drawn = sorted(sample[place] for sample in samples)
        low, high = drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]
        figures[name] = (_ratios(scores)[place], low, high)
    return figures


def _ratios(scores: Sequence[Score]) -> tuple[float, float]:
    found = sum(score.found for score in scores)
    missed, added = sum(len(score.missed) for score in scores), sum(len(score.added) for score in scores)
    return found / max(found + missed, 1), found / max(found + added, 1)


if __name__ == "__main__":
    main()
