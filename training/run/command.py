"""The command line that all recipes share."""

import argparse
import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from seamless_retail.core.errors import SeamlessError
from seamless_retail.core.settings import load_settings
from seamless_retail.training.run.configurations import configurations, read_settings
from seamless_retail.training.run.devices import leave_group
from seamless_retail.training.run.progress import console, print_error
from seamless_retail.training.run.provenance import write_provenance
from seamless_retail.training.run.recipe import Recipe, Run
from seamless_retail.training.run.settings import Optimisation, RecipeSettings

S = TypeVar("S", bound=RecipeSettings)


def main(recipe: Recipe[S], arguments: Sequence[str] | None = None) -> int:
    """Check the records and train; returns the exit code.

    Args:
        recipe: What is run.
        arguments: Of the command line; those of this process by default.
    """
    options = _parser(recipe).parse_args(arguments)
    try:
        settings = read_settings(recipe.settings, recipe.name, options.config, options.set)
        run = _run(recipe, settings, options)
        for kind, count in recipe.check(settings, run).items():
            _say(run, f"{kind}: {count:,}")
        if not options.dry_run:
            _train(recipe, settings, run)
    except SeamlessError as error:
        print_error(error)
        return 1
    return 0


def seed_everything(seed: int) -> None:
    """Python, NumPy and torch."""
    import numpy as np
    import torch

    random.seed(seed)
    np.random.seed(seed % (1 << 32))
    torch.manual_seed(seed)


def _train(recipe: Recipe[S], settings: S, run: Run) -> None:
    """Train; a result that is whole gets its ``training.json``."""
    seed_everything(settings.seed)
    run.out.mkdir(parents=True, exist_ok=True)
    recipe.train(settings, run)
    if not run.stopped and run.is_main:
        write_provenance(run.out, recipe.name, run.config, settings)
        _say(run, f"The result is in {run.out}; look at it with: seamless train verify {run.out}")
    leave_group()


def _run(recipe: Recipe[Any], settings: RecipeSettings, options: argparse.Namespace) -> Run:
    config = Path(options.config).stem
    run = Run(
        out=options.out or Path("runs") / f"{recipe.name}-{config}",
        data=options.data or load_settings().data,
        config=config,
        resume=options.resume,
        max_samples=options.max_samples,
        max_minutes=options.max_minutes,
        seed=settings.seed,
        tracking=settings.tracking,
    )
    optimisation = getattr(settings, "optimisation", None)
    return replace(run, precision=optimisation.precision) if isinstance(optimisation, Optimisation) else run


def _positive(text: str) -> int:
    if (found := int(text)) < 1:
        raise ValueError
    return found


def _say(run: Run, line: str) -> None:
    if run.is_main:
        console.print(line, soft_wrap=True)


def _parser(recipe: Recipe[Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"seamless train {recipe.name}")
    names = ", ".join(configurations(recipe.name))
    parser.add_argument("--config", default=recipe.default, help=f"{names}, or a YAML file; default: %(default)s")
    parser.add_argument("--out", type=Path, help=f"folder of the result; runs/{recipe.name}-CONFIG by default")
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="optimisation.updates=100 …")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    parser.add_argument("--dry-run", action="store_true", help="check every record and train nothing")
    parser.add_argument("--max-samples", type=_positive, help="use so many records only")
    parser.add_argument("--max-minutes", type=float, default=math.inf, help="stop then, with a checkpoint")
    return parser
