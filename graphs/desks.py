"""Opening what changes a shop: the desks for orders and carts, and the gate that every change passes."""

from datetime import timedelta

from seamless_retail.core.desks import Desks
from seamless_retail.core.ports import Shop
from seamless_retail.core.settings import Settings
from seamless_retail.tools.approval import ApprovalGate
from seamless_retail.tools.cart_proposals import register_cart_changes


def open_desks(settings: Settings, shop: Shop) -> tuple[Desks | None, ApprovalGate | None]:
    """The desks and the gate of a shop over SQL; none for a shop of the caller's own, or where the settings say so.

    Args:
        settings: Whether orders are writable, and for how long changes can be undone and proposals wait.
        shop: Whose records are changed.
    """
    from seamless_retail.core.database import SqlShop
    from seamless_retail.core.database.cart_desk import SqlCartDesk
    from seamless_retail.core.database.checkout import SqlCheckout
    from seamless_retail.core.database.order_desk import SqlOrderDesk
    from seamless_retail.core.database.points_desk import SqlPointsDesk
    from seamless_retail.core.database.proposals import SqlProposals
    from seamless_retail.core.payments import TestPaymentProvider

    if not settings.orders_writable or not isinstance(shop, SqlShop):
        return None, None
    desks = Desks(
        orders=SqlOrderDesk(shop.engine, shop.writes, timedelta(minutes=settings.undo_window_minutes)),
        cart=SqlCartDesk(shop.engine, shop.writes),
        checkout=SqlCheckout(shop.engine, shop.writes, TestPaymentProvider()),
        points=SqlPointsDesk(shop.engine, shop.writes),
    )
    gate = ApprovalGate(SqlProposals(shop.engine, shop.writes, timedelta(minutes=settings.proposal_minutes)))
    register_cart_changes(gate, desks.cart)
    return desks, gate
