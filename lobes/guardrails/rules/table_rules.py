"""Conditions and medicines: their food rules and nutrient limits against a product."""

from collections.abc import Iterator, Sequence

from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.food_rules import FoodRule, NutrientLimit
from seamless_retail.core.food_facts.foods import load_foods
from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.lobes.guardrails.labels import Status
from seamless_retail.lobes.guardrails.patient.context import Contraindication
from seamless_retail.lobes.guardrails.rules import uncleared
from seamless_retail.lobes.guardrails.rules.evidence import Evidence
from seamless_retail.lobes.guardrails.rules.sentences import allergen_name, because, capital, medicine_name
from seamless_retail.lobes.guardrails.rules.verdicts import Reason, Verdict

_UNITS = {"mg": " mg", "g": " g", "pct": " %"}


def judge_condition(found: Contraindication, evidence: Evidence, lifted: frozenset[str]) -> Iterator[Reason]:
    """The reasons that a condition gives; ``lifted`` are nutrients whose limits another condition turns around."""
    condition = load_conditions().get(found.id)
    if condition is None:
        yield _unknown(found)
        return
    yield from _by_rules(found, condition.rules, evidence)
    limits = [limit for limit in condition.limits if limit.nutrient not in lifted and _is_for_stage(limit, found)]
    yield from judge_limits(found, limits, evidence)
    yield from _by_silence(found, evidence, bool(condition.rules))
    if condition.allergens:
        yield from _by_opaque(found, condition.allergens, evidence)


def judge_medicine(found: Contraindication, evidence: Evidence) -> Iterator[Reason]:
    """The reasons that a medicine gives."""
    known = medicine(found.id)
    if known is None:
        yield _unknown(found)
        return
    yield from _by_rules(found, known.rules, evidence)
    yield from judge_limits(found, known.limits, evidence)
    yield from _by_silence(found, evidence, bool(known.rules))


def _by_rules(found: Contraindication, rules: Sequence[FoodRule], evidence: Evidence) -> Iterator[Reason]:
    for rule in rules:
        if any(evidence.has(food) for food in rule.unless):
            continue
        yield from _by_foods(found, rule, evidence)
        yield from _by_allergens(found, rule, evidence)


def _by_foods(found: Contraindication, rule: FoodRule, evidence: Evidence) -> Iterator[Reason]:
    for food in rule.foods:
        for hit in sorted(evidence.foods(food), key=lambda hit: hit.where != "name"):
            # What makes the product what it is stands in its name; as one ingredient of many it only warns.
            in_passing = rule.name_only and hit.where != "name"
            if in_passing and rule.verdict != "block":
                continue
            says = f"Contains {load_foods()[food].name}"
            if hit.text.casefold() not in says.casefold():
                says += f' ("{hit.text}")'
            yield _reason(found, rule, hit.span, hit.where, hit.text, says, milder=in_passing)
            break


def _by_allergens(found: Contraindication, rule: FoodRule, evidence: Evidence) -> Iterator[Reason]:
    for allergen in rule.allergens:
        name = allergen_name(allergen)
        for where, finding in evidence.findings(allergen):
            is_trace = finding.status is Status.MAY_CONTAIN or where == "may_contain"
            if is_trace and rule.verdict != "block":
                continue
            says = f"{'May contain' if is_trace else 'Contains'} {name}"
            yield _reason(found, rule, finding.span, where, finding.text, says, milder=is_trace or finding.exempt)
            if not is_trace:
                break
        if evidence.product.allergens and allergen in evidence.product.allergens:
            yield _reason(found, rule, (0, 0), "allergens", allergen, f"Declares {name}")
        elif rule.verdict == "block" and evidence.product.traces and allergen in evidence.product.traces:
            yield _reason(found, rule, (0, 0), "traces", allergen, f"May contain {name}", milder=True)


def _reason(
    found: Contraindication,
    rule: FoodRule,
    span: tuple[int, int],
    where: str,
    text: str,
    says: str,
    milder: bool = False,
) -> Reason:
    return Reason(
        key=found.key,
        verdict=Verdict.WARN if milder else Verdict(rule.verdict),
        row=rule.id,
        source=rule.source,
        span=span,
        where=where,
        text=text,
        sentence=capital(f"{says}, and {because(found)}: {rule.why}"),
        reviewed=rule.reviewed,
        separate_hours=rule.separate_hours,
    )


def judge_limits(found: Contraindication, limits: Sequence[NutrientLimit], evidence: Evidence) -> Iterator[Reason]:
    """What the amounts say, and which amounts are missing."""
    for limit in limits:
        amount = evidence.amount(limit.nutrient, limit.basis)
        if amount is None:
            if limit.required:
                yield _missing(found, limit)
        elif limit.above is not None and amount > limit.above:
            yield _exceeded(found, limit, amount, evidence)


def _exceeded(found: Contraindication, limit: NutrientLimit, amount: float, evidence: Evidence) -> Reason:
    is_stated = limit.basis == "portion" and evidence.product.serving_g is not None
    whole_day = is_stated and limit.per_day is not None and amount >= limit.per_day
    unit = _UNITS.get(limit.nutrient.rpartition("_")[2], "")
    name = limit.nutrient.rpartition("_")[0]
    per = "a serving" if is_stated else "per 100 g"
    day = " (a whole day's amount)" if whole_day else ""
    return Reason(
        key=found.key,
        verdict=Verdict.BLOCK if whole_day else Verdict(limit.verdict),
        row=limit.id,
        source=limit.source,
        span=(0, 0),
        where="nutrition",
        text=f"{limit.nutrient}={amount:g}",
        sentence=capital(f"Has {amount:g}{unit} {name} {per}{day}, and {because(found)}: {limit.why}"),
        reviewed=limit.reviewed,
    )


def _missing(found: Contraindication, limit: NutrientLimit) -> Reason:
    name = limit.nutrient.rpartition("_")[0]
    return Reason(
        key=found.key,
        verdict=Verdict.CANNOT_CLEAR,
        row=limit.id,
        source=limit.source,
        span=(0, 0),
        where="nutrition",
        text="",
        sentence=capital(f"I cannot clear this: the label does not give its {name}, and {because(found)}"),
        reviewed=limit.reviewed,
    )


def _is_for_stage(limit: NutrientLimit, found: Contraindication) -> bool:
    stage = found.detail.removeprefix("stage ")
    return not limit.stages or not stage.isdigit() or int(stage) in limit.stages


def _by_silence(found: Contraindication, evidence: Evidence, has_rules: bool) -> Iterator[Reason]:
    if has_rules and (missing := evidence.unreadable):
        yield uncleared.unreadable(found, missing, because(found))


def _by_opaque(found: Contraindication, allergens: Sequence[str], evidence: Evidence) -> Iterator[Reason]:
    for opaque in evidence.hiding(allergens):
        yield uncleared.hidden(found, opaque, allergen_name(allergens[0]), because(found))


def _unknown(found: Contraindication) -> Reason:
    return uncleared.unknown(
        found, f"I cannot check food against {_named(found)}; please ask your pharmacist or doctor"
    )


def _named(found: Contraindication) -> str:
    return medicine_name(found) if found.kind == "medicine" else found.id.replace("-", " ")
