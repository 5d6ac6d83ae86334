"""``seamless train``: produce model files. The recipes run in a process of their own: nothing imports ``training``."""

import subprocess
import sys
from typing import Annotated

import typer

app = typer.Typer(help="Train the models.", no_args_is_help=True)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def clara(
    ctx: typer.Context,
    config: Annotated[str, typer.Option(help="mistral-7b, phi, tinyllama, mini, nano, test, or a YAML file.")] = "nano",
    stages: Annotated[str, typer.Option(help="Stage 1 brings the text reader where the size has one.")] = "1,2,3",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every record and train nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train CLaRa. More options: --out, --start, --set KEY=VALUE, --max-samples, --max-minutes."""
    _run("seamless_retail.training.clara", dry_run, resume, "--config", config, "--stages", stages, *ctx.args)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def demand(
    ctx: typer.Context,
    config: Annotated[str, typer.Option(help="shop, weekly, test, or a YAML file.")] = "shop",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read the data and train nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint.")] = False,
) -> None:
    """Train the demand forecaster. More options: --out (needed), --data, --seed, --max-minutes."""
    _run("seamless_retail.training.recipes.demand", dry_run, resume, "--config", config, *ctx.args)


def _run(module: str, dry_run: bool, resume: bool, *arguments: str) -> None:
    """Run a recipe and end with its exit code."""
    flags = [flag for flag, wanted in (("--dry-run", dry_run), ("--resume", resume)) if wanted]
    done = subprocess.run([sys.executable, "-m", module, *arguments, *flags], check=False)
    raise typer.Exit(done.returncode)
