"""``seamless persona``: the dials of the assistant's voice, and the models that speak it."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from seamless_retail.core.errors import InvalidQueryError, PersonalityError
from seamless_retail.graphs.cli.console import err, out

if TYPE_CHECKING:
    from seamless_retail.core.personality import ClaraSpec

app = typer.Typer(no_args_is_help=True, help="The assistant's voice: show, set, blend, evaluate.")

Dials = Annotated[list[str] | None, typer.Argument(metavar="[DIAL=VALUE]…", help="warmth=0.8 nutrition=1 …, 0 to 1.")]
BAR = 20


@app.command("show")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print clara_spec.json as it is used.")] = False,
) -> None:
    """Show the dials, the base model and how adapters are blended."""
    from seamless_retail.core.settings import load_settings
    from seamless_retail.graphs.personality import open_spec, spec_path

    settings = load_settings()
    spec = open_spec(settings)
    if as_json:
        print(spec.model_dump_json(indent=2))  # noqa: T201  # for other programs, not wrapped
        return
    own = spec_path(settings)
    _print_spec(spec, str(own) if own.exists() else "packaged")


@app.command("set")
def set_dials(
    dials: Dials = None,
    method: Annotated[str, typer.Option(help="linear, ties, dare, dare_ties or slerp.")] = "",
    density: Annotated[float, typer.Option(help="Share that TIES and DARE keep; 0 leaves it as it is.")] = 0.0,
    base_model: Annotated[str, typer.Option(help="persona-nano, a folder, or a Hugging Face name.")] = "",
    adapters: Annotated[Path | None, typer.Option(help="Folder of the base model's adapters.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the packaged specification first.")] = False,
) -> None:
    """Turn dials; the shop's assistant speaks so from its next start."""
    from seamless_retail.core.personality import packaged_spec, write_spec
    from seamless_retail.core.settings import load_settings
    from seamless_retail.graphs.personality import changed, open_spec, spec_path

    settings = load_settings()
    before = packaged_spec() if reset else open_spec(settings)
    merge = {**({"method": method} if method else {}), **({"density": density} if density else {})}
    models = {"base_model": base_model, "adapters": str(adapters.resolve()) if adapters else ""}
    spec = changed(before, read_dials(dials or []), merge, {name: value for name, value in models.items() if value})
    write_spec(spec_path(settings), spec)
    _print_spec(spec, str(spec_path(settings)))


@app.command("blend")
def blend(
    folder: Annotated[Path, typer.Argument(help="For the blend and mergekit.yaml.")],
    dials: Dials = None,
    merged: Annotated[bool, typer.Option("--merged", help="Write base and adapter as one model.")] = False,
    download: Annotated[bool, typer.Option("--download", help="Fetch a base model that is not here.")] = False,
) -> None:
    """Blend the adapters that the dials turn up: one adapter or one model, and a mergekit configuration of the same."""
    from seamless_retail.core.settings import load_settings
    from seamless_retail.graphs.personality import open_spec, write_blend

    spec = open_spec(load_settings()).turned(read_dials(dials or []))
    written = write_blend(spec, folder, merged=merged, download=download)
    shares = ", ".join(f"{name} {weight:+.2f}" for name, weight in written.weights.items())
    out.print(f"{spec.merge.method}: {escape(shares)} → {escape(str(folder))} ({written.form})", soft_wrap=True)
    if written.left_out:
        err.print(f"Without mergekit.yaml: {escape(written.left_out)}", soft_wrap=True)


@app.command("evaluate")
def evaluate(
    text: Annotated[str, typer.Argument(metavar="TEXT|-", help="An answer; - reads standard input.")] = "-",
    dials: Annotated[
        list[str] | None, typer.Option("--dial", "-d", metavar="DIAL=VALUE", help="Say it with this dial instead.")
    ] = None,
    names: Annotated[list[str] | None, typer.Option("--name", help="A product or store that stands in it.")] = None,
) -> None:
    """Say an answer in the manner of the dials, and measure its style before and after.

    The whole measure, over held-out sentences: python -m seamless_retail.training.benchmarks.personality
    """
    from seamless_retail.core.settings import load_settings
    from seamless_retail.graphs.personality import measure, open_spec

    answer = sys.stdin.read().strip() if text == "-" else text
    if not answer:
        raise InvalidQueryError("There is no text.", "Give an answer in quotes, or on standard input with -.")
    measured = measure(open_spec(load_settings()).turned(read_dials(dials or [])), answer, names or [])
    out.print(escape(measured.after), soft_wrap=True)
    table = Table("style", "before", "after", "moved", box=None)
    for dimension, before, after in measured.scores:
        table.add_row(dimension, f"{before:+.2f}", f"{after:+.2f}", f"{after - before:+.2f}")
    err.print(table)
    for fault in measured.faults:
        err.print(f"As it was, because of the model's version: {escape(fault)}", soft_wrap=True)


def read_dials(words: list[str]) -> dict[str, float]:
    """``warmth=0.8`` … as numbers by name.

    Raises:
        PersonalityError: A word is not of that shape.
    """
    found = {}
    for word in words:
        match = re.fullmatch(r"([a-z][a-z0-9_]*)=([0-9.]+)", word)
        try:
            if match is None:
                raise ValueError
            found[match[1]] = float(match[2])
        except ValueError:
            raise PersonalityError(f"{word!r} turns no dial.", "Write warmth=0.8, a number from 0 to 1.") from None
    return found


def _print_spec(spec: "ClaraSpec", origin: str) -> None:
    from seamless_retail.core.personality import DIMENSIONS

    table = Table("dial", "", "value", "weight", box=None)
    for dimension in DIMENSIONS:
        dial = spec.personality.dial(dimension)
        table.add_row(dimension, _bar(dial), f"{dial:.2f}", f"{spec.personality.weight(dimension):+.2f}")
    for domain, dial in spec.expertise.domains.items():
        table.add_row(domain, _bar(dial), f"{dial:.2f}", f"{dial:+.2f}")
    out.print(table)
    merge = spec.merge
    sparse = f", density {merge.density:g}" if merge.method in ("ties", "dare", "dare_ties") else ""
    out.print(f"base model {escape(spec.base_model)}, adapters {escape(spec.adapters or 'bundled')}", soft_wrap=True)
    out.print(f"blended by {merge.method}{sparse}; from {escape(origin)}", soft_wrap=True)


def _bar(dial: float) -> str:
    place = round(dial * (BAR - 1))
    return "─" * place + "●" + "─" * (BAR - 1 - place)
