"""What is told of a picture: the product or the kind that it shows, or nothing; and never that it is safe."""

from dataclasses import replace

import pytest

from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.core.queries import ProductQuery
from seamless_retail.core.sightings import Label, SeenProduct, Sighting
from seamless_retail.core.sources import resolve
from seamless_retail.lobes.composer import Composer
from seamless_retail.lobes.conformance import violations
from seamless_retail.lobes.draft import Draft
from seamless_retail.lobes.guardrails.grounding import evidence_for, problems
from seamless_retail.lobes.registry import LobeServices, make_lobes
from seamless_retail.lobes.visual import BY_LABEL, SEND_ONE, WHAT_HELPS


def sighting(**more) -> Sighting:
    return Sighting(sha256="ab" * 32, source="photo.jpg", width=640, height=480, **more)


GRANOLA = ProductQuery(categories=("granola",))
UNKNOWN = sighting(labels=(Label("Oatfield granola", 0.2),))
KIND = sighting(labels=(Label("Oatfield granola", 0.91), Label("Corn flakes", 0.04)), recognised=True, query=GRANOLA)
UNSURE = sighting(labels=(Label("Oatfield granola", 0.6), Label("Corn flakes", 0.3)), recognised=True, query=GRANOLA)
APPLE = sighting(labels=(Label("Granny Smith apple", 0.97),), recognised=True, query=ProductQuery(text="granny smith"))
SURE = sighting(
    products=(SeenProduct(product_id="G3", score=0.97, found_by="picture"),), recognised=True, sure=True, query=GRANOLA
)


class Eyes:
    """Never asked: what was seen comes with the request."""

    def look(self, pictures, k=5):
        raise AssertionError


@pytest.fixture(scope="module")
def lobe(corner_shop, word_retriever):
    return make_lobes(LobeServices(corner_shop, word_retriever, sight=Eyes()))["visual"]


@pytest.fixture(scope="module")
def picture(ask):
    """A request with a picture; ``words`` is the intent that the words alone have."""

    def made(text, *seen, words=Intent.PRODUCT_INQUIRY, **more):
        request = ask(text, Intent.VISUAL_SEARCH, **more)
        intent = IntentPrediction(intent=Intent.VISUAL_SEARCH, confidence=1.0, alternatives=((words, 0.9),))
        return replace(request, intent=intent, sightings=seen)

    return made


def kinds(report) -> list[str]:
    return [claim.kind for claim in report.claims]


def offered(report) -> list[str]:
    return [claim.product_id for claim in report.claims if claim.kind == "product_offer"]


def test_it_is_ready_when_there_is_something_to_look_with(lobe, corner_shop, word_retriever):
    assert lobe.is_ready().ready
    without = make_lobes(LobeServices(corner_shop, word_retriever, sight_missing="It is empty."))["visual"]
    assert (without.is_ready().ready, without.is_ready().reason) == (False, "It is empty.")


def test_without_a_picture_it_asks_for_one(lobe, ask):
    assert lobe(ask("what is in this photo", Intent.VISUAL_SEARCH)).missing == (SEND_ONE,)


def test_a_product_that_is_sure_is_answered_for_from_its_record(lobe, picture):
    report = lobe(picture("What is this?", SURE))
    assert kinds(report)[:2] == ["picture_of", "price"]
    assert {claim.product_id for claim in report.claims} == {"G3"}
    cited = {citation.source_id for citation in report.claims[0].citations}
    assert cited == {"product:G3", "picture:abababababababab"}
    assert "ab" * 32 in report.claims[0].citations[1].quote


def test_its_stock_is_told_when_asked_for(lobe, picture):
    report = lobe(picture("do you have this in stock?", SURE, query=ProductQuery(in_stock=True), wants=("stock",)))
    assert "stock" in kinds(report)[1]


def test_safety_is_judged_by_the_label_and_said_to_be(lobe, picture):
    report = lobe(picture("is this safe for my nut allergy?", SURE, wants=("allergens",)))
    assert "contains_allergen" in kinds(report)
    assert report.missing[-1] == BY_LABEL.format(name="Honey Almond Granola")


