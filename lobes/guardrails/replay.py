"""Judging a recorded decision again, offline: the same input and the same tables give the same verdict."""

from dataclasses import dataclass, replace
from typing import Any

from seamless_retail.core.audit import AuditItem, AuditRecord
from seamless_retail.lobes.guardrails.audit import engine_hash, tables_hash
from seamless_retail.lobes.guardrails.food_guard import FAILED, LATE, UNRECORDED, FoodGuard
from seamless_retail.lobes.guardrails.household import from_records
from seamless_retail.lobes.guardrails.patient import PatientContext
from seamless_retail.lobes.guardrails.rules import Judgement, ProductFacts

NOT_JUDGED = frozenset({FAILED, LATE, UNRECORDED})
"""Rows of verdicts that no rule gave: the guard failed, was late, or could not keep its record."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision as it would be made now."""

    judgement: Judgement
    is_same: bool
    """Whether verdict, rows and sentences are those of the record."""
    same_tables: bool
    same_engine: bool
    was_judged: bool = True
    """Whether rules gave the recorded verdict, not a defect or a deadline."""


def replay(record: AuditRecord, item: AuditItem, guard: FoodGuard) -> Replay:
    """Judge one item again with the tables of now.

    Args:
        record: What it was judged by.
        item: What was judged.
        guard: For its reader; its settings are those of the record.

    Raises:
        KeyError: The record lacks a field.
        ValueError: A field of the record has an unknown value.
    """
    settings = record.settings
    guard = replace(
        guard,
        block_traces=bool(settings["block_traces"]),
        clear_by_reviewed_rows_only=bool(settings["reviewed_rows_only"]),
    )
    context = PatientContext("", None, from_records(record.context))
    is_prose = record.kind == "text"
    found = guard.judge(context, _facts(item.subject, is_prose), record.jurisdiction, is_prose=is_prose)
    now = [(r.verdict.value, r.row, r.sentence) for r in found.reasons]
    then = [(r["verdict"], r["row"], r["sentence"]) for r in item.reasons]
    return Replay(
        judgement=found,
        is_same=(found.verdict.value, now) == (item.verdict, then),
        same_tables=record.tables == tables_hash(guard),
        same_engine=record.engine == engine_hash(),
        was_judged=not any(reason["row"] in NOT_JUDGED for reason in item.reasons),
    )


def _facts(subject: dict[str, Any], is_prose: bool) -> ProductFacts:
    if is_prose:
        return ProductFacts(name=subject["text"])
    declared = {field: None if subject[field] is None else tuple(subject[field]) for field in ("allergens", "traces")}
    return ProductFacts(**{**subject, **declared})
