"""The progress bar of a training: on a terminal a bar, in a file a line now and then."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from seamless_retail.core.errors import SeamlessError

console = Console(stderr=True, highlight=False)
QUIET_SECONDS = 30.0
"""Between two lines where there is no terminal."""
Report = Callable[[int, Mapping[str, float]], None]


def print_error(error: SeamlessError) -> None:
    """Message and remedy."""
    console.print(f"[red]Error:[/] {escape(error.message)}", soft_wrap=True)
    console.print(f"→ {escape(error.remedy)}", soft_wrap=True)


@contextmanager
def training_progress(name: str, total: int, show: bool = True) -> Iterator[Report]:
    """What to call with the number of updates done and their figures."""
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    bar = Progress(
        TextColumn("{task.description}"), *columns, console=console, disable=not (show and console.is_terminal)
    )
    with bar:
        row = bar.add_task(name, total=total)
        last = time.monotonic() - QUIET_SECONDS

        def report(done: int, measured: Mapping[str, float]) -> None:
            nonlocal last
            if not bar.disable:
                bar.update(row, completed=done, description=f"{name}  {_figures(measured)}")
            elif show and (done == total or time.monotonic() - last >= QUIET_SECONDS):
                last = time.monotonic()
                console.print(f"{name} {done}/{total}  {_figures(measured)}", soft_wrap=True)

        yield report


def _figures(measured: Mapping[str, float]) -> str:
    shown = {name: value for name, value in measured.items() if name not in ("learning_rate", "gradient", "fade")}
    return "  ".join(f"{name} {value:.3f}" for name, value in shown.items())
