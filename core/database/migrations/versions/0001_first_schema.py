"""The first schema.

Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables, those that others refer to first."""
    _create_catalogue()
    _create_customers()
    _create_orders()
    _create_stock()
    _create_shop()


def downgrade() -> None:
    """Drop all tables, those that refer to others first."""
    for table in (
        "import_runs",
        "shop_metadata",
        "policies",
        "daily_sales",
        "reservations",
        "stock",
        "locations",
        "order_status_history",
        "payments",
        "order_lines",
        "orders",
        "loyalty_ledger",
        "loyalty_tiers",
        "customers",
        "promotion_targets",
        "promotions",
        "variants",
        "product_allergens",
        "product_facets",
        "products",
    ):
        op.drop_table(table)


def _create_catalogue() -> None:
    op.create_table(
        "products",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=False),
        sa.Column("brand_key", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("popularity", sa.Double(), nullable=False),
        sa.Column("is_food", sa.Boolean(), nullable=False),
        sa.Column("ingredients", sa.Text(), nullable=False),
        sa.Column("serving", sa.String(), nullable=False),
        sa.Column("nutrition", sa.JSON(), nullable=True),
        sa.Column("allergens_declared", sa.Boolean(), nullable=False),
        sa.Column("traces_declared", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
    )
    op.create_index("ix_products_brand_key", "products", ["brand_key"])
    op.create_index("ix_products_category", "products", ["category"])
    op.create_index("ix_products_name", "products", ["name"])
    op.create_index("ix_products_popularity_id", "products", ["popularity", "id"])
    op.create_table(
        "product_facets",
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_facets_product_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "name", "value", name="pk_product_facets"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_product_facets_name_value_product_id", "product_facets", ["name", "value", "product_id"])
    op.create_table(
        "product_allergens",
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("allergen", sa.String(), nullable=False),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("presence IN ('contains', 'may_contain')", name=op.f("ck_product_allergens_presence")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name="fk_product_allergens_product_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "allergen", "presence", name="pk_product_allergens"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "variants",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("color", sa.String(), nullable=False),
        sa.Column("size", sa.String(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("options", sa.JSON(), nullable=True),
        sa.Column("barcode", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price_cents >= 0", name=op.f("ck_variants_price")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_variants_product_id"),
        sa.PrimaryKeyConstraint("sku", name="pk_variants"),
    )
    op.create_index("ix_variants_color_size", "variants", ["color", "size"])
    op.create_index("ix_variants_filter", "variants", ["product_id", "active", "price_cents", "color", "size", "sku"])
    op.create_table(
        "promotions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("members_only", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('percent', 'amount')", name=op.f("ck_promotions_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_promotions"),
    )
    op.create_table(
        "promotion_targets",
        sa.Column("promotion_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('product', 'category')", name=op.f("ck_promotion_targets_kind")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name="fk_promotion_targets_promotion_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("promotion_id", "kind", "value", name="pk_promotion_targets"),
    )
    op.create_index("ix_promotion_targets_kind_value", "promotion_targets", ["kind", "value"])


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=True),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("jurisdiction", sa.String(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("payment_methods", sa.JSON(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_customers"),
    )
    op.create_index("ix_customers_email", "customers", ["email"])
    op.create_table(
        "loyalty_tiers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("points_per_dollar", sa.Integer(), nullable=False),
        sa.Column("perks", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_loyalty_tiers"),
        sa.UniqueConstraint("threshold", name="uq_loyalty_tiers_threshold"),
    )
    op.create_table(
        "loyalty_ledger",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('earn', 'redeem', 'expire', 'bonus', 'reverse')", name=op.f("ck_loyalty_ledger_kind")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_loyalty_ledger_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_loyalty_ledger"),
    )
    op.create_index("ix_loyalty_ledger_customer_id_at", "loyalty_ledger", ["customer_id", "at"])


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("placed_at", sa.DateTime(), nullable=True),
        sa.Column("address", sa.JSON(), nullable=True),
        sa.Column("shipping_cents", sa.Integer(), nullable=False),
        sa.Column("discount_cents", sa.Integer(), nullable=False),
        sa.Column("tracking", sa.JSON(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_orders_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_index("ix_orders_customer_id_placed_at", "orders", ["customer_id", "placed_at"])
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_cents", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=True),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_order_lines_quantity")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_lines_order_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name="fk_order_lines_product_id"),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name="fk_order_lines_sku"),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_order_lines"),
    )
    op.create_index("ix_order_lines_product_id_order_id", "order_lines", ["product_id", "order_id"])
    op.create_index("ix_order_lines_sku", "order_lines", ["sku"])
    op.create_table(
        "payments",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("method_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('payment', 'refund')", name=op.f("ck_payments_kind")),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_payments_cents")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_payments_order_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_payments"),
    )
    op.create_table(
        "order_status_history",
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_order_status_history_order_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "position", name="pk_order_status_history"),
    )


def _create_stock() -> None:
    op.create_table(
        "locations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("hours", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.CheckConstraint("kind IN ('store', 'warehouse')", name=op.f("ck_locations_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_locations"),
    )
    op.create_table(
        "stock",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("location_id", sa.String(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("incoming", sa.Integer(), nullable=False),
        sa.Column("incoming_on", sa.Date(), nullable=True),
        sa.CheckConstraint("incoming >= 0", name=op.f("ck_stock_incoming")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_stock_on_hand")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_stock_location_id"),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name="fk_stock_sku"),
        sa.PrimaryKeyConstraint("sku", "location_id", name="pk_stock"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_stock_location_id", "stock", ["location_id"])
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("location_id", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("order_id", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_reservations_customer_id"),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_reservations_location_id"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_reservations_order_id"),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name="fk_reservations_sku"),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
    )
    op.create_index("ix_reservations_sku_location_id", "reservations", ["sku", "location_id"])
    op.create_table(
        "daily_sales",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("location_id", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("revenue_cents", sa.BigInteger(), nullable=False),
        sa.Column("on_promotion", sa.Boolean(), nullable=False),
        sa.CheckConstraint("units >= 0", name=op.f("ck_daily_sales_units")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name="fk_daily_sales_location_id"),
        sa.ForeignKeyConstraint(["sku"], ["variants.sku"], name="fk_daily_sales_sku"),
        sa.PrimaryKeyConstraint("sku", "location_id", "day", name="pk_daily_sales"),
        sqlite_with_rowid=False,
    )


def _create_shop() -> None:
    op.create_table(
        "policies",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
    )
    op.create_table(
        "shop_metadata",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_shop_metadata"),
    )
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_taken", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_runs"),
    )
