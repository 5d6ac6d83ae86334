"""``seamless recommend``: items after a history, over JSON lines, and the training of the model behind it."""

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from seamless_retail.core.errors import InvalidQueryError, SeamlessError
from seamless_retail.graphs.cli.console import err
from seamless_retail.graphs.cli.jsonl import Line, is_valid, opened, read_batches, write_line
from seamless_retail.graphs.cli.session import command_settings, prepare

if TYPE_CHECKING:
    from seamless_retail.graphs.recommender import Recommender

DIGITS = 6
"""Of a score, leading zeros not counted."""
K = 10
"""Items where a line does not say how many."""
MOST = 100
LONGEST = 10_000
"""Items of one history."""

app = typer.Typer()


@app.callback(invoke_without_command=True)
def recommend(
    ctx: typer.Context,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Read JSON lines, write a JSON line for each.")] = False,
    file: Annotated[str, typer.Option(help="The lines; - is standard input.")] = "-",
) -> None:
    """Recommend what a customer buys next, and train the model for it.

    Lines {"id","history","customer"?,"k"?} are answered with {"id","items"}, each item {"sku","score","reason"}.

    A history holds SKUs or product ids of the shop, or items of the file that the model was trained on, the latest
    last. With a customer of the shop, nothing is recommended that the profile forbids, and an empty history means the
    customer's own orders; else it means best sellers. Products of the shop are recommended only while in stock.
    """
    if ctx.invoked_subcommand:
        return
    if not jsonl:
        raise InvalidQueryError(
            "There is nothing to read.",
            "Feed JSON lines to `seamless recommend --jsonl`, or train with `seamless recommend train PATH`.",
        )
    recommender = _open()
    started, done, refused = time.perf_counter(), 0, 0
    with opened(file) as stream, err.status("Reading …") as status:
        for batch in read_batches(stream, (), ("customer",)):
            for line in batch:
                record = _answer(recommender, line)
                done, refused = done + 1, refused + ("error" in record)
                write_line(record)
                status.update(f"{done} lines, {refused} refused")
    summary = f"{done} lines in {time.perf_counter() - started:.1f} s, {refused} refused."
    err.print(f"[yellow]{summary} Their field 'error' says why.[/]" if refused else summary)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def train(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(help="CSV, TSV or Parquet with the columns customer, item and time.")],
    max_minutes: Annotated[float, typer.Option(min=0.01, help="Minutes that the network may learn.")] = 8.0,
    max_samples: Annotated[int, typer.Option(min=0, help="Customers to learn from; 0 is all.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check the file, train nothing.")] = False,
) -> None:
    """Train on purchases; `seamless recommend` and the shop's recommendations use the result.

    It is written to the folder next_item of the home (SEAMLESS_HOME). More options: --repeats, --min-item, --seed.
    """
    from seamless_retail.graphs.next_item import next_item_folder

    folder = next_item_folder(command_settings())
    command = [sys.executable, "-m", "seamless_retail.training.recipes.next_item", "--purchases", path]
    command += ["--out", str(folder), "--max-minutes", str(max_minutes), "--max-samples", str(max_samples)]
    done = subprocess.run([*command, *(["--dry-run"] if dry_run else []), *ctx.args], check=False)
    if done.returncode == 0 and not dry_run:
        err.print(f"`seamless recommend` now uses the model in {escape(str(folder))}.", soft_wrap=True)
    raise typer.Exit(done.returncode)


def _open() -> "Recommender":
    settings = command_settings()
    from seamless_retail.graphs.next_item import open_next_item

    if open_next_item(settings) is None:
        prepare(settings)
    with err.status("Opening the shop …"):
        from seamless_retail.graphs.recommender import open_recommender

        return open_recommender(settings)


def _answer(recommender: "Recommender", line: Line) -> dict[str, Any]:
    """The items of one line, or what is wrong with it."""
    if error := line.error or _problem(line.record):
        return {"id": line.id, "error": error}
    record = line.record
    try:
        found = recommender.recommend(record["history"], record.get("k") or K, record.get("customer") or "")
    except SeamlessError as error:
        return {"id": line.id, "error": str(error)}
    items = [item._asdict() | {"score": float(f"{item.score:.{DIGITS}g}")} for item in found]
    return {"id": line.id, "items": items}


def _problem(record: dict[str, Any]) -> str:
    """What is wrong with a line; nothing if it can be answered."""
    history, k = record.get("history"), record.get("k")
    if history is None:
        return "The field 'history' is missing."
    if not isinstance(history, list):
        return "The field 'history' is not a list."
    for place, item in enumerate(history):
        if not isinstance(item, str) or not is_valid(item):
            return f"Item {place} of the history is not text."
    if len(history) > LONGEST:
        return f"The history is longer than {LONGEST:,} items."
    if k is not None and (not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MOST):
        return f"The field 'k' is not a whole number from 1 to {MOST}."
    return ""
