"""What commands print with: answers on standard output, progress and problems on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

from seamless_retail.core.errors import SeamlessError

if TYPE_CHECKING:
    from seamless_retail.graphs.first_run import Report, Step

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def print_error(error: SeamlessError) -> None:
    """What went wrong in red, and below it what to do."""
    err.print(f"[bold red]Error:[/] {escape(error.message.strip())}", soft_wrap=True)
    if error.remedy:
        err.print(f"[dim]→[/] {escape(error.remedy)}", soft_wrap=True)


@contextmanager
def progress_bars() -> Iterator["Step"]:
    """Progress on standard error, one row per step, gone when the work is done; only the names where that is a file."""
    counts = (BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        *counts,
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:

        def step(name: str) -> "Report":
            if progress.disable:
                err.print(f"{name} …")
            row = progress.add_task(name, total=None)
            return lambda done, total: progress.update(row, completed=done, total=total)

        yield step
