"""``judge``: all that restricts a household against one product."""

from collections.abc import Iterator

from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.lobes.guardrails.labels import read_label
from seamless_retail.lobes.guardrails.patient.context import Contraindication, PatientContext
from seamless_retail.lobes.guardrails.rules.allergen_rules import judge_allergen
from seamless_retail.lobes.guardrails.rules.diet_rules import judge_diet
from seamless_retail.lobes.guardrails.rules.evidence import Evidence, Read, read_product
from seamless_retail.lobes.guardrails.rules.sentences import capital
from seamless_retail.lobes.guardrails.rules.table_rules import judge_condition, judge_medicine
from seamless_retail.lobes.guardrails.rules.verdicts import Judgement, ProductFacts, Reason, Verdict, worst


def judge(
    context: PatientContext,
    product: ProductFacts,
    *,
    jurisdiction: str = "EU",
    block_traces: bool = False,
    clear_by_reviewed_rows_only: bool = False,
    read: Read = read_label,
) -> Judgement:
    """Judge one product for everybody the context speaks of; nobody affected passes.

    Args:
        context: From ``read_context`` or ``from_profile``; only active statements count.
        product: The label. What it says is data, never an instruction.
        jurisdiction: Whose food law decides what need not be declared.
        block_traces: Whether "may contain" blocks for every allergy, not only for anaphylaxis.
        clear_by_reviewed_rows_only: Whether a product that nothing stands against still cannot be cleared while the
            rows it was checked by wait for a dietitian's or a pharmacist's signature.
        read: Reads labels: ``read_label``, or the method ``read`` of a ``LabelReader`` with further rows.
    """
    active = context.active
    if not active:
        return Judgement(Verdict.PASS)
    evidence = read_product(product, jurisdiction, read)
    reasons: list[Reason] = []
    for found in active:
        own = list(_judge_one(found, evidence, active, block_traces))
        if clear_by_reviewed_rows_only and worst(own).gravity < Verdict.CANNOT_CLEAR.gravity:
            own += _unsigned(found)
        reasons += own
    unique = {(r.key, r.row, r.where, r.span, r.sentence): r for r in reasons}
    ordered = sorted(unique.values(), key=lambda r: -r.verdict.gravity)
    return Judgement(worst(ordered), tuple(ordered))


def _judge_one(
    found: Contraindication, evidence: Evidence, active: tuple[Contraindication, ...], block_traces: bool
) -> Iterator[Reason]:
    same = {other.id for other in active if other.who is found.who and other.kind == "condition"}
    match found.kind:
        case "allergen":
            return judge_allergen(found, evidence, block_traces=block_traces)
        case "medicine":
            return judge_medicine(found, evidence)
        case "diet":
            return judge_diet(found, evidence)
    return judge_condition(found, evidence, _lifted(found.id, same))


def _lifted(condition: str, same: set[str]) -> frozenset[str]:
    """Nutrients whose limit the person's other condition turns around.

    Dialysis raises the need of protein (KDOQI 2020); acute low blood sugar needs sugar (ADA, rule of 15).
    """
    lifted: set[str] = set()
    if condition == "ckd" and "dialysis" in same:
        lifted.add("protein_g")
    if "hypoglycaemia" in same and condition in ("diabetes", "gestational_diabetes"):
        lifted |= {"sugars_g", "carbohydrates_g"}
    return frozenset(lifted)


def _unsigned(found: Contraindication) -> list[Reason]:
    """A reason not to clear by rows that nobody has signed."""
    reviewed, signer, source = False, "dietitian", "House rule: unreviewed rows are no reason to clear"
    if found.kind == "medicine" and (known := medicine(found.id)):
        reviewed, signer = known.reviewed, known.signer
    elif found.kind == "condition" and (condition := load_conditions().get(found.id)):
        reviewed, signer = condition.reviewed, condition.signer
    elif found.kind == "diet" and (diet := load_diets().get(found.id)):
        reviewed, signer = diet.reviewed, diet.signer
    if reviewed:
        return []
    says = f"I cannot clear this: the rules for {found.id} still wait for the signature of a {signer}"
    row = found.row or "rules/unknown-contraindication"
    return [Reason(found.key, Verdict.CANNOT_CLEAR, row, source, (0, 0), "tables", "", capital(says))]
