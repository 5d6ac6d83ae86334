"""Base of the tools whose writes pass the approval gate, and what they tell."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SkipValidation

from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.tools.approval import ApprovalGate, question
from seamless_retail.tools.failure import ShopTool


class ProposingTool(ShopTool):
    """Proposes a write, waits for the customer's answer inside a graph, and does what was approved."""

    gate: Annotated[ApprovalGate, SkipValidation] = Field(exclude=True, repr=False)

    def model_post_init(self, context: Any, /) -> None:
        """Register what this tool proposes at the gate."""
        super().model_post_init(context)
        self.gate.register(self.name, self.write)

    def arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All that the write depends on, as JSON data."""
        raise NotImplementedError

    def draft(self, customer_id: str, arguments: Mapping[str, Any]) -> ProposalDraft:
        """What would be done, in words and money.

        Raises:
            SeamlessError: It would be refused.
        """
        raise NotImplementedError

    def write(self, proposal: Proposal) -> Mapping[str, Any]:
        """Do what was approved, once for each proposal; JSON data."""
        raise NotImplementedError

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Propose, wait for the answer inside a graph, and do it."""
        customer_id = self.customer_id()
        arguments = self.arguments({next(iter(self.args)): args[0]} if args else kwargs)
        proposal = self.gate.approved_call(
            self.principal(), self.name, arguments, lambda: self.draft(customer_id, arguments)
        )
        return told(proposal), {"proposal": question(proposal), "state": proposal.state, "result": proposal.result}


def told(proposal: Proposal) -> str:
    """How a proposal stands, for a model and its customer."""
    if proposal.state == "executed":
        return f"Done: {proposal.words}"
    if proposal.state == "declined":
        return f"Not done, the customer said no: {proposal.words}"
    return f"Proposed, nothing is changed until the customer says yes: {proposal.words}"
