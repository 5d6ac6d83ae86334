"""What an answer says about food that was checked: one sentence for the product asked about, groups for the others."""

from collections.abc import Sequence

from seamless_retail.core.evidence import Citation, Claim
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.guardrails.findings import Finding, by_likeness
from seamless_retail.lobes.guardrails.rules import Verdict
from seamless_retail.lobes.guardrails.rules.sentences import allergen_name, because
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_record import cite_together
from seamless_retail.lobes.wording import agree, is_plural, join_words

NAMED_AT_MOST = 3
KINDS = {
    Verdict.BLOCK: "blocked",
    Verdict.CANNOT_CLEAR: "not_cleared",
    Verdict.WARN: "caution",
    Verdict.PASS: "cleared",
}


def notices(findings: Sequence[Finding], asked_product_id: str, *, asks_safety: bool) -> list[Claim]:
    """The claims that explain the findings.

    Args:
        findings: One per food of the answer.
        asked_product_id: The product that the customer asked about.
        asks_safety: Whether "nothing stands against it" is part of the answer.
    """
    alone, left_out = list[Finding](), list[Finding]()
    for finding in findings:
        asked = finding.product.id == asked_product_id
        if finding.verdict.verdict is Verdict.PASS:
            alone += [finding] if asked and asks_safety else []
        elif asked or finding.is_shown:
            alone.append(finding)
        else:
            left_out.append(finding)
    cautions = [finding for finding in alone if finding.product.id != asked_product_id]
    told = [_claim([finding], sentence(finding, asked=True)) for finding in alone if finding not in cautions]
    told += [_claim(group, _together(group, "Please take care with")) for group in by_likeness(cautions).values()]
    return told + [_claim(group, _together(group, "I left out")) for group in by_likeness(left_out).values()]


def sentence(finding: Finding, *, asked: bool) -> str:
    """The finding on one product, in words, without a final full stop."""
    name = finding.product.name
    plural = is_plural(name)
    cause = finding.cause("they" if plural else "it", is_plural=plural)
    match finding.verdict.verdict:
        case Verdict.PASS:
            return f"I see nothing against {name}: {_nothing_against(finding)}"
        case Verdict.BLOCK if asked:
            fit = "right" if all(reason.key.startswith("diet:") for reason in finding.reasons) else "safe"
            return f"{name} {agree(name, 'is', 'are')} not {fit} for {finding.people}: {cause}"
        case Verdict.CANNOT_CLEAR if asked:
            return f"I cannot say that {name} {agree(name, 'is', 'are')} right for {finding.people}: {cause}"
        case Verdict.WARN:
            return f"Please take care with {name}: {cause}"
    return f"I left out {name}: {cause}"


def _together(group: Sequence[Finding], opening: str) -> str:
    names = [finding.product.name for finding in group]
    more = [f"{len(names) - NAMED_AT_MOST} more"] if len(names) > NAMED_AT_MOST else []
    plural = is_plural(names[0]) if len(names) == 1 else False
    subject = "each" if len(names) > 1 else "they" if plural else "it"
    return f"{opening} {join_words([*names[:NAMED_AT_MOST], *more])}: {group[0].cause(subject, is_plural=plural)}"


def _nothing_against(finding: Finding) -> str:
    """What was looked for and not found; a claim about the label, not about a person's health."""
    active = finding.household.context.active
    allergens = dict.fromkeys(allergen_name(found.detail or found.id) for found in active if found.kind == "allergen")
    others = dict.fromkeys(because(found) for found in active if found.kind != "allergen")
    told = []
    if allergens:
        told.append(f"the label names no {join_words(list(allergens), 'or')}, neither as contained nor as a trace")
    if others:
        told.append(f"no rule that I hold speaks against it although {join_words(list(others))}")
    return ", and ".join(told)


def _claim(findings: Sequence[Finding], text: str) -> Claim:
    first, shown = findings[0], findings[:NAMED_AT_MOST]
    citations = [citation for finding in shown for citation in (finding.citations or _label(finding))]
    about = first.product.id if len(findings) == 1 else ""
    return make_claim(KINDS[first.verdict.verdict], citations, about, sentence=text)


def _label(finding: Finding) -> list[Citation]:
    profile = [finding.household.citations.get(found.key) for found in finding.household.context.active]
    label = cite_together(product_source(finding.product), ["ingredients", "allergens", "traces"])
    return [*label, *(citation for citation in profile if citation)]
