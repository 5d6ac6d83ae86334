"""Reading a cart with all that its price follows from: products, promotions, vouchers, points, free units."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from seamless_retail.core.cart import CartItem
from seamless_retail.core.catalogue import Product, Promotion
from seamless_retail.core.database.cart_tables import CartLineRow, CartRow, VoucherRow, VoucherUseRow
from seamless_retail.core.database.points_book import read_rules
from seamless_retail.core.database.repositories.loyalty import read_account
from seamless_retail.core.database.repositories.product_reader import read_products
from seamless_retail.core.database.reservations import units_for
from seamless_retail.core.database.tables import (
    CustomerRow,
    OrderRow,
    PromotionRow,
    PromotionTargetRow,
    StockRow,
    VariantRow,
)
from seamless_retail.core.database.upsert import table_of
from seamless_retail.core.errors import NotAuthorizedError, UnknownCustomerError
from seamless_retail.core.pricing import CartFacts
from seamless_retail.core.vouchers import Voucher, VoucherUses

CARTS, CART_LINES, VOUCHERS = table_of(CartRow), table_of(CartLineRow), table_of(VoucherRow)


def read_cart(session: Session, customer_id: str, now: datetime, *, hold: bool = False) -> CartFacts:
    """A customer's cart.

    Args:
        session: The transaction.
        customer_id: The verified customer; nobody else's cart can be named.
        now: The shop's clock.
        hold: Lock what the cart depends on, in the order of all writers: customer, cart, vouchers, stock.

    Raises:
        NotAuthorizedError: A guest asks.
        UnknownCustomerError: There is no such customer.
    """
    if not customer_id:
        raise NotAuthorizedError("Nobody is signed in.", "Ask the customer to sign in first: guests have no cart.")
    customer = select(CustomerRow.id).where(CustomerRow.id == customer_id)
    if session.scalar(_locked(customer, hold)) is None:
        raise UnknownCustomerError(customer_id)
    cart = session.execute(_locked(select(CARTS).where(CARTS.c.customer_id == customer_id), hold)).one_or_none()
    items = _items(session, customer_id) if cart is not None else ()
    codes = tuple(cart.codes) if cart is not None else ()
    skus = [item.sku for item in items]
    vouchers = _vouchers(session, customer_id, codes, hold)
    if hold and skus:
        held = select(StockRow.sku).where(StockRow.sku.in_(skus)).order_by(StockRow.sku, StockRow.location_id)
        session.execute(held.with_for_update()).all()
    products = products_of(session, skus)
    return CartFacts(
        customer_id=customer_id,
        on=now.date(),
        items=items,
        codes=codes,
        points=cart.points if cart is not None else 0,
        revision=cart.revision if cart is not None else 0,
        held_until=cart.held_until if cart is not None else None,
        products=products,
        promotions=_promotions(session, products, now.date()),
        vouchers=vouchers,
        uses=uses_of(session, customer_id, list(vouchers)),
        account=read_account(session.connection(), customer_id, now.date()),
        free=units_for(session, customer_id, skus, now),
        rules=read_rules(session),
    )


def products_of(session: Session, skus: Sequence[str]) -> dict[str, Product]:
    """The product of each sku; unknown skus are left out."""
    owners = select(VariantRow.sku, VariantRow.product_id).where(VariantRow.sku.in_(skus))
    pairs = {row.sku: row.product_id for row in session.execute(owners)} if skus else {}
    found = read_products(session.connection(), pairs.values())
    return {sku: found[product_id] for sku, product_id in pairs.items()}


def _items(session: Session, customer_id: str) -> tuple[CartItem, ...]:
    mine = select(CART_LINES.c.sku, CART_LINES.c.quantity).where(CART_LINES.c.customer_id == customer_id)
    rows = session.execute(mine.order_by(CART_LINES.c.position, CART_LINES.c.sku))
    return tuple(CartItem(sku=row.sku, quantity=row.quantity) for row in rows)


def _vouchers(session: Session, customer_id: str, codes: Sequence[str], hold: bool) -> dict[str, Voucher]:
    """Those that the shop offers, that are the customer's own, or that were chosen."""
    mine = or_(VOUCHERS.c.customer_id.is_(None), VOUCHERS.c.customer_id == customer_id)
    known = or_(VOUCHERS.c.listed, VOUCHERS.c.customer_id == customer_id, VOUCHERS.c.code.in_(codes))
    if hold:
        known = VOUCHERS.c.code.in_(codes)
    rows = session.execute(_locked(select(VOUCHERS).where(mine, known).order_by(VOUCHERS.c.code), hold))
    return {row.code: voucher_of(row) for row in rows}


def voucher_of(row: Row[Any]) -> Voucher:
    """A row of the table as a record."""
    values = {("group" if name == "stack_group" else name): value for name, value in row._mapping.items()}
    return Voucher.model_validate({**values, "customer_id": row.customer_id or ""})


def uses_of(session: Session, customer_id: str, codes: Sequence[str]) -> dict[str, VoucherUses]:
    """How often vouchers were used; orders that were cancelled do not count."""
    if not codes:
        return {}
    mine = func.sum(case((VoucherUseRow.customer_id == customer_id, 1), else_=0))
    statement = (
        select(VoucherUseRow.code, func.count(), mine)
        .join(OrderRow, OrderRow.id == VoucherUseRow.order_id)
        .where(VoucherUseRow.code.in_(codes), OrderRow.status != "cancelled")
        .group_by(VoucherUseRow.code)
    )
    return {code: VoucherUses(int(own), total) for code, total, own in session.execute(statement)}


def _promotions(session: Session, products: Mapping[str, Product], on: date) -> list[Promotion]:
    """The promotions that run that day and apply to one of the products."""
    if not products:
        return []
    ids, categories = {p.id for p in products.values()}, {p.category for p in products.values()}
    target = PromotionTargetRow
    rows = session.execute(
        select(table_of(PromotionRow), target.kind.label("target_kind"), target.value.label("target"))
        .join(target, target.promotion_id == PromotionRow.id)
        .where(PromotionRow.starts_on <= on, PromotionRow.ends_on >= on)
        .where(
            or_(
                and_(target.kind == "product", target.value.in_(ids)),
                and_(target.kind == "category", target.value.in_(categories)),
            )
        )
    ).all()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        values = {name: value for name, value in row._mapping.items() if name not in ("target_kind", "target")}
        promotion = found.setdefault(row.id, {**values, "product_ids": (), "categories": ()})
        promotion["product_ids" if row.target_kind == "product" else "categories"] += (row.target,)
    return [Promotion.model_validate(values) for _, values in sorted(found.items())]


def _locked(statement: Select[Any], hold: bool) -> Select[Any]:
    return statement.with_for_update() if hold else statement
