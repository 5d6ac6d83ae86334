"""The brain acts, with approval: what a customer wants done is asked for, done once, or not done at all."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from seamless_retail.core.database import SqlShop, open_shop
from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.principal import Principal
from seamless_retail.graphs import Brain, Parts, aask, ask, assemble, build_brain, stream_answer

PENDING, OWNER, OTHER = "ORD-101489", "C0001", "C0002"
ADDRESS = "12 Elm Street, Portland, OR 97201"

Say = Callable[..., dict[str, Any]]


@pytest.fixture
def shop(seeded_database: Path, tmp_path: Path) -> SqlShop:
    """A copy of the demonstration shop that may be written."""
    return open_shop(f"sqlite:///{shutil.copy(seeded_database, tmp_path / 'shop.db')}")


@pytest.fixture
def brain(parts: Parts, shop: SqlShop) -> Brain:
    return build_brain(assemble(parts=parts, shop=shop), checkpointer=InMemorySaver())


@pytest.fixture
def say(brain: Brain) -> Say:
    """Says something in a thread and returns the output."""

    def call(text: str, customer: str = OWNER, thread: str = "t", **more: Any) -> dict[str, Any]:
        principal = Principal(customer_id=customer) if customer else None
        return ask(brain, text, principal=principal, thread_id=thread, **more)

    return call


def order(shop: SqlShop, order_id: str = PENDING, customer: str = OWNER) -> Any:
    found = shop.orders.get(order_id, customer)
    assert found is not None
    return found


def decision(output: dict[str, Any], approved: bool = True) -> dict[str, Any]:
    value = output["interrupts"][0]["value"]
    return {"proposal_id": value["proposal_id"], "digest": value["digest"], "approved": approved}


def test_cancelling_the_last_order_and_undoing_it(say: Say, shop: SqlShop) -> None:
    asked = say("cancel my last order")
    value = asked["interrupts"][0]["value"]
    assert value["effect_cents"] == -order(shop).balance_cents
    assert value["words"].rstrip(".") in asked["answer"].replace(" [1][2]", "")
    assert "Shall I do this?" in asked["answer"]
    assert order(shop).status == "pending"
    done = say("yes")
    assert done["answer"].startswith("Done: Cancel order ORD-101489")
    assert {c["source_id"].partition(":")[0] for c in done["citations"]} == {"proposal", "order"}
    assert order(shop).status == "cancelled"
    assert "was cancelled" in say("where is it?")["answer"]
    assert "interrupts" in say("undo that")
    assert "pending" in say("yes, please")["answer"]
    assert order(shop).status == "pending"


def test_the_messages_hold_the_whole_exchange(say: Say) -> None:
    say("cancel my last order")
    messages = say("no thanks")["messages"]
    assert [message.type for message in messages] == ["human", "ai", "human", "ai"]
    assert [message.text for message in messages[2:]] == ["no thanks", "Nothing was changed."]


@pytest.mark.parametrize("answer", ["no", "nein", "No, leave it.", "don't"])
def test_a_no_changes_nothing(say: Say, shop: SqlShop, answer: str) -> None:
    say("cancel my last order")
    assert say(answer)["answer"] == "Nothing was changed."
    assert order(shop).status == "pending"


def test_an_unclear_answer_is_asked_once_more_and_is_no_yes(say: Say, shop: SqlShop) -> None:
    say("cancel my last order")
    again = say("hmm")
    assert again["interrupts"][0]["value"]["note"] == "Please answer yes or no."
    assert "interrupts" not in say("maybe")
    assert order(shop).status == "pending"


def test_a_new_question_declines_the_proposal_and_is_answered(say: Say, shop: SqlShop) -> None:
    first = say("cancel my last order")
    answered = say("Find blue summer dresses under $50")
    assert answered["products"]
    with pytest.raises(InvalidQueryError, match="Nothing waits"):
        say("", resume=decision(first))
    assert order(shop).status == "pending"


def test_a_changed_wish_needs_a_new_approval(say: Say, shop: SqlShop) -> None:
    first = say(f"change the delivery address to {ADDRESS}")
    second = say("change the delivery address to 5 Main Street, Salem, OR 97301")
    assert decision(first)["proposal_id"] != decision(second)["proposal_id"]
    stale = say("", resume=decision(first))
    assert stale["interrupts"], "a decision about another proposal is no answer"
    say("", resume=decision(second))
    address = order(shop).address
    assert address is not None
    assert address.city == "Salem"


def test_a_decision_for_other_arguments_is_no_yes(say: Say, shop: SqlShop) -> None:
    asked = say("cancel my last order")
    assert say("", resume={**decision(asked), "digest": "0" * 64})["interrupts"]
    assert order(shop).status == "pending"


def test_resuming_twice_does_it_once(say: Say, shop: SqlShop) -> None:
    asked = say("cancel my last order")
    say("", resume=decision(asked))
    refunds = [payment for payment in order(shop).payments if payment.kind == "refund"]
    with pytest.raises(InvalidQueryError):
        say("", resume=decision(asked))
    assert [payment for payment in order(shop).payments if payment.kind == "refund"] == refunds


def test_a_crash_after_the_write_is_resumed_without_doing_it_again(brain: Brain, shop: SqlShop, parts: Parts) -> None:
    asked = ask(brain, "cancel my last order", principal=Principal(customer_id=OWNER), thread_id="t")
    writing = assemble(parts=parts, shop=shop)
    assert writing.gate is not None
    answer = decision(asked)
    writing.gate.decide(answer["proposal_id"], Principal(customer_id=OWNER), True, answer["digest"])
    writing.gate.execute(answer["proposal_id"], Principal(customer_id=OWNER))
    history = order(shop).history
    done = ask(brain, "yes", principal=Principal(customer_id=OWNER), thread_id="t")
    assert done["answer"].startswith("Done:")
    assert order(shop).history == history


def test_exchanging_the_boots_asks_for_a_size_that_is_not_there(say: Say, shop: SqlShop) -> None:
    asked = say("exchange the boots for a 9", "C0006")
    assert "interrupts" not in asked
    assert "Chelsea Boots" in asked["answer"]
    proposed = say("32", "C0006")
    assert proposed["interrupts"][0]["value"]["arguments"]["new_item_ids"] == ["F01015-BRN-32"]
    say("yes", "C0006")
    assert order(shop, "ORD-100491", "C0006").status == "exchange requested"


def test_returning_an_item_by_its_words(say: Say, shop: SqlShop) -> None:
    proposed = say("return the blazer", "C0003")
    assert proposed["interrupts"][0]["value"]["arguments"]["item_ids"] == ["F00629-WHT-M"]
    assert "back, to your" in proposed["answer"]
    say("yes", "C0003")
    assert order(shop, "ORD-101415", "C0003").status == "return requested"


def test_which_order_is_asked_and_not_guessed(say: Say) -> None:
    asked = say("return my order", "C0005")
    assert "Which order do you mean" in asked["answer"]
    assert say("ORD-100310", "C0005")["interrupts"][0]["value"]["arguments"]["order_id"] == "ORD-100310"


def test_an_address_is_asked_for(say: Say, shop: SqlShop) -> None:
    assert "To which address?" in say("change the delivery address")["answer"]
    say(ADDRESS)
    say("ok")
    address = order(shop).address
    assert address is not None
    assert (address.line1, address.city, address.postal_code) == ("12 Elm Street", "Portland", "97201")


def test_what_the_rules_refuse_is_not_proposed(say: Say) -> None:
    refused = say("cancel my last order", OTHER)
    assert "interrupts" not in refused
    assert refused["answer"].startswith("Non-pending order cannot be cancelled. Order ORD-101461 is shipped.")
    assert "order:ORD-101461" in [citation["source_id"] for citation in refused["citations"]]


def test_a_guest_is_asked_to_sign_in(say: Say) -> None:
    assert "sign in" in say("cancel my last order", "")["answer"]


@pytest.mark.parametrize(
    "wish",
    [
        *(f"cancel {PENDING}", f"change the address of {PENDING} to {ADDRESS}", f"pay order {PENDING} with paypal"),
        *(f"return everything from {PENDING}", f"undo the change of {PENDING}", f"refund {PENDING}, it was damaged"),
    ],
)
def test_another_customers_order_is_not_found(say: Say, shop: SqlShop, wish: str) -> None:
    before = order(shop)
    told = say(wish, OTHER)
    assert "interrupts" not in told
    assert f"I found no order {PENDING} in your account" in told["answer"]
    assert order(shop) == before


def test_another_customer_cannot_answer(brain: Brain, say: Say, shop: SqlShop) -> None:
    asked = say("cancel my last order")
    stolen = ask(brain, principal=Principal(customer_id=OTHER), thread_id="t", resume=decision(asked))
    assert "no such proposal in this account" in stolen["answer"]
    assert order(shop).status == "pending"


def test_two_threads_of_two_customers_do_not_touch_each_other(say: Say, shop: SqlShop) -> None:
    say("cancel my last order", OWNER, "one")
    say("return the blazer", "C0003", "two")
    say("yes", "C0003", "two")
    assert order(shop).status == "pending"
    say("yes", OWNER, "one")
    assert order(shop).status == "cancelled"
    assert order(shop, "ORD-101415", "C0003").status == "return requested"


def test_from_the_cart_to_the_order(say: Say, shop: SqlShop) -> None:
    say("Show me the Hearth & Hollow Embroidered Cotton Cropped Cardigan")
    assert "which one of" in say("add two of those to my cart")["answer"]
    assert "Put 2 x" in say("size M in forest green")["answer"]
    say("yes")
    assert "WELCOME10" in say("apply my best voucher")["answer"]
    say("yes")
    assert "How do you want to pay" in say("check out")["answer"]
    proposed = say("with paypal")
    assert proposed["interrupts"][0]["value"]["tool"] == "place_order"
    done = say("yes")
    newest = shop.orders.recent(OWNER, 1)[0]
    assert done["answer"].startswith("Done: Order 2 x")
    assert f"order:{newest.id}" in [citation["source_id"] for citation in done["citations"]]
    assert [(line.sku, line.quantity) for line in newest.lines] == [("F00467-FOR-M", 2)]
    assert newest.total_cents == proposed["interrupts"][0]["value"]["effect_cents"]


def test_an_empty_cart_and_points_that_are_not_there(say: Say) -> None:
    assert say("check out")["answer"].startswith("Your cart is empty.")
    assert say("use my points")["answer"].startswith("Your cart is empty.")


def test_the_stream_asks_in_sentences_and_as_data(brain: Brain) -> None:
    events = list(stream_answer(brain, "cancel my last order", principal=Principal(customer_id=OWNER), thread_id="t"))
    said = "".join(event["data"]["text"] for event in events if event["type"] == "sentence")
    assert said == events[-1]["data"]["answer"]
    assert [event["data"]["value"]["type"] for event in events if event["type"] == "interrupt"] == ["approval"]


def test_asynchronously(brain: Brain, shop: SqlShop) -> None:
    async def talk() -> dict[str, Any]:
        principal = Principal(customer_id=OWNER)
        await aask(brain, "cancel my last order", principal=principal, thread_id="t")
        return await aask(brain, "ja", principal=principal, thread_id="t")

    assert asyncio.run(talk())["answer"].startswith("Done:")
    assert order(shop).status == "cancelled"


def test_as_a_plain_graph_with_a_command(brain: Brain, shop: SqlShop) -> None:
    config: Any = {"configurable": {"thread_id": "studio"}}
    context = Principal(customer_id=OWNER)
    brain.invoke({"query": "cancel my last order"}, config, context=context)
    assert "Done:" in brain.invoke(Command(resume="yes"), config, context=context)["answer"]
    assert order(shop).status == "cancelled"


def test_without_a_checkpointer_it_is_proposed_and_nothing_is_done(parts: Parts, shop: SqlShop) -> None:
    brain = build_brain(assemble(parts=parts, shop=shop))
    told = ask(brain, "cancel my last order", principal=Principal(customer_id=OWNER))
    assert told["interrupts"]
    assert "Shall I do this?" in told["answer"]
    assert order(shop).status == "pending"


def test_a_shop_that_is_only_read_says_so(parts: Parts, shop: SqlShop) -> None:
    settings = parts.settings.model_copy(update={"orders_writable": False})
    read_only = assemble(settings, parts=parts, shop=shop)
    assert read_only.gate is None
    told = ask(build_brain(read_only), "cancel my last order", principal=Principal(customer_id=OWNER))
    assert "I cannot change orders here" in told["answer"]
    assert order(shop).status == "pending"
