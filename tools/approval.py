"""The one gate that every write passes: proposed in words, approved by the customer, then done once.

Inside a graph the gate pauses it with LangGraph's ``interrupt()``; the graph is resumed with a
:class:`~seamless_retail.core.proposals.Decision` as plain data: ``Command(resume={"proposal_id": …, "digest": …,
"approved": True})``. A resumed graph runs the call again from its beginning: the proposal is then found again, not made
again. Outside a graph the call returns the open proposal; the application asks, then calls :meth:`ApprovalGate.decide`
and :meth:`ApprovalGate.execute`.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from langgraph.config import get_config
from langgraph.runtime import get_runtime
from langgraph.types import interrupt
from pydantic import ValidationError

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.ports import Proposals
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Decision, Proposal, ProposalDraft

Write = Callable[[Proposal], Mapping[str, Any]]
"""Does what was approved, idempotently under the proposal's id; returns JSON data."""
Draft = Callable[[], ProposalDraft]
"""Works out what is proposed; raises the error of a write that would be refused anyway."""


class ApprovalGate:
    """Proposes writes, hears the answer, and does what was approved.

    Args:
        proposals: Where proposals are kept.
    """

    def __init__(self, proposals: Proposals) -> None:
        self._proposals = proposals
        self._writes: dict[str, Write] = {}

    def register(self, tool: str, write: Write) -> None:
        """Name the function that does what a tool proposes."""
        self._writes[tool] = write

    def propose(self, principal: Principal, draft: ProposalDraft, call_id: str = "") -> Proposal:
        """Keep a proposal; the same call id and arguments give the same one.

        Raises:
            NotAuthorizedError: Nobody is signed in.
            PolicyRefusal: The conversation is with another customer.
        """
        return self._proposals.propose(principal, draft, call_id or uuid4().hex, conversation=_thread())

    def decide(self, proposal_id: str, principal: Principal, approved: bool, digest: str) -> Proposal:
        """Hear the customer's yes or no.

        Raises:
            ProposalError: The proposal is not there or another's, has expired, is for other arguments, or was decided
                otherwise already.
        """
        return self._proposals.decide(proposal_id, principal, approved, digest)

    def execute(self, proposal_id: str, principal: Principal) -> Proposal:
        """Do what was approved, once, and return the proposal with its result.

        Raises:
            ProposalError: The proposal is not there or another's, has expired, or was not approved.
            SeamlessError: The write was refused.
        """
        return self._proposals.execute(proposal_id, principal, self._write)

    def approved_call(self, principal: Principal, tool: str, arguments: Mapping[str, Any], draft: Draft) -> Proposal:
        """Propose a write and, inside a graph, wait for the answer and do it.

        Args:
            principal: The verified caller.
            tool: The tool; its write is registered.
            arguments: JSON data; all that the write depends on.
            draft: Called when the call is made for the first time.

        Returns:
            The proposal: ``executed`` with its result, ``declined``, or ``open`` outside a graph.

        Raises:
            SeamlessError: The write is refused, or the answer is not one to this proposal.
        """
        call_id = running_task()
        known = self._proposals.find(principal, tool, arguments, call_id) if call_id else None
        proposal = known or self.propose(principal, draft(), call_id)
        if not call_id or proposal.state in ("executed", "declined"):
            return proposal
        decision = _ask(proposal)
        decided = self.decide(decision.proposal_id, principal, decision.approved, decision.digest)
        return self.execute(decided.id, principal) if decided.state != "declined" else decided

    def _write(self, proposal: Proposal) -> Mapping[str, Any]:
        write = self._writes.get(proposal.tool)
        if write is None:
            raise ConfigurationError(
                f"Nothing is registered that carries {proposal.tool!r} out.", "Register its write at the gate."
            )
        return write(proposal)


def question(proposal: Proposal) -> dict[str, Any]:
    """What an application shows the customer: plain data, as the interrupt's value."""
    shown = proposal.model_dump(
        mode="json", include={"tool", "arguments", "words", "effect_cents", "currency", "expires_at"}
    )
    return {"type": "approval", "proposal_id": proposal.id, "digest": proposal.digest, **shown}


def _ask(proposal: Proposal) -> Decision:
    """Pause the graph until this proposal is answered; answers to another one are passed over."""
    while True:
        answer = interrupt(question(proposal))
        try:
            decision = Decision.model_validate(answer)
        except ValidationError:
            continue
        if decision.proposal_id == proposal.id:
            return decision


def running_task() -> str:
    """Names the running task, alike when it is run again after an interrupt; empty outside a graph."""
    settings = _configurable()
    namespace = settings.get("checkpoint_ns", "") if settings else ""
    return f"{settings.get('thread_id', '')}/{namespace}" if namespace else ""


def _thread() -> str:
    """The conversation that the running graph belongs to; empty outside one."""
    thread_id = _configurable().get("thread_id", "")
    return f"thread:{thread_id}" if thread_id else ""


def _configurable() -> Mapping[str, Any]:
    try:
        return get_config().get("configurable", {}) if get_runtime() is not None else {}
    except RuntimeError:
        return {}
