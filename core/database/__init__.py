"""The shop as an SQL database."""

from seamless_retail.core.database.engine import open_engine
from seamless_retail.core.database.schema import migrate, writing
from seamless_retail.core.database.shop import SqlShop, open_shop

__all__ = ["SqlShop", "migrate", "open_engine", "open_shop", "writing"]
