"""The catalogue over SQL."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from seamless_retail.core.catalogue import Product, Promotion
from seamless_retail.core.database.repositories.product_filter import matching_ids
from seamless_retail.core.database.repositories.product_reader import read_products
from seamless_retail.core.database.repositories.vocabulary import CatalogueVocabulary, read_vocabulary
from seamless_retail.core.database.tables import (
    OrderLineRow,
    OrderRow,
    PromotionRow,
    PromotionTargetRow,
    VariantRow,
)
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.queries import ProductQuery


class SqlCatalogue:
    """Implements :class:`seamless_retail.core.ports.Catalogue`.

    Args:
        engine: The shop database.
        now: The shop's clock; reservations that end later hold their units back.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._lock = Lock()
        self._vocabulary: CatalogueVocabulary | None = None

    def get(self, product_id: str) -> Product | None:
        return next(iter(self.get_many([product_id])), None)

    def get_many(self, product_ids: Sequence[str]) -> list[Product]:
        if not product_ids:
            return []
        with self._engine.connect() as connection:
            found = read_products(connection, product_ids)
        return [found[product_id] for product_id in product_ids if product_id in found]

    def find_ids(self, query: ProductQuery, limit: int | None = None) -> list[str]:
        with self._engine.connect() as connection:
            return list(connection.scalars(matching_ids(query, self._now()).limit(limit)).all())

    def by_sku(self, sku: str) -> Product | None:
        with self._engine.connect() as connection:
            product_id = connection.scalar(select(VariantRow.product_id).where(VariantRow.sku == sku))
            return read_products(connection, [product_id]).get(product_id) if product_id is not None else None

    def promotions(self, product: Product, on: date) -> list[Promotion]:
        """Promotions that apply to the product that day; one without targets applies to nothing."""
        target = PromotionTargetRow
        names_it = or_(
            and_(target.kind == "product", target.value == product.id),
            and_(target.kind == "category", target.value == product.category),
        )
        applies = exists().where(target.promotion_id == PromotionRow.id, names_it)
        return self._promotions(PromotionRow.starts_on <= on, PromotionRow.ends_on >= on, applies)

    def promotion(self, promotion_id: str) -> Promotion | None:
        return next(iter(self._promotions(PromotionRow.id == promotion_id)), None)

    def all_promotions(self) -> list[Promotion]:
        return self._promotions()

    def bought_together(self, product_id: str, limit: int) -> list[tuple[str, int]]:
        """``(product id, number of shared orders)``; neither cancelled orders nor returned lines count."""
        mine, other = aliased(OrderLineRow), aliased(OrderLineRow)
        shared = func.count(other.order_id.distinct())
        statement = (
            select(other.product_id, shared)
            .select_from(mine)
            .join(other, other.order_id == mine.order_id)
            .join(OrderRow, OrderRow.id == mine.order_id)
            .where(mine.product_id == product_id, other.product_id != product_id)
            .where(mine.quantity > 0, other.quantity > 0, OrderRow.status != "cancelled")
            .group_by(other.product_id)
            .order_by(shared.desc(), other.product_id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in connection.execute(statement)]

    def vocabulary(self) -> CatalogueVocabulary:
        """Read once; :meth:`refresh` makes the next call read again."""
        with self._lock:
            if self._vocabulary is None:
                with self._engine.connect() as connection:
                    self._vocabulary = read_vocabulary(connection)
            return self._vocabulary

    def refresh(self) -> None:
        """Forget what was read, because the data changed."""
        with self._lock:
            self._vocabulary = None

    def _promotions(self, *conditions: ColumnElement[bool]) -> list[Promotion]:
        chosen = select(table_of(PromotionRow)).where(*conditions).order_by(PromotionRow.starts_on, PromotionRow.id)
        with self._engine.connect() as connection:
            rows = connection.execute(chosen).all()
            targets = _targets(connection, [row.id for row in rows])
        return [Promotion(**row._mapping, **targets[row.id]) for row in rows]


def _targets(connection: Connection, promotion_ids: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {key: {"product_ids": [], "categories": []} for key in promotion_ids}
    target = table_of(PromotionTargetRow)
    statement = select(target).where(target.c.promotion_id.in_(promotion_ids)).order_by(target.c.position)
    for row in connection.execute(statement) if promotion_ids else ():
        found[row.promotion_id]["product_ids" if row.kind == "product" else "categories"].append(row.value)
    return found
