"""What a mention stands for: keys, rows of the tables, and details."""

from collections.abc import Iterator

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.lobes.guardrails.patient.context import Severity
from seamless_retail.lobes.guardrails.patient.mentions import Mention, stage_of
from seamless_retail.lobes.guardrails.patient.unknown_medicines import UNKNOWN

_SHUNNED = {"pork": "no-pork", "beef": "hindu_no_beef"}
"""Meats that are left out by custom rather than for an allergy."""


def keys_of(entity: Mention, severity: Severity, text: str, span: tuple[int, int]) -> Iterator[tuple[str, str, str]]:
    """Key, table row and detail of each thing that one mention stands for."""
    if entity.id == UNKNOWN:
        yield f"medicine:{UNKNOWN}", "", text[slice(*span)].lower()
        return
    if entity.role != "allergen":
        row = {"condition": "conditions", "medicine": "medicines", "diet": "diets"}[entity.role]
        name, detail = entity.id, ""
        if entity.role == "medicine":
            known = medicine(entity.id)
            name = known.group if known else entity.id
        if entity.id == "ckd" and (stage := stage_of(text)):
            detail = f"stage {stage}"
        yield f"{entity.role}:{entity.id}", f"{row}/{name}", detail
        if entity.id == "dialysis":
            yield "condition:ckd", "conditions/ckd", "dialysis"
        return
    for id in entity.id.split():
        if id in _SHUNNED and severity in (Severity.AVOID, Severity.DISLIKE):
            yield f"diet:{_SHUNNED[id]}", f"diets/{_SHUNNED[id]}", ""
            continue
        if id == "lactose" and severity is not Severity.ALLERGY and severity is not Severity.ANAPHYLAXIS:
            yield "condition:lactose-intolerance", "conditions/lactose-intolerance", ""
            continue
        group = allergen_facts.groups_of(id)[-1] if id in allergen_facts.allergens() else id
        yield f"allergen:{group}", f"allergens/{group}", "" if group == id else id
