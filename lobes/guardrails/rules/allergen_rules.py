"""Allergens: contained, maybe contained, hidden, or unknown, against one person's allergy."""

import re
from collections.abc import Iterator

from seamless_retail.core.food_facts import allergens as allergen_facts
from seamless_retail.lobes.guardrails.labels import Finding, Status
from seamless_retail.lobes.guardrails.patient.context import Contraindication, Severity
from seamless_retail.lobes.guardrails.rules import uncleared
from seamless_retail.lobes.guardrails.rules.evidence import Evidence
from seamless_retail.lobes.guardrails.rules.sentences import allergen_name, capital, is_are, person, trouble
from seamless_retail.lobes.guardrails.rules.verdicts import Reason, Verdict

CROSS_REACTIVE = (frozenset({"nuts:cashew", "nuts:pistachio"}), frozenset({"nuts:walnut", "nuts:pecan"}))
"""Pairs of nuts of one family: who reacts to one usually reacts to the other (EAACI 2022)."""


def judge_allergen(
    found: Contraindication, evidence: Evidence, *, id: str = "", block_traces: bool = False
) -> Iterator[Reason]:
    """The reasons that one allergy gives against a product.

    Args:
        found: The allergy.
        evidence: The product.
        id: The allergen, if it is not the one of the contraindication's key.
        block_traces: Whether "may contain" blocks for an allergy, not only for anaphylaxis.
    """
    allergen = id or found.id
    if allergen not in allergen_facts.allergens():
        yield from _of_unknown(found, allergen, evidence)
        return
    contained = False
    for where, finding in evidence.findings(allergen):
        reason = _of_finding(found, where, finding, block_traces)
        contained = contained or reason.verdict is Verdict.BLOCK
        yield reason
    yield from _of_declaration(found, allergen, evidence, block_traces)
    if contained or found.severity is Severity.DISLIKE:
        return
    yield from _of_silence(found, allergen, evidence)


def _of_unknown(found: Contraindication, allergen: str, evidence: Evidence) -> Iterator[Reason]:
    """An allergen that no table knows: its own word is looked for, and its absence clears nothing."""
    name = allergen.replace("-", " ").replace("_", " ")
    word = re.compile(rf"\b{re.escape(name.removesuffix('s'))}\w{{0,2}}\b", re.IGNORECASE)
    for where, text in evidence.texts:
        if hit := word.search(text):
            says = f'Names "{hit[0]}", and {trouble(found)}'
            verdict = Verdict.WARN if found.severity is Severity.DISLIKE else Verdict.BLOCK
            yield Reason(
                found.key, verdict, "rules/named-by-the-customer", uncleared.HOUSE_RULE, hit.span(), where, hit[0],
                capital(says),
            )  # fmt: skip
    yield uncleared.unknown(found, f"I cannot check food for {name}, and {trouble(found)}")


def _of_finding(found: Contraindication, where: str, finding: Finding, block_traces: bool) -> Reason:
    name = allergen_name(finding.allergen)
    if finding.status is Status.MAY_CONTAIN or where == "may_contain":
        verdict, says = trace_verdict(found, block_traces), f"May contain {name}"
    else:
        verdict, says = _contained_verdict(found, finding), f"Contains {name}"
        if finding.exempt:
            says = f"Made from {name}, in a form that need not be declared"
    if finding.text and finding.text.casefold() not in name:
        says += f' ("{finding.text}")'
    return Reason(
        key=found.key,
        verdict=verdict,
        row=finding.row or f"allergens/{finding.allergen}",
        source=finding.source or uncleared.LABEL_LAW,
        span=finding.span,
        where=where,
        text=finding.text,
        sentence=capital(
            f"{says}, and {trouble(found, 'them' if name.endswith('s') else 'it')}{_other_nut(found, finding)}"
        ),
    )


def _contained_verdict(found: Contraindication, finding: Finding) -> Verdict:
    if found.severity is Severity.DISLIKE or finding.exempt:
        return Verdict.WARN
    if _other_nut(found, finding):
        family = any({found.detail, finding.allergen} == pair for pair in CROSS_REACTIVE)
        return Verdict.BLOCK if family or found.severity is Severity.ANAPHYLAXIS else Verdict.WARN
    return Verdict.BLOCK


def _other_nut(found: Contraindication, finding: Finding) -> str:
    """A remark if the nut is not the one named."""
    is_other = ":" in found.detail and ":" in finding.allergen and found.detail != finding.allergen
    return f" (the allergy named is to {allergen_name(found.detail)}; other nuts often react too)" if is_other else ""


def trace_verdict(found: Contraindication, block_traces: bool) -> Verdict:
    """What "may contain" means to this person."""
    if found.severity is Severity.ANAPHYLAXIS or (block_traces and found.severity is Severity.ALLERGY):
        return Verdict.BLOCK
    return Verdict.WARN


def _of_declaration(found: Contraindication, allergen: str, evidence: Evidence, block_traces: bool) -> Iterator[Reason]:
    """What the producer declared as data, beside the text."""
    name, product = allergen_name(allergen), evidence.product
    they = "them" if name.endswith("s") else "it"
    if product.allergens and allergen in product.allergens:
        verdict = Verdict.WARN if found.severity is Severity.DISLIKE else Verdict.BLOCK
        yield _declared(found, allergen, verdict, "allergens", f"Declares {name}, and {trouble(found, they)}")
    if product.traces and allergen in product.traces:
        verdict = trace_verdict(found, block_traces)
        yield _declared(found, allergen, verdict, "traces", f"May contain {name}, and {trouble(found, they)}")


def _declared(found: Contraindication, allergen: str, verdict: Verdict, where: str, sentence: str) -> Reason:
    known = allergen_facts.allergens().get(allergen)
    source = known.source if known else uncleared.LABEL_LAW
    return Reason(found.key, verdict, f"allergens/{allergen}", source, (0, 0), where, allergen, capital(sentence))


def _of_silence(found: Contraindication, allergen: str, evidence: Evidence) -> Iterator[Reason]:
    """Why the absence of the allergen proves nothing."""
    name, who = allergen_name(allergen), person(found)
    if missing := evidence.unreadable:
        yield uncleared.unreadable(found, missing, f"{who} {is_are(who)} to avoid {name}")
    for field in evidence.undeclared:
        yield uncleared.undeclared(found, field, trouble(found, name))
    for opaque in evidence.hiding((allergen,)):
        yield uncleared.hidden(found, opaque, name, trouble(found))
