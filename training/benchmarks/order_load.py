"""Orders to change at random for the benchmark of the order desk, and the books that must be right afterwards."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.catalogue import Product
from seamless_retail.core.customers import Address, Customer
from seamless_retail.core.database import SqlShop, open_shop, writing
from seamless_retail.core.database.operation_tables import OrderChangeRow
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.repositories.orders import read_orders
from seamless_retail.core.database.tables import OrderRow, ReservationRow, StockRow
from seamless_retail.core.database.writer import write_orders
from seamless_retail.core.errors import SeamlessError, ShopBusyError
from seamless_retail.core.order_requests import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    OrderRequest,
    RequestRefund,
    ReturnItems,
    UndoChange,
)
from seamless_retail.core.orders import Order, OrderLine, Payment
from seamless_retail.core.queries import ProductQuery
from seamless_retail.tools.orders import get_order

ORDERS, BUSY_CUSTOMERS = 2_000, 20
AWAY = Address(line1="2 Oak Street", city="Bend", state="OR", postal_code="97701")


@dataclass
class Load:
    """A shop and what happens to it."""

    shop: SqlShop
    desk: SqlOrderDesk
    orders: list[Order]
    customers: dict[str, Customer]
    variants: dict[str, list[str]]
    """All skus of the product of a sku."""

    def draw(self, rng: Random) -> tuple[str, OrderRequest]:
        """A request about an order of a customer; most fit the order's status."""
        few = rng.random() < 0.8
        order = rng.choice(self.orders[: len(self.orders) // 10] if few else self.orders)
        skus = [line.sku for line in order.lines]
        new = tuple(rng.choice(self.variants[sku]) for sku in skus)
        method = rng.choice(self.customers[order.customer_id].payment_methods).id
        pay = {"order_id": order.id, "payment_method_id": method}
        pending: list[Callable[[], OrderRequest]] = [
            lambda: CancelOrder(order_id=order.id, reason="no longer needed"),
            lambda: ChangeAddress(order_id=order.id, address=AWAY),
            lambda: ChangePayment(**pay),
            lambda: ChangeItems(item_ids=tuple(skus), new_item_ids=new, **pay),
        ]
        delivered: list[Callable[[], OrderRequest]] = [
            lambda: ExchangeItems(item_ids=tuple(skus), new_item_ids=new, **pay),
            lambda: ReturnItems(item_ids=tuple(skus[:1]), **pay),
            lambda: RequestRefund(item_ids=tuple(skus[:1]), reason="damaged", **pay),
        ]
        if rng.random() < 0.25:
            return order.customer_id, UndoChange(order_id=order.id)
        return order.customer_id, rng.choice(pending if order.status == "pending" else delivered)()

    def write(self, number: int) -> str:
        """Carry a request out: ``done``, ``refused``, or ``given up``."""
        customer_id, request = self.draw(Random(number))
        try:
            self.desk.carry_out(customer_id, request, key=f"benchmark-{number}")
        except ShopBusyError:
            return "given up"
        except SeamlessError:
            return "refused"
        return "done"

    def read(self, number: int) -> str:
        """Look an order up."""
        order = Random(number).choice(self.orders)
        get_order(self.shop, order.customer_id, order.id)
        return "read"

    def bare(self, number: int) -> str:
        """The baseline: read one row and write it back."""
        order = Random(number).choice(self.orders)

        def work(session: Session) -> dict[str, str]:
            row = select(OrderRow.status).where(OrderRow.id == order.id).with_for_update()
            status = session.scalar(row)
            session.execute(update(OrderRow).where(OrderRow.id == order.id).values(status=status))
            return {}

        self.shop.writes.transact(work)
        return "bare"


def prepare(url: str) -> Load:
    """More orders, and all that is needed to draw requests about them."""
    with writing(url) as engine:
        shop = SqlShop(engine)
        customers, products = shop.customers.all(), shop.catalogue.get_many(shop.catalogue.find_ids(ProductQuery()))
        orders = [_order(Random(number), number, customers, products) for number in range(ORDERS)]
        with engine.begin() as connection:
            write_orders(connection, orders)
    shop = open_shop(url)
    skus = {v.sku: [o.sku for o in p.variants if o.active] for p in products for v in p.variants}
    return Load(shop, SqlOrderDesk(shop.engine, shop.writes), orders, {c.id: c for c in customers}, skus)


def _order(rng: Random, number: int, customers: list[Customer], products: list[Product]) -> Order:
    customer = customers[number % BUSY_CUSTOMERS] if number < ORDERS // 10 else rng.choice(customers)
    chosen = [(product, rng.choice(product.variants)) for product in rng.sample(products, 2)]
    lines = tuple(
        OrderLine(sku=v.sku, product_id=p.id, name=p.name, quantity=1, unit_price_cents=v.price.cents)
        for p, v in chosen
    )
    paid = sum(line.unit_price_cents for line in lines)
    method = rng.choice([method.id for method in customer.payment_methods if method.kind != "gift_card"])
    return Order(
        id=f"BENCH-{number}",
        customer_id=customer.id,
        status="pending" if number % 2 else "delivered",
        address=customer.address,
        lines=lines,
        payments=(Payment(kind="payment", cents=paid, method_id=method),),
    )


def gift_money(load: Load) -> dict[str, int]:
    """What is on each gift card with what the orders took from it; nothing changes it."""
    money: Counter[str] = Counter()
    for customer in load.shop.customers.all():
        cards = {m.id: m.balance_cents or 0 for m in customer.payment_methods if m.kind == "gift_card"}
        money.update({f"{customer.id} {card}": cents for card, cents in cards.items()})
    cards = {m.id for c in load.customers.values() for m in c.payment_methods if m.kind == "gift_card"}
    for order in all_orders(load.shop):
        for p in order.payments:
            if p.method_id in cards:
                money[f"{order.customer_id} {p.method_id}"] += p.cents if p.kind == "payment" else -p.cents
    return dict(money)


def all_orders(shop: SqlShop) -> list[Order]:
    """Every order of the benchmark."""
    with shop.engine.connect() as connection:
        ids = list(connection.scalars(select(OrderRow.id).where(OrderRow.id.like("BENCH-%"))))
        return list(read_orders(connection, ids).values())


def faults(load: Load, before: dict[str, int], carried_out: int) -> list[str]:
    """What is wrong with the books."""
    found = [
        f"{o.id}: {o.balance_cents} paid, worth {o.worth_cents}"
        for o in all_orders(load.shop)
        if o.balance_cents != o.worth_cents
    ]
    after = gift_money(load)
    found += [
        f"{card}: {before.get(card)} became {cents}" for card, cents in after.items() if before.get(card) != cents
    ]
    promised = func.sum(ReservationRow.quantity)
    here = (StockRow.sku == ReservationRow.sku) & (StockRow.location_id == ReservationRow.location_id)
    oversold = (
        select(StockRow.sku)
        .join(ReservationRow, here)
        .group_by(StockRow.sku, StockRow.location_id, StockRow.on_hand)
        .having(promised > StockRow.on_hand)
    )
    with load.shop.engine.connect() as connection:
        found += [f"{sku}: promised more often than it is there" for sku in connection.scalars(oversold)]
        logged = connection.scalar(select(func.count()).select_from(OrderChangeRow))
    return found + ([f"{carried_out} done, {logged} logged"] if logged != carried_out else [])
