"""``seamless route``: what the intent router makes of a message."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.jsonl import Line, read_batches, standard_input, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.core.intents import IntentPrediction
    from seamless_retail.core.ports import IntentClassifier


def route(
    text: Annotated[str, typer.Argument(help="The message.", show_default=False)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id","text"} lines from standard input, write a line for each.')
    ] = False,
) -> None:
    """Name the intent of a message, its confidence and the next best intents. Needs no shop."""
    if bool(text) == jsonl:
        raise InvalidQueryError(
            "There is no message." if not jsonl else "A message and --jsonl exclude each other.",
            'Route with `seamless route "…"`, or feed JSON lines to `seamless route --jsonl`.',
        )
    from seamless_retail.graphs.sentence_models import open_classifier

    classifier = open_classifier(command_settings())
    if jsonl:
        _route_lines(classifier)
        return
    record = _record(classifier.classify([_checked(text)])[0])
    if as_json:
        sys.stdout.write(json.dumps(record) + "\n")
        return
    out.print(f"[bold]{record['intent']}[/] {record['confidence']:.3f}")
    for alternative in record["alternatives"]:
        out.print(f"[dim]{alternative['intent']} {alternative['confidence']:.3f}[/]")


def _route_lines(classifier: "IntentClassifier") -> None:
    refused = 0
    for batch in read_batches(standard_input(), required=("text",)):
        lines = [_with_checked_text(line) for line in batch]
        good = [line for line in lines if not line.error]
        predictions = iter(classifier.classify([line.record["text"] for line in good]) if good else [])
        for line in lines:
            refused += bool(line.error)
            write_line({"id": line.id, **({"error": line.error} if line.error else _record(next(predictions)))})
    if refused:
        err.print(f"[yellow]Lines that could not be routed: {refused}. Their field 'error' says why.[/]")


def _with_checked_text(line: Line) -> Line:
    if line.error:
        return line
    try:
        return Line(line.id, {"text": _checked(line.record["text"])})
    except InvalidQueryError as error:
        return Line(line.id, {}, str(error))


def _checked(text: str) -> str:
    from seamless_retail.tools.understanding import MAX_CHARACTERS, normalise

    return normalise(text, MAX_CHARACTERS)


def _record(prediction: "IntentPrediction") -> dict[str, Any]:
    alternatives = [{"intent": str(intent), "confidence": share} for intent, share in prediction.alternatives]
    return {"intent": str(prediction.intent), "confidence": prediction.confidence, "alternatives": alternatives}
