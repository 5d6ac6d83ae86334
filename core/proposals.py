"""A proposal: a write that a model or an agent prepared, and that waits for the customer's yes.

It is bound to exact arguments by a digest, to its owner, and to a time. What is approved is that and nothing else.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Record

State = Literal["open", "approved", "declined", "executing", "executed", "failed"]


class ProposalDraft(Record):
    """What is proposed."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    """JSON data; all that the write depends on."""
    words: str
    """The write in the customer's words, with its price effect."""
    effect_cents: int = 0
    """What the customer pays more; negative: gets back."""
    currency: str = "USD"

    @property
    def digest(self) -> str:
        """See :func:`arguments_digest`."""
        return arguments_digest(self.tool, self.arguments)


class Proposal(ProposalDraft):
    """A draft that is kept."""

    id: str
    customer_id: str
    session_id: str = ""
    state: State = "open"
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    result: dict[str, Any] | None = None
    """What the write returned, or ``{"error": …}``."""


class Decision(Record):
    """The customer's answer to a proposal; what a paused graph is resumed with."""

    proposal_id: str
    digest: str
    """The digest that was shown; another one means that something else was approved."""
    approved: bool


def arguments_digest(tool: str, arguments: Mapping[str, Any]) -> str:
    """SHA-256 of a tool's name and its arguments, whatever the order of the names."""
    text = json.dumps([tool, dict(arguments)], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def proposal_id(customer_id: str, tool: str, arguments: Mapping[str, Any], call_id: str) -> str:
    """The id of what this call proposes: the same when a graph runs the call again, another for other arguments."""
    text = json.dumps([customer_id, call_id, arguments_digest(tool, arguments)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
