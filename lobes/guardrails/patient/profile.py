"""The shop's own record of a customer → contraindications."""

from collections.abc import Mapping
from typing import Any

from seamless_retail.core import customers
from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.core.food_facts.conditions import condition_ids, load_conditions
from seamless_retail.core.food_facts.diets import diet_ids
from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.core.food_facts.terms import split_words
from seamless_retail.lobes.guardrails.patient.context import (
    Contraindication,
    PatientContext,
    Polarity,
    Severity,
    Temporality,
    Who,
)
from seamless_retail.lobes.guardrails.patient.medicine_names import medicine_by_sound, medicine_index
from seamless_retail.lobes.guardrails.patient.reading import read_context

_SEVERITIES = {
    customers.Severity.MILD: Severity.INTOLERANCE,
    customers.Severity.MODERATE: Severity.ALLERGY,
    customers.Severity.SEVERE: Severity.ANAPHYLAXIS,
    customers.Severity.ANAPHYLACTIC: Severity.ANAPHYLAXIS,
}
_NAMED_SEVERITIES = {
    **{severity.value: severity for severity in Severity},
    **{given.value: severity for given, severity in _SEVERITIES.items()},
    "anaphylactic": Severity.ANAPHYLAXIS,
}


def from_profile(profile: customers.DietaryProfile) -> PatientContext:
    """The contraindications of a profile; an entry that no table knows is kept, and nothing is cleared against it."""
    found = [
        _statement(
            f"allergen:{allergy.allergen.value}", f"allergens/{allergy.allergen.value}", _SEVERITIES[allergy.severity]
        )
        for allergy in profile.allergies
    ]
    for name in profile.conditions:
        found += _conditions(name)
    for name in profile.medicines:
        id = _medicine(name)
        known = medicine(id)
        found.append(_statement(f"medicine:{id}", f"medicines/{known.group}" if known else ""))
    for name in profile.diets:
        id = diet_ids().get(name.lower().strip(), name.lower().strip().replace(" ", "-"))
        found.append(_statement(f"diet:{id}", f"diets/{id}" if id in diet_ids() else ""))
    return PatientContext("", None, tuple(found))


def from_record(record: Mapping[str, Any]) -> PatientContext:
    """A profile as JSON: lists ``allergies``, ``conditions``, ``medicines``, ``diets``.

    An allergy is a word, or ``{"allergen", "severity"}``.

    Raises:
        ValueError: A field is not a list of texts.
    """
    unknown = set(record) - {"allergies", "conditions", "medicines", "diets"}
    if unknown:
        raise ValueError(f"The profile has unknown fields: {', '.join(sorted(map(str, unknown)))}.")
    texts = {field: _texts(record, field) for field in ("conditions", "medicines", "diets")}
    found = list(from_profile(customers.DietaryProfile.model_validate(texts)).contraindications)
    allergies: list[Contraindication] = []
    for entry in _list(record, "allergies"):
        given = entry if isinstance(entry, Mapping) else {"allergen": entry}
        allergies += _allergy(given.get("allergen"), given.get("severity"))
    return PatientContext("", None, (*allergies, *found))


def _list(record: Mapping[str, Any], field: str) -> list[Any]:
    value = record.get(field) or []
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise ValueError(f"The field {field!r} of the profile is not a list.")
    return value


def _texts(record: Mapping[str, Any], field: str) -> tuple[str, ...]:
    values = _list(record, field)
    if not all(isinstance(value, str) and value.strip() for value in values):
        raise ValueError(f"The field {field!r} of the profile is not a list of texts.")
    return tuple(values)


def _allergy(name: object, severity: object) -> list[Contraindication]:
    if not isinstance(name, str) or not name.strip():
        raise ValueError("An allergy of the profile has no allergen.")
    grave = _NAMED_SEVERITIES.get(str(severity).lower(), Severity.ALLERGY) if severity else Severity.ALLERGY
    id = name.lower().strip()
    if id in allergen_facts.allergens():
        group = allergen_facts.groups_of(id)[-1]
        return [_statement(f"allergen:{group}", f"allergens/{group}", grave, "" if group == id else id)]
    read = [found for found in read_context(f"I am allergic to {name}").active if found.kind == "allergen"]
    if not read:
        return [_statement(f"allergen:{id.replace(' ', '-')}", "", grave)]
    return [_statement(found.key, found.row, grave, found.detail) for found in read]


def _conditions(name: str) -> list[Contraindication]:
    id = condition_ids().get(name.lower().strip())
    if id:
        return [_statement(f"condition:{id}", f"conditions/{id}")]
    read = [found for found in read_context(name).active if found.id in load_conditions() or found.kind == "allergen"]
    if read:
        return [_statement(found.key, found.row, found.severity, found.detail) for found in read]
    return [_statement(f"condition:{name.lower().strip().replace(' ', '-')}", "")]


def _medicine(name: str) -> str:
    words = split_words(name)
    for match in medicine_index().find(words):
        return match.value.id
    for word in words:
        if heard := medicine_by_sound(word):
            return heard.id
    return name.lower().strip().replace(" ", "-")


def _statement(key: str, row: str, severity: Severity = Severity.UNSTATED, detail: str = "") -> Contraindication:
    return Contraindication(key, Who.SELF, Polarity.HAS, severity, Temporality.CURRENT, (0, 0), "", row, detail)
