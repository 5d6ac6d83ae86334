"""``seamless shop``: making, filling and looking into the shop."""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from seamless_retail.graphs.cli.console import out, progress_bars
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.core.customers import Customer
    from seamless_retail.core.database.imports import ImportReport

app = typer.Typer(help="Make, fill and look into the shop.", no_args_is_help=True)

REINDEX = "Bring the search index up to date: seamless index build"


@app.command()
def seed(
    force: Annotated[bool, typer.Option("--force", help="Erase the shop that is there, also a damaged one.")] = False,
) -> None:
    """Write the demonstration shop: the same bytes every time."""
    from seamless_retail.core.database.seed import seed_shop
    from seamless_retail.graphs.first_run import by_share

    settings = command_settings()
    with progress_bars() as step:
        seed_shop(settings.shop_url, force=force, progress=by_share(step("Making the demonstration shop")))
    _print_info(settings.shop_url)
    out.print(f"[dim]{REINDEX}[/]")


@app.command("import")
def import_data(
    name: Annotated[str, typer.Argument(help="online-retail, usda-branded or tau2-retail.", metavar="DATASET")],
    path: Annotated[Path, typer.Argument(help="Folder of the data set, or its main file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
) -> None:
    """Load a public data set into the shop; loading it twice changes nothing. Bad rows are refused and counted."""
    from seamless_retail.core.database.imports import run_import

    settings = command_settings()
    with progress_bars() as step:
        report = run_import(name, settings.shop_url, path, progress=step(f"Importing {name}"))
    if as_json:
        _print_json(report.model_dump(mode="json"))
        return
    _print_report(report)
    out.print(f"[dim]{REINDEX}[/]")


@app.command()
def migrate() -> None:
    """Bring the shop's schema up to date, or create it."""
    from seamless_retail.core.database import migrate as migrate_shop
    from seamless_retail.core.database.schema import SCHEMA_REVISION

    migrate_shop(command_settings().shop_url)
    out.print(f"The schema is at revision {SCHEMA_REVISION}.")


@app.command()
def info(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what the shop holds."""
    _print_info(command_settings().shop_url, as_json)


@app.command()
def customers(
    limit: Annotated[int, typer.Option(min=1, help="How many to list.")] = 20,
    restricted: Annotated[bool, typer.Option("--restricted", help="Only customers with a dietary profile.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object per line.")] = False,
) -> None:
    """List customers with what they must not eat."""
    from seamless_retail.core.database import open_shop

    with closing(open_shop(command_settings().shop_url)) as shop:
        found = shop.customers.all(limit=None if restricted else limit)
    listed = [customer for customer in found if not (restricted and customer.profile.is_empty)][:limit]
    if as_json:
        for customer in listed:
            _print_json(customer.model_dump(mode="json"), indent=None)
        return
    table = Table(box=None, header_style="dim")
    for name in ("id", "name", "country", "allergies", "diets", "conditions", "medicines"):
        table.add_column(name, overflow="fold")
    for customer in listed:
        table.add_row(*map(escape, _customer_row(customer)))
    out.print(table)


@app.command()
def product(
    product_id: Annotated[str, typer.Argument(help="Id of a product or variant, such as F00001.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show a product as the assistant cites it."""
    from seamless_retail.core.database import open_shop
    from seamless_retail.core.errors import NotFoundError
    from seamless_retail.core.sources import product_source

    with closing(open_shop(command_settings().shop_url)) as shop:
        found = shop.catalogue.get(product_id) or shop.catalogue.by_sku(product_id)
    if found is None:
        raise NotFoundError(f"There is no product {product_id!r}.", "Look for it with `seamless index search`.")
    if as_json:
        _print_json(found.model_dump(mode="json"))
        return
    out.print(escape(product_source(found).text), soft_wrap=True)


def _customer_row(customer: "Customer") -> tuple[str, ...]:
    profile = customer.profile
    return (
        customer.id,
        f"{customer.first_name} {customer.last_name}",
        customer.jurisdiction,
        ", ".join(f"{allergy.allergen} ({allergy.severity})" for allergy in profile.allergies),
        ", ".join(profile.diets),
        ", ".join(profile.conditions),
        ", ".join(profile.medicines),
    )


def _print_info(url: str, as_json: bool = False) -> None:
    from seamless_retail.core.database import open_shop
    from seamless_retail.core.database.summary import summarise

    with closing(open_shop(url)) as shop:
        facts = summarise(shop)
    if as_json:
        _print_json(facts)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in facts.items():
        table.add_row(name.replace("_", " "), escape(f"{value:,}" if isinstance(value, int) else str(value)))
    out.print(table)


def _print_report(report: "ImportReport") -> None:
    out.print(
        f"{report.rows_read:,} rows read, {report.rows_taken:,} taken, {report.rows_refused:,} refused: "
        f"{report.products:,} products, {report.customers:,} customers, {report.orders:,} orders"
    )
    for reason, count in report.reasons.items():
        lines = ", ".join(str(row.line) for row in report.examples if row.reason == reason)
        out.print(f"[yellow]{count:>8,}[/] {escape(reason)} [dim](such as row {lines})[/]")


def _print_json(value: Any, indent: int | None = 2) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=indent) + "\n")
