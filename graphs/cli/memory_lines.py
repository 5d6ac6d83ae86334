"""``seamless memory add`` and ``search`` over JSON lines: a bad line is answered with an error, the rest goes on."""

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from seamless_retail.core.errors import SeamlessError
from seamless_retail.graphs.cli.console import err
from seamless_retail.graphs.cli.jsonl import Line, is_valid, opened, read_batches, write_line

if TYPE_CHECKING:
    from seamless_retail.retrievers.memory.store import ClaraVectorStore

ADDED_TOGETHER = 64
"""Texts that are compressed together."""


def add_lines(store: "ClaraVectorStore", file: str) -> None:
    """Add {"id","text","metadata"} lines; each gives {"id","stored"}."""
    done = refused = 0
    with opened(file) as stream, err.status("Remembering …") as status:
        for batch in read_batches(stream, ("text",)):
            for start in range(0, len(batch), ADDED_TOGETHER):
                for record in _added(store, batch[start : start + ADDED_TOGETHER]):
                    done, refused = done + 1, refused + ("error" in record)
                    write_line(record)
                status.update(f"{done} lines, {refused} refused")
    _summarise(done, refused)


def _added(store: "ClaraVectorStore", lines: list[Line]) -> Iterator[dict[str, Any]]:
    """Good lines are added together; if that fails, one by one, so that only the culprit has an error."""
    good = [line for line in lines if not _refusal(line)]
    try:
        _add(store, good)
        errors: dict[int, str] = {}
    except SeamlessError:
        errors = {id(line): _attempt(store, line) for line in good}
    for line in lines:
        problem = _refusal(line) or errors.get(id(line), "")
        yield {"id": line.id, **({"error": problem} if problem else {"stored": True})}


def _attempt(store: "ClaraVectorStore", line: Line) -> str:
    try:
        _add(store, [line])
    except SeamlessError as error:
        return str(error)
    return ""


def _add(store: "ClaraVectorStore", lines: list[Line]) -> None:
    if lines:
        records = [line.record for line in lines]
        metadatas = [record.get("metadata") or {} for record in records]
        store.add_texts([record["text"] for record in records], metadatas, ids=[str(line.id) for line in lines])


def _refusal(line: Line) -> str:
    if line.error:
        return line.error
    if not isinstance(line.id, str | int) or isinstance(line.id, bool):
        return "The field 'id' is neither a text nor a whole number."
    if not is_valid(line.record["text"]):
        return "The field 'text' is not valid text."
    return "" if isinstance(line.record.get("metadata") or {}, dict) else "The field 'metadata' is not an object."


def search_lines(store: "ClaraVectorStore", file: str, k: int) -> None:
    """Answer {"id","query"} lines, each with {"id","results"}."""
    done = refused = 0
    with opened(file) as stream:
        for line in chain.from_iterable(read_batches(stream, ("query",))):
            record = _search_line(store, line, k)
            done, refused = done + 1, refused + ("error" in record)
            write_line(record)
    _summarise(done, refused)


def _search_line(store: "ClaraVectorStore", line: Line, k: int) -> dict[str, Any]:
    if line.error or not is_valid(line.record["query"]):
        return {"id": line.id, "error": line.error or "The field 'query' is not valid text."}
    try:
        return {"id": line.id, "results": found(store, line.record["query"], k)}
    except SeamlessError as error:
        return {"id": line.id, "error": str(error)}


def found(store: "ClaraVectorStore", question: str, k: int) -> list[dict[str, Any]]:
    """The nearest entries: id, score, text and metadata."""
    return [
        {"id": str(document.id), "score": round(score, 6), "text": document.page_content, "metadata": document.metadata}
        for document, score in store.similarity_search_with_score(question, k=k)
    ]


def _summarise(done: int, refused: int) -> None:
    summary = f"{done} lines, {refused} refused."
    err.print(f"[yellow]{summary} Their field 'error' says why.[/]" if refused else summary)
