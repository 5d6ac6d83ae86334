"""The retail domain of tau2-bench over our own order rules.

>>> from seamless_retail.tools.tau2_retail import make
>>> environment = make({"products": {}, "users": {}, "orders": {}})
>>> environment.call("get_order_details", {"order_id": "#W1"})
(False, 'Order not found')
"""

from collections.abc import Mapping
from typing import Any

from seamless_retail.tools.tau2_retail.environment import RetailEnvironment

__all__ = ["RetailEnvironment", "make"]


def make(db: Mapping[str, Any], user_id: str | None = None, *, authenticate: bool = False) -> RetailEnvironment:
    """An environment over a copy of a tau2 retail database.

    Args:
        db: ``{"products", "users", "orders"}``, each records by id; left as it is.
        user_id: The verified customer of the conversation: everybody else's users and orders are then not found. A
            recorded run is replayed without one, as its actions need not begin with finding the user.
        authenticate: Without ``user_id``: enforce that a conversation begins with finding the user, and is with
            that one only.
    """
    return RetailEnvironment(db, user_id=user_id, authenticate=authenticate)
