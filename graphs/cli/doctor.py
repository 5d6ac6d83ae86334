"""``seamless doctor``: what is configured, found, missing or broken, and how to fix it."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from seamless_retail.graphs.cli.console import err, out

if TYPE_CHECKING:
    from seamless_retail.graphs.doctor import Finding, Report

MARKS = {"ok": "[green]✓[/]", "note": "[blue]·[/]", "warning": "[yellow]![/]", "problem": "[bold red]✗[/]"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List the settings at their defaults too.")] = False,
) -> None:
    """Check settings, hardware, models, shop, index, conversations and extras, and say how to fix what is wrong.

    Ends with exit code 1 if something required is broken. Changes nothing.
    """
    with err.status("Looking around …"):
        from seamless_retail.graphs.doctor import examine

        report = examine()
    if as_json:
        sys.stdout.write(json.dumps(report.model_dump(mode="json") | {"healthy": report.is_healthy}, indent=2) + "\n")
    else:
        _print_report(report, verbose)
    if not report.is_healthy:
        raise typer.Exit(1)


def _print_report(report: "Report", verbose: bool) -> None:
    _print_hardware(report)
    settings = [setting for setting in report.settings if verbose or setting.origin != "default"]
    if settings:
        out.print("\n[bold]Settings[/]")
        table = Table.grid(padding=(0, 2))
        for setting in settings:
            table.add_row(f"  {setting.name}", escape(setting.value), f"[dim]{setting.origin}[/]")
        out.print(table)
    out.print("\n[bold]Checks[/]")
    for finding in report.findings:
        _print_finding(finding)
    if report.is_healthy:
        out.print("\n[green]Nothing required is broken.[/]")
    else:
        out.print("\n[bold red]Something required is broken; see above.[/]")


def _print_hardware(report: "Report") -> None:
    from seamless_retail.graphs.hardware import GIB

    hardware, tier = report.hardware, report.compression_tier
    memory, available = hardware["memory_bytes"] / GIB, hardware["memory_available_bytes"] / GIB
    out.print("[bold]Hardware[/]")
    out.print(f"  {hardware['cores']} cores ({hardware['processor']})")
    out.print(f"  {memory:.1f} GiB memory, {available:.1f} GiB available")
    for gpu in hardware["accelerators"]:
        usable = "" if gpu["usable"] else ", not usable by the installed torch"
        out.print(f"  {gpu['kind'].upper()}: {escape(gpu['name'])}, {gpu['memory_bytes'] / GIB:.0f} GiB{usable}")
    if not hardware["accelerators"]:
        out.print("  no CUDA or MPS device")
    out.print(f"  compression tier that fits: [bold]{tier['name']}[/] ({tier['rate']}x/{tier['width']})")


def _print_finding(finding: "Finding") -> None:
    out.print(f"  {MARKS[finding.status]} {finding.name}: {escape(finding.detail)}", soft_wrap=True)
    if finding.remedy:
        out.print(f"      [dim]→ {escape(finding.remedy)}[/]", soft_wrap=True)
