"""The one shape every guard has, and how it becomes a node that fails closed."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from langgraph.runtime import Runtime

from seamless_retail.core.evidence import GuardDecision
from seamless_retail.core.principal import Principal
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.rules import Verdict
from seamless_retail.lobes.state import BrainState

log = logging.getLogger(__name__)


@runtime_checkable
class Guard(Protocol):
    """Looks at the draft before anything is worded, and takes out or annotates what must not be said."""

    @property
    def name(self) -> str:
        """The node's name in the graph."""
        ...

    def __call__(self, state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        """Return the new ``draft``, and ``guardrail`` with ``verdict`` and the ``decisions`` other than pass."""
        ...


def as_node(guard: Guard) -> Callable[[BrainState, Runtime[Principal]], dict[str, Any]]:
    """A graph node that runs ``guard`` and adds what it decided to what the guards before it decided.

    When the guard fails, every product is taken out of the draft and the answer says so.
    """

    def node(state: BrainState, runtime: Runtime[Principal]) -> dict[str, Any]:
        try:
            update = guard(state, runtime)
        except Exception:
            log.exception("guard %s failed", guard.name)
            update = _closed(guard.name, Draft.model_validate(state["draft"]))
        return {**update, "guardrail": merged(state.get("guardrail") or {}, update.get("guardrail") or {})}

    node.__name__ = guard.name
    return node


def with_decisions(before: dict[str, Any], decisions: Sequence[GuardDecision]) -> dict[str, Any]:
    """The state update that adds decisions to what the guards before decided; empty if there are none."""
    if not decisions:
        return {}
    new = {"verdict": strictest(decisions), "decisions": [d.model_dump(mode="json") for d in decisions]}
    return {"guardrail": merged(before, new)}


def strictest(decisions: Sequence[GuardDecision]) -> str:
    """The gravest verdict of all; ``pass`` where there is none."""
    return max((Verdict(d.verdict) for d in decisions), key=lambda verdict: verdict.gravity, default=Verdict.PASS).value


def merged(before: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What two guards decided, as the state keeps it: both lists, and the gravest verdict."""
    verdicts = [Verdict(part.get("verdict", "pass")) for part in (before, new)]
    decisions = [decision for part in (before, new) for decision in part.get("decisions", ())]
    return {"verdict": max(verdicts, key=lambda verdict: verdict.gravity).value, "decisions": decisions}


def _closed(name: str, draft: Draft) -> dict[str, Any]:
    reason = "I could not check the products against your profile, so I left them out."
    removed = draft.product_ids
    if not removed:
        return {}
    draft = draft.model_copy(
        update={
            "claims": tuple(claim for claim in draft.claims if not claim.product_id),
            "supplementary": tuple(claim for claim in draft.supplementary if not claim.product_id),
            "missing": (*draft.missing, reason),
            "withheld": {**dict.fromkeys(removed, ""), **draft.withheld},
        }
    )
    decisions = [
        GuardDecision(guard=name, verdict="cannot_clear", product_id=product_id, reason=reason)
        for product_id in removed
    ]
    return {
        "draft": draft.model_dump(mode="json"),
        "guardrail": {"verdict": "cannot_clear", "decisions": [d.model_dump(mode="json") for d in decisions]},
    }
