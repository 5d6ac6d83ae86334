"""What a lobe found, and where it stands written.

Every fact the assistant states is quoted from a :class:`Source`: a product text, a policy document, or the rendered
text of a database record. A :class:`Citation` names the source and the exact character span, so that
``source.text[c.start:c.end] == c.quote`` always holds and a test can check it.
"""

from typing import Any, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Record
from seamless_retail.core.proposals import ProposalDraft
from seamless_retail.core.wishes import Wish

SourceKind = Literal[
    "product",
    "policy",
    "stock",
    "order",
    "loyalty",
    "promotion",
    "location",
    "catalogue",
    "profile",
    "memory",
    "forecast",
    "code",
    "proposal",
    "handover",
    "picture",
    "translation",
]


class Citation(Record):
    """A quotation with its exact place."""

    source_id: str
    """``kind:key``, such as ``product:P00012`` or ``policy:returns-window``."""
    title: str
    quote: str
    start: int
    end: int


class Source(Record):
    """A text that can be cited, with named fields as character spans ``(start, end)``."""

    id: str
    kind: SourceKind
    title: str
    text: str
    fields: dict[str, tuple[int, int]] = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Filterable values for an index: product id, category, price in cents, colours, sizes …"""

    def cite(self, field: str | None = None) -> Citation:
        """Cite one field, or the whole text.

        Raises:
            KeyError: The source has no such field.
        """
        start, end = (0, len(self.text)) if field is None else self.fields[field]
        return self.cite_span(start, end)

    def cite_span(self, start: int, end: int) -> Citation:
        """Cite the characters ``start`` to ``end``."""
        return Citation(source_id=self.id, title=self.title, quote=self.text[start:end], start=start, end=end)


class Claim(Record):
    """One thing the assistant may say, with the evidence for it.

    ``text`` is a complete plain sentence, true as it stands and without citation marks; ``kind`` and ``facts`` let a
    composer find other words for it. A claim about a product carries its id, so that guards can remove or annotate it.
    """

    kind: str
    """``product_offer``, ``stock``, ``order_status``, ``policy``, ``no_match`` … (see ``lobes/phrasebook.py``)."""
    text: str
    facts: dict[str, Any] = Field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
    product_id: str = ""
    confidence: float = 1.0


class LobeReport(Record):
    """What one lobe returns: claims, how sure it is, and what it could not find out."""

    lobe: str
    role: Literal["primary", "parallel"] = "primary"
    """Whether it leads the answer or adds to it; set by the supervisor."""
    status: Literal["ok", "empty", "failed", "late", "open"] = "ok"
    """``empty``: ran and found nothing. ``open``: not run, its circuit breaker is open."""
    confidence: float = 0.0
    claims: tuple[Claim, ...] = ()
    missing: tuple[str, ...] = ()
    """What is missing from the answer, in words a customer understands."""
    action: ProposalDraft | None = None
    """What the customer wants done, ready to be proposed; nothing is done before the customer's yes."""
    wish: Wish | None = None
    """What the customer wants done; the answer is about that alone. What it lacks is asked for in ``missing``."""
    elapsed_ms: float = 0.0


class GuardDecision(Record):
    """What a guard did with one product (or with the answer, when ``product_id`` is empty)."""

    guard: str
    verdict: Literal["block", "warn", "cannot_clear", "pass"]
    product_id: str = ""
    reason: str = ""
    """A sentence a shopper understands; may be empty for ``pass``."""
    citations: tuple[Citation, ...] = ()
    rule: str = ""
    """Row of the tables that decided."""
    source: str = ""
    """The authority behind the row."""
    audit_id: str = ""
    """What ``seamless guard explain`` explains; empty where no record is kept."""
