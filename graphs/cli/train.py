"""``seamless train``: produce model files. The recipes run in a process of their own: nothing imports ``training``."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

_FREE = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


class RecipeGroup(TyperGroup):
    """Any name that is no command of ours is a recipe's."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or the one that runs the recipe of this name."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, "recipe")


app = typer.Typer(
    cls=RecipeGroup,
    help="Train the models: `seamless train NAME --config …` for every recipe that `seamless train list` names.",
    no_args_is_help=True,
)


@app.command("list")
def list_recipes(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Name every recipe, what it makes, and its configurations."""
    _run("list", *(["--json"] if as_json else []))


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="The folder that a recipe was given as --out.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the data sets.")] = None,
    max_samples: Annotated[int | None, typer.Option(help="Held-out records that are compared.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of tables.")] = False,
) -> None:
    """Load a result, check its files, predict with it, and compare it with what it was trained from."""
    given = {"--data": data, "--max-samples": max_samples}
    options = [word for flag, value in given.items() if value is not None for word in (flag, str(value))]
    _run("verify", str(path), *options, *(["--json"] if as_json else []))


@app.command("recipe", hidden=True, context_settings=_FREE)
def recipe(ctx: typer.Context) -> None:
    """Run a recipe."""
    _run(ctx.info_name or "list", *ctx.args)


def _run(*arguments: str) -> None:
    """Run the package of recipes and end with its exit code."""
    done = subprocess.run([sys.executable, "-m", "seamless_retail.training", *arguments], check=False)
    raise typer.Exit(done.returncode)
