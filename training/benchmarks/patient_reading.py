"""How well the guard reads what customers and clinicians write: contraindications found, and found too many.

    python -m seamless_retail.training.benchmarks.patient_reading [--notes FILE] [--json FILE]

Cases: the 300 notes of ``patient_notes``, all of which were read while the reader was written: their figures are those
of development. ``--notes`` measures other notes of the same form, which nobody has read. A key is compared after its
aliases are resolved: conditions and diets by the tables' ids, medicines by their INN (``cyclosporine`` is
``ciclosporin``). ``optional`` keys count neither way. Intervals are bootstrap intervals of 95 % over notes.
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
    parser.add_argument("--notes", type=Path, help="other notes, in the form of patient_notes.jsonl")
    parser.add_argument("--json", type=Path, help="write all figures, with the failing ids")
    options = parser.parse_args()
    figures = measure(options.notes)
    Console(soft_wrap=True, highlight=False).print(render(figures), markup=False)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


def measure(path: Path | None = None) -> dict[str, Any]:
    """Recall and precision over all notes, of each language and of each style, and the failing notes."""
    notes = read_notes(path)
    scores = {note.id: score_note(note) for note in notes}
    parts: dict[str, list[Score]] = {"all": list(scores.values())}
    for note in notes:
        for part in (note.lang, note.style):
            parts.setdefault(part, []).append(scores[note.id])
    rows = [{"part": part, "notes": len(of), **_figures(of)} for part, of in parts.items()]
    failing = [{"id": s.id, "missed": s.missed, "added": s.added} for s in scores.values() if s.missed or s.added]
    return {"target": TARGET, "rows": rows, "failing": failing}


def render(figures: dict[str, Any]) -> str:
    """The figures as a markdown table, then the failing ids."""
    lines = [
        "| part | notes | recall | 95 % | precision | 95 % |",
        "|---|---:|---:|---|---:|---|",
    ]
    for row in figures["rows"]:
        recall, precision = row["recall"], row["precision"]
        lines.append(
            f"| {row['part']} | {row['notes']} | {recall[0]:.3f} | {recall[1]:.3f} to "
            f"{recall[2]:.3f} | {precision[0]:.3f} | {precision[1]:.3f} to {precision[2]:.3f} |"
        )
    lines += ["", f"Target: {figures['target']}. Failing notes:", ""]
    lines += [
        f"- {failed['id']}: missed {', '.join(failed['missed']) or '-'}; added {', '.join(failed['added']) or '-'}"
        for failed in figures["failing"]
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
    return f"{kind}:{name.replace('_', '-').replace(' ', '-')}"


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
