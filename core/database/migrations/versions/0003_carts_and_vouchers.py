"""Carts, vouchers and their uses, rewards.

Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
KIND = "kind IN ('percent', 'amount', 'shipping')"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "carts",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(), nullable=True),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_carts_points")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_carts_customer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("customer_id", name="pk_carts"),
    )
    op.create_table(
        "cart_lines",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["carts.customer_id"], name="fk_cart_lines_customer_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name="fk_cart_lines_sku"),
        sa.PrimaryKeyConstraint("customer_id", "sku", name="pk_cart_lines"),
    )
    _create_vouchers()
    _create_voucher_uses()
    _create_rewards()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("rewards", "voucher_uses", "vouchers", "cart_lines", "carts"):
        op.drop_table(table)


def _create_vouchers() -> None:
    op.create_table(
        "vouchers",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("minimum_cents", sa.Integer(), nullable=False),
        sa.Column("max_discount_cents", sa.Integer(), nullable=True),
        sa.Column("product_ids", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("stack_group", sa.String(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("uses_per_customer", sa.Integer(), nullable=True),
        sa.Column("total_uses", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reward_id", sa.String(), nullable=False),
        sa.CheckConstraint(KIND, name=op.f("ck_vouchers_kind")),
        sa.CheckConstraint("value >= 0 AND minimum_cents >= 0", name=op.f("ck_vouchers_amounts")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_vouchers_customer_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("code", name="pk_vouchers"),
    )
    op.create_index("ix_vouchers_customer_id", "vouchers", ["customer_id"])


def _create_voucher_uses() -> None:
    op.create_table(
        "voucher_uses",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_voucher_uses_order_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["code"], ["vouchers.code"], name="fk_voucher_uses_code"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_voucher_uses_customer_id"),
        sa.PrimaryKeyConstraint("order_id", "code", name="pk_voucher_uses"),
    )
    op.create_index("ix_voucher_uses_code_customer_id", "voucher_uses", ["code", "customer_id"])


def _create_rewards() -> None:
    op.create_table(
        "rewards",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("minimum_cents", sa.Integer(), nullable=False),
        sa.Column("max_discount_cents", sa.Integer(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(KIND, name=op.f("ck_rewards_kind")),
        sa.CheckConstraint("points > 0 AND valid_days > 0", name=op.f("ck_rewards_points")),
        sa.PrimaryKeyConstraint("id", name="pk_rewards"),
    )
