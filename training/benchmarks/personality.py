"""What the dials do to held-out sentences: each blend of adapters, and the grounded composer.

    python -m seamless_retail.training.benchmarks.personality [--method linear …] [--sentences N] [--json FILE]

The plain sentences of the held-out triples are said at every setting of one dial, where all methods do the same, since
there is one adapter; then, for each method, at every setting of one dial while its neighbour is at 1, and with all four
turned up. They are scored by the style scorer, which never saw them. A setting's score is the mean over the sentences,
those included that were left plain because the model's version was at fault. Facts are compared exactly: every marked
fact of a sentence stands in what is said, in the same order, and no number is new.
"""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from seamless_retail.core.personality import DIMENSIONS, MERGE_METHODS, ClaraSpec, Merge, MergeMethod
from seamless_retail.models.persona_writer import PersonaWriter
from seamless_retail.models.style_scorer import StyleScorer
from seamless_retail.training.benchmarks.personality_composer import composer_figures
from seamless_retail.training.data.persona_records import Triple, read_examples

DIALS = (0.0, 0.25, 0.5, 0.75, 1.0)
TOGETHER = 0.8
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Setting:
    """Figures of one setting of the dials."""

    scores: tuple[float, ...]
    """Mean by dimension, minus that of the plain sentences."""
    facts_exact: float
    """Share of sentences."""
    reworded: float
    """Share of sentences whose new version was taken; the others were said as they were."""
    changed: float
    """Share of sentences that are said in other words."""


def sweep(
    triples: Sequence[Triple], scorer: StyleScorer, method: MergeMethod, neighbour: bool = False
) -> dict[str, Any]:
    """Each dial at each setting, the others in the middle, or the next one in the order of ``DIMENSIONS`` at 1."""
    figures: dict[str, Any] = {}
    for place, dimension in enumerate(DIMENSIONS):
        beside = DIMENSIONS[(place + 1) % len(DIMENSIONS)]
        held = {beside: 1.0} if neighbour else {}
        settings = {dial: setting(triples, scorer, {**held, dimension: dial}, method) for dial in DIALS}
        own = [settings[dial].scores[place] for dial in DIALS]
        moves = np.array(settings[1.0].scores) - np.array(settings[0.0].scores)
        figures[dimension] = {
            "settings": {str(dial): vars(found) for dial, found in settings.items()},
            "neighbour": beside if neighbour else "",
            "monotone": bool(all(np.diff(own) >= 0) and own[-1] > own[0]),
            "own_move": own[-1] - own[0],
            "largest_other_move": float(np.abs(np.delete(moves, place)).max()),
        }
    return figures


def setting(triples: Sequence[Triple], scorer: StyleScorer, dials: dict[str, float], method: MergeMethod) -> Setting:
    """The sentences at one setting."""
    writer = PersonaWriter.open(ClaraSpec(merge=Merge(method=method)).turned(dials))
    plain = [triple.plain("neutral") for triple in triples]
    names = sorted({fact for triple in triples for fact in triple.facts("neutral")})
    said = writer.reword(plain, names)
    moved = scorer.scores([one.text for one in said]) - scorer.scores(plain)
    return Setting(
        scores=tuple(float(value) for value in moved.mean(axis=0)),
        facts_exact=_share([exact(triple, one.text) for triple, one in zip(triples, said, strict=True)]),
        reworded=_share([not one.faults for one in said]),
        changed=_share([one.text != before for one, before in zip(said, plain, strict=True)]),
    )


def exact(triple: Triple, said: str) -> bool:
    """Whether every fact stands in what is said, in order, and no number is new or gone."""
    at = 0
    for fact in triple.facts("neutral"):
        at = said.find(fact, at)
        if at < 0:
            return False
        at += len(fact)
    return _NUMBER.findall(said) == _NUMBER.findall(triple.plain("neutral"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--method", action="append", choices=MERGE_METHODS, help="all by default")
    parser.add_argument("--sentences", type=int, help="the first so many; all by default")
    parser.add_argument("--side", choices=("held_out", "dev"), default="held_out")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    triples = read_examples().of("warmth", (options.side,))[: options.sentences]
    scorer, console = StyleScorer.load(), Console(width=120, highlight=False)
    report: dict[str, Any] = {"sentences": len(triples), "side": options.side, "beside another": {}, "all dials": {}}
    report["one dial"] = sweep(triples, scorer, "linear")
    _print(console, "one dial, any method", report["one dial"])
    for method in options.method or MERGE_METHODS:
        report["beside another"][method] = sweep(triples, scorer, method, neighbour=True)
        _print(console, f"{method}, the next dial at 1", report["beside another"][method])
        together = setting(triples, scorer, dict.fromkeys(DIMENSIONS, TOGETHER), method)
        report["all dials"][method] = vars(together)
        moves = ", ".join(f"{d} {score:+.2f}" for d, score in zip(DIMENSIONS, together.scores, strict=True))
        console.print(f"all dials {TOGETHER}: {moves}; facts exact {together.facts_exact:.0%}\n")
        _write(options.json, report)
    report["composer"] = composer_figures(scorer)
    _print(console, "grounded composer", report["composer"])
    _write(options.json, report)


def _print(console: Console, title: str, figures: dict[str, Any]) -> None:
    table = Table("dial", *(f"{dial:g}" for dial in DIALS), "monotone", "other", "facts", "taken", title=title)
    for dimension, row in figures.items():
        found, place = row["settings"], DIMENSIONS.index(dimension)
        table.add_row(
            dimension,
            *(f"{found[str(dial)]['scores'][place]:+.2f}" for dial in DIALS),
            "yes" if row["monotone"] else "no",
            f"{row['largest_other_move']:.2f}",
            f"{min(one['facts_exact'] for one in found.values()):.0%}",
            f"{min(one['reworded'] for one in found.values()):.0%}",
        )
    console.print(table)


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def _write(path: Path | None, report: dict[str, Any]) -> None:
    if path:
        path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
