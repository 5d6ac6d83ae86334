"""Every error of the contract, each in the order in which it is checked, and none changes anything."""

from typing import Any

import pytest

from seamless_retail.tools.tau2_retail import RetailEnvironment

STREET = {"address1": "2 Oak", "address2": "", "city": "Bend", "state": "OR", "country": "USA", "zip": "97701"}
CANCEL, ADDRESS, PAYMENT = "cancel_pending_order", "modify_pending_order_address", "modify_pending_order_payment"
ITEMS, EXCHANGE, RETURN = (
    "modify_pending_order_items",
    "exchange_delivered_order_items",
    "return_delivered_order_items",
)


def swap(order_id: str, old: str, new: str, method: str) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "item_ids": old.split(),
        "new_item_ids": new.split(),
        "payment_method_id": method,
    }


def back(order_id: str, items: str, method: str) -> dict[str, Any]:
    return {"order_id": order_id, "item_ids": items.split(), "payment_method_id": method}


ERRORS: list[tuple[str, dict[str, Any], str]] = [
    ("find_user_id_by_email", {"email": "nobody@example.com"}, "User not found"),
    ("find_user_id_by_name_zip", {"first_name": "Ana", "last_name": "Lopes", "zip": "1"}, "User not found"),
    ("get_user_details", {"user_id": "nobody"}, "User not found"),
    ("get_order_details", {"order_id": "#0"}, "Order not found"),
    ("get_product_details", {"product_id": "s-blue"}, "Product not found"),
    ("get_item_details", {"item_id": "shirt"}, "Item not found"),
    ("calculate", {"expression": "2 + x"}, "Invalid characters in expression"),
    (CANCEL, {"order_id": "#0", "reason": "bored"}, "Order not found"),
    (CANCEL, {"order_id": "#X", "reason": "bored"}, "Non-pending order cannot be cancelled"),
    (CANCEL, {"order_id": "#P", "reason": "bored"}, "Invalid reason"),
    (ADDRESS, {"order_id": "#0", **STREET}, "Order not found"),
    (ADDRESS, {"order_id": "#X", **STREET}, "Non-pending order cannot be modified"),
    (PAYMENT, {"order_id": "#0", "payment_method_id": "?"}, "Order not found"),
    (PAYMENT, {"order_id": "#X", "payment_method_id": "?"}, "Non-pending order cannot be modified"),
    (PAYMENT, {"order_id": "#P", "payment_method_id": "card_ben"}, "Payment method not found"),
    (
        PAYMENT,
        {"order_id": "#P", "payment_method_id": "card_ana"},
        "The new payment method should be different from the current one",
    ),
    (ITEMS, swap("#0", "?", "", "?"), "Order not found"),
    (ITEMS, swap("#X", "?", "", "?"), "Non-pending order cannot be modified"),
    (ITEMS, swap("#P", "s-blue s-blue", "s-red", "?"), "s-blue not found"),
    (ITEMS, swap("#P", "b-41", "", "?"), "b-41 not found"),
    (ITEMS, swap("#P", "s-blue", "", "?"), "The number of items to be exchanged should match"),
    (ITEMS, swap("#P", "s-blue", "s-blue", "?"), "The new item id should be different from the old item id"),
    (ITEMS, swap("#P", "s-blue", "b-41", "?"), "Variant not found"),
    (ITEMS, swap("#P", "s-blue", "s-none", "?"), "New item s-none not found or available"),
    (ITEMS, swap("#P", "s-blue", "s-red", "gift_ben"), "Payment method not found"),
    (ITEMS, swap("#P", "s-blue", "s-gold", "gift_ana"), "Insufficient gift card balance to pay for the new item"),
    (EXCHANGE, swap("#0", "?", "", "?"), "Order not found"),
    (EXCHANGE, swap("#P", "?", "", "?"), "Non-delivered order cannot be exchanged"),
    (EXCHANGE, swap("#D", "b-41 b-41", "", "?"), "Number of b-41 not found."),
    (EXCHANGE, swap("#D", "b-41", "", "?"), "The number of items to be exchanged should match."),
    (EXCHANGE, swap("#D", "b-41", "s-red", "?"), "Variant not found"),
    (EXCHANGE, swap("#D", "s-blue", "s-none", "?"), "New item s-none not found or available"),
    (EXCHANGE, swap("#D", "s-blue", "s-red", "?"), "Payment method not found"),
    (
        EXCHANGE,
        swap("#D", "s-blue", "s-gold", "gift_ana"),
        "Insufficient gift card balance to pay for the price difference",
    ),
    (RETURN, back("#0", "?", "?"), "Order not found"),
    (RETURN, back("#P", "?", "?"), "Non-delivered order cannot be returned"),
    (RETURN, back("#D", "?", "gift_ben"), "Payment method not found"),
    (RETURN, back("#D", "?", "paypal_ana"), "Payment method should be the original payment method"),
    (RETURN, back("#D", "b-41 b-41", "card_ana"), "Some item not found"),
    (RETURN, back("#D", "b-42", "gift_ana"), "Some item not found"),
    ("modify_user_address", {"user_id": "nobody", **STREET}, "User not found"),
    ("refund_everything", {}, "Tool 'refund_everything' not found"),
]


@pytest.mark.parametrize(("tool", "arguments", "text"), ERRORS)
def test_an_error_of_the_contract(
    store: RetailEnvironment, db: dict[str, Any], tool: str, arguments: dict[str, Any], text: str
) -> None:
    assert store.call(tool, arguments) == (False, text)
    assert store.dump() == db


def test_a_gift_card_must_hold_the_whole_order(store: RetailEnvironment, db: dict[str, Any]) -> None:
    db["users"]["ana"]["payment_methods"]["gift_ana"]["balance"] = 48.99
    poorer = type(store)(db)
    assert poorer.call(PAYMENT, {"order_id": "#P", "payment_method_id": "gift_ana"}) == (
        False,
        "Insufficient gift card balance to pay for the order",
    )


def test_a_payment_is_changed_once(store: RetailEnvironment) -> None:
    assert store.call(PAYMENT, {"order_id": "#P", "payment_method_id": "paypal_ana"})[0]
    assert store.call(PAYMENT, {"order_id": "#P", "payment_method_id": "card_ana"}) == (
        False,
        "There should be exactly one payment for a pending order",
    )


@pytest.mark.parametrize(
    "arguments", [{}, {"order_id": "#P"}, {"order_id": "#P", "reason": "no longer needed", "user_id": "ana"}]
)
def test_arguments_must_be_those_of_the_tool(store: RetailEnvironment, arguments: dict[str, Any]) -> None:
    went_well, text = store.call(CANCEL, arguments)
    assert not went_well
    assert text.startswith("Invalid arguments: ")


def test_a_list_is_a_list(store: RetailEnvironment) -> None:
    went_well, text = store.call(RETURN, {"order_id": "#D", "item_ids": "b-41", "payment_method_id": "card_ana"})
    assert (went_well, text) == (False, "Invalid arguments: item_ids: Input should be a valid list")


@pytest.mark.parametrize("name", ["dump", "call", "_order", "__init__"])
def test_only_tools_can_be_called(store: RetailEnvironment, name: str) -> None:
    assert store.call(name, {}) == (False, f"Tool '{name}' not found")
