"""The guard over the finished answer: every sentence is judged before it leaves, and what may not leave is left out.

The last of three: whatever lobes, tools, guards and models made of an answer, no sentence of it offers a food that the
customer must not eat. Sentences that a guard wrote itself, that repeat the label of the product asked about, or that
only restate the question ("I found no tahini") offer nothing; they are recognised by the claims that they word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from seamless_retail.core.evidence import GuardDecision
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.composer import MODEL_WORDED, Composition
from seamless_retail.lobes.guardrails.draft_guard import LABEL_KINDS
from seamless_retail.lobes.guardrails.findings import NAME
from seamless_retail.lobes.guardrails.food_guard import FoodGuard, FoodVerdict
from seamless_retail.lobes.guardrails.household import Household
from seamless_retail.lobes.guardrails.prose import UNKNOWN_LANGUAGE
from seamless_retail.lobes.phrasebook import GUARD_KINDS

RESTATING_KINDS = frozenset(
    {
        *GUARD_KINDS,
        *LABEL_KINDS,
        *("match_count", "no_match", "suitable", "relaxation", "similar_to", "goes_with", "suggested", "best_sellers"),
        *("instead", "not_stated", "not_a_food", "not_offered", "no_promotion", "policy", "greeting", "remembered"),
        *("told_before", "handed_over", "picture_shows", "picture_may_show", "picture_of"),
        *("order_items", "order_line", "order_status", "cannot_change", "change_done"),
    }
)
"""Kinds whose sentences name food without offering it. Labels are there only of the product that was asked about: the
draft guard has taken out the others."""
LEFT_OUT = "I left out part of this answer. {reason}"


@dataclass(frozen=True, slots=True)
class Released:
    """The answer that may leave, and the decisions about what may not."""

    composition: Composition
    decisions: tuple[GuardDecision, ...] = ()


class AnswerGuard:
    """Judges answers sentence by sentence.

    Args:
        food_guard: Judges.
    """

    def __init__(self, food_guard: FoodGuard) -> None:
        self._guard = food_guard

    def release(self, composition: Composition, household: Household, principal: Principal) -> Released:
        """The answer without the sentences that may not leave."""
        if household.is_unrestricted or not household.is_read:
            # Without a household that can be read, no food is in the draft: the guards before took it out.
            return Released(composition)
        origins = composition.origins or (MODEL_WORDED,) * len(composition.chunks)
        judged = [n for n, (kind, _) in enumerate(origins) if kind and kind not in RESTATING_KINDS]
        verdicts = self._guard.check_texts(
            household.context,
            [composition.chunks[n] for n in judged],
            jurisdiction=principal.jurisdiction,
            customer_id=principal.customer_id,
        )
        refused = {
            n: verdict
            for n, verdict in zip(judged, verdicts, strict=True)
            if not verdict.is_cleared and (origins[n] == MODEL_WORDED or _names_food(verdict))
        }
        if not refused:
            return Released(composition)
        decisions = tuple(
            GuardDecision(
                guard=NAME,
                verdict=verdict.verdict.value,
                reason=verdict.reasons[0].sentence,
                rule=verdict.reasons[0].row,
                source=verdict.reasons[0].source,
                audit_id=verdict.audit_id,
            )
            for verdict in refused.values()
        )
        return Released(_without(composition, origins, set(refused), decisions[0].reason), decisions)


def _names_food(verdict: FoodVerdict) -> bool:
    """Whether more than the language stands against it: what the composer words is English, however short."""
    return any(reason.row != UNKNOWN_LANGUAGE for reason in verdict.reasons if not reason.verdict.is_cleared)


def _without(composition: Composition, origins: Sequence[tuple[str, str]], gone: set[int], reason: str) -> Composition:
    kept = [chunk for n, chunk in enumerate(composition.chunks) if n not in gone]
    left = [origin for n, origin in enumerate(origins) if n not in gone]
    notice = LEFT_OUT.format(reason=reason)
    chunks = (*_started(kept), f"\n\n{notice}" if kept else notice)
    update = {
        "answer": "".join(chunks),
        "chunks": chunks,
        "sentences": tuple(chunk.strip() for chunk in chunks),
        "products": tuple(dict.fromkeys(product for _, product in left if product)),
        "origins": (*left, ("", "")),
    }
    return composition.model_copy(update=update)


def _started(chunks: Sequence[str]) -> Sequence[str]:
    """The chunks, the first of them without what separated it from a chunk that is gone."""
    return [chunk.lstrip() if n == 0 else chunk for n, chunk in enumerate(chunks)]
