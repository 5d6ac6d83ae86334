"""How many attempts to instruct the assistant the input guard finds, and how often it accuses an honest text.

    python -m seamless_retail.training.benchmarks.input_guard [--split held_out|train] [--json FILE]

Texts: ``training/data/injections.py``. Rules and head were made with the training side only. Of the held-out side,
near-duplicates of no text of the training side, figures are shown and the ids of what failed, not the texts. Our own
cases were written before the rules, but by the same hand. Beside the guard run a list of keywords, which is what many
shops begin with, and a guard that finds everything harmless. Intervals are Wilson's, of 95 %, over groups of
near-duplicates.
"""

import argparse
import json
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown

from seamless_retail.core.settings import load_settings
from seamless_retail.lobes.guardrails.input_guard import InputGuard, detection
from seamless_retail.models.injection_head import InjectionHead
from seamless_retail.models.sentence_encoder import SentenceEncoder
from seamless_retail.training.data.injections import Specimen, read_specimens

TARGETS = "false alarms <= 0.5 %, rules p50 <= 1 ms a message"
KEYWORDS = re.compile(
    r"ignore (?:all |the )?previous|ignore (?:all |your )?instructions|system prompt|jailbreak|do anything now|"
    r"\bdan mode|developer mode|pretend (?:to be|you are)|act as|roleplay|bypass|no restrictions|unfiltered",
    re.IGNORECASE,
)
"""The baseline: phrases that lists of prompt injections on the web agree on."""

Judge = Callable[[Specimen], bool]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its interval."""

    hits: int
    of: int
    groups: int

    def figures(self) -> dict[str, Any]:
        """As JSON: share, interval of 95 %, and counts."""
        share = self.hits / self.of if self.of else 0.0
        low, high = wilson(share, self.groups)
        return {"share": round(share, 4), "interval": [round(low, 4), round(high, 4)], "hits": self.hits, "of": self.of}


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share of ``n`` independent cases."""
    if not n:
        return 0.0, 1.0
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def judges(head: InjectionHead) -> dict[str, Judge]:
    """The guards that are compared."""
    rules, both = InputGuard(), InputGuard(head)
    return {
        "always harmless": lambda specimen: False,
        "keywords": lambda specimen: bool(KEYWORDS.search(specimen.text)),
        "rules": lambda specimen: rules.screen(specimen.text, specimen.where).is_attack,
        "rules and head": lambda specimen: both.screen(specimen.text, specimen.where).is_attack,
    }


def measure(specimens: Sequence[Specimen], head: InjectionHead) -> dict[str, Any]:
    """Shares flagged by guard, place and source; the failing ids of the whole guard."""
    found = {name: [judge(s) for s in specimens] for name, judge in judges(head).items()}
    keys = sorted({(not s.attack, s.where, s.source) for s in specimens})
    rows = []
    for harmless, where, source in [*keys, (True, "query", "all"), (True, "passage", "all")]:
        chosen = [
            row
            for row, s in enumerate(specimens)
            if (not s.attack, s.where) == (harmless, where) and source in ("all", s.source)
        ]
        shares = {name: _share(specimens, flags, chosen).figures() for name, flags in found.items()}
        rows.append({"kind": "harmless" if harmless else "attack", "where": where, "source": source, **shares})
    whole = found["rules and head"]
    failing = [s.id for s, flag in zip(specimens, whole, strict=True) if flag != s.attack]
    return {"targets": TARGETS, "rows": rows, "failing": failing}


def _share(specimens: Sequence[Specimen], flags: Sequence[bool], rows: Sequence[int]) -> Share:
    groups = {specimens[row].group or specimens[row].id for row in rows}
    return Share(sum(flags[row] for row in rows), len(rows), len(groups))


def speed(specimens: Sequence[Specimen]) -> dict[str, Any]:
    """Milliseconds of the rules for one harmless text, not remembered: median and 99th percentile."""
    figures: dict[str, Any] = {}
    for where in ("query", "passage"):
        texts = [s.text for s in specimens if s.where == where and not s.attack]
        detection.screen(texts[0], where)
        times = []
        for text in texts:
            started = time.perf_counter()
            detection.screen(text, where)
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        figures[where] = {
            "p50_ms": round(statistics.median(times), 3),
            "p99_ms": round(times[int(0.99 * len(times))], 3),
            "characters": round(statistics.mean(map(len, texts))),
        }
    return figures


def render(figures: dict[str, Any]) -> str:
    """The figures as markdown."""
    names = [name for name in figures["rows"][0] if name not in ("kind", "where", "source")]
    lines = [f"| kind | where | source | {' | '.join(names)} |", "|---|---|---|" + "---|" * len(names)]
    for row in figures["rows"]:
        cells = [
            f"{row[name]['share']:.3f} [{row[name]['interval'][0]:.3f}, {row[name]['interval'][1]:.3f}] "
            f"({row[name]['hits']} of {row[name]['of']})"
            for name in names
        ]
        lines.append(f"| {row['kind']} | {row['where']} | {row['source']} | {' | '.join(cells)} |")
    lines += [
        "",
        f"Speed of the rules: {json.dumps(figures['speed'])}",
        "",
        f"Failing: {', '.join(figures['failing'])}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("held_out", "train"), default="held_out")
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the data sets")
    parser.add_argument("--json", type=Path, help="write all figures")
    options = parser.parse_args()
    specimens = [s for s in read_specimens(options.data) if s.split == options.split]
    figures = measure(specimens, InjectionHead.load(SentenceEncoder()))
    figures["speed"] = speed(specimens)
    Console(width=250).print(Markdown(render(figures)))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
