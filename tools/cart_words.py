"""What a cart costs, in lines that a customer can check."""

from collections.abc import Mapping

from seamless_retail.core.cart import Quote, QuoteLine
from seamless_retail.core.catalogue import Money


def describe_quote(quote: Quote, warnings: Mapping[str, str] | None = None) -> list[str]:
    """Every line with its price, what comes off and why, shipping, the total, and what stands in the way.

    Args:
        quote: The cart.
        warnings: Why the customer must not eat something, by product id.
    """
    if not quote.lines:
        return ["The cart is empty."]
    told = [_line(line, quote) for line in quote.lines]
    for voucher in quote.vouchers:
        what = " of the shipping" if voucher.on_shipping else ""
        told.append(f"Voucher {voucher.code} ({voucher.title}): {_money(-voucher.cents, quote)}{what}")
    if quote.points:
        told.append(f"{quote.points:,} points: {_money(-quote.points_cents, quote)}")
    told.append(f"Shipping: {_money(quote.shipping_cents, quote)} ({quote.shipping_reason})")
    told.append(f"Total: {quote.total}")
    if quote.points_earned:
        told.append(f"It earns {quote.points_earned:,} points when it is delivered.")
    if quote.held_until:
        told.append(f"Reserved until {quote.held_until:%Y-%m-%d %H:%M}.")
    return [*told, *quote.refused, *quote.problems, *food_warnings(quote, warnings or {})]


def food_warnings(quote: Quote, warnings: Mapping[str, str]) -> list[str]:
    """A warning for each product of the cart that the customer must not eat."""
    names = {line.product_id: line.name for line in quote.lines}
    return [f"Warning, {names[found]}: {reason}" for found, reason in warnings.items() if found in names]


def order_words(quote: Quote, paid_with: str, warnings: Mapping[str, str]) -> str:
    """What placing an order means, in a few sentences, with what is paid."""
    items = ", ".join(f"{line.quantity} x {line.name} ({line.sku})" for line in quote.lines)
    off = [f"Voucher {voucher.code} saves {_money(voucher.cents, quote)}" for voucher in quote.vouchers]
    off += [f"{quote.points:,} points save {_money(quote.points_cents, quote)}"] if quote.points else []
    saved = "".join(f" {part}." for part in off)
    shipping = f"shipping {_money(quote.shipping_cents, quote)}" if quote.shipping_cents else "free shipping"
    sentences = [f"Order {items}.{saved} You pay {quote.total} with {paid_with}, {shipping} included."]
    return " ".join([*sentences, *food_warnings(quote, warnings)])


def _line(line: QuoteLine, quote: Quote) -> str:
    options = f", {', '.join(line.options.values())}" if line.options else ""
    price = f"{_money(line.unit_cents, quote)} each"
    if line.promotion_id:
        price += f" instead of {_money(line.list_cents, quote)} ({line.promotion_title}, {line.promotion_id})"
    share = f", {_money(-line.discount_cents, quote)} of vouchers and points" if line.discount_cents else ""
    return f"{line.quantity} x {line.name} ({line.sku}{options}): {_money(line.cents, quote)}, {price}{share}"


def _money(cents: int, quote: Quote) -> str:
    return str(Money(cents=cents, currency=quote.currency))
