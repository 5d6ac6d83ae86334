"""What a customer said in one turn of a conversation, as it is remembered for later ones.

Only the customer's own words are kept, never the answer: prices, stock and orders are looked up anew, so that nothing
remembered can pass for what the records say today.
"""

from datetime import datetime

from seamless_retail.core.catalogue import Record


class Interaction(Record):
    """One turn that ended: what was said, when, and what it was about."""

    said: str
    """The customer's words."""
    at: datetime
    """UTC."""
    topics: tuple[str, ...] = ()
    """What the customer told: ``complaint``, ``size``, ``preference``, ``allergy``; none for a mere question."""
    intent: str = ""
    order_id: str = ""
    """The order it was about."""


class RememberedInteraction(Record):
    """An interaction of an earlier turn, found again."""

    id: str
    said: str
    """The customer's words, without what must not be kept (card numbers, addresses, telephone numbers)."""
    first: datetime
    """When it was said first, UTC."""
    last: datetime
    """When it was said last."""
    times: int = 1
    """How often it was said; what is said again is remembered once."""
    topics: tuple[str, ...] = ()
    order_id: str = ""
    relevance: float = 0.0
    """0 to 1: how well it answers what is asked."""
    retention: float = 1.0
    """0 to 1: what is left of it, by its age and use."""
