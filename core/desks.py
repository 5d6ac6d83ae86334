"""Where a shop's records are changed, each by its own port."""

from dataclasses import dataclass

from seamless_retail.core.ports import CartDesk, Checkout, OrderDesk, PointsDesk


@dataclass(frozen=True, slots=True)
class Desks:
    """What can be changed in a shop. Nothing here is called before the customer's yes, except for previews."""

    orders: OrderDesk
    cart: CartDesk
    checkout: Checkout
    points: PointsDesk
