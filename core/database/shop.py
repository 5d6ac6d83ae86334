"""The shop over an SQL database."""

from datetime import UTC, date, datetime, time
from threading import Lock

from sqlalchemy import Engine, select, text

from seamless_retail.core.database.engine import REBUILD, open_engine, shop_name, shop_url, sqlite_path
from seamless_retail.core.database.repositories.catalogue import SqlCatalogue
from seamless_retail.core.database.repositories.customers import SqlCustomers
from seamless_retail.core.database.repositories.loyalty import SqlLoyalty
from seamless_retail.core.database.repositories.orders import SqlOrders
from seamless_retail.core.database.repositories.policies import SqlPolicies
from seamless_retail.core.database.repositories.sales import SqlSales
from seamless_retail.core.database.repositories.stockroom import SqlStockroom
from seamless_retail.core.database.schema import check_schema
from seamless_retail.core.database.tables import MetadataRow, ProductRow
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.errors import ShopDatabaseError

SEED = "Make the demonstration shop: `seamless shop seed`."


class SqlShop:
    """Implements :class:`seamless_retail.core.ports.Shop`; usable from several threads at once.

    What seldom changes (vocabulary, the shop's day) is read once; call :meth:`refresh` after the data changed.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.catalogue = SqlCatalogue(engine, self.now)
        self.stock = SqlStockroom(engine, self.now)
        self.customers = SqlCustomers(engine)
        self.orders = SqlOrders(engine)
        self.loyalty = SqlLoyalty(engine)
        self.policies = SqlPolicies(engine)
        self.sales = SqlSales(engine)
        self.writes = Writes(engine, self.now)
        self._lock = Lock()
        self._metadata: dict[str, str] | None = None

    def metadata(self) -> dict[str, str]:
        """Facts about the shop itself: ``today``, seed version …."""
        with self._lock:
            if self._metadata is None:
                with self.engine.connect() as connection:
                    rows = connection.execute(select(MetadataRow.key, MetadataRow.value)).all()
                    self._metadata = {row.key: row.value for row in rows}
            return self._metadata

    def today(self) -> date:
        """The day a demonstration shop stands still at, else the day it is in UTC."""
        fixed = self.metadata().get("today")
        return date.fromisoformat(fixed) if fixed else datetime.now(UTC).date()

    def now(self) -> datetime:
        """The shop's clock in UTC, without a zone; a demonstration shop stands at the end of its day."""
        fixed = self.metadata().get("today")
        if fixed:
            return datetime.combine(date.fromisoformat(fixed), time.max)
        return datetime.now(UTC).replace(tzinfo=None)

    def refresh(self) -> None:
        """Forget what was read, because the data changed."""
        with self._lock:
            self._metadata = None
        self.catalogue.refresh()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_shop(url: str) -> SqlShop:
    """Open a shop that is there already. Nothing is created or changed.

    Args:
        url: ``sqlite:///path/shop.db`` or ``postgresql://user@host/name``.

    Raises:
        ConfigurationError: The URL is not usable.
        MissingExtraError: The driver for PostgreSQL is not installed.
        ShopDatabaseError: There is no shop, it is empty, damaged, of another schema revision, or cannot be reached.
    """
    path = sqlite_path(shop_url(url))
    if path is not None and (not path.exists() or path.stat().st_size == 0):
        raise ShopDatabaseError(f"There is no shop at {path}.", SEED)
    engine = open_engine(url)
    try:
        if path is not None:
            _check_integrity(engine)
        check_schema(engine)
        with engine.connect() as connection:
            if connection.scalar(select(ProductRow.id).limit(1)) is None:
                raise ShopDatabaseError(f"The shop {shop_name(engine.url)} has no products.", SEED)
    except BaseException:
        engine.dispose()
        raise
    return SqlShop(engine)


def _check_integrity(engine: Engine) -> None:
    with engine.connect() as connection:
        finding = connection.scalar(text("PRAGMA quick_check(1)"))
    if finding != "ok":
        raise ShopDatabaseError(f"The shop database {shop_name(engine.url)} is damaged: {finding}.", REBUILD)
