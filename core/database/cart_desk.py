"""Carts over SQL. A cart belongs to a signed-in customer; every change is one transaction, and frees what was held."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import singledispatchmethod
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.orm import Session

from seamless_retail.core.cart import (
    MOST_LINES,
    MOST_UNITS,
    AddItem,
    CartChange,
    ClearCart,
    Quote,
    SetQuantity,
    UsePoints,
    UseVouchers,
    VoucherOffers,
)
from seamless_retail.core.database.cart_file import CART_LINES, CARTS, VOUCHERS, products_of, read_cart
from seamless_retail.core.database.cart_tables import CartRow
from seamless_retail.core.database.points_book import check_points
from seamless_retail.core.database.reservations import hold_units, release_units, sweep, units_for
from seamless_retail.core.database.unit_of_work import Writes
from seamless_retail.core.database.upsert import insert_if_absent
from seamless_retail.core.errors import InvalidQueryError, NotFoundError, OutOfStockError, PolicyRefusal
from seamless_retail.core.pricing import CartFacts, quote, variant_of, voucher_offers

HELD_FOR = timedelta(minutes=15)


class SqlCartDesk:
    """Implements :class:`seamless_retail.core.ports.CartDesk`.

    Args:
        engine: The shop database.
        writes: Runs the changes.
        held_for: How long the units of a cart are reserved.
    """

    def __init__(self, engine: Engine, writes: Writes, held_for: timedelta = HELD_FOR) -> None:
        self._engine, self._writes, self._held_for = engine, writes, held_for

    def view(self, customer_id: str) -> Quote:
        """What the cart holds and costs now; see the port."""
        with Session(self._engine) as session:
            return quote(read_cart(session, customer_id, self._writes.now()))

    def offers(self, customer_id: str) -> VoucherOffers:
        """Vouchers for the cart; see the port."""
        with Session(self._engine) as session:
            return voucher_offers(read_cart(session, customer_id, self._writes.now()))

    def change(self, customer_id: str, change: CartChange, key: str = "") -> Quote:
        """Change a cart; see the port."""

        def work(session: Session) -> Quote:
            now = self._writes.now()
            facts = self._open(session, customer_id, now)
            self._apply(change, facts, session, now)
            release_units(session, customer_id)
            _update(session, customer_id, held_until=None, changed_at=now, revision=facts.revision + 1)
            return quote(read_cart(session, customer_id, now))

        return self._run(customer_id, key, change.operation, change.model_dump(mode="json"), work)

    def reserve(self, customer_id: str, key: str = "") -> Quote:
        """Hold the units of a cart; see the port."""

        def work(session: Session) -> Quote:
            now = self._writes.now()
            facts = self._open(session, customer_id, now)
            if not facts.items:
                raise InvalidQueryError("The cart is empty.", "Put something into it first.")
            wanted = {item.sku: item.quantity for item in facts.items}
            release_units(session, customer_id)
            sweep(session, sorted(wanted), now)
            hold_units(session, customer_id, wanted, now + self._held_for, now)
            _update(session, customer_id, held_until=now + self._held_for)
            return quote(read_cart(session, customer_id, now))

        return self._run(customer_id, key, "reserve_cart", {}, work)

    def _open(self, session: Session, customer_id: str, now: datetime) -> CartFacts:
        """The cart, locked; made where the customer has none."""
        facts = read_cart(session, customer_id, now, hold=True)
        row = {
            "customer_id": customer_id,
            "codes": [],
            "points": 0,
            "revision": 0,
            "held_until": None,
            "changed_at": now,
        }
        insert_if_absent(session.connection(), CartRow, row)
        return facts

    def _run(self, customer_id: str, key: str, operation: str, body: dict[str, Any], work: Any) -> Quote:
        stored = self._writes.run(customer_id=customer_id, key=key, operation=operation, body=body, work=work)
        return Quote.model_validate(stored)

    @singledispatchmethod
    def _apply(self, change: CartChange, facts: CartFacts, session: Session, now: datetime) -> None:
        raise TypeError(f"no rule for {type(change).__name__}")

    @_apply.register
    def _add(self, change: AddItem, facts: CartFacts, session: Session, now: datetime) -> None:
        there = next((item.quantity for item in facts.items if item.sku == change.sku), 0)
        if not there and len(facts.items) >= MOST_LINES:
            raise PolicyRefusal(f"A cart has at most {MOST_LINES} lines.", "Order what is in it first.")
        _check_units(facts, session, change.sku, there + change.quantity, now)
        _put(session, facts.customer_id, change.sku, there, there + change.quantity)

    @_apply.register
    def _set(self, change: SetQuantity, facts: CartFacts, session: Session, now: datetime) -> None:
        there = next((item.quantity for item in facts.items if item.sku == change.sku), 0)
        if not there:
            raise NotFoundError(f"{change.sku} is not in the cart.", "View the cart, and use a sku of it.")
        if change.quantity > there:
            _check_units(facts, session, change.sku, change.quantity, now)
        _put(session, facts.customer_id, change.sku, there, change.quantity)

    @_apply.register
    def _clear(self, change: ClearCart, facts: CartFacts, session: Session, now: datetime) -> None:
        empty_cart(session, facts.customer_id, now)

    @_apply.register
    def _vouchers(self, change: UseVouchers, facts: CartFacts, session: Session, now: datetime) -> None:
        codes = list(dict.fromkeys(code.strip().upper() for code in change.codes))
        unknown = [code for code in codes if code not in _usable(session, facts.customer_id, codes)]
        if unknown:
            raise NotFoundError(f"{unknown[0]} is not known.", "Check the code, or list the vouchers.")
        _update(session, facts.customer_id, codes=codes)
        found = quote(read_cart(session, facts.customer_id, now))
        if found.refused and facts.items:
            raise PolicyRefusal(" ".join(found.refused), "Leave it out, or ask for the best vouchers.")

    @_apply.register
    def _points(self, change: UsePoints, facts: CartFacts, session: Session, now: datetime) -> None:
        balance = facts.account.balance if facts.account else 0
        check_points(change.points, balance, facts.rules.minimum_redemption)
        _update(session, facts.customer_id, points=change.points)


def empty_cart(session: Session, customer_id: str, now: datetime) -> None:
    """Take everything out of a cart, and free what is held for it."""
    session.execute(delete(CART_LINES).where(CART_LINES.c.customer_id == customer_id))
    release_units(session, customer_id)
    _update(session, customer_id, codes=[], points=0, held_until=None, changed_at=now)


def _check_units(facts: CartFacts, session: Session, sku: str, quantity: int, now: datetime) -> None:
    """Refuse what cannot be sold, in this cart, in this number.

    Raises:
        NotFoundError: There is no such variant.
        OutOfStockError: There are not so many units.
        PolicyRefusal: It is too many, or paid in another currency than the rest.
    """
    product = products_of(session, [sku]).get(sku)
    variant = variant_of(product, sku) if product else None
    if product is None or variant is None or not variant.active:
        raise NotFoundError(f"There is no variant {sku!r} for sale.", "Search for the product, and use a sku of it.")
    if quantity > MOST_UNITS:
        raise PolicyRefusal(f"A cart takes at most {MOST_UNITS} units of a variant.", "Ask for a bulk order.")
    if facts.items and variant.price.currency != facts.currency:
        raise PolicyRefusal(
            f"The cart is in {facts.currency}.", f"Order what is priced in {variant.price.currency} apart."
        )
    free = units_for(session, facts.customer_id, [sku], now)[sku]
    if quantity > free:
        raise OutOfStockError(
            f"{free or 'None'} of {product.name} ({sku}) {'is' if free == 1 else 'are'} left.",
            "Take fewer, another variant, or ask for a substitute.",
        )


def _put(session: Session, customer_id: str, sku: str, there: int, quantity: int) -> None:
    """Set the units of a variant; a new line comes last."""
    mine = CART_LINES.c.customer_id == customer_id
    if not quantity:
        session.execute(delete(CART_LINES).where(mine, CART_LINES.c.sku == sku))
    elif there:
        session.execute(update(CART_LINES).where(mine, CART_LINES.c.sku == sku).values(quantity=quantity))
    else:
        last = session.scalar(select(func.max(CART_LINES.c.position)).where(mine))
        row = {"customer_id": customer_id, "sku": sku, "quantity": quantity, "position": (last or 0) + 1}
        session.execute(insert(CART_LINES).values(row))


def _usable(session: Session, customer_id: str, codes: Sequence[str]) -> set[str]:
    """The codes that exist and are not another customer's."""
    found = select(VOUCHERS.c.code, VOUCHERS.c.customer_id).where(VOUCHERS.c.code.in_(codes))
    return {row.code for row in session.execute(found) if row.customer_id in (None, customer_id)} if codes else set()


def _update(session: Session, customer_id: str, **values: Any) -> None:
    session.execute(update(CARTS).where(CARTS.c.customer_id == customer_id).values(**values))
