"""The cart of the signed-in customer. Changing it costs nothing and can be taken back, so nobody is asked first."""

from collections.abc import Mapping
from typing import Annotated, Any

from langchain_core.tools import ArgsSchema
from pydantic import BaseModel, Field, SkipValidation

from seamless_retail.core.cart import (
    MOST_UNITS,
    AddItem,
    CartChange,
    ClearCart,
    Quote,
    SetQuantity,
    UsePoints,
    UseVouchers,
)
from seamless_retail.core.errors import NotFoundError
from seamless_retail.core.ports import CartDesk, FoodCheck, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import arguments_digest
from seamless_retail.tools.approval import running_task
from seamless_retail.tools.cart_words import describe_quote
from seamless_retail.tools.failure import ShopTool

_SKU = "Sku of a variant, such as 'F00001-navy-m'; of a product in one form its product id will do."


def sku_of(shop: Shop, name: str) -> str:
    """The sku that a sku or the id of a product with one variant names.

    Raises:
        NotFoundError: There is no such variant, or the product has several.
    """
    product = shop.catalogue.get(name)
    if product is None:
        return name
    variants = [variant.sku for variant in product.variants if variant.active]
    if len(variants) != 1:
        offered = ", ".join(variants[:20])
        raise NotFoundError(f"{product.name} comes in {len(variants)} forms.", f"Use one of the skus {offered}.")
    return variants[0]


def cart_warnings(shop: Shop, check: FoodCheck | None, principal: Principal, quote: Quote) -> Mapping[str, str]:
    """Why the customer must not eat products of the cart, by product id; none without a check."""
    if check is None or not quote.lines:
        return {}
    ids = list(dict.fromkeys(line.product_id for line in quote.lines))
    foods = [product for product in shop.catalogue.get_many(ids) if product.food is not None]
    return check.warnings(principal, foods) if foods else {}


class NoArguments(BaseModel):
    """Nothing needs to be said."""


class AddArguments(BaseModel):
    """What to put into the cart."""

    sku: str = Field(description=_SKU, min_length=1, max_length=100)
    quantity: int = Field(1, description="Units to add.", ge=1, le=MOST_UNITS)


class QuantityArguments(BaseModel):
    """How many units of a variant the cart should have."""

    sku: str = Field(description=_SKU, min_length=1, max_length=100)
    quantity: int = Field(description="Units in the cart; 0 takes it out.", ge=0, le=MOST_UNITS)


class RemoveArguments(BaseModel):
    """What to take out of the cart."""

    sku: str = Field("", description=f"{_SKU} Empty: everything.", max_length=100)


class VoucherArguments(BaseModel):
    """Which vouchers to use for the cart."""

    codes: list[str] = Field(description="The codes to use, and no others; none to use no voucher.", max_length=20)


class PointsArguments(BaseModel):
    """How many points to pay with."""

    points: int = Field(description="Points to use for the cart; 0 for none. They are spent by the order.", ge=0)


