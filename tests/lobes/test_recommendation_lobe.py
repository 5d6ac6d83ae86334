"""What the recommendation lobe suggests, and why."""

from copy import copy
from datetime import datetime, timedelta

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.intents import Intent
from seamless_retail.core.orders import Order, OrderLine
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.recommendation import NOTHING_DUE, SIGN_IN, RecommendationLobe


@pytest.fixture(scope="module")
def suggest(corner_shop, word_retriever, ask):
    lobe = RecommendationLobe(corner_shop, word_retriever)
    return lambda customer="", **understood: lobe(ask("recommend", Intent.RECOMMENDATION, customer, **understood))


def suggested(report):
    return [claim.product_id for claim in report.claims if claim.kind == "recommendation"]


def test_best_sellers_for_a_guest_with_their_sales(suggest):
    report = suggest()
    assert report.claims[0].kind == "best_sellers"
    assert all("sold a week" in claim.text for claim in report.claims[1:])
    assert report.claims[1].citations[-1].source_id == "catalogue:best-sellers"


def test_what_resembles_the_customers_orders_without_what_they_have(suggest):
    report = suggest("C1")
    assert report.claims[0].kind == "for_you"
    assert "F1" not in suggested(report)
    assert "like the Marisol Wrap Dress you ordered" in report.claims[1].text
    assert any(citation.source_id.startswith("order:") for citation in report.claims[1].citations)


def test_what_is_like_a_product_says_in_what(suggest):
    report = suggest(selected_product_id="F1", wants=("similar",))
    assert report.claims[0].text == "These are like the Marisol Wrap Dress."
    assert suggested(report)[0] == "F2"
    assert "for summer" in report.claims[1].text


def test_without_shared_orders_it_says_so_and_suggests_what_is_alike(suggest):
    report = suggest(selected_product_id="F1", wants=("complement",))
    assert report.missing == ("I found nothing that others bought with Marisol Wrap Dress.",)
    assert suggested(report)


def test_filters_hold_and_the_reason_is_what_was_asked(suggest):
    report = suggest(query=ProductQuery(categories=("dress",), attributes={"season": ("winter",)}))
    assert suggested(report) == ["F3"]
    assert report.claims[0].text == "Of our winter dresses, I suggest these."


def test_nothing_out_of_stock_is_suggested(suggest):
    report = suggest(query=ProductQuery(categories=("dress",), colors=("red",)))
    assert "F3" not in [p for p in suggested(report) if "in stock" not in str(report.claims)]
    assert report.claims[0].kind == "no_match"


def test_excluded_allergens_are_not_suggested(suggest):
    report = suggest(query=ProductQuery(categories=("granola",), exclude_allergens=(Allergen.NUTS,)))
    assert suggested(report) == ["G6"]


def test_when_there_is_nothing_it_says_so(suggest):
    report = suggest(query=ProductQuery(categories=("cheese",), attributes={"diet": ("vegan",)}))
    assert report.status == "empty"
    assert report.missing == ("I found nothing in stock to suggest.",)
    assert [claim.kind for claim in report.claims] == ["no_match"]


def test_what_is_due_again_is_told_with_the_customers_own_rhythm(corner_shop, word_retriever, ask):
    class Orders:
        """Granola twice, thirty days apart, the last time a month ago; a dress as often."""

        def recent(self, customer_id, limit=5):
            lines = tuple(
                OrderLine(sku=f"{id}-STD", product_id=id, name=id, quantity=1, unit_price_cents=100)
                for id in ("G6", "F1")
            )
            days = (datetime.combine(corner_shop.today(), datetime.min.time()) - timedelta(days=d) for d in (30, 60))
            return [
                Order(id=f"O{day:%j}", customer_id=customer_id, status="delivered", placed_at=day, lines=lines)
                for day in days
            ]

    shop = copy(corner_shop)
    shop.orders = Orders()
    lobe = RecommendationLobe(shop, word_retriever)
    report = lobe(ask("what should I buy again?", Intent.RECOMMENDATION, "C1", wants=("repurchase",)))
    assert report.claims[0].kind == "due_again"
    assert suggested(report) == ["G6"], "a dress is not used up"
    rhythm = "you ordered it twice, about every 30 days, last 30 days ago"
    assert rhythm in report.claims[1].text
    assert report.claims[1].citations[-1].quote == f"Puffed Rice Granola: {rhythm}"


def test_nothing_due_is_said_and_a_guest_is_asked_to_sign_in(suggest):
    again = {"wants": ("repurchase",)}
    assert suggest("C1", **again).missing == (NOTHING_DUE,)
    guest = suggest(**again)
    assert guest.missing == (SIGN_IN,)
    assert guest.claims[0].kind == "best_sellers"


def test_suggestions_by_ones_orders_need_no_other_words(suggest):
    report = suggest("C1", wants=("personal",), query=ProductQuery(text="past"))
    assert report.claims[0].kind == "for_you"


def test_what_the_food_check_warns_of_is_not_among_the_suggestions(corner_shop, word_retriever, ask):
    class Warns:
        def warnings(self, principal, products):
            assert principal.customer_id == "C1"
            return {"F2": "No."}

    lobe = RecommendationLobe(corner_shop, word_retriever, food_check=Warns())
    report = lobe(ask("recommend something for me", Intent.RECOMMENDATION, "C1"))
    assert suggested(report)
    assert "F2" not in suggested(report)
