"""Who may do what, when the conversation has a verified customer, or has to find one first."""

from typing import Any

import pytest

from seamless_retail.tools.tau2_retail import make

STREET = {"address1": "2 Oak", "address2": "", "city": "Bend", "state": "OR", "country": "USA", "zip": "97701"}
SWAP = {"item_ids": ["s-red"], "new_item_ids": ["s-green"], "payment_method_id": "card_ben"}
BACK = {"item_ids": ["s-red"], "payment_method_id": "card_ben"}

BENS: list[tuple[str, dict[str, Any]]] = [
    ("get_order_details", {"order_id": "#BEN"}),
    ("cancel_pending_order", {"order_id": "#BEN", "reason": "no longer needed"}),
    ("modify_pending_order_address", {"order_id": "#BEN", **STREET}),
    ("modify_pending_order_payment", {"order_id": "#BEN", "payment_method_id": "card_ben"}),
    ("modify_pending_order_items", {"order_id": "#BEN", **SWAP}),
    ("exchange_delivered_order_items", {"order_id": "#BEND", **SWAP}),
    ("return_delivered_order_items", {"order_id": "#BEND", **BACK}),
    ("get_user_details", {"user_id": "ben"}),
    ("modify_user_address", {"user_id": "ben", **STREET}),
    ("find_user_id_by_email", {"email": "ben@example.com"}),
    ("find_user_id_by_name_zip", {"first_name": "Ben", "last_name": "Osei", "zip": "97301"}),
]


@pytest.mark.parametrize(("tool", "arguments"), BENS)
def test_another_users_records_are_not_found(db: dict[str, Any], tool: str, arguments: dict[str, Any]) -> None:
    store = make(db, user_id="ana")
    went_well, text = store.call(tool, arguments)
    assert not went_well
    assert text in ("Order not found", "User not found")
    assert store.dump() == db


@pytest.mark.parametrize(("tool", "arguments"), BENS)
def test_the_owner_may(db: dict[str, Any], tool: str, arguments: dict[str, Any]) -> None:
    assert make(db, user_id="ben").call(tool, arguments)[0]


@pytest.mark.parametrize(("tool", "arguments"), BENS)
def test_a_replay_without_a_customer_is_not_refused(db: dict[str, Any], tool: str, arguments: dict[str, Any]) -> None:
    assert make(db).call(tool, arguments)[0]


@pytest.mark.parametrize(("tool", "arguments"), BENS[:9])
def test_nothing_is_told_before_the_user_is_found(db: dict[str, Any], tool: str, arguments: dict[str, Any]) -> None:
    store = make(db, authenticate=True)
    assert store.call(tool, arguments) == (False, "User is not authenticated")
    assert store.call("find_user_id_by_email", {"email": "ben@example.com"}) == (True, "ben")
    assert store.call(tool, arguments)[0]


def test_a_conversation_is_with_one_user(db: dict[str, Any]) -> None:
    store = make(db, authenticate=True)
    assert store.call("find_user_id_by_email", {"email": "ana@example.com"})[0]
    assert store.call("find_user_id_by_email", {"email": "ben@example.com"}) == (False, "User not found")
    assert store.call("get_order_details", {"order_id": "#BEN"}) == (False, "Order not found")
    assert store.call("get_order_details", {"order_id": "#P"})[0]


def test_products_are_open_to_all(db: dict[str, Any]) -> None:
    store = make(db, authenticate=True)
    assert store.call("get_product_details", {"product_id": "shirt"})[0]
    assert store.call("list_all_product_types", {})[0]