class CartTool(ShopTool):
    """Base of the tools that show or change the cart."""

    cart: Annotated[CartDesk, SkipValidation] = Field(exclude=True, repr=False)
    food_check: Annotated[FoodCheck | None, SkipValidation] = Field(None, exclude=True, repr=False)
    """Warns of foods in the cart that the customer must not eat."""

    def answer(self, *args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Do it, and tell what the cart costs now, line by line."""
        customer_id = self.customer_id()
        quote = self.done(customer_id, {**kwargs, **({self._first(): args[0]} if args and self.args else {})})
        warnings = cart_warnings(self.shop, self.food_check, self.principal(), quote)
        artifact = quote.model_dump(mode="json") | {"total_cents": quote.total_cents, "warnings": dict(warnings)}
        return "\n".join(describe_quote(quote, warnings)), artifact

    def done(self, customer_id: str, arguments: Mapping[str, Any]) -> Quote:
        """The cart after what the tool does; a graph that runs the same task again does it once."""
        change, task = self.change(arguments), running_task()
        key = arguments_digest(task, change.model_dump(mode="json")) if task else ""
        return self.cart.change(customer_id, change, key)

    def change(self, arguments: Mapping[str, Any]) -> CartChange:
        """What is changed."""
        raise NotImplementedError

    def _first(self) -> str:
        return next(iter(self.args))


class ViewCartTool(CartTool):
    """``view_cart``: see :meth:`seamless_retail.core.ports.CartDesk.view`."""

    name: str = "view_cart"
    description: str = "The signed-in customer's cart: lines, promotions, vouchers, points, shipping and the total."
    args_schema: ArgsSchema | None = NoArguments

    def done(self, customer_id: str, arguments: Mapping[str, Any]) -> Quote:
        """The cart as it is."""
        return self.cart.view(customer_id)


class AddToCartTool(CartTool):
    """``add_to_cart``."""

    name: str = "add_to_cart"
    description: str = "Put units of a variant into the signed-in customer's cart."
    args_schema: ArgsSchema | None = AddArguments

    def change(self, arguments: Mapping[str, Any]) -> CartChange:
        """Units to add."""
        asked = AddArguments.model_validate(arguments)
        return AddItem(sku=sku_of(self.shop, asked.sku), quantity=asked.quantity)


class ChangeCartQuantityTool(CartTool):
    """``change_cart_quantity``."""

    name: str = "change_cart_quantity"
    description: str = "Set how many units of a variant the cart has."
    args_schema: ArgsSchema | None = QuantityArguments

    def change(self, arguments: Mapping[str, Any]) -> CartChange:
        """Units to have."""
        asked = QuantityArguments.model_validate(arguments)
        return SetQuantity(sku=sku_of(self.shop, asked.sku), quantity=asked.quantity)


class RemoveFromCartTool(CartTool):
    """``remove_from_cart``."""

    name: str = "remove_from_cart"
    description: str = "Take a variant out of the cart, or empty it."
    args_schema: ArgsSchema | None = RemoveArguments

    def change(self, arguments: Mapping[str, Any]) -> CartChange:
        """A line, or all of them."""
        sku = RemoveArguments.model_validate(arguments).sku
        return SetQuantity(sku=sku_of(self.shop, sku), quantity=0) if sku else ClearCart()


class UseVouchersTool(CartTool):
    """``use_vouchers``."""

    name: str = "use_vouchers"
    description: str = "Use these voucher codes for the cart, instead of those chosen before."
    args_schema: ArgsSchema | None = VoucherArguments

    def change(self, arguments: Mapping[str, Any]) -> CartChange:
        """The codes."""
        return UseVouchers(codes=tuple(VoucherArguments.model_validate(arguments).codes))


class UsePointsTool(CartTool):
    """``use_points``."""

    name: str = "use_points"
    description: str = "Pay for the cart with points; they are spent when the order is placed."
    args_schema: ArgsSchema | None = PointsArguments

    def change(self, arguments: Mapping[str, Any]) -> CartChange:
        """The points."""
        return UsePoints(points=PointsArguments.model_validate(arguments).points)


class ReserveCartTool(CartTool):
    """``reserve_cart``: see :meth:`seamless_retail.core.ports.CartDesk.reserve`."""

    name: str = "reserve_cart"
    description: str = "Hold the units of the cart for some minutes, so that nobody else buys them meanwhile."
    args_schema: ArgsSchema | None = NoArguments

    def done(self, customer_id: str, arguments: Mapping[str, Any]) -> Quote:
        """The cart, held."""
        return self.cart.reserve(customer_id)


CART_TOOLS: tuple[type[CartTool], ...] = (
    ViewCartTool,
    AddToCartTool,
    ChangeCartQuantityTool,
    RemoveFromCartTool,
    UseVouchersTool,
    UsePointsTool,
    ReserveCartTool,
)
