"""The tables of a shop at work: keys of requests, proposals, who a conversation is with, changes of orders."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from seamless_retail.core.database.tables import Base


class IdempotencyKeyRow(Base):
    """A request that a client may repeat, and what it was answered; a guest's keys have an empty customer."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "at"),)

    customer_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]


class ConversationRow(Base):
    """The one customer that a conversation is with."""

    __tablename__ = "conversations"

    session_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    at: Mapped[datetime]


class ProposalRow(Base):
    """A write that waits for the customer's yes; the arguments never change."""

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'declined', 'executing', 'executed', 'failed')", name="state"),
        Index(None, "customer_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    session_id: Mapped[str]
    tool: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    digest: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    effect_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    state: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]


class OrderChangeRow(Base):
    """What a customer or the store did to an order, and the order as it was before, to undo it."""

    __tablename__ = "order_changes"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    operation: Mapped[str]
    at: Mapped[datetime]
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    before: Mapped[dict[str, Any]]
    effects: Mapped[dict[str, Any]]
