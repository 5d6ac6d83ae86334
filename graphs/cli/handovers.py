"""``seamless handovers``: the conversations that wait for a person."""

import json
from typing import Annotated

import typer
from rich.markup import escape

from seamless_retail.graphs.cli.console import out
from seamless_retail.graphs.cli.session import command_settings

app = typer.Typer(help="Look at the conversations that wait for a person.", no_args_is_help=True)


@app.callback()
def handovers() -> None:
    """Conversations that wait for a person; `handovers.jsonl` in the folder of ``SEAMLESS_HOME``."""


@app.command("list")
def list_handovers(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Show what was handed over, the oldest first."""
    from seamless_retail.graphs.moods import open_handovers

    waiting = open_handovers(command_settings()).waiting()
    for one in waiting:
        if as_json:
            out.print(json.dumps(one.model_dump(mode="json"), ensure_ascii=False), markup=False, soft_wrap=True)
            continue
        who = one.customer_id or "guest"
        out.print(f"[bold]{one.at:%Y-%m-%d %H:%M}[/]  [cyan]{one.id}[/]  {escape(who)}  {one.reason}", soft_wrap=True)
        out.print(f"  {escape(one.summary)}", soft_wrap=True)
    if not waiting and not as_json:
        out.print("Nobody waits for a person.")
