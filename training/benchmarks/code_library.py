"""How often the code library answers a request of staff with the right function, and stays silent when it has none.

    python -m seamless_retail.training.benchmarks.code_library [--split test|dev] [--json FILE]

Requests: ``code_requests.jsonl``, written by the authors of the library, in other words than its descriptions where
they could think of any; the thresholds were set on the part ``dev``. Beside search by words and meaning run search by
words alone, which is what there is without embeddings, and an answer that is always the most frequent: silence.
Intervals are Wilson's, of 95 %.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from seamless_retail.core.settings import load_settings
from seamless_retail.graphs.coding import MIN_SCORE
from seamless_retail.graphs.sentence_models import open_embeddings
from seamless_retail.tools.code_desk import CodeDesk
from seamless_retail.tools.code_shelf import CodeShelf
from seamless_retail.training.benchmarks.input_guard import wilson

REQUESTS = Path(__file__).with_name("code_requests.jsonl")
Answer = Callable[[str], str]


def answers() -> dict[str, Answer]:
    """The searches that are compared: request → name of the entry, or empty."""
    both = CodeDesk(shelf=CodeShelf(open_embeddings(load_settings())), min_score=MIN_SCORE)
    return {"silence": lambda request: "", "words": _by(CodeDesk()), "words and meaning": _by(both)}


def measure(requests: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Shares of right answers, of those that the library has and of those that it lacks; what went wrong."""
    report: dict[str, Any] = {}
    for name, answer in answers().items():
        given = [(row, answer(row["request"])) for row in requests]
        known = [got == row["expected"] for row, got in given if row["expected"]]
        unknown = [got == "" for row, got in given if not row["expected"]]
        report[name] = {
            "right function": _share(known),
            "silent where it has none": _share(unknown),
            "wrong": [{**row, "got": got} for row, got in given if got != row["expected"]],
        }
    return report


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("test", "dev"), default="test")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [json.loads(line) for line in REQUESTS.read_text(encoding="utf-8").splitlines()]
    report = measure([row for row in rows if row["split"] == options.split])
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    console = Console(width=120, highlight=False)
    for name, figures in report.items():
        for measured in ("right function", "silent where it has none"):
            share = figures[measured]
            low, high = share["interval"]
            told = f"{share['hits']} of {share['of']} = {share['share']:.1%} ({low:.1%} to {high:.1%})"
            console.print(f"{name:20} {measured:26} {told}")


def _by(desk: CodeDesk) -> Answer:
    def answer(request: str) -> str:
        best = next(iter(desk.candidates(request)), None)
        return best.entry.name if best and best.score >= desk.min_score else ""

    return answer


def _share(right: Sequence[bool]) -> dict[str, Any]:
    share = sum(right) / len(right)
    low, high = wilson(share, len(right))
    return {"share": round(share, 4), "interval": [round(low, 4), round(high, 4)], "hits": sum(right), "of": len(right)}


if __name__ == "__main__":
    main()
