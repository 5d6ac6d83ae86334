"""The demand forecaster behind its port: made for shops that keep their daily sales, loaded when it is first needed."""

import logging
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from seamless_retail.core.catalogue import Product
from seamless_retail.core.demand import DemandOutlook
from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.ports import DemandForecaster, SalesHistory, Shop

if TYPE_CHECKING:
    from seamless_retail.models.forecasting.shop import ShopDemand

log = logging.getLogger(__name__)


@dataclass
class DeferredDemand:
    """Implements ``DemandForecaster``; the network is loaded by the first question or by :meth:`load`.

    Without its weights nothing is forecast, and the log says so once.
    """

    shop: Shop
    sales: SalesHistory
    _opened: "ShopDemand | None" = None
    _failed: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)

    def load(self) -> DemandForecaster | None:
        """The forecaster; ``None`` if its weights are missing or damaged."""
        from seamless_retail.models.forecaster import Forecaster
        from seamless_retail.models.forecasting.shop import ShopDemand

        with self._lock:
            if self._opened is None and not self._failed:
                try:
                    self._opened = ShopDemand(self.shop, self.sales, Forecaster.load("shop"))
                except ModelFileError as error:
                    self._failed = True
                    log.error("Stock of coming days is not forecast: %s", error)
            return self._opened

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        """Every variant at every location, for the days after today; empty if there is nothing to forecast from."""
        forecaster = self.load()
        return forecaster.outlooks(product) if forecaster else []


def open_demand(shop: Shop) -> DeferredDemand | None:
    """The forecaster of a shop that has ``sales``; ``None`` for one without."""
    sales: SalesHistory | None = getattr(shop, "sales", None)
    return DeferredDemand(shop, sales) if sales is not None else None
