"""The tables of carts, vouchers and rewards."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from seamless_retail.core.database.tables import Base


class CartRow(Base):
    """What a customer wants to buy, and with which vouchers and points."""

    __tablename__ = "carts"
    __table_args__ = (CheckConstraint("points >= 0", name="points"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    codes: Mapped[list[Any]]
    points: Mapped[int]
    revision: Mapped[int]
    held_until: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class CartLineRow(Base):
    """Units of one variant in a cart."""

    __tablename__ = "cart_lines"
    __table_args__ = (CheckConstraint("quantity > 0", name="quantity"),)

    customer_id: Mapped[str] = mapped_column(ForeignKey("carts.customer_id", ondelete="CASCADE"), primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"), primary_key=True)
    quantity: Mapped[int]
    position: Mapped[int]


class VoucherRow(Base):
    """A voucher code and its rules; one with a customer is that customer's alone."""

    __tablename__ = "vouchers"
    __table_args__ = (
        CheckConstraint("kind IN ('percent', 'amount', 'shipping')", name="kind"),
        CheckConstraint("value >= 0 AND minimum_cents >= 0", name="amounts"),
        Index(None, "customer_id"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]
    value: Mapped[int]
    minimum_cents: Mapped[int]
    max_discount_cents: Mapped[int | None]
    product_ids: Mapped[list[Any]]
    categories: Mapped[list[Any]]
    group: Mapped[str] = mapped_column("stack_group")
    exclusive: Mapped[bool]
    listed: Mapped[bool]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"))
    uses_per_customer: Mapped[int | None]
    total_uses: Mapped[int | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reward_id: Mapped[str]


class VoucherUseRow(Base):
    """A voucher that an order was placed with; one of a cancelled order does not count."""

    __tablename__ = "voucher_uses"
    __table_args__ = (Index(None, "code", "customer_id"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(ForeignKey("vouchers.code"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    cents: Mapped[int]
    at: Mapped[datetime]


class RewardRow(Base):
    """A voucher that can be had for points."""

    __tablename__ = "rewards"
    __table_args__ = (
        CheckConstraint("kind IN ('percent', 'amount', 'shipping')", name="kind"),
        CheckConstraint("points > 0 AND valid_days > 0", name="points"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    points: Mapped[int]
    kind: Mapped[str]
    value: Mapped[int]
    minimum_cents: Mapped[int]
    max_discount_cents: Mapped[int | None]
    categories: Mapped[list[Any]]
    valid_days: Mapped[int]
