"""The command line: measures the parts that are asked for and prints their tables.

    python -m seamless_retail.training.benchmarks.compression [--model FOLDER] [--only a,c] [--json FILE]

Parts: a, answers on the shop's held-out products; b, on real dev sets; c, one of twenty candidates; d, text against
stored memories in time; e, what compressing costs; f, bytes per document; g, exactness. Tables go to standard output,
all else to standard error. Figures of other parts in the JSON file stay, if the weights are still the same.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from seamless_retail.core.errors import ConfigurationError, SeamlessError
from seamless_retail.core.settings import load_settings
from seamless_retail.training.benchmarks.compression.bench import Bench, Settings, console
from seamless_retail.training.benchmarks.compression.parts import PARTS, measure, show, write_figures

PACKAGED = Path(str(files("seamless_retail.models"))) / "weights" / "clara_nano"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 after an error, which is printed with its remedy."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except SeamlessError as error:
        console.print(f"[red]Error:[/] {error.message}", soft_wrap=True)
        console.print(f"→ {error.remedy}", soft_wrap=True)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    chosen = _letters(options.only)
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    settings = Settings(
        products=options.products,
        questions=options.questions,
        choices=options.choices,
        repeats=options.repeats,
        documents=tuple(options.documents),
        max_new_tokens=options.max_new_tokens,
        seed=options.seed,
    )
    bench = Bench(options.model, options.data, settings, options.device)
    for letter in chosen:
        part = PARTS[letter]
        console.print(f"({letter}) {part.title}")
        measured = measure(part, bench)
        if options.json:
            write_figures(options.json, options.model, {part.name: measured})
        sys.stdout.write(show(part, measured) + "\n")
        sys.stdout.flush()


def _letters(text: str) -> list[str]:
    wanted = [letter for letter in text.replace(" ", "").split(",") if letter]
    if unknown := [letter for letter in wanted if letter not in PARTS]:
        raise ConfigurationError(f"There is no part {unknown[0]!r}.", f"Choose among {', '.join(PARTS)}.")
    return [letter for letter in PARTS if letter in wanted]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not a whole number of at least 1")
    return number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Settings()
    parser.add_argument("--model", type=Path, default=PACKAGED, help="folder of the checkpoint")
    parser.add_argument("--data", type=Path, default=load_settings().data, help="folder of the real data sets")
    parser.add_argument("--only", default=",".join(PARTS), help="letters of the parts, such as a,c")
    parser.add_argument("--json", type=Path, help="file for the figures")
    parser.add_argument("--products", type=_positive, help="of the held-out products; all by default")
    parser.add_argument("--questions", type=_positive, help="of each dev set; all by default")
    parser.add_argument("--choices", type=_positive, default=default.choices, help="questions with 20 candidates")
    parser.add_argument("--repeats", type=_positive, default=default.repeats, help="of each timing")
    parser.add_argument("--documents", type=_positive, nargs="+", default=default.documents, help="per timed question")
    parser.add_argument("--max-new-tokens", type=_positive, default=default.max_new_tokens)
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0: torch's choice")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=default.seed)
    return parser


if __name__ == "__main__":
    sys.exit(main())