@pytest.mark.parametrize("seen", [KIND, UNSURE, APPLE, UNKNOWN])
@pytest.mark.parametrize(
    "text", ["is this safe for my nut allergy?", "can I eat this?", "does it contain milk", "nut-free?"]
)
def test_no_picture_clears_food(lobe, picture, seen, text):
    report = lobe(picture(text, seen))
    assert "picture_not_cleared" in kinds(report)
    assert offered(report) == []
    assert not any(claim.product_id for claim in report.claims)


def test_a_kind_is_told_with_its_certainty_and_the_nearest_products(lobe, picture):
    report = lobe(picture("What is this?", KIND))
    assert kinds(report)[:2] == ["picture_shows", "nearest_to_picture"]
    assert "91 %" in report.claims[0].text
    assert set(offered(report)) == {"G1", "G2", "G3", "G4", "G6"}
    doubtful = lobe(picture("What is this?", UNSURE))
    assert "Oatfield granola (60 %), but also Corn flakes (30 %)" in doubtful.claims[0].text


def test_this_but_cheaper_leaves_the_product_and_what_costs_as_much(lobe, picture):
    report = lobe(picture("this, but cheaper", SURE, query=ProductQuery(sort="price_ascending")))
    assert kinds(report)[0] == "picture_of"
    assert set(offered(report)) == {"G1", "G2", "G6"}  # G3 is $6.99, G4 is dearer
    assert not report.claims[0].product_id  # so that "the first one" is the first of the list


def test_what_the_words_filter_must_hold(lobe, picture):
    query = ProductQuery(attributes={"diet": ("vegan",)})
    assert set(offered(lobe(picture("something like this but vegan", KIND, query=query)))) == {"G1", "G6"}


def test_what_the_shop_does_not_sell_is_said(lobe, picture):
    report = lobe(picture("What is this?", APPLE))
    assert kinds(report) == ["picture_shows", "nothing_like_picture"]
    assert "Granny Smith apple" in report.claims[1].text


def test_products_whose_pictures_are_alike_come_first(lobe, picture):
    alike = KIND.model_copy(update={"products": (SeenProduct(product_id="G6", score=0.8, found_by="picture"),)})
    assert offered(lobe(picture("What is this?", alike)))[0] == "G6"


def test_an_unknown_picture_is_not_guessed_at(lobe, picture):
    report = lobe(picture("What is this?", UNKNOWN))
    assert kinds(report) == ["not_recognised"]
    assert report.missing == (WHAT_HELPS,)


def test_words_that_name_a_kind_are_answered_beside_an_unknown_picture(lobe, picture):
    report = lobe(picture("do you have granola like this?", UNKNOWN, query=GRANOLA))
    assert kinds(report)[0] == "not_recognised"
    assert len(offered(report)) == 5


@pytest.mark.parametrize("seen", [SURE, KIND])
def test_what_other_lobes_answer_is_left_to_them(lobe, picture, seen):
    report = lobe(picture("can I return this?", seen, words=Intent.RETURNS_EXCHANGE))
    assert len(report.claims) == 1


def test_a_picture_that_could_not_be_looked_at_is_told(lobe, picture):
    report = lobe(picture("What is this?", sighting(problem="The encoder is broken.")))
    assert report.missing == ("The encoder is broken.",)
    assert report.claims == ()


def test_it_keeps_the_contract_of_lobes(lobe, picture, corner_shop):
    texts = ("What is this?", "this, but cheaper", "is this safe for my nut allergy?", "?", "a" * 3000)
    requests = [picture(text, seen) for text in texts for seen in (SURE, KIND, UNSURE, APPLE, UNKNOWN)]
    requests.append(picture("What is this?", UNKNOWN, KIND, SURE))
    assert violations(lobe, requests, lambda source_id, request: resolve(corner_shop, source_id)) == []


@pytest.mark.parametrize("seen", [SURE, KIND, UNSURE, APPLE, UNKNOWN])
def test_its_answers_are_grounded(lobe, picture, seen):
    report = lobe(picture("What is this?", seen))
    draft = Draft(question="What is this?", intent=Intent.VISUAL_SEARCH, lead="visual", claims=report.claims)
    composition = Composer().compose(draft)
    assert problems(composition.sentences, evidence_for(composition.citations, report.claims)) == []
