"""Changes of orders: what moves with each, who may ask, and that nothing moves when it is refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from seamless_retail.core.customers import Address
from seamless_retail.core.database import SqlShop
from seamless_retail.core.database.order_clerk import SqlOrderClerk
from seamless_retail.core.database.order_desk import SqlOrderDesk
from seamless_retail.core.database.writer import write_orders
from seamless_retail.core.errors import (
    ConflictError,
    InvalidQueryError,
    NotAuthorizedError,
    NotFoundError,
    OutOfStockError,
    PaymentDeclinedError,
    PolicyRefusal,
    SeamlessError,
)
from seamless_retail.core.order_requests import (
    CancelOrder,
    ChangeAddress,
    ChangeItems,
    ChangePayment,
    ExchangeItems,
    OrderRequest,
    RequestRefund,
    ReturnItems,
    UndoChange,
)
from tests.core.orders.conftest import PLACED, TODAY, check_books, gift

AWAY = Address(line1="2 Oak", city="Bend", state="OR", postal_code="97701")
Free = Callable[[str], int]
Content = Callable[[str], dict[str, list[str]]]


def cancel(order_id: str, reason: str = "no longer needed") -> CancelOrder:
    return CancelOrder(order_id=order_id, reason=reason)


def change(order_id: str, old: str, new: str, method: str = "card_ana") -> ChangeItems:
    return ChangeItems(
        order_id=order_id, item_ids=tuple(old.split()), new_item_ids=tuple(new.split()), payment_method_id=method
    )


def exchange(order_id: str, old: str, new: str, method: str = "card_ana") -> ExchangeItems:
    return ExchangeItems.model_validate(change(order_id, old, new, method).model_dump(exclude={"operation"}))


def back(order_id: str, items: str, method: str = "card_ana") -> ReturnItems:
    return ReturnItems(order_id=order_id, item_ids=tuple(items.split()), payment_method_id=method)


def refund(order_id: str, items: str, reason: str = "damaged", method: str = "card_ana") -> RequestRefund:
    return RequestRefund(order_id=order_id, item_ids=tuple(items.split()), payment_method_id=method, reason=reason)


def pay_with(order_id: str, method: str) -> ChangePayment:
    return ChangePayment(order_id=order_id, payment_method_id=method)


def account(shop: SqlShop, customer_id: str = "ana") -> int:
    found = shop.loyalty.account(customer_id, TODAY)
    assert found is not None
    return found.balance


def test_cancelling_gives_back_money_units_and_points(shop: SqlShop, desk: SqlOrderDesk, free: Free) -> None:
    cancelled = desk.carry_out("ana", cancel("ANA-G"))
    assert (cancelled.status, cancelled.details["cancel_reason"]) == ("cancelled", "no longer needed")
    assert [(p.kind, p.cents, p.method_id) for p in cancelled.payments] == [
        ("payment", 5245, "gift_ana"),
        ("refund", 5245, "gift_ana"),
    ]
    assert (gift(shop), free("s-red"), account(shop)) == (25_245, 5, 1_743)
    assert shop.orders.get("ANA-G", "ana") == cancelled
    check_books(shop)


def test_a_line_of_two_units_can_change_into_two_variants(shop: SqlShop, desk: SqlOrderDesk, free: Free) -> None:
    changed = desk.carry_out("ana", change("ANA-P", "s-blue s-blue", "s-red s-green", "gift_ana"))
    lines = [(line.sku, line.quantity, line.unit_price_cents, line.options["color"]) for line in changed.lines]
    assert lines == [("s-red", 1, 5150, "red"), ("s-green", 1, 4025, "green"), ("b-41", 1, 15_010, "41")]
    assert (changed.payments[1].kind, changed.payments[1].cents) == ("refund", 625)
    assert (gift(shop), free("s-blue"), free("s-red"), free("s-green")) == (20_625, 6, 3, 3)
    check_books(shop)


def test_one_unit_of_two_can_change(shop: SqlShop, desk: SqlOrderDesk) -> None:
    changed = desk.carry_out("ana", change("ANA-P", "s-blue", "s-red"))
    assert [(line.sku, line.quantity) for line in changed.lines] == [("s-blue", 1), ("s-red", 1), ("b-41", 1)]
    check_books(shop)


def test_an_order_is_paid_otherwise(shop: SqlShop, desk: SqlOrderDesk) -> None:
    changed = desk.carry_out("ana", pay_with("ANA-G", "paypal_ana"))
    assert [(p.kind, p.method_id) for p in changed.payments[1:]] == [("payment", "paypal_ana"), ("refund", "gift_ana")]
    assert gift(shop) == 25_245
    desk.carry_out("ana", cancel("ANA-G"))
    assert gift(shop) == 25_245, "the card was paid back already"
    check_books(shop)


def test_an_order_is_sent_elsewhere(shop: SqlShop, desk: SqlOrderDesk) -> None:
    assert desk.carry_out("ana", ChangeAddress(order_id="ANA-P", address=AWAY)).address == AWAY
    check_books(shop)


def test_a_return_is_refunded_when_the_parcel_is_in(
    shop: SqlShop, desk: SqlOrderDesk, clerk: SqlOrderClerk, free: Free
) -> None:
    requested = desk.carry_out("ana", back("ANA-D", "s-blue", "gift_ana"))
    assert (requested.status, gift(shop), free("s-blue")) == ("return requested", 20_000, 4)
    check_books(shop)
    settled = clerk.settle("ANA-D")
    assert settled.status == "partly returned"
    assert settled.payments[-1].cents == 4900 - 500 * 4900 // 24_810, "the unit takes its share of the discount along"
    assert gift(shop) == 20_000 + settled.payments[-1].cents
    assert (free("s-blue"), account(shop)) == (5, 1_243 - 243 * 4900 // 24_810 + 500 * 4900 // 24_810)
    check_books(shop)


def test_an_order_that_comes_back_whole_is_worth_nothing(
    shop: SqlShop, desk: SqlOrderDesk, clerk: SqlOrderClerk
) -> None:
    desk.carry_out("ana", back("ANA-D", "b-41 s-blue s-blue"))
    settled = clerk.settle("ANA-D")
    assert (settled.status, settled.payments[-1].cents) == ("returned", 24_810 + 595 - 500)
    assert account(shop) == 1_500, "what it earned is gone, what was spent on it is back"
    check_books(shop)


def test_a_refund_without_a_return_leaves_the_shelf_alone(
    shop: SqlShop, desk: SqlOrderDesk, clerk: SqlOrderClerk, free: Free
) -> None:
    assert desk.carry_out("ana", refund("ANA-D", "b-41")).status == "refund requested"
    assert clerk.settle("ANA-D").status == "partly refunded"
    assert free("b-41") == 4
    check_books(shop)


def test_an_exchange_holds_the_new_unit_until_the_old_one_is_in(
    shop: SqlShop, desk: SqlOrderDesk, clerk: SqlOrderClerk, free: Free
) -> None:
    requested = desk.carry_out("ana", exchange("ANA-E", "s-red", "s-blue", "gift_ana"))
    assert (requested.status, gift(shop), free("s-blue"), free("s-red")) == ("exchange requested", 20_000, 3, 4)
    settled = clerk.settle("ANA-E")
    assert (settled.status, [line.sku for line in settled.lines]) == ("delivered", ["s-blue"])
    assert (gift(shop), free("s-blue"), free("s-red")) == (20_250, 3, 5)
    with pytest.raises(PolicyRefusal, match="can be exchanged once"):
        desk.carry_out("ana", exchange("ANA-E", "s-blue", "s-red"))
    assert desk.carry_out("ana", back("ANA-E", "s-blue", "gift_ana")).status == "return requested"
    check_books(shop)


def test_what_was_promised_leaves_the_shelf_with_the_parcel(
    shop: SqlShop, desk: SqlOrderDesk, clerk: SqlOrderClerk, free: Free
) -> None:
    desk.carry_out("ana", change("ANA-P", "s-blue s-blue", "s-red s-red"))
    assert (free("s-red"), sum(level.on_hand for level in shop.stock.levels(["s-red"])["s-red"])) == (2, 4)
    shipped = clerk.ship("ANA-P", ["TRK1"])
    assert (shipped.status, shipped.tracking, clerk.deliver("ANA-P").status) == ("shipped", ("TRK1",), "delivered")
    assert (free("s-red"), sum(level.on_hand for level in shop.stock.levels(["s-red"])["s-red"])) == (2, 2)
    for attempt in (lambda: clerk.ship("ANA-P", []), lambda: clerk.deliver("ANA-P")):
        with pytest.raises(PolicyRefusal, match="Order ANA-P is delivered"):
            attempt()
    with pytest.raises(PolicyRefusal, match="no change of this order to undo"):
        desk.carry_out("ana", UndoChange(order_id="ANA-P"))
    check_books(shop)


def test_what_is_not_requested_is_not_settled(clerk: SqlOrderClerk) -> None:
    with pytest.raises(PolicyRefusal, match="Nothing is requested"):
        clerk.settle("ANA-D")
    with pytest.raises(NotFoundError):
        clerk.settle("nobody")


UNDONE: list[OrderRequest] = [
    cancel("ANA-G"),
    cancel("ANA-P"),
    change("ANA-P", "s-blue b-41", "s-red b-42", "gift_ana"),
    pay_with("ANA-G", "card_ana"),
    ChangeAddress(order_id="ANA-P", address=AWAY),
    exchange("ANA-E", "s-red", "s-blue"),
    back("ANA-D", "s-blue"),
    refund("ANA-D", "s-blue"),
]


@pytest.mark.parametrize("request_", UNDONE, ids=lambda request: request.operation)
def test_a_change_can_be_taken_back(shop: SqlShop, desk: SqlOrderDesk, free: Free, request_: OrderRequest) -> None:
    skus = ("s-blue", "s-red", "b-41", "b-42")
    before = shop.orders.get(request_.order_id, "ana")
    was = (gift(shop), account(shop), {sku: free(sku) for sku in skus})
    desk.carry_out("ana", request_)
    after = desk.carry_out("ana", UndoChange(order_id=request_.order_id))
    assert before is not None
    same = ("status", "address", "lines", "discount_cents", "shipping_cents", "balance_cents", "total_cents")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert (gift(shop), account(shop), {sku: free(sku) for sku in skus}) == was
    assert len(after.payments) >= len(before.payments), "the ledger of payments only grows"
    with pytest.raises(PolicyRefusal, match="no change of this order to undo"):
        desk.carry_out("ana", UndoChange(order_id=request_.order_id))
    check_books(shop)


def test_items_change_once_even_if_that_is_undone(desk: SqlOrderDesk) -> None:
    desk.carry_out("ana", change("ANA-P", "s-blue", "s-red"))
    desk.carry_out("ana", UndoChange(order_id="ANA-P"))
    with pytest.raises(PolicyRefusal, match="can be changed once"):
        desk.carry_out("ana", change("ANA-P", "s-blue", "s-red"))
    assert desk.carry_out("ana", cancel("ANA-P")).status == "cancelled"


def test_undoing_has_a_window(shop: SqlShop, desk: SqlOrderDesk) -> None:
    never = SqlOrderDesk(shop.engine, shop.writes, undo_window=timedelta())
    never.carry_out("ana", cancel("ANA-P"))
    with pytest.raises(PolicyRefusal, match="no change of this order to undo"):
        never.carry_out("ana", UndoChange(order_id="ANA-P"))
    desk.carry_out("ana", cancel("ANA-G"))
    shop.writes.now = lambda: PLACED + timedelta(days=365)
    with pytest.raises(PolicyRefusal, match="could be undone until 2026-11-21 00:29"):
        desk.carry_out("ana", UndoChange(order_id="ANA-G"))


def test_what_moved_on_is_not_undone(shop: SqlShop, desk: SqlOrderDesk) -> None:
    desk.carry_out("ana", ChangeAddress(order_id="ANA-P", address=AWAY))
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE orders SET status = 'shipped' WHERE id = 'ANA-P'"))
    with pytest.raises(PolicyRefusal, match=r"cannot be undone any more.*is shipped"):
        desk.carry_out("ana", UndoChange(order_id="ANA-P"))


def test_a_spent_gift_card_cannot_pay_for_an_undo(shop: SqlShop, desk: SqlOrderDesk) -> None:
    desk.carry_out("ana", cancel("ANA-G"))
    desk.carry_out("ana", change("ANA-P", "s-blue", "s-red", "gift_ana"))
    with shop.engine.begin() as connection:
        spent = "UPDATE customers SET payment_methods = :methods WHERE id = 'ana'"
        connection.execute(text(spent), {"methods": '[{"id": "gift_ana", "kind": "gift_card", "balance_cents": 10}]'})
    with pytest.raises(PaymentDeclinedError, match="too little"):
        desk.carry_out("ana", UndoChange(order_id="ANA-G"))


REFUSED: list[tuple[OrderRequest, type[SeamlessError], str]] = [
    (cancel("ANA-X"), PolicyRefusal, r"Non-pending order cannot be cancelled\. Order ANA-X is processed"),
    (cancel("ANA-P", "bored"), InvalidQueryError, "Invalid reason"),
    (cancel("nobody"), NotFoundError, r"Order not found\. Check the number"),
    (ChangeAddress(order_id="ANA-X", address=AWAY), PolicyRefusal, "Non-pending order cannot be modified"),
    (pay_with("ANA-P", "card_ben"), NotFoundError, "Payment method not found"),
    (pay_with("ANA-P", "card_ana"), InvalidQueryError, "should be different from the current one"),
    (pay_with("ANA-P", "gift_ana"), PaymentDeclinedError, "Insufficient gift card balance to pay for the order"),
    (change("ANA-P", "s-blue", "s-gold", "gift_ana"), PaymentDeclinedError, "to pay for the new item"),
    (change("ANA-P", "s-blue s-blue s-blue", "s-red s-red s-red"), NotFoundError, "s-blue not found"),
    (change("ANA-P", "s-blue", "b-42"), NotFoundError, "Variant not found"),
    (change("ANA-P", "s-blue s-blue", "s-red"), InvalidQueryError, "should match"),
    (exchange("ANA-P", "s-blue", "s-red"), PolicyRefusal, "Non-delivered order cannot be exchanged"),
    (exchange("ANA-D", "s-blue", "s-gold", "gift_ana"), PaymentDeclinedError, "to pay for the price difference"),
    (back("ANA-P", "s-blue"), PolicyRefusal, "Non-delivered order cannot be returned"),
    (back("ANA-D", "s-blue", "paypal_ana"), PolicyRefusal, "should be the original payment method"),
    (back("ANA-D", "s-red"), NotFoundError, "Some item not found"),
    (refund("ANA-P", "s-blue"), PolicyRefusal, "Non-delivered order cannot be refunded"),
    (refund("ANA-D", "s-blue", "bored"), InvalidQueryError, "Invalid reason"),
    (UndoChange(order_id="ANA-P"), PolicyRefusal, "no change of this order to undo"),
]


def test_a_refusal_changes_nothing(desk: SqlOrderDesk, url: str, content: Content) -> None:
    before = content(url)
    for request, error, told in REFUSED:
        for attempt in (desk.preview, desk.carry_out):
            with pytest.raises(error, match=told):
                attempt("ana", request)
    assert content(url) == before


EVERY: list[Callable[[str], OrderRequest]] = [
    lambda who: cancel(f"{who.upper()}-P"),
    lambda who: ChangeAddress(order_id=f"{who.upper()}-P", address=AWAY),
    lambda who: pay_with(f"{who.upper()}-G", f"card_{who}"),
    lambda who: change(f"{who.upper()}-P", "s-blue", "s-red", f"card_{who}"),
    lambda who: exchange(f"{who.upper()}-D", "s-blue", "s-red", f"card_{who}"),
    lambda who: back(f"{who.upper()}-D", "s-blue", f"card_{who}"),
    lambda who: refund(f"{who.upper()}-D", "s-blue", method=f"card_{who}"),
]


def test_anothers_order_is_not_found(desk: SqlOrderDesk, url: str, content: Content) -> None:
    before = content(url)
    for make in EVERY:
        for asking, error in (("ben", NotFoundError), ("nobody", NotFoundError), ("", NotAuthorizedError)):
            for attempt in (desk.preview, desk.carry_out):
                with pytest.raises(error):
                    attempt(asking, make("ana"))
    assert content(url) == before
    desk.carry_out("ana", cancel("ANA-P"))
    with pytest.raises(NotFoundError):
        desk.carry_out("ben", UndoChange(order_id="ANA-P"))


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make("ana").operation)
def test_a_preview_tells_what_will_happen_and_changes_nothing(
    desk: SqlOrderDesk, url: str, content: Content, make: Callable[[str], OrderRequest]
) -> None:
    before = content(url)
    told = desk.preview("ana", make("ana"))
    assert content(url) == before
    assert desk.carry_out("ana", make("ana")) == told.order


def test_a_repeated_request_is_carried_out_once(shop: SqlShop, desk: SqlOrderDesk) -> None:
    first = desk.carry_out("ana", cancel("ANA-G"), "k")
    assert desk.carry_out("ana", cancel("ANA-G"), "k") == first
    assert gift(shop) == 25_245
    with pytest.raises(ConflictError):
        desk.carry_out("ana", cancel("ANA-P"), "k")


def test_no_unit_is_promised_twice(shop: SqlShop, desk: SqlOrderDesk, free: Free) -> None:
    order = shop.orders.get("ANA-P", "ana")
    assert order is not None
    five = order.lines[0].model_copy(update={"quantity": 5})
    paid = order.payments[0].model_copy(update={"cents": 5 * 4900 + 595})
    with shop.engine.begin() as connection:
        write_orders(connection, [order.model_copy(update={"lines": (five,), "payments": (paid,)})])
    with pytest.raises(OutOfStockError, match="s-red is out of stock"):
        desk.carry_out("ana", change("ANA-P", "s-blue " * 5, "s-red " * 5))
    assert free("s-red") == 4
    check_books(shop)
