"""Orders: lines, payments, history."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Money, Record
from seamless_retail.core.customers import Address


class OrderLine(Record):
    """Units of one variant at the price agreed when the order was placed."""

    sku: str
    product_id: str
    name: str
    quantity: int
    unit_price_cents: int
    options: dict[str, str] = Field(default_factory=dict)


class Payment(Record):
    """One movement of money; ``cents`` is positive for both kinds."""

    kind: Literal["payment", "refund"]
    cents: int
    method_id: str
    at: datetime | None = None


class StatusChange(Record):
    """One step in the life of an order."""

    status: str
    at: datetime | None = None
    note: str = ""


class Order(Record):
    """A placed order. Payments less refunds equal :attr:`worth_cents`."""

    id: str
    customer_id: str
    status: str
    """``pending``, ``processed``, ``shipped``, ``delivered``, ``cancelled``, ``return requested``, ``returned`` …"""
    currency: str = "USD"
    placed_at: datetime | None = None
    address: Address | None = None
    lines: tuple[OrderLine, ...] = ()
    payments: tuple[Payment, ...] = ()
    history: tuple[StatusChange, ...] = ()
    shipping_cents: int = 0
    discount_cents: int = 0
    tracking: tuple[str, ...] = ()
    expected_on: date | None = None
    details: dict[str, Any] = Field(default_factory=dict)
    """What else the source system holds: cancel reason, requested return or exchange items."""

    @property
    def total_cents(self) -> int:
        """Lines plus shipping less discount."""
        lines = sum(line.quantity * line.unit_price_cents for line in self.lines)
        return lines + self.shipping_cents - self.discount_cents

    @property
    def total(self) -> Money:
        """The total as money."""
        return Money(cents=self.total_cents, currency=self.currency)

    @property
    def balance_cents(self) -> int:
        """Payments less refunds."""
        return sum(p.cents if p.kind == "payment" else -p.cents for p in self.payments)

    @property
    def worth_cents(self) -> int:
        """What the order is worth: its total, or nothing once it was cancelled or came back whole."""
        return 0 if self.status in ("cancelled", "returned", "refunded") else self.total_cents
