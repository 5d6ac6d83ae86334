"""What a lobe or tool may ask of the shop: its records, each behind a small interface.

The SQL implementations are in ``core/database``; an application with its own back end implements these instead.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from seamless_retail.core.catalogue import Location, Product, Promotion, StockLevel
from seamless_retail.core.customers import Customer
from seamless_retail.core.loyalty import LoyaltyAccount
from seamless_retail.core.orders import Order
from seamless_retail.core.policies import PolicyDocument
from seamless_retail.core.queries import ProductQuery


class Vocabulary(Protocol):
    """The words the catalogue uses, each list lower case and sorted."""

    @property
    def departments(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...
    @property
    def brands(self) -> tuple[str, ...]: ...
    @property
    def colors(self) -> tuple[str, ...]: ...
    @property
    def sizes(self) -> tuple[str, ...]: ...
    @property
    def attributes(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def product_names(self) -> dict[str, str]:
        """Lower-case product name → product id."""
        ...

    @property
    def locations(self) -> dict[str, str]:
        """Lower-case location name (and city) → location id."""
        ...

    @property
    def category_departments(self) -> dict[str, str]: ...


class Catalogue(Protocol):
    """Products and their prices."""

    def get(self, product_id: str) -> Product | None: ...
    def get_many(self, product_ids: Sequence[str]) -> list[Product]:
        """In the order asked; unknown ids are left out."""
        ...

    def find_ids(self, query: ProductQuery, limit: int | None = None) -> list[str]:
        """Ids of the products that satisfy every filter, most popular first (or by ``query.sort``)."""
        ...

    def by_sku(self, sku: str) -> Product | None: ...
    def promotions(self, product: Product, on: date) -> list[Promotion]:
        """Promotions that apply to the product that day."""
        ...

    def promotion(self, promotion_id: str) -> Promotion | None: ...
    def all_promotions(self) -> list[Promotion]:
        """Every promotion, past and future too, by start day."""
        ...

    def bought_together(self, product_id: str, limit: int) -> list[tuple[str, int]]:
        """``(product id, number of shared orders)``, most shared first."""
        ...

    def vocabulary(self) -> Vocabulary: ...


class Stockroom(Protocol):
    """Stock by location."""

    def locations(self) -> list[Location]: ...
    def levels(self, skus: Sequence[str]) -> dict[str, list[StockLevel]]:
        """Stock levels by sku; a sku nobody stocks maps to an empty list."""
        ...


class Customers(Protocol):
    """Customer records."""

    def get(self, customer_id: str) -> Customer | None: ...


class Orders(Protocol):
    """Orders; every look-up names the customer, so that nobody sees another's."""

    def get(self, order_id: str, customer_id: str) -> Order | None:
        """The order if it exists *and* belongs to the customer."""
        ...

    def recent(self, customer_id: str, limit: int = 5) -> list[Order]:
        """Newest first."""
        ...


class Loyalty(Protocol):
    """Points and tiers."""

    def account(self, customer_id: str, on: date) -> LoyaltyAccount | None: ...


class Policies(Protocol):
    """Store policy documents."""

    def get(self, policy_id: str) -> PolicyDocument | None: ...
    def all(self) -> list[PolicyDocument]: ...


class Shop(Protocol):
    """All of a shop's records behind one object."""

    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def stock(self) -> Stockroom: ...
    @property
    def customers(self) -> Customers: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def loyalty(self) -> Loyalty: ...
    @property
    def policies(self) -> Policies: ...
    def today(self) -> date:
        """The shop's current day. The demonstration shop stands still at the day its data ends."""
        ...
