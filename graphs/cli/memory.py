"""``seamless memory``: what is remembered of customers and for them, in the folder of ``SEAMLESS_HOME`` or another."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.graphs.cli.console import err, out, progress_bars
from seamless_retail.graphs.cli.memory_lines import ADDED_TOGETHER, add_lines, found, search_lines
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.graphs.first_run import Report
    from seamless_retail.retrievers.memory.engine import MemoryEngine
    from seamless_retail.retrievers.memory.store import ClaraVectorStore

app = typer.Typer(help="Look into, fill, move and erase the compressed memory.", no_args_is_help=True)

User = Annotated[str, typer.Option("--user", help="Whose memory; without, the shop's, which everybody reads.")]
Folder = Annotated[Path | None, typer.Option("--folder", help="Of the memory; by default that of conversations.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JsonLines = Annotated[
    bool, typer.Option("--jsonl", help="Read JSON lines from FILE, - for standard input; write one for each.")
]


@app.command()
def add(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT…|FILE|-]", help="What to remember.")] = None,
    user: User = "",
    jsonl: JsonLines = False,
    folder: Folder = None,
) -> None:
    """Compress and remember texts; with --jsonl {"id","text","metadata"} lines, whose ids replace what had them."""
    if not texts and not jsonl:
        raise InvalidQueryError("There is nothing to remember.", "Give texts, or lines: seamless memory add --jsonl -")
    with _store(user, folder) as store:
        if jsonl:
            add_lines(store, (texts or ["-"])[0])
            return
        with progress_bars() as step:
            ids = _add_texts(store, texts or [], step("Compressing"))
    for id_, text in zip(ids, texts or [], strict=True):
        out.print(f"[cyan]{id_}[/] {escape(text[:80])}", soft_wrap=True)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What to look for; with --jsonl the file, - for standard input.")],
    user: User = "",
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Number of entries.")] = 5,
    as_json: AsJson = False,
    jsonl: JsonLines = False,
    folder: Folder = None,
) -> None:
    """Show the nearest entries of a user and of the shop; with --jsonl, {"id","query"} gives {"id","results"}."""
    with _store(user, folder, must_exist=True) as store:
        if jsonl:
            search_lines(store, question, k)
            return
        for entry in found(store, question, k):
            if as_json:
                out.print(json.dumps(entry, ensure_ascii=False), markup=False, soft_wrap=True)
                continue
            out.print(f"[bold]{entry['score']:.2f}[/]  [cyan]{escape(entry['id'])}[/]  {escape(entry['text'][:300])}")


@app.command()
def stats(user: User = "", as_json: AsJson = False, folder: Folder = None) -> None:
    """Say how much is remembered, of whom, with which compressor and backend, and how many bytes that takes."""
    with _engine(folder) as engine:
        figures = engine.stats(frozenset((user, "")) if user else None)
        facts: dict[str, Any] = {
            "folder": str(engine.directory),
            **{name: value for name, value in asdict(figures).items() if value is not None},
            "compressor": asdict(engine.manifest.compressor),
        }
        if user:
            facts |= {"user": user, "of_the_user": engine.ledger.counts().get(user, 0)}
    if as_json:
        out.print_json(json.dumps(facts))
        return
    table = Table.grid(padding=(0, 2))
    for name in ("folder", "user", "entries", "of_the_user", "users", "backend"):
        if name in facts:
            table.add_row(name.replace("_", " "), escape(f"{facts[name]:,}" if name == "entries" else str(facts[name])))
    table.add_row("compressor", f"{facts['compressor']['name']}, {facts['compressor']['rate']}x")
    table.add_row("size", f"{sum(figures.bytes.values()) / 1e6:.2f} MB")
    out.print(table)


@app.command()
def forget(
    user: Annotated[str, typer.Option("--user", help="Whose memory to erase.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Erase everything that is remembered of a user, so that no byte of it is left."""
    from seamless_retail.retrievers.memory.conversation import forget_user
    from seamless_retail.retrievers.memory.namespaces import owners_of_user

    if not user:
        raise InvalidQueryError("It is not said whose memory to erase.", "Name a user: --user C0001")
    with _engine(folder) as engine:
        counts = engine.ledger.counts()
        number = sum(counts[owner] for owner in owners_of_user(user, counts))
        if not yes:
            typer.confirm(f"Erase {number} entries of {user}? They cannot be brought back.", abort=True, err=True)
        with err.status("Erasing …"):
            erased = forget_user(engine, user)
    if as_json:
        out.print_json(json.dumps({"user": user, "erased": erased}))
    else:
        out.print(f"Erased {erased} {'entry' if erased == 1 else 'entries'} of {escape(user)}.")


