"""``seamless index``: the search index of the shop."""

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from seamless_retail.graphs.cli.console import out, progress_bars
from seamless_retail.graphs.cli.session import command_settings

app = typer.Typer(help="Build, look into and extend the search index.", no_args_is_help=True)


@app.command()
def build(
    force: Annotated[bool, typer.Option("--force", help="Build anew, also over a damaged index.")] = False,
) -> None:
    """Bring the index up to date with the shop; texts that did not change keep their vectors."""
    from seamless_retail.core.database import open_shop
    from seamless_retail.graphs.sentence_models import open_embeddings
    from seamless_retail.retrievers.index import build_index

    settings = command_settings()
    with closing(open_shop(settings.shop_url)) as shop, progress_bars() as step:
        report = build_index(
            shop, settings.index_folder, open_embeddings(settings), progress=step("Embedding passages"), force=force
        )
    sources = ", ".join(f"{count} {kind}" for kind, count in sorted(report.sources.items()))
    done = "Built" if report.changed else "Up to date:"
    folder = escape(str(report.directory))
    out.print(f"{done} {report.passages} passages ({sources}) in {folder}, {report.seconds:.1f} s", soft_wrap=True)
    out.print(f"{report.embedded} embedded, {report.reused} reused, {report.removed} removed")


@app.command()
def info(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what the index holds and which model made it."""
    from seamless_retail.retrievers.documents import AddedDocuments
    from seamless_retail.retrievers.manifest import read_manifest

    folder = command_settings().index_folder
    manifest = read_manifest(folder)
    added = {document.id: document.title for document in AddedDocuments(folder).all()}
    facts: dict[str, Any] = {
        "folder": str(folder),
        "passages": manifest.count,
        "embedding": manifest.embedding.model_dump() if manifest.embedding else None,
        "bytes": sum(file.size for file in manifest.files.values()),
        "added_documents": added,
    }
    if as_json:
        out.print_json(json.dumps(facts))
        return
    model = f"{manifest.embedding.name} ({manifest.embedding.dimension} dimensions)" if manifest.embedding else "none"
    table = Table.grid(padding=(0, 2))
    table.add_row("folder", escape(str(folder)))
    table.add_row("passages", f"{manifest.count:,}")
    table.add_row("embedding", escape(model))
    table.add_row("size", f"{facts['bytes'] / 1e6:.1f} MB")
    for document_id, title in added.items():
        table.add_row("added", f"policy:{escape(document_id)} {escape(title)}")
    out.print(table)


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="Number of passages.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per passage.")] = False,
) -> None:
    """Show the passages that a query finds, with their calibrated scores."""
    from seamless_retail.graphs.sentence_models import open_embeddings
    from seamless_retail.retrievers.index import open_retriever

    settings = command_settings()
    retriever = open_retriever(
        settings.index_folder,
        open_embeddings(settings),
        lexical_k=settings.sparse_top_k,
        dense_k=settings.dense_top_k,
    )
    for document in retriever.invoke(text, k=k):
        if as_json:
            out.print(json.dumps(document.metadata | {"text": document.page_content}), markup=False, soft_wrap=True)
            continue
        score, title = document.metadata["score"], document.metadata["title"]
        out.print(f"[bold]{score:.2f}[/]  [cyan]{escape(document.metadata['source_id'])}[/]  {escape(title)}")
        out.print(f"      {escape(' '.join(document.page_content.split())[:300])}", style="dim")


@app.command()
def add(
    path: Annotated[Path, typer.Argument(help="A text, Markdown, PDF, CSV or HTML file, or a folder of them.")],
) -> None:
    """Add documents of your own: they are read, kept beside the index, indexed, and cited like store policies."""
    from seamless_retail.retrievers.documents import AddedDocuments, load_documents

    documents = load_documents(path)
    AddedDocuments(command_settings().index_folder).add(documents)
    for document in documents:
        out.print(f"Added [cyan]policy:{escape(document.id)}[/] {escape(document.title)}")
    build()


@app.command()
def remove(document_id: Annotated[str, typer.Argument(help="Id of an added document, without `policy:`.")]) -> None:
    """Remove a document that was added."""
    from seamless_retail.core.errors import NotFoundError
    from seamless_retail.retrievers.documents import AddedDocuments

    if not AddedDocuments(command_settings().index_folder).remove(document_id.removeprefix("policy:")):
        raise NotFoundError(f"No added document has the id {document_id!r}.", "List them with `seamless index info`.")
    build()
