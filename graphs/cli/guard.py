"""``seamless guard``: what labels say of allergens, and whether a product is safe for a customer."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.guard_check import check
from seamless_retail.graphs.cli.guard_explain import explain
from seamless_retail.graphs.cli.jsonl import Line, opened, read_batches, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.lobes.guardrails.labels.reading import LabelReader

app = typer.Typer(help="Allergens on labels, and whether a product is safe for a customer.", no_args_is_help=True)
app.command("check")(check)
app.command("explain")(explain)


@app.command()
def scan(
    text: Annotated[
        str, typer.Argument(metavar="[LABEL|FILE|-]", help="The label, or with --jsonl a file; - is standard input.")
    ] = "",
    language: Annotated[str, typer.Option("--lang", help="Its language (ISO 639-1), if known.")] = "",
    jurisdiction: Annotated[
        str, typer.Option(help="Whose law decides exemptions: EU, UK, US, CA, JP, KR, CODEX.")
    ] = "EU",
    everything: Annotated[
        bool, typer.Option("--all", help="Report further allergens too, such as single nuts.")
    ] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id","text","lang"?} lines, write a line for each.')
    ] = False,
) -> None:
    """Name the allergens that a label contains, may contain and is free from, with the words that prove it.

    A derivative that the law exempts (refined soybean oil) is among the spans, marked, and in no list.
    """
    if not text and not jsonl:
        raise InvalidQueryError(
            "There is no label.",
            'Scan with `seamless guard scan "…"`, or feed JSON lines to `seamless guard scan --jsonl`.',
        )
    from seamless_retail.lobes.guardrails.labels.reading import check_jurisdiction

    check_jurisdiction(jurisdiction)
    reader = _reader()
    if not jsonl:
        sys.stdout.write(
            json.dumps(scan_label(reader, text, language, jurisdiction, everything), ensure_ascii=False) + "\n"
        )
        return
    refused = 0
    with opened(text or "-") as stream:
        for batch in read_batches(stream, required=("text",), optional=("lang",)):
            for line in batch:
                refused += bool(line.error)
                write_line({"id": line.id, **_answer(reader, line, jurisdiction, everything)})
    if refused:
        err.print(f"[yellow]Lines that could not be scanned: {refused}. Their field 'error' says why.[/]")


@app.command("import-off")
def import_off(
    folder: Annotated[Path, typer.Argument(help="Your copy of the Open Food Facts taxonomy (TSV files).")],
) -> None:
    """Add the words of an Open Food Facts taxonomy (ODbL 1.0) to the lexicon of this home folder."""
    from seamless_retail.lobes.guardrails.labels.off_taxonomy import import_taxonomy

    home = command_settings().home
    count = import_taxonomy(folder, home)
    out.print(f"{count:,} words of Open Food Facts (ODbL 1.0) now help `seamless guard`; they are kept in {home}.")


def scan_label(
    reader: "LabelReader", text: str, language: str = "", jurisdiction: str = "EU", everything: bool = False
) -> dict[str, Any]:
    """One label's record: ``contains``, ``may_contain``, ``free_from``, ``cannot_clear``, ``may_hide``, ``spans``.

    ``may_contain`` holds what a precautionary statement names, even if it is an ingredient; ``free_from`` only what
    nothing contradicts; ``may_hide`` what ingredients of unstated source may hide. ``cannot_clear`` is true if that
    is anything or the label cannot be read, in which case silence means nothing for any allergen.
    """
    from seamless_retail.core.food_facts.allergens import EU_14, allergens
    from seamless_retail.lobes.guardrails.labels import Status

    reading = reader.read(text, language=language or None, jurisdiction=jurisdiction)
    listed = list(allergens()) if everything else list(EU_14)
    said = {(finding.allergen, finding.status) for finding in reading.findings if not finding.exempt}
    hidden = reading.hidden()
    return {
        "contains": [a for a in listed if (a, Status.CONTAINS) in said],
        "may_contain": [a for a in listed if (a, Status.MAY_CONTAIN) in said],
        "free_from": [a for a in listed if reading.status(a) is Status.FREE_FROM],
        "cannot_clear": reading.cannot_clear or bool(hidden),
        "may_hide": [a for a in listed if a in hidden],
        "spans": [
            {
                "allergen": finding.allergen,
                "start": finding.span[0],
                "end": finding.span[1],
                "text": finding.text,
                "status": str(finding.status),
                "rule": finding.rule,
                "row": finding.row,
                **({"exempt": True} if finding.exempt else {}),
            }
            for finding in reading.findings
            if finding.allergen in listed
        ],
    }


def _answer(reader: "LabelReader", line: Line, jurisdiction: str, everything: bool) -> dict[str, Any]:
    if line.error:
        return {"error": line.error}
    return scan_label(reader, line.record["text"], line.record.get("lang") or "", jurisdiction, everything)


def _reader() -> "LabelReader":
    from seamless_retail.lobes.guardrails.labels.off_taxonomy import imported_rows
    from seamless_retail.lobes.guardrails.labels.reading import LabelReader

    return LabelReader(extra=imported_rows(command_settings().home))
