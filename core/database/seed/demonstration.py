"""Writes the demonstration shop: the same shop, byte for byte in its records, each time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from seamless_retail.core.catalogue import DailySales, Location, Product, Promotion, StockLevel
from seamless_retail.core.customers import Customer
from seamless_retail.core.database import writer
from seamless_retail.core.database.engine import shop_name, shop_url
from seamless_retail.core.database.points_book import RULES
from seamless_retail.core.database.schema import writing
from seamless_retail.core.database.seed.baskets import Baskets
from seamless_retail.core.database.seed.fashion import make_fashion
from seamless_retail.core.database.seed.grocery import make_grocery
from seamless_retail.core.database.seed.orders import make_accounts
from seamless_retail.core.database.seed.people import make_customers
from seamless_retail.core.database.seed.policies import make_policies
from seamless_retail.core.database.seed.promotions import make_promotions
from seamless_retail.core.database.seed.sales import make_sales, popularity
from seamless_retail.core.database.seed.stock import make_stock
from seamless_retail.core.database.seed.stores import TODAY, make_locations, make_tiers
from seamless_retail.core.database.seed.vouchers import make_rewards, make_rules, make_vouchers
from seamless_retail.core.database.tables import ProductRow
from seamless_retail.core.errors import ShopDatabaseError
from seamless_retail.core.loyalty import LoyaltyEntry, LoyaltyTier
from seamless_retail.core.orders import Order
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.vouchers import Reward, Voucher

SEED_VERSION = "2"
Progress = Callable[[str, float], None]
"""Called with what is being done and the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """All records of the demonstration shop."""

    locations: list[Location]
    products: list[Product]
    stock: list[StockLevel]
    promotions: list[Promotion]
    sales: list[DailySales]
    customers: list[Customer]
    orders: list[Order]
    tiers: list[LoyaltyTier]
    points: list[LoyaltyEntry]
    vouchers: list[Voucher]
    rewards: list[Reward]
    policies: list[PolicyDocument]


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How many records of each kind were written."""

    counts: dict[str, int] = field(default_factory=dict)


def make_demonstration(progress: Progress | None = None) -> Demonstration:
    """Make the records, without a database."""
    tell = progress or _silent
    tell("products", 0.0)
    products = [*make_fashion(), *make_grocery()]
    tell("sales", 0.15)
    promotions = make_promotions(products)
    sales = list(make_sales(products, promotions))
    weekly = popularity(sales, {variant.sku: product.id for product in products for variant in product.variants})
    products = [product.model_copy(update={"popularity": weekly.get(product.id, 0.0)}) for product in products]
    tell("customers and orders", 0.35)
    customers = make_customers()
    accounts = make_accounts(customers, Baskets(products))
    return Demonstration(
        locations=make_locations(),
        products=products,
        stock=list(make_stock(products)),
        promotions=promotions,
        sales=sales,
        customers=customers,
        orders=accounts.orders,
        tiers=make_tiers(),
        points=accounts.entries,
        vouchers=make_vouchers(),
        rewards=make_rewards(),
        policies=make_policies(),
    )


def seed_shop(url: str, *, force: bool = False, progress: Progress | None = None) -> SeedReport:
    """Write the demonstration shop.

    Args:
        url: The shop database; created where missing.
        force: Erase a shop that is there.
        progress: Told what is being done.

    Raises:
        ShopDatabaseError: The database holds a shop already and ``force`` is not given, or it is damaged.
        ShopBusyError: Another process is writing the shop.
    """
    tell = progress or _silent
    with writing(url, rebuild=force) as engine:
        with engine.connect() as connection:
            if connection.scalar(select(ProductRow.id).limit(1)) is not None:
                raise ShopDatabaseError(
                    f"{shop_name(shop_url(url))} holds a shop already; nothing was changed.",
                    "Use `seamless shop seed --force` to erase it and write the demonstration shop.",
                )
        shop = make_demonstration(tell)
        with engine.begin() as connection:
            report = _write(connection, shop, tell)
    tell("done", 1.0)
    return report


def _write(connection: Connection, shop: Demonstration, tell: Progress) -> SeedReport:
    writers: list[tuple[str, Callable[[Connection, Iterable[Any]], int], float]] = [
        ("locations", writer.write_locations, 0.45),
        ("products", writer.write_products, 0.46),
        ("stock", writer.write_stock, 0.55),
        ("promotions", writer.write_promotions, 0.62),
        ("sales", writer.write_sales, 0.63),
        ("customers", writer.write_customers, 0.9),
        ("orders", writer.write_orders, 0.92),
        ("tiers", writer.write_loyalty_tiers, 0.97),
        ("points", writer.write_loyalty, 0.97),
        ("vouchers", writer.write_vouchers, 0.98),
        ("rewards", writer.write_rewards, 0.98),
        ("policies", writer.write_policies, 0.99),
    ]
    counts = {}
    for name, write, share in writers:
        tell(f"writing {name}", share)
        counts[name] = write(connection, getattr(shop, name))
    facts = {"today": TODAY.isoformat(), "demonstration": SEED_VERSION, RULES: make_rules().model_dump_json()}
    writer.write_metadata(connection, facts)
    return SeedReport(counts)


def _silent(_step: str, _share: float) -> None:
    return None
