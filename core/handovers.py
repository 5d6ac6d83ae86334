"""A conversation that a person is to go on with, and what that person is told."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.evidence import Source
from seamless_retail.core.source_text import SourceText

Reason = Literal["asked", "failure", "distress", "emergency"]
REASONS: dict[Reason, str] = {
    "asked": "You asked for a person",
    "failure": "I could not answer",
    "distress": "This is too much to sort out with a machine",
    "emergency": "Somebody may be in danger",
}
"""In words that complete "…, so this goes to a person"."""


class Handover(Record):
    """What a person gets: no card numbers, addresses, names or health data."""

    id: str
    at: datetime
    """UTC."""
    reason: Reason
    summary: str
    """What was asked and what came of it, in a few sentences."""
    customer_id: str = ""
    """Empty for a guest."""
    order_ids: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    """The parts of the assistant that tried to answer, with what came of it."""
    mood: dict[str, Any] = Field(default_factory=dict)
    """``sentiment``, ``urgency`` and ``valence`` of the conversation."""


def handover_source(handover: Handover) -> Source:
    """What a person is given, as a citable text. Fields: ``summary``."""
    text = SourceText()
    text.line(handover.summary, "summary")
    return Source(
        id=f"handover:{handover.id}",
        kind="handover",
        title="What a person is given",
        text=text.text,
        fields=text.fields,
    )
