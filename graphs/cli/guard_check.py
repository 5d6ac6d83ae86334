"""``seamless guard check``: a customer's context against a product, over JSON lines."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seamless_retail.core.errors import ImportSourceError, InvalidQueryError, SeamlessError
from seamless_retail.graphs.cli.console import err
from seamless_retail.graphs.cli.jsonl import Line, read_batches, standard_input, write_line
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.core.database import SqlShop
    from seamless_retail.lobes.guardrails.food_guard import FoodGuard
    from seamless_retail.lobes.guardrails.patient import PatientContext
    from seamless_retail.lobes.guardrails.rules import ProductFacts


def check(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="The lines; - is standard input.", show_default=False)
    ] = "-",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Read JSON lines, write a JSON line for each.")] = False,
    jurisdiction: Annotated[str, typer.Option(help="Food law: EU, UK, US, CA, JP, KR or CODEX.")] = "EU",
    block_traces: Annotated[
        bool, typer.Option("--block-traces", help='"May contain" blocks for every allergy, not only for anaphylaxis.')
    ] = False,
    reviewed_only: Annotated[
        bool, typer.Option("--reviewed-only", help="Clear nothing by rows that nobody has signed.")
    ] = False,
) -> None:
    """Answer {"id","context" or "profile","product"} lines with {"id","verdict","reasons","contraindications"}.

    "product" is a SKU of the shop, or {"name","ingredients",…}. A bad line gives {"id","error"} and the rest goes on.
    """
    if not jsonl:
        raise InvalidQueryError("There is nothing to read.", "Give lines with --jsonl FILE, or - for standard input.")
    from seamless_retail.lobes.guardrails.labels.reading import check_jurisdiction

    check_jurisdiction(jurisdiction)
    guard, shop = _guard(block_traces, reviewed_only), _LazyShop()

    def answer(line: Line) -> dict[str, Any]:
        context = _context(line.record)
        product = _product(line.record.get("product"), shop)
        (found,) = guard.check(context, [product], jurisdiction=jurisdiction)
        return {
            "verdict": found.verdict.value,
            "reasons": [reason.to_record() for reason in found.reasons],
            "contraindications": list(context.keys),
        }

    try:
        _run(file, answer)
    finally:
        shop.close()


def _guard(block_traces: bool, reviewed_only: bool) -> "FoodGuard":
    """The guard of the settings, with the words that the user imported; a check of lines is not in its audit."""
    from dataclasses import replace

    from seamless_retail.graphs.food_guard import open_food_guard

    settings = command_settings()
    return replace(
        open_food_guard(settings),
        block_traces=block_traces or settings.guard_block_traces,
        clear_by_reviewed_rows_only=reviewed_only or settings.guard_reviewed_rows_only,
        audit=None,
    )


class _LazyShop:
    """The shop's database, opened at the first SKU: a check of given labels needs none."""

    def __init__(self) -> None:
        self._shop: SqlShop | None = None

    def product(self, sku: str) -> "ProductFacts":
        """The label behind a SKU or a product id.

        Raises:
            ValueError: The shop has none.
        """
        from seamless_retail.core.database import open_shop
        from seamless_retail.lobes.guardrails.rules import from_product

        if self._shop is None:
            self._shop = open_shop(command_settings().shop_url)
        found = self._shop.catalogue.by_sku(sku) or self._shop.catalogue.get(sku)
        if found is None:
            raise ValueError(f"The shop has no product {sku!r}.")
        return from_product(found)

    def close(self) -> None:
        """Close it, if it was opened."""
        if self._shop is not None:
            self._shop.close()


def _context(record: dict[str, Any]) -> "PatientContext":
    from dataclasses import replace

    from seamless_retail.lobes.guardrails.patient import from_record, read_context

    text, profile = record.get("context"), record.get("profile")
    if text is None and profile is None:
        raise ValueError("The fields 'context' and 'profile' are both missing.")
    if text is not None and not isinstance(text, str):
        raise ValueError("The field 'context' is not text.")
    if profile is not None and not isinstance(profile, dict):
        raise ValueError("The field 'profile' is not an object.")
    told = read_context(text) if text else read_context("")
    known = from_record(profile) if profile else None
    if known is None:
        return told
    return replace(told, contraindications=(*known.contraindications, *told.contraindications))


def _product(given: object, shop: _LazyShop) -> "ProductFacts":
    from seamless_retail.lobes.guardrails.rules import from_record

    if given is None:
        raise ValueError("The field 'product' is missing.")
    if isinstance(given, str) and given.strip():
        return shop.product(given.strip())
    if not isinstance(given, dict):
        raise ValueError("The field 'product' is neither a SKU nor an object.")
    return from_record(given)


def _run(file: str, answer: Callable[[Line], dict[str, Any]]) -> None:
    """Answer every line in order, each flushed at once."""
    started, done, refused = time.perf_counter(), 0, 0
    with _lines(file) as stream:
        for batch in read_batches(stream, ()):
            for line in batch:
                record = _answered(line, answer)
                done, refused = done + 1, refused + ("error" in record)
                write_line(record)
    summary = f"{done} lines in {time.perf_counter() - started:.1f} s, {refused} refused."
    err.print(f"[yellow]{summary} Their field 'error' says why.[/]" if refused else summary)


def _answered(line: Line, answer: Callable[[Line], dict[str, Any]]) -> dict[str, Any]:
    """A bad line, a defect in the guard included, is an error on its own line: never a verdict that clears."""
    if line.error:
        return {"id": line.id, "error": line.error}
    try:
        return {"id": line.id, **answer(line)}
    except (ValueError, SeamlessError) as error:
        return {"id": line.id, "error": str(error)}


@contextmanager
def _lines(file: str) -> Iterator[BufferedIOBase]:
    if file == "-":
        yield standard_input()
        return
    if not Path(file).is_file():
        raise ImportSourceError(f"{file} is not a file.", "Give a file of JSON lines, or - for standard input.")
    with Path(file).open("rb") as stream:
        yield stream
