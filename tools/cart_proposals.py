"""Changes of the cart as proposals: what an assistant prepares waits for the customer's yes, as orders do."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from seamless_retail.core.cart import AddItem, CartChange, ClearCart, SetQuantity, UsePoints, UseVouchers
from seamless_retail.core.catalogue import Money
from seamless_retail.core.errors import NotFoundError, PolicyRefusal
from seamless_retail.core.ports import CartDesk, FoodCheck, Shop
from seamless_retail.core.principal import Principal
from seamless_retail.core.proposals import Proposal, ProposalDraft
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.variant_choice import label

CART_CHANGES = ("add_to_cart", "change_cart_quantity", "clear_cart", "use_vouchers", "use_points")

_CHANGES: TypeAdapter[CartChange] = TypeAdapter(Annotated[CartChange, Field(discriminator="operation")])


def register_cart_changes(gate: ApprovalGate, cart: CartDesk) -> None:
    """Tell the gate how each change of a cart is carried out, once for each proposal."""

    def write(proposal: Proposal) -> Mapping[str, Any]:
        change = _CHANGES.validate_python(proposal.arguments)
        quote = cart.change(proposal.customer_id, change, key=proposal.id)
        return quote.model_dump(mode="json") | {"total_cents": quote.total_cents}

    for name in CART_CHANGES:
        gate.register(name, write)


def draft_cart_change(
    shop: Shop, cart: CartDesk, check: FoodCheck | None, principal: Principal, change: CartChange
) -> ProposalDraft:
    """What a change of the cart would be, in words; nothing is changed and nothing is paid.

    Raises:
        NotFoundError: There is no such variant.
        PolicyRefusal: There is nothing in the cart that it could apply to.
    """
    words = _words(shop, cart, principal, change)
    if isinstance(change, AddItem) and check is not None:
        product = shop.catalogue.by_sku(change.sku)
        found = check.warnings(principal, [product]) if product is not None and product.food is not None else {}
        words = " ".join([words, *(f"Warning: {reason}" for reason in found.values())])
    return ProposalDraft(tool=change.operation, arguments=change.model_dump(mode="json"), words=words)


def _words(shop: Shop, cart: CartDesk, principal: Principal, change: CartChange) -> str:
    quote = cart.view(principal.customer_id)
    if isinstance(change, AddItem):
        return _adding(shop, change)
    if not quote.lines:
        raise PolicyRefusal("Your cart is empty.", "Put something into it first.")
    if isinstance(change, SetQuantity):
        name = next((line.name for line in quote.lines if line.sku == change.sku), "")
        if not name:
            raise NotFoundError(f"{change.sku} is not in your cart.")
        return f"Take {name} ({change.sku}) out of your cart."
    if isinstance(change, ClearCart):
        return f"Take everything out of your cart ({', '.join(f'{x.quantity} x {x.name}' for x in quote.lines)})."
    if isinstance(change, UsePoints):
        return f"Use {change.points:,} points for your cart. They are spent when you order."
    best = {voucher.code: voucher for voucher in cart.offers(principal.customer_id).best}
    saved = sum(best[code].cents for code in change.codes if code in best)
    off = f" It takes {Money(cents=saved, currency=quote.currency)} off your cart." if saved else ""
    return f"Use {' and '.join(change.codes)} for your cart.{off}"


def _adding(shop: Shop, change: AddItem) -> str:
    product = shop.catalogue.by_sku(change.sku)
    variant = next((v for v in product.variants if v.sku == change.sku), None) if product else None
    if product is None or variant is None:
        raise NotFoundError(f"There is no variant {change.sku}.")
    each = " each" if change.quantity > 1 else ""
    return f"Put {change.quantity} x {product.name} ({label(variant)}) into your cart, {variant.price}{each}."


def voucher_change(cart: CartDesk, customer_id: str, code: str) -> UseVouchers:
    """The voucher that is named, or the set that saves most.

    Raises:
        PolicyRefusal: The cart is empty, or no voucher saves anything on it.
    """
    if code:
        return UseVouchers(codes=(code.upper(),))
    if not cart.view(customer_id).lines:
        raise PolicyRefusal("Your cart is empty.", "Put something into it first.")
    best = cart.offers(customer_id).best
    if not best:
        raise PolicyRefusal("No voucher saves anything on your cart.")
    return UseVouchers(codes=tuple(voucher.code for voucher in best))
