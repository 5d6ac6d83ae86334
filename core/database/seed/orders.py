"""The 1,500 orders and the points that follow from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from seamless_retail.core.customers import Customer
from seamless_retail.core.database.seed.baskets import Baskets
from seamless_retail.core.database.seed.ledger import Ledger
from seamless_retail.core.database.seed.stores import FIRST_DAY, TODAY
from seamless_retail.core.loyalty import LoyaltyEntry
from seamless_retail.core.orders import Order, Payment, StatusChange

ORDERS = 1500
FIRST_NUMBER = 100001
FREE_SHIPPING_CENTS = 6000
STANDARD_SHIPPING_CENTS = 595
KNOWN_ORDERS = {"C0001": 20, "C0002": 6, "C0003": 5, "C0004": 5, "C0005": 4, "C0006": 4, "C0007": 0}
"""How many orders the customers of the documentation have."""
CURRENT = {"C0001": ("pending", "shipped"), "C0002": ("shipped",), "C0003": ("delivered",), "C0004": ("processed",)}
"""What their newest orders, newest first, are."""
AGE_IN_DAYS = {"pending": (0, 1), "processed": (2, 2), "shipped": (3, 4), "delivered": (8, 14)}
DELIVERY_DAYS = 5
REASONS = ("no longer needed", "ordered by mistake")


@dataclass(frozen=True, slots=True)
class Accounts:
    """Orders in the order they were placed, and the points of all customers."""

    orders: list[Order] = field(default_factory=list)
    entries: list[LoyaltyEntry] = field(default_factory=list)


def make_accounts(customers: Sequence[Customer], baskets: Baskets) -> Accounts:
    """Orders and points. An order's number follows from when it was placed."""
    rng = Random("orders")
    plans = sorted(_plans(rng, customers), key=lambda plan: (plan.placed_at, plan.customer.id))
    ledgers = {customer.id: Ledger(customer, Random(f"points {customer.id}")) for customer in customers}
    orders = []
    for number, plan in enumerate(plans, start=FIRST_NUMBER):
        order = _order(Random(f"order {number}"), f"ORD-{number}", plan, baskets, ledgers[plan.customer.id])
        orders.append(order)
    entries = [entry for ledger in ledgers.values() for entry in ledger.close()]
    return Accounts(orders, entries)


@dataclass(frozen=True, slots=True)
class _Plan:
    customer: Customer
    placed_at: datetime
    status: str = ""


def _plans(rng: Random, customers: Sequence[Customer]) -> Iterator[_Plan]:
    """Who orders when; a quarter of all orders fall into the last month, so that some are still under way."""
    buyers = [customer for customer in customers if customer.id not in KNOWN_ORDERS]
    weights = [rng.paretovariate(1.5) for _ in buyers]
    for customer in customers:
        statuses = CURRENT.get(customer.id, ())
        for position in range(KNOWN_ORDERS.get(customer.id, 0)):
            status = statuses[position] if position < len(statuses) else ""
            yield _Plan(customer, _moment(rng, *AGE_IN_DAYS.get(status, (40, 520))), status)
    for customer in rng.choices(buyers, weights, k=ORDERS - sum(KNOWN_ORDERS.values())):
        youngest, oldest = (0, 30) if rng.random() < 0.25 else (31, (TODAY - FIRST_DAY).days)
        since = (TODAY - customer.joined_on).days if customer.joined_on else oldest
        yield _Plan(customer, _moment(rng, min(youngest, since), min(oldest, since)))


def _moment(rng: Random, youngest: int, oldest: int) -> datetime:
    day = TODAY - timedelta(days=rng.randint(youngest, oldest))
    latest = 9 if day == TODAY else 22
    return datetime.combine(day, time(rng.randint(6, latest), rng.randint(0, 59), rng.randint(0, 59)))


def _order(rng: Random, order_id: str, plan: _Plan, baskets: Baskets, ledger: Ledger) -> Order:
    lines = baskets.fill(rng, plan.customer)
    subtotal = sum(line.quantity * line.unit_price_cents for line in lines)
    discount = ledger.redeem(rng, order_id, plan.placed_at, subtotal)
    history = _history(rng, plan)
    order = Order(
        id=order_id,
        customer_id=plan.customer.id,
        status=history[-1].status,
        placed_at=plan.placed_at,
        address=plan.customer.address,
        lines=lines,
        history=history,
        shipping_cents=_shipping(ledger, plan.placed_at, subtotal),
        discount_cents=discount,
        tracking=_tracking(rng, history),
        expected_on=plan.placed_at.date() + timedelta(days=DELIVERY_DAYS),
        details={"cancel_reason": rng.choice(REASONS)} if history[-1].status == "cancelled" else {},
    )
    order = order.model_copy(update={"payments": _payments(rng, plan.customer, order)})
    ledger.book(order)
    return order


def _history(rng: Random, plan: _Plan) -> tuple[StatusChange, ...]:
    """The steps that the order has taken by the shop's day."""
    end = datetime.combine(TODAY, time(10))
    steps = [StatusChange(status="pending", at=plan.placed_at)]
    final = plan.status
    if not final and rng.random() < 0.05:
        steps.append(StatusChange(status="cancelled", at=plan.placed_at + timedelta(hours=rng.randint(1, 10))))
        return tuple(step for step in steps if step.at and step.at <= end)
    path = [("processed", 20), ("shipped", 44), ("delivered", rng.randint(80, 118))]
    if not final and rng.random() < 0.07:
        path += [("return requested", 180 + rng.randint(0, 300))]
        path += [("returned", 700 + rng.randint(0, 100))]
    for status, hours in path:
        moment = plan.placed_at + timedelta(hours=hours, minutes=rng.randint(0, 59))
        if moment > end or steps[-1].status == final:
            break
        steps.append(StatusChange(status=status, at=moment))
    return tuple(steps)


def _shipping(ledger: Ledger, at: datetime, subtotal: int) -> int:
    threshold = {"bronze": FREE_SHIPPING_CENTS, "silver": 2500}.get(ledger.tier(at).name, 0)
    return 0 if subtotal >= threshold else STANDARD_SHIPPING_CENTS


def _tracking(rng: Random, history: Sequence[StatusChange]) -> tuple[str, ...]:
    number = f"HP{rng.randint(10**9, 10**10 - 1)}"
    return (number,) if any(step.status == "shipped" for step in history) else ()


def _payments(rng: Random, customer: Customer, order: Order) -> tuple[Payment, ...]:
    method = rng.choice([m.id for m in customer.payment_methods if m.kind != "gift_card"])
    payments = [Payment(kind="payment", cents=order.total_cents, method_id=method, at=order.placed_at)]
    if order.status in ("cancelled", "returned"):
        refunded_at = order.history[-1].at
        payments.append(Payment(kind="refund", cents=order.total_cents, method_id=method, at=refunded_at))
    return tuple(payments)
