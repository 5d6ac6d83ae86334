"""What the inventory lobe says about searches and about single products."""

import pytest

from seamless_retail.core.intents import Intent
from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.lobes.guardrails.household import read_message, remembered
from seamless_retail.lobes.inventory import InventoryLobe
from seamless_retail.tools.understanding import CatalogueQueryReader


@pytest.fixture(scope="module")
def report(corner_shop, word_retriever, ask):
    """Reads a message with the real reader and reports on it."""
    lobe, reader = InventoryLobe(corner_shop, word_retriever), CatalogueQueryReader(corner_shop.catalogue.vocabulary())

    def run(text, customer="", selected="", said=""):
        ids = (selected,) if selected else ()
        focus = Focus(
            selected_product_id=selected, product_ids=ids, statements=tuple(remembered((), read_message(said)))
        )
        understanding = reader.read(text, focus)
        fields = understanding.model_dump(include={"order_id", "is_follow_up", "selected_product_id", "wants", "notes"})
        return lobe(ask(text, Intent.PRODUCT_INQUIRY, customer, query=understanding.products, focus=focus, **fields))

    return run


def kinds(report):
    return [claim.kind for claim in report.claims]


def text(report):
    return " ".join(claim.text for claim in report.claims)


def test_only_products_that_satisfy_every_filter_are_offered(report, corner_shop, ask):
    found = report("Find blue summer dresses under $50")
    assert kinds(found) == ["match_count", "product_offer", "product_offer"]
    assert "I found 2 blue summer dresses under $50." in text(found)
    for product in corner_shop.catalogue.get_many([claim.product_id for claim in found.claims if claim.product_id]):
        assert product.category == "dress"
        assert "summer" in product.attributes["season"]
        assert any(v.color == "blue" and v.price.cents < 5000 for v in product.variants)


NARROWED = (
    ("C2", "", {"G1", "G6"}, "without peanuts", "the profile's allergy"),
    ("C3", "", {"G6"}, "vegan and without nuts", "the profile's allergy and diet"),
    ("", "I am allergic to nuts", {"G6"}, "without nuts", "an allergy stated earlier in the conversation"),
    ("C2", "I am allergic to gluten", {"G6"}, "without peanuts or gluten", "both"),
)


@pytest.mark.parametrize(("customer", "said", "offered", "declared", "why"), NARROWED)
def test_offers_are_those_declared_to_suit_the_customer(report, customer, said, offered, declared, why):
    found = report("show me granola", customer, said=said)
    assert kinds(found)[:2] == ["match_count", "suitable"], why
    assert f"I found 5 kinds of granola. Of these, {len(offered)}" in text(found)
    assert declared in found.claims[1].text
    assert {claim.product_id for claim in found.claims[2:]} == offered


def test_dresses_are_not_narrowed_by_what_one_may_eat(report):
    assert kinds(report("summer dresses", "C3")) == kinds(report("summer dresses"))


def test_an_offer_tells_the_price_options_and_stock_of_the_fitting_variants(report):
    found = report("blue dresses in size m under $50")
    assert "Marisol Wrap Dress: $45.00, in blue, size M, in stock." in text(found)


def test_when_nothing_matches_it_says_so_and_names_what_it_left_out(report):
    found = report("green dresses under $50")
    assert kinds(found)[:2] == ["no_match", "relaxation"]
    assert "I found no green dresses under $50." in text(found)
    assert "Leaving out the color green, I found 2 dresses under $50." in text(found)
    assert found.confidence < 0.95


@pytest.mark.parametrize("question", ["vegan cheese", "do you have unicorn horns?"])
def test_words_that_no_product_answers_find_nothing(report, question):
    found = report(question)
    assert kinds(found) == ["no_match"]
    assert found.status == "empty"


