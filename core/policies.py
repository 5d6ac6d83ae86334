"""Store policy and FAQ documents."""

from datetime import date

from seamless_retail.core.catalogue import Record


class PolicyDocument(Record):
    """A policy or FAQ article, in plain text paragraphs."""

    id: str
    title: str
    topic: str
    """``returns``, ``shipping``, ``loyalty``, ``stores``, ``privacy``, ``allergens``, ``assistant`` …"""
    body: str
    updated_on: date | None = None