@app.command()
def move(
    to: Annotated[
        str, typer.Option("--to", help="faiss, chroma, qdrant, http://host:8000 (Chroma) or qdrant+http://…")
    ] = "",
    to_folder: Annotated[Path | None, typer.Option("--to-folder", help="Another folder, new or empty.")] = None,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Give a memory another backend, another folder, or both; nothing is lost if that is interrupted."""
    from seamless_retail.retrievers.memory.backends import parse_backend
    from seamless_retail.retrievers.memory.moving import move_memory

    if not to and to_folder is None:
        raise InvalidQueryError("It is not said where to move.", "Name a backend (--to) or a folder (--to-folder).")
    settings = command_settings()
    key = settings.memory_api_key.get_secret_value()
    with progress_bars() as step:
        rows: dict[str, Report] = {}

        def told(stage: str, done: int, total: int) -> None:
            rows.setdefault(stage, step(stage) if stage not in rows else rows[stage])(done, total)

        moved = move_memory(
            folder or settings.memory_folder,
            backend=to or None,
            to=to_folder,
            options={"api_key": key} if key and to and parse_backend(to).url else None,
            progress=told,
        )
    facts = {"folder": str(moved.directory), "backend": moved.backend, "entries": moved.entries}
    if as_json:
        out.print_json(json.dumps(facts))
    else:
        out.print(f"{moved.entries:,} entries are in {escape(str(moved.directory))}, searched with {moved.backend}.")


@app.command("verify")
def verify_memory(
    repair: Annotated[bool, typer.Option("--repair", help="Make the index anew where it does not fit.")] = False,
    as_json: AsJson = False,
    folder: Folder = None,
) -> None:
    """Read everything once and compare; exit code 1 if something is wrong. A damaged entry is named and left."""
    from seamless_retail.retrievers.memory.verification import verify

    with _engine(folder) as engine, err.status("Reading the memory …") as status:
        report = verify(engine)
        if repair and (report.missing or report.extra):
            status.update("Making the index anew …")
            engine.follower.rebuild()
            report = verify(engine)
    if as_json:
        out.print_json(json.dumps({**asdict(report), "whole": report.whole}))
    else:
        out.print(f"{report.entries:,} entries, {report.indexed:,} in the index")
        for problem in _problems(asdict(report)):
            out.print(f"[red]{escape(problem)}[/]")
        out.print("[green]Nothing is wrong.[/]" if report.whole else "[dim]An index is mended by --repair.[/]")
    if not report.whole:
        raise typer.Exit(1)


def _problems(report: dict[str, Any]) -> Iterator[str]:
    yield from (f"The entry {id_} is damaged." for id_ in report["damaged"])
    yield from (f"{report[name]} rows of the index are {name}." for name in ("missing", "extra") if report[name])
    yield from (f"The file: {problem}" for problem in report["file"])


@contextmanager
def _engine(folder: Path | None, *, compresses: bool = False, must_exist: bool = True) -> Iterator["MemoryEngine"]:
    settings = command_settings()
    with err.status("Opening the memory …"):
        from seamless_retail.graphs.conversation_memory import RecordedCompressor, open_memory

        if must_exist:
            RecordedCompressor.of(folder or settings.memory_folder)
        engine = open_memory(settings, folder, compresses=compresses)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _store(user: str, folder: Path | None, *, must_exist: bool = False) -> Iterator["ClaraVectorStore"]:
    """The memory as a user sees it, with its compressor."""
    with _engine(folder, compresses=True, must_exist=must_exist) as engine:
        from seamless_retail.retrievers.memory.store import ClaraVectorStore

        store = ClaraVectorStore(engine)
        yield store.as_user(user) if user else store


def _add_texts(store: "ClaraVectorStore", texts: list[str], report: "Report") -> list[str]:
    ids: list[str] = []
    for start in range(0, len(texts), ADDED_TOGETHER):
        ids += store.add_texts(texts[start : start + ADDED_TOGETHER])
        report(len(ids), len(texts))
    return ids
