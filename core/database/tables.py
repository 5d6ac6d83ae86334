"""The tables of a shop, portable between SQLite and PostgreSQL.

Amounts are integer cents. Times are stored without a zone, in UTC; an aware time is converted on the way in. Text that
filters compare (department, category, colour, size, facets) is stored lower case; ``brand_key`` is the brand in lower
case. ``position`` columns keep the order in which a record lists its parts.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

CLUSTERED = {"sqlite_with_rowid": False}
"""Tables read by their primary key: SQLite keeps the rows in its order."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC without a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into UTC; a naive one is UTC already."""
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None and value.tzinfo else value


class Base(DeclarativeBase):
    """Base of all tables; unset JSON is SQL NULL."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  # read by SQLAlchemy as a class attribute
        datetime: UtcDateTime(),
        str: String(),
        float: Double(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
    }


class ProductRow(Base):
    """One catalogue entry; the food columns are empty unless ``is_food``."""

    __tablename__ = "products"
    __table_args__ = (
        Index(None, "popularity", "id"),
        Index(None, "category"),
        Index(None, "brand_key"),
        Index(None, "name"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    department: Mapped[str]
    category: Mapped[str]
    brand: Mapped[str]
    brand_key: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    popularity: Mapped[float]
    is_food: Mapped[bool]
    ingredients: Mapped[str] = mapped_column(Text)
    serving: Mapped[str]
    nutrition: Mapped[dict[str, Any] | None]
    allergens_declared: Mapped[bool]
    traces_declared: Mapped[bool]


class ProductFacetRow(Base):
    """One value of one attribute of a product."""

    __tablename__ = "product_facets"
    __table_args__ = (Index(None, "name", "value", "product_id"), CLUSTERED)

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class ProductAllergenRow(Base):
    """An allergen a label declares, as ingredient (``contains``) or trace (``may_contain``)."""

    __tablename__ = "product_allergens"
    __table_args__ = (CheckConstraint("presence IN ('contains', 'may_contain')", name="presence"), CLUSTERED)

    product_id: Mapped[str] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    allergen: Mapped[str] = mapped_column(primary_key=True)
    presence: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class VariantRow(Base):
    """One sellable unit."""

    __tablename__ = "variants"
    __table_args__ = (
        CheckConstraint("price_cents >= 0", name="price"),
        Index("ix_variants_filter", "product_id", "active", "price_cents", "color", "size", "sku"),
        Index(None, "color", "size"),
    )

    sku: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    position: Mapped[int]
    color: Mapped[str]
    size: Mapped[str]
    price_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    options: Mapped[dict[str, Any] | None]
    barcode: Mapped[str]
    active: Mapped[bool]


class LocationRow(Base):
    """A store or warehouse."""

    __tablename__ = "locations"
    __table_args__ = (CheckConstraint("kind IN ('store', 'warehouse')", name="kind"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    address: Mapped[str]
    hours: Mapped[str]
    phone: Mapped[str]


class StockRow(Base):
    """Units of a variant at a location; what is reserved stands in ``reservations``."""

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("incoming >= 0", name="incoming"),
        Index(None, "location_id"),
        CLUSTERED,
    )

    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"), primary_key=True)
    location_id: Mapped[str] = mapped_column(ForeignKey("locations.id"), primary_key=True)
    on_hand: Mapped[int]
    incoming: Mapped[int]
    incoming_on: Mapped[date | None]


class CustomerRow(Base):
    """A registered customer."""

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str] = mapped_column(index=True)
    address: Mapped[dict[str, Any] | None]
    locale: Mapped[str]
    jurisdiction: Mapped[str]
    profile: Mapped[dict[str, Any]]
    payment_methods: Mapped[list[Any]]
    joined_on: Mapped[date | None]


class OrderRow(Base):
    """A placed order; a guest's order has no customer."""

    __tablename__ = "orders"
    __table_args__ = (Index(None, "customer_id", "placed_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    status: Mapped[str]
    currency: Mapped[str] = mapped_column(String(3))
    placed_at: Mapped[datetime | None]
    address: Mapped[dict[str, Any] | None]
    shipping_cents: Mapped[int]
    discount_cents: Mapped[int]
    tracking: Mapped[list[Any]]
    expected_on: Mapped[date | None]
    details: Mapped[dict[str, Any]]


class OrderLineRow(Base):
    """A line of an order; a credit note has lines of negative quantity."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="quantity"),
        Index(None, "product_id", "order_id"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"), index=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("products.id"))
    name: Mapped[str]
    quantity: Mapped[int]
    unit_price_cents: Mapped[int]
    options: Mapped[dict[str, Any] | None]


class PaymentRow(Base):
    """A movement of money for an order."""

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("kind IN ('payment', 'refund')", name="kind"),
        CheckConstraint("cents >= 0", name="cents"),
    )

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    cents: Mapped[int] = mapped_column(BigInteger)
    method_id: Mapped[str]
    at: Mapped[datetime | None]


class OrderStatusRow(Base):
    """A step in the life of an order."""

    __tablename__ = "order_status_history"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str]
    at: Mapped[datetime | None]
    note: Mapped[str]


class ReservationRow(Base):
    """Units promised to somebody. Live until ``expires_at``, or until removed when it has none."""

    __tablename__ = "reservations"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "sku", "location_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"))
    location_id: Mapped[str] = mapped_column(ForeignKey("locations.id"))
    quantity: Mapped[int]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    expires_at: Mapped[datetime | None]


class LoyaltyEntryRow(Base):
    """A line of the append-only points ledger."""

    __tablename__ = "loyalty_ledger"
    __table_args__ = (
        CheckConstraint("kind IN ('earn', 'redeem', 'expire', 'bonus', 'reverse')", name="kind"),
        Index(None, "customer_id", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    points: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    order_id: Mapped[str]
    note: Mapped[str]
    expires_on: Mapped[date | None]


class LoyaltyTierRow(Base):
    """A tier of the loyalty programme."""

    __tablename__ = "loyalty_tiers"

    name: Mapped[str] = mapped_column(primary_key=True)
    threshold: Mapped[int] = mapped_column(unique=True)
    points_per_dollar: Mapped[int]
    perks: Mapped[list[Any]]


class PromotionRow(Base):
    """A price reduction over a period; it applies to its targets only."""

    __tablename__ = "promotions"
    __table_args__ = (CheckConstraint("kind IN ('percent', 'amount')", name="kind"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    kind: Mapped[str]
    value: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    members_only: Mapped[bool]


class PromotionTargetRow(Base):
    """A product id or a category a promotion applies to."""

    __tablename__ = "promotion_targets"
    __table_args__ = (
        CheckConstraint("kind IN ('product', 'category')", name="kind"),
        Index(None, "kind", "value"),
    )

    promotion_id: Mapped[str] = mapped_column(ForeignKey("promotions.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class DailySalesRow(Base):
    """Units of one variant sold on one day at one location."""

    __tablename__ = "daily_sales"
    __table_args__ = (
        CheckConstraint("units >= 0", name="units"),
        CLUSTERED,
    )

    sku: Mapped[str] = mapped_column(ForeignKey("variants.sku"), primary_key=True)
    location_id: Mapped[str] = mapped_column(ForeignKey("locations.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    units: Mapped[int]
    revenue_cents: Mapped[int] = mapped_column(BigInteger)
    on_promotion: Mapped[bool]


class PolicyRow(Base):
    """A store policy or FAQ document."""

    __tablename__ = "policies"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    topic: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    updated_on: Mapped[date | None]


class MetadataRow(Base):
    """A fact about the shop itself: ``today`` (ISO date at which a demonstration shop stands still), seed version."""

    __tablename__ = "shop_metadata"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class ImportRunRow(Base):
    """A finished import: what was read, taken and refused."""

    __tablename__ = "import_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    path: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    rows_read: Mapped[int]
    rows_taken: Mapped[int]
    rows_refused: Mapped[int]
    reasons: Mapped[dict[str, Any]]
