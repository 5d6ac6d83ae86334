"""The input guard's steps in the graph: over the message, over its topic, and over what the lobes report.

Each fails closed: where a check fails, the turn is refused, or what could not be checked is left out.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from langgraph.types import Overwrite

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.evidence import Claim, GuardDecision, LobeReport
from seamless_retail.core.intents import Intent
from seamless_retail.core.ports import QueryReader
from seamless_retail.core.queries import Focus, Understanding
from seamless_retail.lobes.guardrails.guard import with_decisions
from seamless_retail.lobes.guardrails.input_guard.guard import NAME, InputGuard
from seamless_retail.lobes.guardrails.input_guard.records import MARKED
from seamless_retail.lobes.guardrails.input_guard.topics import Topics
from seamless_retail.lobes.guardrails.input_guard.wording import DROPPED, FAILED, NOT_CHECKED, REASONS, TOPIC_FAILED
from seamless_retail.lobes.languages.scripts import is_other_script
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScreenQuery:
    """The step ``input_guard`` of the node ``router``, before the message is understood."""

    guard: InputGuard
    reader: QueryReader
    other_scripts: InputGuard | None = None
    """Reads what is not in Latin letters instead: by rules alone, for the trained head knows no other. What is made of
    such a message in English is read by ``guard`` then."""

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Write ``screening``, the ``query`` without an attack, and ``guardrail``."""
        query = state["query"]
        guard = self.other_scripts if self.other_scripts and is_other_script(query) else self.guard
        try:
            checked = guard.check_query(query, lambda text: self._asks(text, state))
        except Exception:
            log.exception("the input guard failed")
            decision = GuardDecision(guard=NAME, verdict="block", reason="The message could not be checked.")
            return {"screening": {"refusal": FAILED, "left_out": query}, **_decided(state, (decision,))}
        if not checked.decisions:
            return {}
        return {
            "query": checked.text or query,
            "screening": {"refusal": checked.refusal, "notice": checked.notice, "left_out": query},
            **_decided(state, checked.decisions),
        }

    def _asks(self, text: str, state: BrainState) -> bool:
        try:
            understood = self.reader.read(text, Focus.model_validate(state.get("focus") or {}))
        except InvalidQueryError:
            return False
        return bool(understood.products.constraints() or understood.wants or understood.order_id)


@dataclass(frozen=True, slots=True)
class LimitTopics:
    """The step ``topics`` of the node ``router``, after the message is understood."""

    topics: Topics

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Replace ``route`` by a refusal where the topic is not allowed."""
        if state["route"].get("refused"):
            return {}
        try:
            understanding = Understanding.model_validate(state["understanding"])
            refusal = self.topics.refusal(understanding, Intent(state["intent"]["intent"]))
        except Exception:
            log.exception("the limits of topics could not be checked")
            refusal = TOPIC_FAILED
        if not refusal:
            return {}
        decision = GuardDecision(guard=NAME, verdict="block", reason=refusal)
        return {
            "route": {"primary": "", "parallel": [], "missing": [refusal], "refused": True},
            **_decided(state, (decision,)),
        }


@dataclass(frozen=True, slots=True)
class ScreenReports:
    """The step ``input_guard`` of the node ``synthesis``: what lobes found must inform, not instruct."""

    guard: InputGuard

    def __call__(self, state: BrainState) -> dict[str, Any]:
        """Replace ``reports`` by those without claims whose words or sources give instructions."""
        reports = [LobeReport.model_validate(report) for report in state.get("reports") or []]
        decisions: list[GuardDecision] = []
        try:
            kept = [self._screened(report, decisions) for report in reports]
        except Exception:
            log.exception("the input guard failed")
            kept = [_emptied(report) for report in reports]
            decisions = [GuardDecision(guard=NAME, verdict="cannot_clear", reason=NOT_CHECKED)]
        if not decisions:
            return {}
        return {
            "reports": Overwrite([report.model_dump(mode="json") for report in kept]),
            **_decided(state, decisions),
        }

    def _screened(self, report: LobeReport, decisions: list[GuardDecision]) -> LobeReport:
        claims: list[Claim] = []
        for claim in report.claims:
            found = self.guard.instructions_in(_texts(claim))
            if found is None:
                claims.append(claim)
                continue
            decision = GuardDecision(
                guard=NAME,
                verdict="warn",
                product_id=claim.product_id,
                reason=f"{REASONS[found.kind]}; it was found, not asked, and is not obeyed (rule {found.rule!r}).",
                citations=claim.citations,
            )
            decisions.append(decision)
            if self.guard.retrieved == "mark":
                claims.append(claim.model_copy(update={"facts": {**claim.facts, MARKED: True}}))
        if len(claims) == len(report.claims):
            return report.model_copy(update={"claims": tuple(claims)})
        return report.model_copy(update={"claims": tuple(claims), "missing": (*report.missing, DROPPED)})


def _texts(claim: Claim) -> list[str]:
    """Everything of a claim that comes from records and documents."""
    quoted = [text for citation in claim.citations for text in (citation.title, citation.quote)]
    facts = [value for value in claim.facts.values() if isinstance(value, str) and len(value) > 20]
    return [claim.text, *quoted, *facts]


def _emptied(report: LobeReport) -> LobeReport:
    return report.model_copy(update={"claims": (), "missing": (*report.missing, NOT_CHECKED)})


def _decided(state: BrainState, decisions: Sequence[GuardDecision]) -> dict[str, Any]:
    return with_decisions(state.get("guardrail") or {}, decisions)
