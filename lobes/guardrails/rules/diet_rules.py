"""Diets: what they exclude, what must be asked, and what followers disagree on."""

from collections.abc import Iterator

from seamless_retail.core.food_facts.diets import Diet, load_diets
from seamless_retail.core.food_facts.foods import load_foods
from seamless_retail.lobes.guardrails.labels import Status
from seamless_retail.lobes.guardrails.patient.context import Contraindication
from seamless_retail.lobes.guardrails.rules import uncleared
from seamless_retail.lobes.guardrails.rules.evidence import Evidence
from seamless_retail.lobes.guardrails.rules.sentences import allergen_name, because, capital
from seamless_retail.lobes.guardrails.rules.table_rules import judge_limits
from seamless_retail.lobes.guardrails.rules.verdicts import Reason, Verdict


def judge_diet(found: Contraindication, evidence: Evidence) -> Iterator[Reason]:
    """The reasons that a diet gives."""
    diet = load_diets().get(found.id)
    if diet is None:
        yield uncleared.unknown(found, f"I cannot check food against a diet named {found.id}")
        return
    yield from _excluded(found, diet, evidence)
    yield from _asked(found, diet, evidence)
    yield from judge_limits(found, diet.limits, evidence)
    if missing := evidence.unreadable:
        yield _reason(
            found, diet, Verdict.CANNOT_CLEAR, "no-readable-ingredients", (0, 0), "ingredients", "",
            f"I cannot clear this: {missing}, and {because(found)}", uncleared.LABEL_LAW,
        )  # fmt: skip


def _excluded(found: Contraindication, diet: Diet, evidence: Evidence) -> Iterator[Reason]:
    is_lifted = any(evidence.has(food) for food in diet.unless)
    is_certified = evidence.claims(diet.certified or diet.id)
    for food in diet.excludes:
        if is_lifted and food == "gelatin":
            continue
        for hit in evidence.foods(food):
            if hit.where == "name" and is_certified:
                continue  # "Vegan Camembert" is named after what it replaces
            yield _reason(found, diet, Verdict.BLOCK, food, hit.span, hit.where, hit.text, _says(found, hit.text, food))
            break
    for allergen in diet.allergens:
        yield from _allergen(found, diet, allergen, evidence)
    for first, second in diet.together:
        one, other = next(evidence.foods(first), None), next(evidence.foods(second), None)
        if one and other:
            says = f'Holds "{one.text}" and "{other.text}" in one dish, and {because(found)}'
            yield _reason(found, diet, Verdict.BLOCK, f"{first}+{second}", other.span, other.where, other.text, says)


def _allergen(found: Contraindication, diet: Diet, allergen: str, evidence: Evidence) -> Iterator[Reason]:
    for where, finding in evidence.findings(allergen):
        if where == "name" and evidence.claims(diet.certified or diet.id):
            continue
        is_trace = finding.status is Status.MAY_CONTAIN or where == "may_contain"
        if is_trace and diet.id != "gluten-free":
            continue
        says = f"{'May contain' if is_trace else 'Contains'} {allergen_name(allergen)}, and {because(found)}"
        verdict = Verdict.WARN if is_trace or finding.exempt else Verdict.BLOCK
        yield _reason(found, diet, verdict, allergen, finding.span, where, finding.text, says)
        if not is_trace:
            break
    if evidence.product.allergens and allergen in evidence.product.allergens:
        says = f"Declares {allergen_name(allergen)}, and {because(found)}"
        yield _reason(found, diet, Verdict.BLOCK, allergen, (0, 0), "allergens", allergen, says)


def _asked(found: Contraindication, diet: Diet, evidence: Evidence) -> Iterator[Reason]:
    is_certified = evidence.claims(diet.certified or diet.id)
    for food in diet.asks:
        hit = next(evidence.foods(food), None)
        if hit and not is_certified and not any(evidence.has(lift) for lift in diet.unless):
            says = f'I cannot clear this: the label does not say where "{hit.text}" comes from, and {because(found)}'
            yield _reason(found, diet, Verdict.CANNOT_CLEAR, food, hit.span, hit.where, hit.text, says)
    for food in diet.warns:
        hit = next(evidence.foods(food), None)
        if hit and not is_certified and not any(evidence.has(lift) for lift in diet.unless_warn):
            says = f'Contains "{hit.text}", which not everybody who keeps this diet accepts, and {because(found)}'
            yield _reason(found, diet, Verdict.WARN, food, hit.span, hit.where, hit.text, says)
    if not is_certified and ("gluten" in diet.allergens or "milk" in diet.allergens):
        for opaque in evidence.hiding(diet.allergens):
            says = f'I cannot clear this: the source of "{opaque.term}" is not stated, and {because(found)}'
            yield _reason(
                found, diet, Verdict.CANNOT_CLEAR, "opaque", opaque.span, "ingredients", opaque.term, says,
                opaque.source,
            )  # fmt: skip


def _says(found: Contraindication, text: str, food: str) -> str:
    name = load_foods()[food].name
    quoted = "" if text.casefold() in name.casefold() else f' ("{text}")'
    return f"Contains {name}{quoted}, and {because(found)}"


def _reason(
    found: Contraindication, diet: Diet, verdict: Verdict, part: str, span: tuple[int, int], where: str, text: str,
    says: str, source: str = "",
) -> Reason:  # fmt: skip
    return Reason(
        key=found.key,
        verdict=verdict,
        row=f"diets/{diet.id}/{part}",
        source=source or diet.source,
        span=span,
        where=where,
        text=text,
        sentence=capital(says),
        reviewed=diet.reviewed,
    )
