"""``seamless code``: code for the shop's staff, checked and run before it is shown."""

import json
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import ImportSourceError, InvalidQueryError, SeamlessError
from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.jsonl import Line, read_batches, standard_input, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.core.database import SqlShop
    from seamless_retail.core.principal import Principal
    from seamless_retail.tools.code_desk import CodeAnswer, CodeDesk

app = typer.Typer(help="Pricing rules, reports, SQL and pandas for the shop's staff.", no_args_is_help=True)


@app.command()
def ask(
    request: Annotated[str, typer.Argument(help="What the code should do.", show_default=False)] = "",
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id","request"} lines on standard input, write a line for each.')
    ] = False,
) -> None:
    """Find or write code, run it, and show it with its result. Whoever can run this command is taken for staff."""
    if bool(request) == jsonl:
        raise InvalidQueryError(
            "There is no request." if not jsonl else "A request and --jsonl exclude each other.",
            'Ask with `seamless code ask "10 % off for orders over $80"`, or feed JSON lines to '
            "`seamless code ask --jsonl`.",
        )
    from contextlib import closing

    shop, desk = _open()
    with closing(shop):
        if jsonl:
            _answer_lines(shop, desk)
            return
        answer = desk.answer(request, _staff(), shop.today())
    _print(answer)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A file of Python (.py) or of one SELECT (.sql).")],
) -> None:
    """Check a file and run it with the examples in its docstrings: Python in the sandbox, SQL over the shop."""
    from contextlib import closing

    try:
        code = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ImportSourceError(f"{file} cannot be read: {error}.", "Name a text file.") from None
    shop, desk = _open()
    with closing(shop):
        answer = desk.run_code(code, "sql" if file.suffix == ".sql" else "python", _staff())
    for problem in answer.check.problems:
        err.print(f"[yellow]{problem}[/]")
    if not answer.check.problems:
        _print(answer)
    if not answer.works:
        raise typer.Exit(1)


def _open() -> "tuple[SqlShop, CodeDesk]":
    from seamless_retail.core.database import open_shop
    from seamless_retail.graphs.coding import open_code_desk
    from seamless_retail.graphs.language_model import open_chat_model
    from seamless_retail.graphs.sentence_models import open_embeddings

    settings = command_settings()
    shop = open_shop(settings.shop_url)
    return shop, open_code_desk(shop, lambda: open_embeddings(settings), open_chat_model(settings))


def _staff() -> "Principal":
    """Whoever runs the command can read the database file, and is taken for staff."""
    from seamless_retail.core.principal import Principal
    from seamless_retail.tools.code_queries import STAFF

    return Principal(roles=(STAFF,))


def _print(answer: "CodeAnswer") -> None:
    from seamless_retail.lobes.coding import written_answer

    if answer.reason:
        err.print(answer.reason, markup=False, soft_wrap=True)
    if answer.code:
        out.print("\n\n".join(filter(None, written_answer(answer))), markup=False, soft_wrap=True)


def _answer_lines(shop: "SqlShop", desk: "CodeDesk") -> None:
    refused = 0
    for line in chain.from_iterable(read_batches(standard_input(), required=("request",))):
        record = _answer_line(shop, desk, line)
        refused += "error" in record
        write_line(record)
    if refused:
        err.print(f"[yellow]Lines that could not be answered: {refused}. Their field 'error' says why.[/]")


def _answer_line(shop: "SqlShop", desk: "CodeDesk", line: Line) -> dict[str, Any]:
    if line.error:
        return {"id": line.id, "error": line.error}
    try:
        answer = desk.answer(line.record["request"], _staff(), shop.today())
    except SeamlessError as error:
        return {"id": line.id, "error": str(error)}
    shown: dict[str, Any] = json.loads(answer.model_dump_json())
    return {"id": line.id, **shown, "works": answer.works}
