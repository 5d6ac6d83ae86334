"""Carts and checkout under load: operations a second and latency, and whether anything is lost or sold twice.

    python -m seamless_retail.training.benchmarks.checkout --json checkout.json

The demonstration shop is seeded anew on SQLite and PostgreSQL. First one caller views a cart, places an order and
changes the cart, in turns (p95, with a bootstrap interval); then 16 threads carry out 2,000 operations of forty
customers who want the same thirty variants, of which three units each are left, so that most of what is wanted is not
there. After that the books are checked: payments less refunds of every order against its worth, units sold and held
against what was there, points in the ledger against those used, and what the provider took against what the orders say.
The named baseline, in the same run, is a bare transaction: one row of stock read by its key and written back.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random

from rich.console import Console
from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.cart import AddItem, ClearCart, PlaceOrder, SetQuantity, UsePoints, UseVouchers
from seamless_retail.core.customers import Customer
from seamless_retail.core.database import SqlShop, open_shop, writing
from seamless_retail.core.database.cart_desk import SqlCartDesk
from seamless_retail.core.database.checkout import SqlCheckout
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.repositories.product_filter import live
from seamless_retail.core.database.tables import LoyaltyEntryRow, ReservationRow, StockRow
from seamless_retail.core.errors import SeamlessError, ShopBusyError
from seamless_retail.core.order_requests import CancelOrder
from seamless_retail.core.orders import Order
from seamless_retail.core.payments import TestPaymentProvider
from seamless_retail.training.benchmarks.compression.markdown import table
from seamless_retail.training.benchmarks.write_load import (
    THREADS,
    interval,
    measured,
    ms,
    p95,
    timed,
    together,
)

ALONE = 200
CUSTOMERS, VARIANTS, UNITS, PLACE = 40, 30, 3, "warehouse"


@dataclass(frozen=True)
class Figures:
    """One back end."""

    backend: str
    view_p95_ms: float
    view_interval_ms: tuple[float, float]
    change_p95_ms: float
    change_interval_ms: tuple[float, float]
    place_p95_ms: float
    place_interval_ms: tuple[float, float]
    bare_p95_ms: float
    operations_per_s: float
    bare_operations_per_s: float
    done: int
    refused: int
    given_up: int
    orders: int
    faults: list[str]


class Market:
    """A shop, and many customers who want the same few things."""

    def __init__(self, url: str) -> None:
        with writing(url) as engine, engine.begin() as connection:
            kept = select(StockRow.sku).where(StockRow.location_id == PLACE).order_by(StockRow.sku).limit(VARIANTS)
            self.skus = list(connection.scalars(kept))
            here = case((StockRow.location_id == PLACE, UNITS), else_=0)
            connection.execute(delete(ReservationRow).where(ReservationRow.sku.in_(self.skus)))
            connection.execute(update(StockRow).where(StockRow.sku.in_(self.skus)).values(on_hand=here))
        self.shop = open_shop(url)
        shared = (self.shop.engine, self.shop.writes)
        self.provider = TestPaymentProvider()
        self.cart, self.orders = SqlCartDesk(*shared), SqlOrderDesk(*shared)
        self.checkout = SqlCheckout(*shared, self.provider)
        self.customers: list[Customer] = self.shop.customers.all()[:CUSTOMERS]
        self.alone = self.shop.customers.all()[CUSTOMERS]
        self.plenty = self._well_stocked()

    def operate(self, number: int) -> str:
        """Something that a customer does: ``done``, ``refused``, or ``given up``."""
        rng = Random(number)
        customer = rng.choice(self.customers)
        sku, key = rng.choice(self.skus), f"benchmark-{number}"
        actions = {
            "add": (5, lambda: self.cart.change(customer.id, AddItem(sku=sku), key)),
            "set": (1, lambda: self.cart.change(customer.id, SetQuantity(sku=sku, quantity=2), key)),
            "clear": (1, lambda: self.cart.change(customer.id, ClearCart(), key)),
            "voucher": (1, lambda: self.cart.change(customer.id, UseVouchers(codes=("WELCOME10",)), key)),
            "points": (1, lambda: self.cart.change(customer.id, UsePoints(points=500), key)),
            "view": (3, lambda: self.cart.view(customer.id)),
            "reserve": (2, lambda: self.cart.reserve(customer.id, key)),
            "place": (4, lambda: self.checkout.place(customer.id, self._paying(rng, customer), key)),
            "cancel": (1, lambda: self._cancel(customer.id, key)),
        }
        weights = [weight for weight, _ in actions.values()]
        try:
            rng.choices(list(actions.values()), weights)[0][1]()
        except ShopBusyError:
            return "given up"
        except SeamlessError:
            return "refused"
        return "done"

    def view(self, number: int) -> str:
        """Look at a cart."""
        self.cart.view(self.alone.id)
        return "done"

    def change(self, number: int) -> str:
        """Put something into it that is there."""
        self.cart.change(self.alone.id, ClearCart())
        return "done"

    def fill(self, number: int) -> None:
        """Have something to order."""
        self.cart.change(self.alone.id, AddItem(sku=self.plenty[number % len(self.plenty)]))

    def place(self, number: int) -> str:
        """Order it."""
        self.checkout.place(self.alone.id, self._paying(Random(number), self.alone), f"alone-{number}")
        return "done"

    def bare(self, number: int) -> str:
        """The baseline: read one row and write it back."""
        here = (StockRow.sku == Random(number).choice(self.skus)) & (StockRow.location_id == PLACE)

        def work(session: Session) -> dict[str, str]:
            units = session.scalar(select(StockRow.on_hand).where(here).with_for_update())
            session.execute(update(StockRow).where(here).values(on_hand=units))
            return {}

        self.shop.writes.transact(work)
        return "bare"

    def placed(self) -> list[Order]:
        """Every order out of a cart."""
        everybody = [*self.customers, self.alone]
        orders = [order for customer in everybody for order in self.shop.orders.recent(customer.id, 1000)]
        return [order for order in orders if "authorisations" in order.details]

    def _paying(self, rng: Random, customer: Customer) -> PlaceOrder:
        methods = [method.id for method in customer.payment_methods if method.kind != "gift_card"]
        return PlaceOrder(payment_method_ids=(rng.choice(methods),))

    def _cancel(self, customer_id: str, key: str) -> Order:
        newest = [order.id for order in self.shop.orders.recent(customer_id, 1)]
        request = CancelOrder(order_id=newest[0] if newest else "none", reason="no longer needed")
        return self.orders.carry_out(customer_id, request, key)

    def _well_stocked(self) -> list[str]:
        """Variants of which there is plenty for one caller."""
        many = select(StockRow.sku).where(StockRow.on_hand >= 2 * UNITS, StockRow.sku.not_in(self.skus))
        with self.shop.engine.connect() as connection:
            return list(connection.scalars(many.order_by(StockRow.sku).limit(ALONE)))


def main() -> None:
    """Measure and print a markdown table."""
    found = measured(__doc__, measure)
    rows = [
        ["view the cart, p95", *(ms(f.view_p95_ms, f.view_interval_ms) for f in found)],
        ["change the cart, p95", *(ms(f.change_p95_ms, f.change_interval_ms) for f in found)],
        ["place an order, p95", *(ms(f.place_p95_ms, f.place_interval_ms) for f in found)],
        ["bare transaction, p95", *(f"{f.bare_p95_ms:.2f} ms" for f in found)],
        [f"operations/s, {THREADS} threads", *(f"{f.operations_per_s:,.0f}" for f in found)],
        [f"bare transactions/s, {THREADS} threads", *(f"{f.bare_operations_per_s:,.0f}" for f in found)],
        ["done / refused / given up", *(f"{f.done} / {f.refused} / {f.given_up}" for f in found)],
        ["orders", *(str(f.orders) for f in found)],
        ["faults in the books", *(str(len(f.faults)) for f in found)],
    ]
    Console().print(table(["back end", *(f.backend for f in found)], rows), markup=False, soft_wrap=True)


def measure(backend: str, url: str) -> Figures:
    """Alone, then all at once, then the books."""
    market = Market(url)
    seconds: dict[str, list[float]] = {"view": [], "change": [], "place": [], "bare": []}
    for number in range(ALONE):
        market.fill(number)
        for name in ("view", "place", "change", "bare"):
            seconds[name].append(timed(getattr(market, name), number)[1])
    results, operations_per_s = together(market.operate)
    _, bare_per_s = together(market.bare)
    answers = Counter(answer for answer, _ in results)
    figures = Figures(
        backend=backend,
        view_p95_ms=p95(seconds["view"]),
        view_interval_ms=interval(seconds["view"]),
        change_p95_ms=p95(seconds["change"]),
        change_interval_ms=interval(seconds["change"]),
        place_p95_ms=p95(seconds["place"]),
        place_interval_ms=interval(seconds["place"]),
        bare_p95_ms=p95(seconds["bare"]),
        operations_per_s=operations_per_s,
        bare_operations_per_s=bare_per_s,
        done=answers["done"],
        refused=answers["refused"],
        given_up=answers["given up"],
        orders=len(market.placed()),
        faults=faults(market),
    )
    market.shop.close()
    return figures


def faults(market: Market) -> list[str]:
    """What is wrong with the books."""
    shop, placed = market.shop, market.placed()
    unequal = [order for order in placed if order.balance_cents != order.worth_cents]
    found = [f"{order.id}: {order.balance_cents} paid, worth {order.worth_cents}" for order in unequal]
    taken = {entry.id: entry.captured_cents for entry in market.provider.authorisations() if not entry.is_void}
    said = {name: o.payments[0].cents for o in placed for name in o.details["authorisations"].values()}
    wrong = [name for name in taken | said if taken.get(name) != said.get(name)]
    found += [f"{name}: taken {taken.get(name)}, said {said.get(name)}" for name in wrong]
    lines = [line for order in placed if order.status != "cancelled" for line in order.lines]
    sold: Counter[str] = Counter()
    for line in lines:
        sold[line.sku] += line.quantity
    found += [f"{sku}: {units} sold of {UNITS}" for sku, units in sold.items() if sku in market.skus and units > UNITS]
    found += _oversold(shop)
    points = {order.id: order.details.get("points", 0) for order in placed}
    found += [f"{name}: {booked} points booked, {points[name]} used" for name, booked in _spent(shop, points).items()]
    return found


def _spent(shop: SqlShop, points: dict[str, int]) -> dict[str, int]:
    """Points that the ledger booked for orders, where they are not those that were used."""
    booked = select(LoyaltyEntryRow.order_id, func.sum(LoyaltyEntryRow.points)).where(
        LoyaltyEntryRow.kind == "redeem", LoyaltyEntryRow.order_id.in_(points)
    )
    with shop.engine.connect() as connection:
        spent = {name: -int(total) for name, total in connection.execute(booked.group_by(LoyaltyEntryRow.order_id))}
    return {name: spent.get(name, 0) for name, used in points.items() if spent.get(name, 0) != used}


def _oversold(shop: SqlShop) -> list[str]:
    promised = func.sum(ReservationRow.quantity)
    here = (StockRow.sku == ReservationRow.sku) & (StockRow.location_id == ReservationRow.location_id)
    statement = (
        select(StockRow.sku)
        .join(ReservationRow, here)
        .where(live(shop.now()))
        .group_by(StockRow.sku, StockRow.location_id, StockRow.on_hand)
        .having(promised > StockRow.on_hand)
    )
    with shop.engine.connect() as connection:
        return [f"{sku}: promised more often than it is there" for sku in connection.scalars(statement)]


if __name__ == "__main__":
    main()
