"""What each tool does when it does something."""

import json
from typing import Any

import pytest

from seamless_retail.tools.tau2_retail import RetailEnvironment, make
from seamless_retail.tools.tau2_retail.environment import TOOLS

STREET = {"address1": "2 Oak", "address2": "", "city": "Bend", "state": "OR", "country": "USA", "zip": "97701"}


def done(store: RetailEnvironment, tool: str, **arguments: Any) -> Any:
    went_well, result = store.call(tool, arguments)
    assert went_well, result
    return result


def gift(store: RetailEnvironment, user_id: str = "ana") -> float:
    balance: float = store.dump()["users"][user_id]["payment_methods"][f"gift_{user_id}"]["balance"]
    return balance


def line(kind: str, amount: float, method: str) -> dict[str, Any]:
    return {"transaction_type": kind, "amount": amount, "payment_method_id": method}


def test_there_are_sixteen_tools() -> None:
    assert len(set(TOOLS)) == 16


def test_users_are_found_whatever_the_case(store: RetailEnvironment) -> None:
    assert done(store, "find_user_id_by_email", email="ANA@example.com") == "ana"
    assert done(store, "find_user_id_by_name_zip", first_name="bEN", last_name="OSEI", zip="97301") == "ben"


def test_records_are_returned_as_they_are(store: RetailEnvironment, db: dict[str, Any]) -> None:
    assert done(store, "get_user_details", user_id="ana") == db["users"]["ana"]
    assert done(store, "get_order_details", order_id="#D") == db["orders"]["#D"]
    assert done(store, "get_product_details", product_id="boots") == db["products"]["boots"]
    assert done(store, "get_item_details", item_id="b-42") == db["products"]["boots"]["variants"]["b-42"]


def test_what_is_returned_is_a_copy(store: RetailEnvironment, db: dict[str, Any]) -> None:
    done(store, "get_order_details", order_id="#P")["status"] = "delivered"
    store.dump()["users"].clear()
    assert store.dump() == db


def test_product_types_are_sorted_json(store: RetailEnvironment) -> None:
    text = done(store, "list_all_product_types")
    assert text == '{"Boots": "boots", "T-Shirt": "shirt"}'
    assert list(json.loads(text)) == ["Boots", "T-Shirt"]


def test_a_conversation_is_handed_over(store: RetailEnvironment) -> None:
    assert done(store, "transfer_to_human_agents", summary="Wants to talk.") == "Transfer successful"


def test_a_cancelled_order_is_refunded_to_the_gift_card_at_once(store: RetailEnvironment) -> None:
    order = done(store, "cancel_pending_order", order_id="#PP", reason="ordered by mistake")
    assert (order["status"], order["cancel_reason"]) == ("cancelled", "ordered by mistake")
    assert order["payment_history"] == [line("payment", 248.1, "gift_ana"), line("refund", 248.1, "gift_ana")]
    assert gift(store) == 308.1


def test_a_cancelled_order_paid_by_card_moves_no_gift_card(store: RetailEnvironment) -> None:
    done(store, "cancel_pending_order", order_id="#P", reason="no longer needed")
    assert gift(store) == 60.0


def test_changing_the_payment_and_cancelling_mints_no_money(store: RetailEnvironment) -> None:
    done(store, "modify_pending_order_payment", order_id="#P", payment_method_id="gift_ana")
    assert gift(store) == 11.0
    order = done(store, "cancel_pending_order", order_id="#P", reason="no longer needed")
    assert order["payment_history"] == [
        line("payment", 49.0, "card_ana"),
        line("payment", 49.0, "gift_ana"),
        line("refund", 49.0, "card_ana"),
        line("refund", 49.0, "gift_ana"),
    ]
    assert gift(store) == 60.0


def test_a_gift_card_that_no_longer_pays_gets_its_money_back(store: RetailEnvironment) -> None:
    order = done(store, "modify_pending_order_payment", order_id="#PP", payment_method_id="card_ana")
    assert order["status"] == "pending"
    assert gift(store) == 308.1
    done(store, "cancel_pending_order", order_id="#PP", reason="no longer needed")
    assert gift(store) == 308.1


def test_an_order_is_sent_elsewhere(store: RetailEnvironment, db: dict[str, Any]) -> None:
    assert done(store, "modify_pending_order_address", order_id="#P", **STREET)["address"] == STREET
    assert store.dump()["users"] == db["users"], "the user's own address stays"


def test_a_user_moves(store: RetailEnvironment, db: dict[str, Any]) -> None:
    assert done(store, "modify_user_address", user_id="ana", **STREET)["address"] == STREET
    assert store.dump()["orders"] == db["orders"]


