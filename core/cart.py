"""Carts: what customers do to them, and what a cart costs, line by line. Integer cents."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from seamless_retail.core.catalogue import Money, Record
from seamless_retail.core.customers import Address
from seamless_retail.core.vouchers import Voucher

MOST_UNITS = 99
"""Units of one variant in a cart."""
MOST_LINES = 50

Sku = Annotated[str, Field(min_length=1, max_length=100)]


class AddItem(Record):
    """Put units of a variant into the cart."""

    operation: Literal["add_to_cart"] = "add_to_cart"
    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=MOST_UNITS)] = 1


class SetQuantity(Record):
    """Change how many units of a variant are in the cart; none takes it out."""

    operation: Literal["change_cart_quantity"] = "change_cart_quantity"
    sku: Sku
    quantity: Annotated[int, Field(ge=0, le=MOST_UNITS)]


class ClearCart(Record):
    """Take everything out of the cart."""

    operation: Literal["clear_cart"] = "clear_cart"


class UseVouchers(Record):
    """Use these vouchers and no others."""

    operation: Literal["use_vouchers"] = "use_vouchers"
    codes: Annotated[tuple[str, ...], Field(max_length=20)]


class UsePoints(Record):
    """Pay with so many points."""

    operation: Literal["use_points"] = "use_points"
    points: Annotated[int, Field(ge=0)]


CartChange = AddItem | SetQuantity | ClearCart | UseVouchers | UsePoints


class PlaceOrder(Record):
    """Order what is in the cart."""

    payment_method_ids: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    """One method, or a gift card and another method for the rest."""
    cart_revision: int | None = None
    """The cart that was agreed on; ``None``: whatever is in it."""
    address: Address | None = None
    """Where it goes; ``None``: the customer's own address."""


class CartItem(Record):
    """Units of a variant in a cart."""

    sku: str
    quantity: int


class QuoteLine(Record):
    """A line of the cart with its price."""

    sku: str
    product_id: str
    name: str
    category: str
    options: dict[str, str] = Field(default_factory=dict)
    quantity: int
    list_cents: int
    """Of one unit."""
    unit_cents: int
    """Of one unit, the promotion taken off."""
    promotion_id: str = ""
    promotion_title: str = ""
    discount_cents: int = 0
    """The line's share of vouchers and points."""
    available: int = 0
    """Units that the customer could have."""

    @property
    def cents(self) -> int:
        """The whole line before vouchers and points."""
        return self.quantity * self.unit_cents


class VoucherLine(Record):
    """A voucher that counts, and what it takes off."""

    code: str
    title: str
    cents: int
    on_shipping: bool = False


class Quote(Record):
    """What a cart costs now. Goods less vouchers and points, plus shipping, is the total."""

    customer_id: str
    revision: int = 0
    """Grows with every change of the cart, not with its order."""
    currency: str = "USD"
    lines: tuple[QuoteLine, ...] = ()
    vouchers: tuple[VoucherLine, ...] = ()
    refused: tuple[str, ...] = ()
    """Why chosen vouchers do not count, a sentence each."""
    points: int = 0
    """That are used."""
    points_cents: int = 0
    shipping_cents: int = 0
    """After vouchers."""
    shipping_reason: str = ""
    points_earned: int = 0
    """Once the order is delivered."""
    problems: tuple[str, ...] = ()
    """Why the cart cannot be ordered as it is, a sentence each."""
    held_until: datetime | None = None
    """Until when its units are reserved; ``None``: they are not."""

    @property
    def goods_cents(self) -> int:
        """All lines, promotions taken off."""
        return sum(line.cents for line in self.lines)

    @property
    def discount_cents(self) -> int:
        """What vouchers and points take off the goods."""
        return sum(voucher.cents for voucher in self.vouchers if not voucher.on_shipping) + self.points_cents

    @property
    def total_cents(self) -> int:
        """What is to be paid."""
        return self.goods_cents - self.discount_cents + self.shipping_cents

    @property
    def total(self) -> Money:
        """The total as money."""
        return Money(cents=self.total_cents, currency=self.currency)


class VoucherOffer(Record):
    """A voucher that a customer could know of, for the cart as it is."""

    voucher: Voucher
    cents: int = 0
    """What it would take off alone."""
    objection: str = ""
    """Why it cannot be used; empty when it can."""


class VoucherOffers(Record):
    """All that a customer could use, and the best set."""

    offers: tuple[VoucherOffer, ...] = ()
    best: tuple[VoucherLine, ...] = ()
    explained: tuple[str, ...] = ()
    """A sentence for each voucher."""
