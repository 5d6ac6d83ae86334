"""Merges the reports of the lobes into one draft.

The primary lobe leads unless it found nothing or did not run; then the most confident other report leads. What the
others found is added when it is confident enough, is not said already, and does not bring in products that the leading
lobe did not choose. Nothing is worded or looked up here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from langgraph.runtime import Runtime

from seamless_retail.core.catalogue import Record
from seamless_retail.core.evidence import Claim, LobeReport
from seamless_retail.core.intents import IntentPrediction
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import ProposalDraft
from seamless_retail.core.queries import Understanding
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails import guard as guarding
from seamless_retail.lobes.guardrails.household import Household
from seamless_retail.lobes.guardrails.screening import Screen
from seamless_retail.lobes.state import BrainState

MAX_SUPPLEMENTARY = 2
"""Claims taken from the lobes that do not lead, all together."""


class Merged(Record):
    """The evidence of all lobes: what the leading lobe found, what the others add, and what is missing in words."""

    lead: str = ""
    """Empty when nobody found anything."""
    claims: tuple[Claim, ...] = ()
    supplementary: tuple[Claim, ...] = ()
    missing: tuple[str, ...] = ()
    action: ProposalDraft | None = None


def synthesize(reports: Sequence[LobeReport], missing: Iterable[str] = (), min_supplementary: float = 0.6) -> Merged:
    """Merge reports.

    Args:
        reports: What the lobes returned, in any order.
        missing: What the router already knows to be missing.
        min_supplementary: Confidence that a claim of a lobe that does not lead must reach to be added.
    """
    ranked = sorted(reports, key=_rank)
    if acting := next((report for report in ranked if report.wish), None):
        # What is to be done, is asked back or is refused stands alone: what other lobes found would hide it.
        return Merged(
            lead=acting.lobe,
            claims=acting.claims,
            missing=_distinct([*missing, *acting.missing]),
            action=acting.action,
        )
    leader = next((report for report in ranked if report.claims), None)
    if leader is None:
        told = [report for report in ranked if report.missing and _matters(report)]
        return Merged(missing=_distinct([*missing, *(line for report in told or ranked for line in report.missing)]))
    claims = _without_repeats(leader.claims)
    supplementary = [claim for report in ranked if report is not leader for claim in report.claims]
    supplementary.sort(key=lambda claim: -claim.confidence)
    added = _added(claims, (claim for claim in supplementary if claim.confidence >= min_supplementary))
    lost = [line for report in ranked if report is leader or _matters(report) for line in report.missing]
    return Merged(
        lead=leader.lobe,
        claims=tuple(claims),
        supplementary=tuple(added),
        missing=_distinct([*missing, *lost]),
    )


class Synthesis:
    """The node that turns ``reports`` into ``draft``.

    Args:
        screen: Takes out of the reports what the customer must not be told to eat, before anything is merged.
        min_supplementary: Confidence that a claim of a lobe that does not lead must reach to be added.
    """

    def __init__(self, screen: Screen, min_supplementary: float = 0.6) -> None:
        self._screen, self._min_supplementary = screen, min_supplementary

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Write ``draft``, and ``guardrail`` if something was taken out."""
        understanding = Understanding.model_validate(state["understanding"])
        reports = [LobeReport.model_validate(report) for report in state.get("reports") or []]
        reports, guardrail = self._screen(reports, Household.from_state(state["household"]), runtime.context)
        known = (state.get("route") or {}).get("missing", ())
        merged = synthesize(reports, known, self._min_supplementary)
        draft = Draft(
            question=understanding.text,
            intent=IntentPrediction.model_validate(state["intent"]).intent,
            **dict(merged),
            asked_product_id=understanding.selected_product_id,
            refused=bool((state.get("route") or {}).get("refused")),
            turn=len(state.get("messages") or []),
        )
        decided = guarding.merged(state.get("guardrail") or {}, guardrail)
        return {"draft": draft.model_dump(mode="json"), "guardrail": decided}


def _rank(report: LobeReport) -> tuple[bool, float]:
    return report.role != "primary", -report.confidence


def _matters(report: LobeReport) -> bool:
    """An empty parallel lobe is no loss; a primary one, or one that could not run, is."""
    return report.role == "primary" or report.status in ("failed", "late", "open")


def _without_repeats(claims: Iterable[Claim]) -> list[Claim]:
    kept: list[Claim] = []
    for claim in claims:
        if all(claim.text != other.text for other in kept):
            kept.append(claim)
    return kept


def _added(said: Sequence[Claim], candidates: Iterable[Claim]) -> list[Claim]:
    """The first few candidates that are about the same products, if any, and quote nothing quoted already."""
    products = {claim.product_id for claim in said if claim.product_id}
    added: list[Claim] = []
    for claim in candidates:
        foreign = claim.product_id and products and claim.product_id not in products
        if not foreign and not any(_same_evidence(claim, other) for other in (*said, *added)):
            added.append(claim)
        if len(added) == MAX_SUPPLEMENTARY:
            break
    return added


def _same_evidence(claim: Claim, other: Claim) -> bool:
    """Whether the two say the same, or every quotation of ``claim`` overlaps one of ``other``."""
    if claim.text == other.text:
        return True
    return bool(claim.citations) and all(
        any(a.source_id == b.source_id and a.start < b.end and b.start < a.end for b in other.citations)
        for a in claim.citations
    )


def _distinct(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