def change(store: RetailEnvironment, order_id: str, old: str, new: str, method: str, tool: str = "modify") -> Any:
    name = {"modify": "modify_pending_order_items", "exchange": "exchange_delivered_order_items"}[tool]
    return done(
        store, name, order_id=order_id, item_ids=old.split(), new_item_ids=new.split(), payment_method_id=method
    )


def test_each_item_becomes_its_own_new_variant(store: RetailEnvironment) -> None:
    order = change(store, "#PP", "s-blue b-41 s-blue", "s-red b-42 s-green", "card_ana")
    found = [(item["item_id"], item["price"], item["options"]["color"]) for item in order["items"]]
    assert found == [("s-red", 51.5, "red"), ("b-42", 150.1, "brown"), ("s-green", 40.25, "green")]
    assert order["status"] == "pending (item modified)"
    assert order["payment_history"][1:] == [line("refund", 6.25, "card_ana")]


def test_items_may_change_places(store: RetailEnvironment, db: dict[str, Any]) -> None:
    db["orders"]["#PP"]["items"][2] |= {"item_id": "s-pink", "options": {"color": "pink", "size": "M"}}
    order = change(make(db), "#PP", "s-blue s-pink", "s-pink s-blue", "card_ana")
    assert [item["item_id"] for item in order["items"]] == ["s-pink", "b-41", "s-blue"]


def test_no_difference_is_a_refund_of_nothing(store: RetailEnvironment) -> None:
    order = change(store, "#P", "s-blue", "s-pink", "card_ana")
    assert order["payment_history"][1:] == [line("refund", 0, "card_ana")]


def test_a_gift_card_pays_the_difference_to_the_cent(store: RetailEnvironment) -> None:
    order = change(store, "#P", "s-blue", "s-red", "gift_ana")
    assert order["payment_history"][1:] == [line("payment", 2.5, "gift_ana")]
    assert gift(store) == 57.5


@pytest.mark.parametrize("tool", ["cancel_pending_order", "modify_pending_order_items"])
def test_an_order_whose_items_were_changed_is_left_alone(store: RetailEnvironment, tool: str) -> None:
    change(store, "#P", "s-blue", "s-red", "card_ana")
    arguments: dict[str, Any] = {"order_id": "#P", "reason": "no longer needed"}
    if tool == "modify_pending_order_items":
        arguments = {"order_id": "#P", "item_ids": ["s-red"], "new_item_ids": ["s-blue"]}
        arguments["payment_method_id"] = "card_ana"
    went_well, text = store.call(tool, arguments)
    assert not went_well
    assert text.startswith("Non-pending order cannot be ")


def test_but_its_address_may_change(store: RetailEnvironment) -> None:
    change(store, "#P", "s-blue", "s-red", "card_ana")
    order = done(store, "modify_pending_order_address", order_id="#P", **STREET)
    assert (order["address"], order["status"]) == (STREET, "pending (item modified)")


def test_an_exchange_is_noted_and_moves_no_money_yet(store: RetailEnvironment, db: dict[str, Any]) -> None:
    order = change(store, "#D", "s-blue b-41 s-blue", "s-red b-42 s-green", "gift_ana", "exchange")
    assert order == {
        **db["orders"]["#D"],
        "status": "exchange requested",
        "exchange_items": ["b-41", "s-blue", "s-blue"],
        "exchange_new_items": ["b-42", "s-green", "s-red"],
        "exchange_payment_method_id": "gift_ana",
        "exchange_price_difference": -6.25,
    }
    assert gift(store) == 60.0


def test_an_order_is_exchanged_once(store: RetailEnvironment) -> None:
    change(store, "#D", "b-41", "b-42", "card_ana", "exchange")
    arguments = {"order_id": "#D", "item_ids": ["b-41"], "new_item_ids": ["b-42"], "payment_method_id": "card_ana"}
    assert store.call("exchange_delivered_order_items", arguments) == (
        False,
        "Non-delivered order cannot be exchanged",
    )


@pytest.mark.parametrize("method", ["card_ana", "gift_ana"])
def test_a_return_is_noted_with_where_the_refund_goes(
    store: RetailEnvironment, db: dict[str, Any], method: str
) -> None:
    arguments = {"order_id": "#D", "item_ids": ["s-blue", "b-41", "s-blue"], "payment_method_id": method}
    assert done(store, "return_delivered_order_items", **arguments) == {
        **db["orders"]["#D"],
        "status": "return requested",
        "return_items": ["b-41", "s-blue", "s-blue"],
        "return_payment_method_id": method,
    }
