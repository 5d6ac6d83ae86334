"""The citable texts of what belongs to one customer: orders, loyalty account, dietary profile, earlier words."""

from seamless_retail.core.catalogue import Money
from seamless_retail.core.customers import Address, Customer
from seamless_retail.core.evidence import Source
from seamless_retail.core.interactions import RememberedInteraction
from seamless_retail.core.loyalty import LoyaltyAccount, LoyaltyEntry
from seamless_retail.core.orders import Order, OrderLine, Payment, StatusChange
from seamless_retail.core.source_text import SourceText, label_of, written_date, written_name, written_size


def order_source(order: Order) -> Source:
    """An order as it stands.

    Fields: ``id``, ``status``, ``placed``, ``expected``, ``tracking``, ``lines`` and ``lines.0`` …, ``shipping``,
    ``discount``, ``total``, ``payments`` and ``payments.0`` …, ``refunds`` and ``refunds.0`` …, ``address``,
    ``history`` and ``history.0`` …, ``details.<name>``. One is absent when the record says nothing.
    """
    text = SourceText()
    text.line(f"Order {order.id}", "id")
    text.line(f"Status: {order.status}", "status")
    if order.placed_at:
        text.value("Placed on", written_date(order.placed_at), "placed")
    if order.expected_on:
        text.value("Expected on", written_date(order.expected_on), "expected")
    text.value("Tracking", ", ".join(order.tracking), "tracking")
    text.block("lines", [_item(line, order.currency) for line in order.lines], label="Items")
    _write_money(text, order)
    if order.address:
        text.value("Ships to", _address(order.address), "address")
    text.block("history", map(_step, order.history), label="History")
    for name, value in order.details.items():
        written = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        text.value(label_of(name), written, f"details.{name}")
    return Source(
        id=f"order:{order.id}",
        kind="order",
        title=f"Order {order.id}",
        text=text.text,
        fields=text.fields,
        metadata={
            "order_id": order.id,
            "customer_id": order.customer_id,
            "status": order.status,
            "product_ids": list(dict.fromkeys(line.product_id for line in order.lines)),
        },
    )


def _write_money(text: SourceText, order: Order) -> None:
    if order.shipping_cents:
        text.value("Shipping", str(Money(cents=order.shipping_cents, currency=order.currency)), "shipping")
    if order.discount_cents:
        text.value("Discount", str(Money(cents=-order.discount_cents, currency=order.currency)), "discount")
    text.value("Total", str(order.total), "total")
    for kind in ("payment", "refund"):
        moves = [_movement(payment, order.currency) for payment in order.payments if payment.kind == kind]
        text.block(f"{kind}s", moves)


def _item(line: OrderLine, currency: str) -> str:
    each = Money(cents=line.unit_price_cents, currency=currency)
    sum_ = Money(cents=line.unit_price_cents * line.quantity, currency=currency)
    options = [written_size(value) if name == "size" else value for name, value in line.options.items()]
    label = f"{line.name} ({', '.join(options)})" if options else line.name
    price = f"{each}" if line.quantity == 1 else f"{each} each, {sum_}"
    return f"{line.quantity} x {label}, {price}"


def _movement(payment: Payment, currency: str) -> str:
    when = f" on {written_date(payment.at)}" if payment.at else ""
    return f"{payment.kind.capitalize()}: {Money(cents=payment.cents, currency=currency)}{when} ({payment.method_id})"


def _step(change: StatusChange) -> str:
    when = f"{written_date(change.at)}: " if change.at else ""
    return f"{when}{change.status}{f', {change.note}' if change.note else ''}"


def _address(address: Address) -> str:
    city = " ".join(part for part in (address.state, address.postal_code) if part)
    return ", ".join(part for part in (address.line1, address.line2, address.city, city, address.country) if part)


def loyalty_source(account: LoyaltyAccount) -> Source:
    """A customer's points and tier.

    Fields: ``balance``, ``tier``, ``earned``, ``perks``, ``next_tier``, ``expiry``, ``recent``, ``recent.0`` ….
    """
    tier, text = account.tier, SourceText()
    text.line(f"Loyalty account of customer {account.customer_id}")
    text.line(f"Balance: {account.balance:,} points", "balance")
    text.line(f"Tier: {tier.name}, {tier.points_per_dollar} points per dollar", "tier")
    text.line(f"Earned in the last twelve months: {account.earned_this_year:,} points", "earned")
    text.value("Perks", "; ".join(tier.perks), "perks")
    if account.next_tier:
        more = f"{account.points_to_next_tier:,} points to go"
        text.line(f"Next tier: {account.next_tier.name}, {more}", "next_tier")
    else:
        text.line(f"Next tier: none, {tier.name} is the highest", "next_tier")
    if account.next_expiry and account.points_expiring:
        expiry = f"{account.points_expiring:,} points on {written_date(account.next_expiry)}"
        text.line(f"Next expiry: {expiry}", "expiry")
    else:
        text.line("Next expiry: none", "expiry")
    text.block("recent", map(_ledger_line, account.recent), label="Recent entries")
    return Source(
        id=f"loyalty:{account.customer_id}",
        kind="loyalty",
        title="Loyalty account",
        text=text.text,
        fields=text.fields,
        metadata={"customer_id": account.customer_id},
    )


def _ledger_line(entry: LoyaltyEntry) -> str:
    details = ", ".join(part for part in (entry.kind, entry.order_id, entry.note) if part)
    return f"{written_date(entry.at)}: {entry.points:+,} points ({details})"


def profile_source(customer: Customer) -> Source:
    """What the customer told the shop about health and diet.

    Fields: ``allergies`` and ``allergies.<allergen>``, ``conditions``, ``medicines``, ``diets``.
    """
    profile, text = customer.profile, SourceText()
    text.line(f"Dietary profile of customer {customer.id}")
    allergies = {a.allergen.value: f"{written_name(a.allergen)} ({a.severity})" for a in profile.allergies}
    text.items("Allergies", allergies, "allergies")
    for name in ("conditions", "medicines", "diets"):
        text.value(label_of(name), ", ".join(getattr(profile, name)), name)
    return Source(
        id=f"profile:{customer.id}",
        kind="profile",
        title="Dietary profile",
        text=text.text,
        fields=text.fields,
        metadata={"customer_id": customer.id},
    )


def memory_source(remembered: RememberedInteraction) -> Source:
    """What the customer said on a day, word for word as it is remembered."""
    return Source(
        id=f"memory:{remembered.id}",
        kind="memory",
        title=f"What you said on {written_date(remembered.last)}",
        text=remembered.said,
        metadata={"said_on": remembered.last.date().isoformat()},
    )
