"""What the customer-care lobe says to a customer about their own affairs, and to a guest."""

import pytest

from seamless_retail.core.intents import Intent
from seamless_retail.lobes.empathy import EmpathyLobe

ORDER, RETURNS, POINTS, CHAT = (
    Intent.ORDER_STATUS,
    Intent.RETURNS_EXCHANGE,
    Intent.LOYALTY_PROGRAM,
    Intent.GENERAL_CHAT,
)


@pytest.fixture(scope="module")
def report(corner_shop, word_retriever, ask):
    lobe = EmpathyLobe(corner_shop, word_retriever)
    return lambda *arguments, **understood: lobe(ask(*arguments, **understood))


def text(report):
    return " ".join(claim.text for claim in report.claims)


def sources(report):
    return {citation.source_id for claim in report.claims for citation in claim.citations}


def test_where_is_my_order_is_the_latest_with_status_day_and_tracking(report):
    said = text(report("where is my order?", ORDER, "C1"))
    assert "Your order ORD-100003 was shipped on" in said
    assert "It is expected on November 22, 2026." in said
    assert "TRK77" in said


def test_a_named_order_and_the_one_before_it(report):
    assert "ORD-100002 was delivered" in text(report("ORD-100002?", ORDER, "C1", order_id="ORD-100002"))
    before = report("and the one before?", ORDER, "C1", order_id="ORD-100003", wants=("previous_order",))
    assert "ORD-100001" in text(before)


def test_all_orders_are_listed_newest_first(report):
    claims = report("show my orders", ORDER, "C1").claims
    assert [claim.facts["order"] for claim in claims] == ["ORD-100003", "ORD-100001", "ORD-100002"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what did I order?", "1 x Marisol Wrap Dress"),
        ("how much did my order cost?", "Its total is $45.00."),
        ("when did I place my order?", "You placed it on November 18, 2026."),
    ],
)
def test_what_is_asked_of_an_order_is_told(report, question, expected):
    assert expected in text(report(question, ORDER, "C1"))


def test_another_customers_order_is_not_found_and_nothing_of_it_is_shown(report):
    told = report("where is ORD-100004?", ORDER, "C1", order_id="ORD-100004")
    assert told.missing == ("I found no order ORD-100004 in your account.",)
    assert sources(told) == {"policy:signing-in"}


@pytest.mark.parametrize(
    ("question", "intent"), [("where is my order", ORDER), ("my points?", POINTS), ("return my order", RETURNS)]
)
def test_a_guest_is_asked_to_sign_in_by_the_policy(report, question, intent):
    told = report(question, intent)
    assert told.claims[-1].kind == "sign_in_needed"
    assert "please sign in first" in told.claims[-1].text
    assert all(source.startswith("policy:") for source in sources(told))


def test_a_customer_without_orders(report):
    assert report("where is my order?", ORDER, "C3").missing == ("I found no order in your account.",)


def test_within_the_return_window_by_the_orders_dates_and_the_policys_number(report):
    told = report("can I return my order ORD-100001?", RETURNS, "C1", order_id="ORD-100001")
    assert "You have 30 days from delivery to return it, until December 3, 2026." in text(told)
    assert {"order:ORD-100001", "policy:returns-window"} <= sources(told)


def test_after_the_return_window(report):
    told = report("can I return my order ORD-100002?", RETURNS, "C1", order_id="ORD-100002")
    assert "The 30 days to return it ended on September 24, 2026." in text(told)


def test_an_order_cannot_be_changed_here_and_the_policy_tells_how(report):
    told = report("please cancel my order", RETURNS, "C2")
    assert "has been pending since" in text(told)
    assert "You can cancel an order while its status is pending." in text(told)
    assert told.missing == ("I cannot change orders here; customer care can.",)


def test_a_general_question_about_returns_needs_no_account(report):
    told = report("how long do I have to return something within days of delivery?", RETURNS)
    assert "You can return most items within 30 days of delivery" in text(told)
    assert "sign_in_needed" not in [claim.kind for claim in told.claims]


@pytest.mark.parametrize(
    ("question", "expected", "not_said"),
    [
        ("how many points do I have?", "You have 320 points.", "tier"),
        ("what is my tier?", "Your tier is bronze, which earns 1 point per dollar.", "320"),
        ("how far am I from the next tier?", "You need 180 more points to reach silver.", "expire"),
        ("when do my points expire?", "320 points expire on September 1, 2027.", "tier"),
        ("what are my perks?", "Your perks: member prices.", "320"),
    ],
)
def test_the_loyalty_account_tells_what_is_asked(report, question, expected, not_said):
    said = text(report(question, POINTS, "C1"))
    assert expected in said
    assert not_said not in said


@pytest.mark.parametrize(
    ("message", "opening", "source"),
    [
        ("Hello!", "Hello! I can find products", "policy:assistant"),
        ("thank you so much", "You are welcome!", "policy:assistant"),
        ("your service is terrible", "I am sorry about that.", "policy:contact"),
        ("are you a robot?", "I can find products", "policy:assistant"),
        ("let me talk to a human", "If you would rather talk to a person", "policy:assistant"),
        ("tell me a joke", "I do not answer questions that have nothing to do with the shop", "policy:assistant"),
    ],
)
def test_small_talk_is_short_warm_and_cited(report, message, opening, source):
    told = report(message, CHAT)
    assert len(told.claims) == 1
    assert told.claims[0].text.startswith(opening)
    assert sources(told) == {source}


def test_a_stated_allergy_is_acknowledged(report):
    said = text(report("I am allergic to peanuts", CHAT))
    assert said.startswith("Thank you for telling me: I leave out food that is not declared free of peanuts.")
