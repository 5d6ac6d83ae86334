"""A store with two products and two users: small enough to see every cent."""

import copy
from typing import Any

import pytest

from seamless_retail.tools.tau2_retail import RetailEnvironment, make

HOME = {"address1": "1 Elm St", "address2": "", "city": "Salem", "country": "USA", "state": "OR", "zip": "97301"}


def variant(item_id: str, price: float, color: str, available: bool = True) -> dict[str, Any]:
    return {"item_id": item_id, "options": {"color": color, "size": "M"}, "available": available, "price": price}


def product(product_id: str, name: str, *variants: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "product_id": product_id, "variants": {v["item_id"]: v for v in variants}}


PRODUCTS = {
    "shirt": product(
        "shirt",
        "T-Shirt",
        variant("s-blue", 49.0, "blue"),
        variant("s-red", 51.5, "red"),
        variant("s-green", 40.25, "green"),
        variant("s-gold", 900.0, "gold"),
        variant("s-pink", 49.0, "pink"),
        variant("s-none", 10.0, "white", available=False),
    ),
    "boots": product("boots", "Boots", variant("b-41", 150.1, "brown"), variant("b-42", 150.1, "brown")),
}


def user(user_id: str, first: str, last: str, balance: float) -> dict[str, Any]:
    methods = [
        {"source": "credit_card", "id": f"card_{user_id}", "brand": "visa", "last_four": "9212"},
        {"source": "paypal", "id": f"paypal_{user_id}"},
        {"source": "gift_card", "id": f"gift_{user_id}", "balance": balance},
    ]
    return {
        "user_id": user_id,
        "name": {"first_name": first, "last_name": last},
        "address": dict(HOME),
        "email": f"{first}@Example.com",
        "payment_methods": {method["id"]: method for method in methods},
        "orders": [],
    }


def order(order_id: str, user_id: str, status: str, method: str, *item_ids: str) -> dict[str, Any]:
    items = []
    for item_id in item_ids:
        of = PRODUCTS["shirt" if item_id.startswith("s") else "boots"]
        options = dict(of["variants"][item_id]["options"])
        price = of["variants"][item_id]["price"]
        items.append(
            {"name": of["name"], "product_id": of["product_id"], "item_id": item_id, "price": price, "options": options}
        )
    total = round(sum(item["price"] for item in items), 2)
    return {
        "order_id": order_id,
        "user_id": user_id,
        "address": dict(HOME),
        "items": items,
        "status": status,
        "fulfillments": [],
        "payment_history": [
            {"transaction_type": "payment", "amount": total, "payment_method_id": f"{method}_{user_id}"}
        ],
    }


ORDERS = [
    order("#P", "ana", "pending", "card", "s-blue"),
    order("#PP", "ana", "pending", "gift", "s-blue", "b-41", "s-blue"),
    order("#X", "ana", "processed", "card", "s-blue"),
    order("#D", "ana", "delivered", "card", "s-blue", "b-41", "s-blue"),
    order("#DG", "ana", "delivered", "gift", "s-red"),
    order("#BEN", "ben", "pending", "gift", "s-red"),
    order("#BEND", "ben", "delivered", "card", "s-red"),
]
DB: dict[str, Any] = {
    "products": PRODUCTS,
    "users": {"ana": user("ana", "Ana", "Lopes", 60.0), "ben": user("ben", "Ben", "Osei", 12_000.0)},
    "orders": {entry["order_id"]: entry for entry in ORDERS},
}


@pytest.fixture
def db() -> dict[str, Any]:
    return copy.deepcopy(DB)


@pytest.fixture
def store(db: dict[str, Any]) -> RetailEnvironment:
    return make(db)
