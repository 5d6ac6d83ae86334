"""What a shop holds, in numbers."""

from sqlalchemy import func, select

from seamless_retail.core.database.engine import shop_name
from seamless_retail.core.database.schema import SCHEMA_REVISION
from seamless_retail.core.database.shop import SqlShop
from seamless_retail.core.database.tables import (
    Base,
    CustomerRow,
    DailySalesRow,
    ImportRunRow,
    LocationRow,
    OrderRow,
    PolicyRow,
    ProductRow,
    PromotionRow,
    VariantRow,
)

COUNTED: dict[str, type[Base]] = {
    "products": ProductRow,
    "variants": VariantRow,
    "locations": LocationRow,
    "customers": CustomerRow,
    "orders": OrderRow,
    "promotions": PromotionRow,
    "daily_sales": DailySalesRow,
    "policies": PolicyRow,
    "imports": ImportRunRow,
}


def summarise(shop: SqlShop) -> dict[str, str | int]:
    """Where the shop is, its day, its schema revision, and how many rows of each kind it holds."""
    facts: dict[str, str | int] = {
        "database": shop_name(shop.engine.url),
        "today": shop.today().isoformat(),
        "schema_revision": SCHEMA_REVISION,
    }
    with shop.engine.connect() as connection:
        for name, table in COUNTED.items():
            facts[name] = connection.scalar(select(func.count()).select_from(table)) or 0
    return facts
