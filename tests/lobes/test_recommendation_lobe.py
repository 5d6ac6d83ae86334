"""What the recommendation lobe suggests, and why."""

import pytest

from seamless_retail.core.catalogue import Allergen
from seamless_retail.core.intents import Intent
from seamless_retail.core.queries import ProductQuery
from seamless_retail.lobes.recommendation import RecommendationLobe


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
