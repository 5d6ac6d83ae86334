"""The guard's table: labels, baselines, bypass, ablations, speed and patient notes, each figure with its aim.

    python -m seamless_retail.training.benchmarks.guardrails [--part all] [--json FILE]

Ids of failing cases go to the JSON file. That no allergen added loosens a verdict, that order, case and spacing change
none, and that a block is stable under synonyms and typos, is held by property tests: ``tests/lobes/guardrails/labels/
test_properties.py`` and ``tests/lobes/guardrails/rules/test_judge_properties.py``.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from seamless_retail.core.settings import load_settings
from seamless_retail.lobes.guardrails.labels.reading import LabelReader
from seamless_retail.training.benchmarks import patient_reading
from seamless_retail.training.benchmarks.guardrail_ablations import measure_ablations
from seamless_retail.training.benchmarks.guardrail_baselines import measure_baselines
from seamless_retail.training.benchmarks.guardrail_bypass import measure_bypass
from seamless_retail.training.benchmarks.guardrail_figures import Aim, Figure, as_records, render
from seamless_retail.training.benchmarks.guardrail_labels import (
    Answer,
    Case,
    answer,
    measure_cases,
    measure_over_block,
    read_cases,
)
from seamless_retail.training.benchmarks.guardrail_speed import measure_speed

NOTES = {"recall": Aim(0.97), "precision": Aim(0.93)}


def main() -> None:
    """Measure and print."""
    parts = ("cases", "baselines", "bypass", "ablations", "speed", "notes")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=load_settings().data)
    parser.add_argument("--part", choices=("all", *parts), default="all")
    parser.add_argument("--json", type=Path, help="write all figures with the failing ids")
    options = parser.parse_args()
    measures = _measures(options.data)
    figures = [figure for part in parts if options.part in ("all", part) for figure in measures[part]()]
    Console(soft_wrap=True, highlight=False).print(render(figures), markup=False)
    if options.json:
        options.json.write_text(json.dumps(as_records(figures), indent=1, ensure_ascii=False), encoding="utf-8")


def _measures(data: Path) -> dict[str, Callable[[], list[Figure]]]:
    cases, reader = read_cases(data / "nutrition_dev" / "cases.jsonl.gz"), LabelReader()

    def guard(case: Case) -> Answer:
        return answer(reader, case["text"])

    return {
        "cases": lambda: [*measure_cases(guard, cases), *measure_over_block(guard, cases)],
        "baselines": lambda: measure_baselines(cases, data / "off_taxonomy"),
        "bypass": lambda: measure_bypass(reader, cases),
        "ablations": lambda: measure_ablations(cases),
        "speed": lambda: measure_speed(data / "usda_branded" / "branded_ingredients.csv.gz"),
        "notes": _measure_notes,
    }


def _measure_notes() -> list[Figure]:
    """The patient notes over all languages, with their failing ids."""
    measured = patient_reading.measure()
    failing = tuple(failed["id"] for failed in measured["failing"])
    row = measured["rows"][0]
    figures = []
    for name, aim in NOTES.items():
        value, low, high = row[name]
        figures.append(Figure(f"patient notes: {name}", value, low, high, row["notes"], aim, failing))
    return figures


if __name__ == "__main__":
    main()
