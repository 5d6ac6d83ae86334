"""The guard over what lobes report, before anything is merged or worded: passages, results of tools, plugins' claims.

Claims about products are the draft guard's, which knows their labels. What only text tells is judged as text: a passage
or a tool's result that offers a food which the customer must not eat is taken out, and the answer says so. The shop's
own policies are rules, not offers, and stay: who reacts to nuts must be able to read how the shop handles nuts.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from seamless_retail.core.evidence import Claim, GuardDecision, LobeReport
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.guardrails.findings import NAME
from seamless_retail.lobes.guardrails.food_guard import FoodGuard, FoodVerdict
from seamless_retail.lobes.guardrails.guard import strictest
from seamless_retail.lobes.guardrails.household import Household
from seamless_retail.lobes.phrasebook import PHRASES

READ_KINDS = frozenset({"passage"})
"""Kinds of ours whose text is somebody else's; kinds that the phrasebook does not know are read too."""


class Screen:
    """Judges the text that lobes report.

    Args:
        food_guard: Judges.
    """

    def __init__(self, food_guard: FoodGuard) -> None:
        self._guard = food_guard

    def __call__(
        self, reports: Sequence[LobeReport], household: Household, principal: Principal
    ) -> tuple[list[LobeReport], dict[str, Any]]:
        """The reports without what may not be told, and ``guardrail`` as the state keeps it."""
        texts = [claim for report in reports for claim in report.claims if _is_read(claim)]
        if not texts or household.is_unrestricted:
            return list(reports), {}
        refused = self._refused(texts, household, principal)
        decisions = [_decision(claim, verdict) for claim, verdict in refused]
        if not decisions:
            return list(reports), {}
        shown = {"verdict": strictest(decisions), "decisions": [d.model_dump(mode="json") for d in decisions]}
        gone = {id(claim): verdict for claim, verdict in refused}
        return [_without(report, gone) for report in reports], shown

    def _refused(
        self, texts: Sequence[Claim], household: Household, principal: Principal
    ) -> list[tuple[Claim, FoodVerdict | None]]:
        if not household.is_read:
            return [(claim, None) for claim in texts]
        verdicts = self._guard.check_texts(
            household.context,
            [claim.text for claim in texts],
            jurisdiction=principal.jurisdiction,
            customer_id=principal.customer_id,
        )
        return [pair for pair in zip(texts, verdicts, strict=True) if not pair[1].is_cleared]


def _is_read(claim: Claim) -> bool:
    return claim.kind in READ_KINDS or claim.kind not in PHRASES


def _without(report: LobeReport, gone: Mapping[int, FoodVerdict | None]) -> LobeReport:
    kept = tuple(claim for claim in report.claims if id(claim) not in gone)
    if len(kept) == len(report.claims):
        return report
    told = dict.fromkeys(_told(gone[id(claim)]) for claim in report.claims if id(claim) in gone)
    return report.model_copy(update={"claims": kept, "missing": (*report.missing, *told)})


def _told(verdict: FoodVerdict | None) -> str:
    if verdict is None:
        return "I could not read what you must not eat, so I left out a text about food."
    return f"I left out a text that speaks of food. {verdict.reasons[0].sentence}"


def _decision(claim: Claim, verdict: FoodVerdict | None) -> GuardDecision:
    first = verdict.reasons[0] if verdict else None
    return GuardDecision(
        guard=NAME,
        verdict=verdict.verdict.value if verdict else "cannot_clear",
        product_id=claim.product_id,
        reason=_told(verdict),
        citations=claim.citations,
        rule=first.row if first else "",
        source=first.source if first else "",
        audit_id=verdict.audit_id if verdict else "",
    )