def test_a_free_question_is_answered_from_the_description(report):
    assert text(report("does it have pockets?", selected="F1")) == "It has pockets."


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how much is the Marisol Wrap Dress?", "The Marisol Wrap Dress costs $45.00."),
        ("what is the Marisol Wrap Dress made of?", "The Marisol Wrap Dress is made of linen."),
        ("what sizes do the High-Rise Slim Jeans come in?", "The High-Rise Slim Jeans come in sizes 28, 30 and 32."),
        ("what colors does the Marisol Wrap Dress come in?", "The Marisol Wrap Dress comes in blue and white."),
        ("how do I wash the Trailhead Sneakers?", "The care of the Trailhead Sneakers is wipe clean."),
        ("what fit are the High-Rise Slim Jeans", "The fit of the High-Rise Slim Jeans is slim."),
        ("what are the ingredients of the Seeded Crackers?", "lists these ingredients: Oats, honey."),
        ("how much protein is in the Seeded Crackers?", "Per 100 g, the Seeded Crackers have protein 9.5 g."),
        ("is the Toasted Oat Granola vegan?", "The label of the Toasted Oat Granola says: vegan and vegetarian."),
        ("does the Seeded Crackers contain sesame?", "The Seeded Crackers contain sesame seeds"),
        ("does the Toasted Oat Granola contain milk?", "does not name milk, neither as contained nor as a trace"),
        ("may the Toasted Oat Granola contain nuts?", "The Toasted Oat Granola may contain nuts"),
        ("does the Farm Market Granola contain nuts?", "does not declare whether it contains nuts or peanuts"),
        ("what allergens are in the Peanut Crunch Granola?", "contains gluten and peanuts"),
        ("is the Marisol Wrap Dress on sale?", "in the promotion Dress days: 20 % off until November 30, 2026"),
    ],
)
def test_questions_about_one_product(report, question, expected):
    assert expected in text(report(question))


def test_a_size_that_does_not_exist_is_answered_with_those_that_do(report):
    found = report("does it come in size 42?", selected="F1")
    assert kinds(found) == ["not_offered"]
    assert "does not come in size 42; its sizes are S, M and L" in text(found)


def test_a_size_that_exists_is_answered_with_its_stock(report):
    found = report("does it come in size l in blue?", selected="F1")
    assert "offered" in kinds(found)
    assert "in blue, size L is in stock: 15 available" in text(found)
    assert "the Downtown store has 5 and the warehouse has 10" in text(found)


def test_what_is_sold_out_is_said_with_what_is_expected(report):
    found = report("is the Harbour Gown in stock in red?")
    assert "none_in_stock" in kinds(found)
    assert "expects 20 more in red, size S on December 1, 2026" in text(found)


def test_stock_at_one_store(report):
    assert "is out of stock at the Riverside store" in text(report("is it in stock at riverside?", selected="F2"))
    assert "is in stock at the Downtown store" in text(report("is it in stock at downtown?", selected="F2"))


def test_what_the_record_does_not_state_is_said_not_guessed(report):
    found = report("how do I wash it, and how many calories does it have?", selected="F1")
    assert kinds(found) == ["not_a_food", "not_stated"]
    assert "does not state the care" in text(found)
    assert found.claims[0].citations[0].quote == "Category: dress (fashion)"


def test_an_overview_when_nothing_particular_is_asked(report):
    found = report("tell me about the Marisol Wrap Dress")
    assert kinds(found)[:5] == ["price", "passage", "passage", "colors", "sizes"]


def test_the_cheapest_of_those_shown_is_told_about(report, corner_shop, word_retriever, ask):
    lobe = InventoryLobe(corner_shop, word_retriever)
    query = ProductQuery(product_ids=("F3", "F1", "F2"), sort="price_ascending")
    found = lobe(ask("the cheapest one please", Intent.PRODUCT_INQUIRY, query=query))
    assert {claim.product_id for claim in found.claims} == {"F2"}
    assert "The Tideline Shirt Dress costs $39.00." in text(found)


def test_a_fact_of_several_products_is_told_of_each(corner_shop, word_retriever, ask):
    lobe = InventoryLobe(corner_shop, word_retriever)
    query = ProductQuery(product_ids=("F1", "F2", "F3"))
    found = lobe(ask("what are they made of?", Intent.PRODUCT_INQUIRY, query=query, wants=("material",)))
    assert [claim.facts["value"] for claim in found.claims] == ["linen", "cotton", "wool"]


def test_only_products_on_promotion_are_offered_when_sales_are_asked_for(report):
    found = report("which dresses are on sale?")
    assert kinds(found)[0] == "promotion"
    assert {claim.product_id for claim in found.claims[1:]} == {"F1", "F2", "F3"}
    jeans = report("any jeans on sale?")
    assert jeans.missing == ("None of these is on promotion today.",)
    assert kinds(jeans) == ["match_count", "product_offer"]
