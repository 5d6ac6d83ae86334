"""``seamless guard explain``: a decision of the food guard in words, judged again offline; the chain of all."""

import json
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from seamless_retail.core.errors import AuditError
from seamless_retail.graphs.cli.console import err, out
from seamless_retail.graphs.cli.session import command_settings

if TYPE_CHECKING:
    from seamless_retail.core.audit import AuditItem, AuditRecord
    from seamless_retail.lobes.guardrails.audit import AuditTrail
    from seamless_retail.lobes.guardrails.replay import Replay

LATEST = 10
"""Decisions listed where no id is given."""
SHORT = 60
"""Characters of a product's name or of a text that stand for it."""
_TOLD = {
    "block": "It was blocked.",
    "cannot_clear": "It was not cleared.",
    "warn": "It was let through with a warning.",
    "pass": "It was let through: nothing stood against it.",
}


def explain(
    id: Annotated[str, typer.Argument(help="Of the decision, as `guardrail.decisions` of an answer gives it.")] = "",
    verify: Annotated[bool, typer.Option("--verify", help="Check the whole chain of records.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why food was blocked or let through, and judge it again; without an id, list the latest decisions.

    Ends with 1 where the chain is broken, or where the same tables and rules now decide otherwise.
    """
    from seamless_retail.lobes.guardrails.audit import AuditTrail

    trail = AuditTrail(command_settings().guard_folder)
    if verify:
        _verify(trail, as_json)
    elif id:
        _explain(trail, id, as_json)
    else:
        _list(trail, as_json)


def _verify(trail: "AuditTrail", as_json: bool) -> None:
    from seamless_retail.core.audit import broken_links

    records = list(trail.records())
    broken = list(broken_links(records))
    head = next((record.digest for _, record in reversed(records) if record), "")
    if as_json:
        told = {"records": len(records), "head": head, "broken": [link.model_dump() for link in broken]}
        out.print(json.dumps(told, ensure_ascii=False), markup=False, soft_wrap=True)
    else:
        for link in broken:
            out.print(f"[red]line {link.line}[/] {link.id}: {link.problem}", soft_wrap=True)
        state = f"[red]broken in {len(broken)} places[/]" if broken else "[green]whole[/]"
        out.print(f"{len(records)} records in {escape(str(trail.path))}: the chain is {state}.", soft_wrap=True)
        if head:
            out.print(
                f"Its last digest, to be kept elsewhere against a chain that is cut short: {head}", soft_wrap=True
            )
    if broken:
        raise typer.Exit(1)


def _explain(trail: "AuditTrail", id: str, as_json: bool) -> None:
    from seamless_retail.core.audit import broken_links
    from seamless_retail.graphs.food_guard import open_food_guard
    from seamless_retail.lobes.guardrails.replay import replay

    found = trail.find(id)
    if found is None:
        raise AuditError(
            f"The audit in {trail.path} holds no decision {id!r}.", "List the latest with `seamless guard explain`."
        )
    record, item = found
    again = replay(record, item, open_food_guard(command_settings()))
    broken = [link for link in broken_links(trail.records()) if link.id in ("", record.id)]
    if as_json:
        out.print(json.dumps(_as_json(id, record, item, again, bool(broken))), markup=False, soft_wrap=True)
    else:
        for line in _lines(id, record, item, again):
            out.print(line, soft_wrap=True)
        for link in broken:
            out.print(f"[red]Chain, line {link.line}: {link.problem}[/]", soft_wrap=True)
        out.print("The chain holds at this record." if not broken else "Check it: seamless guard explain --verify")
    if broken or _is_drift(again):
        raise typer.Exit(1)


def _list(trail: "AuditTrail", as_json: bool) -> None:
    records = [record for _, record in trail.records() if record]
    for record in islice(reversed(records), LATEST):
        for number, item in enumerate(record.items, start=1):
            row = {
                "id": f"{record.id}.{number}",
                "at": record.at.isoformat(timespec="seconds"),
                "verdict": item.verdict,
            }
            if as_json:
                out.print(json.dumps({**row, "subject": _name(item)}), markup=False, soft_wrap=True)
            else:
                out.print(
                    f"[cyan]{row['id']}[/]  {row['at']}  {item.verdict:12}  {escape(_name(item))}", soft_wrap=True
                )
    if not records:
        err.print("The food guard has decided nothing yet: nobody who asked must avoid any food.")


def _lines(id: str, record: "AuditRecord", item: "AuditItem", again: "Replay") -> list[str]:
    who = f"customer {record.customer} (hashed)" if record.customer else "a guest"
    lines = [
        f"[bold]{id}[/], {record.at.isoformat(timespec='seconds')}, for {who}, by the law of {record.jurisdiction}",
        f"Judged: {escape(_name(item))} ({record.kind})",
        f"Against: {escape(', '.join(_statement(found) for found in record.context))}",
        f"[bold]{item.verdict}[/]. {_TOLD[item.verdict]}",
    ]
    for reason in item.reasons:
        lines.append(f"  {reason['verdict']}: {escape(str(reason['sentence']))}")
        lines.append(f"    [dim]row {escape(str(reason['row']))}; source: {escape(str(reason['source']))}[/]")
    return [*lines, _verdict_now(item, again)]


def _verdict_now(item: "AuditItem", again: "Replay") -> str:
    changed = [name for name, same in (("tables", again.same_tables), ("rules", again.same_engine)) if not same]
    if not again.was_judged:
        return f"The guard could not judge it then and blocked it. Judged now: {again.judgement.verdict.value}."
    now = (
        "the same verdict for the same reasons"
        if again.is_same
        else f"{again.judgement.verdict.value}, otherwise reasoned"
    )
    if changed:
        return f"The {' and '.join(changed)} changed since. Judged now: {now}."
    return f"Judged again with the same tables and rules: {now}."


def _is_drift(again: "Replay") -> bool:
    """Whether the same input, tables and rules give something else, which must not be."""
    return again.was_judged and again.same_tables and again.same_engine and not again.is_same


def _as_json(id: str, record: "AuditRecord", item: "AuditItem", again: "Replay", is_broken: bool) -> dict[str, Any]:
    return {
        "id": id,
        **record.model_dump(mode="json", include={"at", "kind", "customer", "context", "jurisdiction", "settings"}),
        **item.model_dump(mode="json"),
        "replay": {
            "verdict": again.judgement.verdict.value,
            "same": again.is_same,
            "same_tables": again.same_tables,
            "same_rules": again.same_engine,
        },
        "chain_holds": not is_broken,
    }


def _statement(found: dict[str, str]) -> str:
    about = f" of {found['person'] or found['who']}" if found["who"] != "self" else ""
    return (
        f"{found['key']}{about} ({found['severity']})" if found["severity"] != "unstated" else f"{found['key']}{about}"
    )


def _name(item: "AuditItem") -> str:
    text = " ".join(str(item.subject.get("name") or item.subject.get("text") or item.subject.get("id")).split())
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
