"""``seamless rerank``: candidates scored against a question, over JSON lines."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import InvalidQueryError, SeamlessError
from seamless_retail.graphs.cli.console import err
from seamless_retail.graphs.cli.jsonl import Line, is_valid, opened, read_batches, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.retrievers.reranking import LatentReranker

DIGITS = 6
"""Of a score, leading zeros not counted: small ones differ too."""


def rerank(
    file: Annotated[str, typer.Argument(metavar="[FILE|-]", help="The lines; - is standard input.")] = "-",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Read JSON lines, write a JSON line for each.")] = False,
    model: Annotated[str, typer.Option(help="light, clara-nano, or the folder of a CLaRa model.")] = "light",
    rate: Annotated[
        int | None, typer.Option(min=1, help="Text tokens per memory token: 16, 32, 64 or 128 for light.")
    ] = None,
) -> None:
    """Score {"id","query","candidates"} lines: {"id","scores"}, each the probability that the candidate is relevant.

    Without a calibration for the model, scores are similarities on a scale of 0 to 1; it is said so.

    A candidate is a text, or {"id","text"}; the scores are in the order of the candidates.
    """
    if not jsonl:
        raise InvalidQueryError("There is nothing to read.", "Give lines with --jsonl FILE, or - for standard input.")
    reranker = _open(model, rate)
    if reranker.calibration is None:
        err.print("[yellow]This model is not calibrated: scores are similarities, good for order only.[/]")
    started, done, refused = time.perf_counter(), 0, 0
    with opened(file) as stream, err.status("Reading …") as status:
        for batch in read_batches(stream, ("query",)):
            for line in batch:
                record = _answer(reranker, line)
                done, refused = done + 1, refused + ("error" in record)
                write_line(record)
                status.update(f"{done} lines, {refused} refused")
    summary = f"{done} lines in {time.perf_counter() - started:.1f} s, {refused} refused."
    err.print(f"[yellow]{summary} Their field 'error' says why.[/]" if refused else summary)


def _open(model: str, rate: int | None) -> "LatentReranker":
    settings = command_settings()
    with err.status("Loading the model …"):
        from seamless_retail.graphs.sentence_models import open_embeddings
        from seamless_retail.retrievers.opening import open_reranker
        from seamless_retail.retrievers.rag_config import RagConfig

        config = RagConfig.of({"compression": {"model": model, "rate": rate}}, "--model and --rate").compression
        return open_reranker(config, open_embeddings(settings))


def _answer(reranker: "LatentReranker", line: Line) -> dict[str, Any]:
    """The scores of one line, or what is wrong with it."""
    found = line.error or _texts(line.record)
    if isinstance(found, str):
        return {"id": line.id, "error": found}
    try:
        scores = reranker.scores(line.record["query"], found)
    except SeamlessError as error:
        return {"id": line.id, "error": str(error)}
    return {"id": line.id, "scores": [float(f"{score:.{DIGITS}g}") for score in scores]}


def _texts(record: dict[str, Any]) -> Sequence[str] | str:
    """The candidates' texts, or what is wrong with them."""
    given = record.get("candidates")
    if given is None:
        return "The field 'candidates' is missing."
    if not isinstance(given, list):
        return "The field 'candidates' is not a list."
    texts: list[str] = []
    for place, item in enumerate(given):
        text = item.get("text") if isinstance(item, dict) else item
        if not isinstance(text, str):
            return f"Candidate {place} is neither a text nor {{'id', 'text'}}."
        if not is_valid(text):
            return f"Candidate {place} is not valid text."
        texts.append(text)
    return texts
