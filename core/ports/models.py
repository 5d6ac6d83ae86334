"""What a model predicts: sales, the next purchase, an intent, an attack."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

from seamless_retail.core.catalogue import Product
from seamless_retail.core.demand import DemandOutlook, SkuSales, StoreSales
from seamless_retail.core.intents import IntentPrediction
from seamless_retail.core.suggestions import Suggestion


class SalesHistory(Protocol):
    """Daily sales."""

    def period(self) -> tuple[date, date] | None:
        """The first and the last day with a sale."""
        ...

    def by_product(self, product_ids: Sequence[str] | None = None) -> list[StoreSales]:
        """Units of each product by location and day; of all products unless some are named."""
        ...

    def by_category(self, category: str) -> list[StoreSales]:
        """Units of a whole category by location and day."""
        ...

    def by_sku(self, product_id: str, since: date) -> list[SkuSales]:
        """Units of each variant of a product by location, from a day on."""
        ...


class DemandForecaster(Protocol):
    """Expects what will be sold."""

    def outlooks(self, product: Product) -> list[DemandOutlook]:
        """Every variant at every location, for the days after today; empty without sales to learn from."""
        ...


class NextItem(Protocol):
    """Ranks what a customer buys next; items have the names that they have in the purchases it was trained on."""

    def knows(self, item: str) -> bool:
        """Whether it learned anything about the item."""
        ...

    def rank(self, history: Sequence[str], k: int, *, exclude: Collection[str] = ()) -> Sequence[Suggestion]:
        """The ``k`` likeliest next items, likeliest first; the best sellers where nothing of the history is known.

        Args:
            history: Items bought, the latest last.
            k: Items at most.
            exclude: Items that are left out.
        """
        ...


class IntentClassifier(Protocol):
    """Names what a message wants."""

    def classify(self, texts: Sequence[str]) -> list[IntentPrediction]: ...


class InjectionScorer(Protocol):
    """Tells messages that try to take over the assistant from what customers ask."""

    def flags(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text is such an attempt, in the order given."""
        ...


class TextScreen(Protocol):
    """Tells retrieved text that gives instructions from text that informs."""

    def gives_instructions(self, text: str) -> bool:
        """Whether the text tells a reader that is a machine what to do."""
        ...
