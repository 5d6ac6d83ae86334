"""The bulk write functions that seeding and imports use, in one place.

Write in this order, because later records refer to earlier ones: locations, products, stock, promotions, daily sales;
customers, orders, reservations; tiers, points; vouchers, rewards; policies; metadata last.

    with writing(url) as engine, engine.begin() as connection:
        write_products(connection, products)
"""

from seamless_retail.core.database.account_writer import (
    write_customers,
    write_loyalty,
    write_loyalty_tiers,
    write_orders,
)
from seamless_retail.core.database.catalogue_writer import (
    write_locations,
    write_metadata,
    write_policies,
    write_products,
    write_promotions,
    write_reservations,
    write_sales,
    write_stock,
)
from seamless_retail.core.database.voucher_writer import write_rewards, write_vouchers

__all__ = [
    "write_customers",
    "write_locations",
    "write_loyalty",
    "write_loyalty_tiers",
    "write_metadata",
    "write_orders",
    "write_policies",
    "write_products",
    "write_promotions",
    "write_reservations",
    "write_rewards",
    "write_sales",
    "write_stock",
    "write_vouchers",
]
