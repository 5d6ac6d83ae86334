"""A food that only a picture tells of is never cleared: what stands against it is told, and all else with an "if".

A picture shows a pack and not what is in it: recipes change under one design, and a likeness may be of another product.
"""

from collections.abc import Iterator, Sequence

from seamless_retail.core.catalogue import Product
from seamless_retail.core.evidence import Claim, GuardDecision
from seamless_retail.core.sources import product_source
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.findings import NAME
from seamless_retail.lobes.guardrails.rules import Verdict
from seamless_retail.lobes.phrasebook import make_claim
from seamless_retail.lobes.product_record import cite_together
from seamless_retail.lobes.wording import join_words

CLEARING_KINDS = frozenset({"cleared", "lacks_allergen"})
"""Claims of which a customer may conclude that a food is safe."""
COMPARE = "compare the name on the pack and read its label"


def never_cleared(
    draft: Draft, decisions: Sequence[GuardDecision], product: Product
) -> tuple[Draft, tuple[GuardDecision, ...]]:
    """The draft and the decisions with ``cannot_clear`` in place of a pass or a warning on the pictured product.

    Args:
        draft: After the labels were judged.
        decisions: On it.
        product: The food that the picture shows, which the customer asks the safety of.
    """
    judged = next((decision for decision in decisions if decision.product_id == product.id), None)
    if judged and Verdict(judged.verdict).gravity >= Verdict.CANNOT_CLEAR.gravity:
        return draft, tuple(decisions)
    about = [claim for claim in (*draft.claims, *draft.supplementary) if claim.product_id == product.id]
    clearing = [claim for claim in about if claim.kind in CLEARING_KINDS]
    label = [citation for claim in clearing for citation in claim.citations]
    citations = label or cite_together(product_source(product), ["name", "ingredients", "allergens", "traces"])
    claim = make_claim("not_cleared", citations, product.id, sentence=_sentence(product.name, clearing))
    decision = GuardDecision(
        guard=NAME,
        verdict=Verdict.CANNOT_CLEAR.value,
        product_id=product.id,
        reason=claim.text,
        citations=claim.citations,
        audit_id=judged.audit_id if judged else "",
    )
    stay = {
        part: tuple(kept for kept in getattr(draft, part) if kept not in clearing)
        for part in ("claims", "supplementary")
    }
    draft = draft.model_copy(update={**stay, "claims": (*stay["claims"], claim)})
    return draft, (*(other for other in decisions if other is not judged), decision)


def uncleared(draft: Draft) -> tuple[GuardDecision, ...]:
    """``cannot_clear`` for a picture whose safety is asked and that shows no product for sure."""
    return tuple(
        GuardDecision(guard=NAME, verdict=Verdict.CANNOT_CLEAR.value, reason=claim.text, citations=claim.citations)
        for claim in draft.claims
        if claim.kind == "picture_not_cleared"
    )


def _sentence(name: str, clearing: Sequence[Claim]) -> str:
    found = list(_found(name, clearing))
    if not found:
        return f"I cannot clear {name} by a picture: {COMPARE}"
    return f"If it is {name}, nothing in its record stands against it: {', and '.join(found)}; {COMPARE}"


def _found(name: str, clearing: Sequence[Claim]) -> Iterator[str]:
    """What was looked for on the label and is not there."""
    for claim in clearing:
        if claim.kind == "cleared":
            yield str(claim.facts["sentence"]).removeprefix(f"I see nothing against {name}: ")
    if lacking := [str(claim.facts["allergen"]) for claim in clearing if claim.kind == "lacks_allergen"]:
        yield f"the label names no {join_words(lacking, 'or')}, neither as contained nor as a trace"
