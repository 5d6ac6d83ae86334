"""``python -m seamless_retail.training NAME …``: run a recipe, list them, or verify what one made.

Several devices: ``accelerate launch -m seamless_retail.training NAME …``.
"""

import argparse
import json
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from seamless_retail.core.errors import SeamlessError


def main(arguments: Sequence[str]) -> int:
    """Dispatch; returns the exit code."""
    name, *rest = arguments or ["--help"]
    try:
        if name in ("-h", "--help", "list"):
            return _list(rest)
        return _verify(rest) if name == "verify" else _train(name, rest)
    except SeamlessError as error:
        from seamless_retail.training.run.progress import print_error

        print_error(error)
        return 1


def _train(name: str, arguments: Sequence[str]) -> int:
    from seamless_retail.training.listing import RECIPES, recipe_named

    listed = recipe_named(name)
    if listed.shared:
        from importlib import import_module

        from seamless_retail.training.run import main as run_recipe

        return run_recipe(import_module(f"{RECIPES}.{name}").RECIPE, arguments)
    sys.argv = [f"seamless train {name}", *arguments]
    runpy.run_module(f"{RECIPES}.{name}", run_name="__main__")
    return 0


def _list(arguments: Sequence[str]) -> int:
    from rich.console import Console
    from rich.table import Table

    from seamless_retail.training.listing import recipes

    parser = argparse.ArgumentParser(prog="seamless train list")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    if parser.parse_args(arguments).json:
        for listed in recipes():
            print(json.dumps(listed._asdict()))  # noqa: T201  # it is the command's output
        return 0
    table = Table("recipe", "what it does", "configurations", box=None)
    for listed in recipes():
        table.add_row(listed.name, listed.makes, ", ".join(listed.configurations) or "–")
    Console(highlight=False).print(table)
    return 0


def _verify(arguments: Sequence[str]) -> int:
    from seamless_retail.core.settings import load_settings
    from seamless_retail.training.run.recipe import Run
    from seamless_retail.training.run.verifying import show, verify

    parser = argparse.ArgumentParser(prog="seamless train verify")
    parser.add_argument("path", type=Path, help="folder that a recipe was given as --out")
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--max-samples", type=int, help="held-out records that are compared")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    options = parser.parse_args(arguments)
    run = Run(out=options.path, data=options.data or load_settings().data, max_samples=options.max_samples)
    found = verify(options.path, run)
    show(found, options.json)
    return 0 if found.passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
