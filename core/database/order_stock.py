"""Units of orders: promised while an order waits, put back when it does not need them any more."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Exists, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.database.repositories.product_filter import live
from seamless_retail.core.database.tables import LocationRow, ReservationRow, StockRow, VariantRow
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.errors import OutOfStockError
from seamless_retail.core.orders import Order, OrderLine

STOCK, RESERVATIONS = table_of(StockRow), table_of(ReservationRow)

Units = Counter[str]
"""Units by sku."""


def units_of(lines: Sequence[OrderLine]) -> Units:
    """Units by sku; a credit note takes its units off."""
    units: Units = Counter()
    for line in lines:
        units[line.sku] += line.quantity
    return +units


def promise(session: Session, order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Reserve the units of lines for an order, without an end, where the most are free; the stock is held.

    Raises:
        OutOfStockError: A variant has fewer free units than are needed.
    """
    wanted = units_of(lines)
    free = free_units(session, sorted(wanted), now)
    for sku, quantity in sorted(wanted.items()):
        for location_id, units in sorted(free[sku].items(), key=lambda item: (-item[1], item[0])):
            taken = min(units, quantity)
            quantity -= taken
            if taken > 0:
                _reserve(session, order, sku, location_id, taken)
        if quantity:
            raise OutOfStockError(f"{sku} is out of stock.", "Choose another variant.")


def hold_stock(session: Session, *lines: Sequence[OrderLine]) -> None:
    """Lock the stock of all these lines, on PostgreSQL, in the order that all writers keep."""
    skus = {line.sku for part in lines for line in part}
    held = select(STOCK.c.sku).where(STOCK.c.sku.in_(skus)).order_by(STOCK.c.sku, STOCK.c.location_id)
    if skus:
        session.execute(held.with_for_update()).all()


def free_units(session: Session, skus: Sequence[str], now: datetime) -> dict[str, dict[str, int]]:
    """Units by sku and location that nobody is promised."""
    rows = session.execute(select(STOCK.c.sku, STOCK.c.location_id, STOCK.c.on_hand).where(STOCK.c.sku.in_(skus))).all()
    free: dict[str, dict[str, int]] = {sku: {} for sku in skus}
    for row in rows:
        free[row.sku][row.location_id] = row.on_hand
    held = (
        select(RESERVATIONS.c.sku, RESERVATIONS.c.location_id, func.sum(RESERVATIONS.c.quantity))
        .where(RESERVATIONS.c.sku.in_(skus), live(now))
        .group_by(RESERVATIONS.c.sku, RESERVATIONS.c.location_id)
    )
    for sku, location_id, quantity in session.execute(held):
        free[sku][location_id] = free[sku].get(location_id, 0) - quantity
    return free


def any_free(now: datetime) -> Exists:
    """Whether some location has a unit of the variant of the enclosing statement that nobody is promised."""
    held = (
        select(func.coalesce(func.sum(RESERVATIONS.c.quantity), 0))
        .where(RESERVATIONS.c.sku == STOCK.c.sku, RESERVATIONS.c.location_id == STOCK.c.location_id, live(now))
        .correlate(STOCK)
        .scalar_subquery()
    )
    return exists().where(STOCK.c.sku == VariantRow.sku, STOCK.c.on_hand > held)


def put_back(session: Session, order: Order, lines: Sequence[OrderLine]) -> None:
    """Free the units of lines: promised ones first; units that had left the shelf go back on it. The stock is held."""
    for sku, quantity in sorted(units_of(lines).items()):
        quantity -= sum(_unpromise(session, order, sku, quantity).values())
        if quantity:
            shelve(session, sku, quantity)


def hand_over(session: Session, order: Order, lines: Sequence[OrderLine]) -> None:
    """Send the units of lines out: what was promised leaves the shelf. The stock is held."""
    for sku, quantity in sorted(units_of(lines).items()):
        for location_id, units in _unpromise(session, order, sku, quantity).items():
            _move(session, sku, location_id, -units)


def shelve(session: Session, sku: str, quantity: int) -> None:
    """Put units on the shelf of a warehouse that carries them, or else of a store; nowhere if nobody keeps count."""
    warehouse_first = LocationRow.kind.desc()
    carried = (
        select(STOCK.c.location_id)
        .join(LocationRow, LocationRow.id == STOCK.c.location_id)
        .where(STOCK.c.sku == sku)
        .correlate(None)
        .order_by(warehouse_first, STOCK.c.location_id)
        .limit(1)
    )
    here = (STOCK.c.sku == sku) & (STOCK.c.location_id == carried.scalar_subquery())
    session.execute(update(STOCK).where(here).values(on_hand=STOCK.c.on_hand + quantity))


def _unpromise(session: Session, order: Order, sku: str, quantity: int) -> dict[str, int]:
    """Take so many units out of an order's reservations; what there was of them, by location."""
    rows = session.execute(
        select(RESERVATIONS)
        .where(RESERVATIONS.c.order_id == order.id, RESERVATIONS.c.sku == sku)
        .order_by(RESERVATIONS.c.id)
    ).all()
    taken: Counter[str] = Counter()
    for row in rows:
        units = min(row.quantity, quantity - taken.total())
        this = RESERVATIONS.c.id == row.id
        if units == row.quantity:
            session.execute(delete(RESERVATIONS).where(this))
        elif units:
            session.execute(update(RESERVATIONS).where(this).values(quantity=row.quantity - units))
        taken[row.location_id] += units
    return dict(+taken)


def _reserve(session: Session, order: Order, sku: str, location_id: str, quantity: int) -> None:
    row = {
        "id": uuid4().hex,
        "sku": sku,
        "location_id": location_id,
        "quantity": quantity,
        "customer_id": order.customer_id or None,
        "order_id": order.id,
        "expires_at": None,
    }
    session.execute(insert(RESERVATIONS).values(row))


def _move(session: Session, sku: str, location_id: str, quantity: int) -> None:
    here = (STOCK.c.sku == sku) & (STOCK.c.location_id == location_id)
    session.execute(update(STOCK).where(here).values(on_hand=STOCK.c.on_hand + quantity))
