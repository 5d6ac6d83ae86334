"""``seamless clara``: the CLaRa model by itself, over JSON lines: answers from documents, and their compression."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import InvalidQueryError, SeamlessError
from seamless_retail.graphs.cli.console import err
from seamless_retail.graphs.cli.jsonl import Line, is_valid, opened, read_batches, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.core.ports import ReaderAnswer
    from seamless_retail.models.clara.reader import ClaraReader

app = typer.Typer(help="Compress documents to memories, and answer questions from them.", no_args_is_help=True)

TOGETHER = 16
"""Lines whose documents go through the model together."""

JsonLines = Annotated[bool, typer.Option("--jsonl", help="Read JSON lines, write a JSON line for each.")]
Source = Annotated[str, typer.Argument(metavar="[FILE|-]", help="The lines; - is standard input.", show_default=False)]
Rate = Annotated[int | None, typer.Option(min=1, help="Text tokens per memory vector; by default SEAMLESS_CLARA_RATE.")]
Model = Annotated[str, typer.Option(help="Folder or name of a CLaRa model; by default SEAMLESS_CLARA_MODEL.")]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a line; ``name`` is what ``used`` calls it: its own id, or its place from 0."""

    id: str
    text: str
    name: Any


Work = Callable[[Sequence[tuple[Line, list[Document]]]], list[dict[str, Any]]]
"""Answers lines together; raises for all of them if one cannot be answered."""


@app.command()
def answer(
    file: Source = "-",
    jsonl: JsonLines = False,
    rate: Rate = None,
    text: Annotated[bool, typer.Option("--text", help="Read the full text instead of memories.")] = False,
    model: Model = "",
) -> None:
    """Answer {"id","question","docs"} lines with {"id","answer","used","confidence"}; the answer may be "not stated".

    A document is a text, or {"id","text"}; "used" lists the ids, or else the places from 0, of those that were read.
    """
    reader = _open(jsonl, model, rate, text)

    def work(lines: Sequence[tuple[Line, list[Document]]]) -> list[dict[str, Any]]:
        questions = [line.record["question"] for line, _ in lines]
        found = reader.read_many(questions, [documents for _, documents in lines])
        return [_answer(one, documents) for one, (_, documents) in zip(found, lines, strict=True)]

    _run(file, ("question",), work)


@app.command()
def compress(file: Source = "-", jsonl: JsonLines = False, rate: Rate = None, model: Model = "") -> None:
    """Compress {"id","docs"} lines: {"id","rate","shape","counts","tokens","bytes","text_bytes"}.

    "shape" is [documents, most vectors, hidden size]; "counts", "tokens" and "bytes" are of each document.
    """
    reader = _open(jsonl, model, rate, text=False)

    def work(lines: Sequence[tuple[Line, list[Document]]]) -> list[dict[str, Any]]:
        texts = [document.text for _, documents in lines for document in documents]
        memories, start = reader.generator.model.compress(texts, reader.rate), 0
        records = []
        for _, documents in lines:
            own = memories.select(range(start, start + len(documents)))
            width = own.vectors.shape[-1] * own.vectors.element_size()
            records.append(
                {
                    "rate": reader.rate,
                    "shape": list(own.vectors.shape),
                    "counts": list(own.counts),
                    "tokens": [source.tokens for source in own.provenance],
                    "bytes": [count * width for count in own.counts],
                    "text_bytes": [len(document.text.encode()) for document in documents],
                }
            )
            start += len(documents)
        return records

    _run(file, (), work)


def _open(jsonl: bool, model: str, rate: int | None, text: bool) -> "ClaraReader":
    if not jsonl:
        raise InvalidQueryError("There is nothing to read.", "Give lines with --jsonl FILE, or - for standard input.")
    if text and rate is not None:
        raise InvalidQueryError("--text and --rate exclude each other.", "Full text is not compressed; leave one out.")
    settings = command_settings()
    with err.status("Loading the model …"):
        from seamless_retail.graphs.memory_reader import open_clara

        return open_clara(settings, model, rate, text=text)


def _answer(found: "ReaderAnswer", documents: Sequence[Document]) -> dict[str, Any]:
    names = {document.id: document.name for document in documents}
    return {"answer": found.text, "used": [names[id] for id in found.used], "confidence": round(found.confidence, 6)}


def _run(file: str, required: Sequence[str], work: Work) -> None:
    """Answer every line in order, each flushed at once; what was bad or could not be answered is counted at the end."""
    started, done, refused = time.perf_counter(), 0, 0
    with opened(file) as stream, err.status("Reading …") as status:
        for batch in read_batches(stream, required):
            for start in range(0, len(batch), TOGETHER):
                for record in _answered(batch[start : start + TOGETHER], work):
                    done, refused = done + 1, refused + ("error" in record)
                    write_line(record)
                status.update(f"{done} lines, {refused} refused")
    summary = f"{done} lines in {time.perf_counter() - started:.1f} s, {refused} refused."
    err.print(f"[yellow]{summary} Their field 'error' says why.[/]" if refused else summary)


def _answered(lines: Sequence[Line], work: Work) -> Iterator[dict[str, Any]]:
    read = [_with_documents(line) for line in lines]
    records = iter(_together([(line, documents) for line, documents in read if not line.error], work))
    for line, _ in read:
        yield {"id": line.id, **({"error": line.error} if line.error else next(records))}


def _together(lines: Sequence[tuple[Line, list[Document]]], work: Work) -> list[dict[str, Any]]:
    """The records of some lines; if they fail together, of each by itself, so that only the culprit has an error."""
    if not lines:
        return []
    try:
        return work(lines)
    except SeamlessError as error:
        if len(lines) == 1:
            return [{"error": str(error)}]
    return [record for line in lines for record in _together([line], work)]


def _with_documents(line: Line) -> tuple[Line, list[Document]]:
    """The line with its documents, or with what is wrong with it."""
    if line.error:
        return line, []
    question = line.record.get("question", "")
    if isinstance(question, str) and not is_valid(question):
        return Line(line.id, {}, "The field 'question' is not valid text."), []
    if "docs" not in line.record:
        return Line(line.id, {}, "The field 'docs' is missing."), []
    given = line.record["docs"]
    if not isinstance(given, list):
        return Line(line.id, {}, "The field 'docs' is not a list."), []
    documents = []
    for place, item in enumerate(given):
        text = item.get("text") if isinstance(item, dict) else item
        if not isinstance(text, str):
            return Line(line.id, {}, f"Document {place} of 'docs' is neither a text nor {{'id', 'text'}}."), []
        if not is_valid(text):
            return Line(line.id, {}, f"Document {place} of 'docs' is not valid text."), []
        name = item["id"] if isinstance(item, dict) and item.get("id") is not None else place
        documents.append(Document(str(place), text, name))
    return line, documents
