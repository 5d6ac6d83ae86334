"""Looking at the pictures of a turn, what "this" means beside one, and which lobes run."""

import io

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from PIL import Image

from seamless_retail.core.errors import ImageRefusedError
from seamless_retail.core.images import given_block
from seamless_retail.core.intents import Intent, IntentPrediction
from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.core.sightings import Label, SeenProduct, Sighting
from seamless_retail.lobes.pictures import TROUBLE, WITHOUT_WORDS, Look, asks_for_others, focus_on, seen_in
from seamless_retail.lobes.router import CANNOT_YET, Router, fan_out
from seamless_retail.tools.understanding import CatalogueQueryReader


def _block(color="red"):
    file = io.BytesIO()
    Image.new("RGB", (32, 24), color).save(file, "PNG")
    return given_block(file.getvalue())


class Eyes:
    """See in every picture what they are told."""

    def __init__(self, **seen):
        self.seen = seen

    def look(self, pictures, k=5):
        if "raises" in self.seen:
            raise self.seen["raises"]
        return [
            Sighting(sha256=p.sha256, source=p.source, width=p.width, height=p.height, **self.seen) for p in pictures
        ]


GRANOLA = Eyes(labels=(Label("Toasted granola", 0.9),), recognised=True)
G1 = (SeenProduct(product_id="G1", score=0.95, found_by="picture"),)
SURE = Eyes(products=G1, recognised=True, sure=True)


@pytest.fixture(scope="module")
def reader(corner_shop):
    return CatalogueQueryReader(corner_shop.catalogue.vocabulary())


@pytest.fixture(scope="module")
def look(corner_shop, reader):
    def run(state, sight=GRANOLA):
        return Look(corner_shop, reader, sight)(state)

    return run


def test_a_turn_without_pictures_is_left_alone(look):
    assert look({"query": "hello", "messages": [HumanMessage("hello")]}) == {"sight": []}


def test_what_is_seen_stays_and_the_picture_goes(look):
    update = look({"query": "", "images": [_block()]})
    (seen,) = update["sight"]
    assert (seen["width"], seen["labels"]) == (32, [["Toasted granola", 0.9]])
    assert seen["query"]["categories"] == ["granola"]
    assert update["images"] == []
    assert update["query"] == WITHOUT_WORDS
    assert len(str(update)) < 3000


def test_messages_lose_their_pictures_and_keep_their_words(look):
    url = f"data:image/png;base64,{_block()['base64']}"
    parts = [{"type": "text", "text": "is it vegan?"}, {"type": "image_url", "image_url": {"url": url}}]
    old = HumanMessage([{"type": "image_url", "image_url": {"url": url}}], id="old")
    update = look({"query": "is it vegan?", "messages": [old, AIMessage("?"), HumanMessage(parts, id="new")]})
    first, last = update["messages"]
    assert (first.id, first.content) == ("old", f"[picture] {WITHOUT_WORDS}")
    assert last.id == "new"
    assert last.content.startswith("[picture upload, sha256 ")
    assert last.content.endswith("] is it vegan?")
    assert len(update["sight"]) == 1  # only the message that is answered is looked at


def test_a_name_that_a_product_has_makes_it_sure(look):
    named = look(
        {"query": "", "images": [_block()]}, Eyes(labels=(Label("Toasted Oat Granola", 0.93),), recognised=True)
    )
    assert named["sight"][0]["sure"]
    assert named["sight"][0]["products"][0] == {"product_id": "G1", "score": 0.93, "found_by": "label"}
    likely = look(
        {"query": "", "images": [_block()]}, Eyes(labels=(Label("Toasted Oat Granola", 0.6),), recognised=True)
    )
    assert not likely["sight"][0]["sure"]


def test_a_name_that_is_only_like_a_product_s_makes_nothing_sure(look):
    seen = look({"query": "", "images": [_block()]}, Eyes(labels=(Label("Toasted granola", 0.99),), recognised=True))
    assert not seen["sight"][0]["sure"]
    assert seen["sight"][0]["query"]["categories"] == ["granola"]


def test_a_name_is_of_the_kind_that_its_last_word_says_in_the_departments_that_are_known(look):
    for name, departments, categories in (
        ("Oat dress", ("grocery",), []),
        ("Oat dress", (), ["dress"]),
        ("Dress tomato", (), []),
    ):
        eyes = Eyes(labels=(Label(name, 0.9),), recognised=True, departments=departments)
        assert look({"query": "", "images": [_block()]}, eyes)["sight"][0]["query"]["categories"] == categories


def test_a_product_that_is_gone_is_not_sure(look):
    gone = (SeenProduct(product_id="GONE", score=1.0, found_by="picture"),)
    assert not look({"query": "", "images": [_block()]}, Eyes(products=gone, recognised=True, sure=True))["sight"][0][
        "sure"
    ]


def test_bad_pictures_are_refused_and_too_many_are(look):
    for images, reason in (([{"type": "image", "base64": "AAAA"}], "not_an_image"), ([_block()] * 5, "too_many")):
        with pytest.raises(ImageRefusedError) as refusal:
            look({"query": "", "images": images})
        assert refusal.value.reason == reason


def test_a_defect_of_the_encoder_costs_only_the_sight(look, caplog):
    update = look({"query": "", "images": [_block()]}, Eyes(raises=RuntimeError("no")))
    assert update["sight"][0]["problem"] == TROUBLE
    assert "could not be looked at" in caplog.text


def test_without_an_encoder_the_picture_is_only_named(look):
    assert look({"query": "", "images": [_block()]}, None)["sight"][0]["recognised"] is False


@pytest.mark.parametrize(
    "text", ["this, but cheaper", "anything like this?", "do you have a cheaper one", "something similar"]
)
def test_words_that_want_something_else(text):
    assert asks_for_others(text)


@pytest.mark.parametrize("text", ["What is this?", "is this vegan", "but is this safe?", "how much does it cost"])
def test_words_that_want_the_thing_itself(text):
    assert not asks_for_others(text)


def test_this_means_what_the_picture_shows_and_nothing_before_it(look):
    before = Focus(product_ids=("F1", "F2"), selected_product_id="F1", order_id="ORD-1", statements=({"kind": "diet"},))
    sure = seen_in(look({"query": "", "images": [_block()]}, SURE))
    assert focus_on(before, sure, "how much is it?").selected_product_id == "G1"
    for seen, text in ((sure, "this, but cheaper"), (seen_in(look({"query": "", "images": [_block()]})), "it")):
        after = focus_on(before, seen, text)
        assert (after.product_ids, after.selected_product_id, after.order_id) == ((), "", "")
        assert after.query.categories == ("granola",)
        assert after.statements == before.statements
    assert focus_on(before, (), "it") is before


class Words:
    """Name one intent for every text."""

    def __init__(self, intent):
        self.intent = intent

    def classify(self, texts):
        return [IntentPrediction(intent=self.intent, confidence=0.9) for _ in texts]


@pytest.fixture(scope="module")
def route(look, reader):
    def run(text, intent, sight=SURE, lobes=("visual", "inventory", "empathy", "context")):
        state = {"query": text, "images": [_block()]}
        state |= look(state, sight)
        return state | Router(Words(intent), reader, lobes)(state)

    return run


@pytest.mark.parametrize("intent", list(Intent))
def test_a_picture_leads_to_the_visual_lobe_whatever_the_words_want(route, intent):
    state = route("tell me about this", intent)
    assert state["route"]["primary"] == "visual"
    assert state["intent"]["intent"] == Intent.VISUAL_SEARCH


def test_the_words_intent_is_kept_and_its_lobes_get_it(route):
    state = route("can I return this?", Intent.RETURNS_EXCHANGE)
    assert state["intent"]["alternatives"][0][0] == Intent.RETURNS_EXCHANGE
    visual, empathy, context = fan_out(state)
    assert (visual.node, empathy.node, context.node) == ("visual", "empathy", "context")
    assert visual.arg["intent"]["intent"] == Intent.VISUAL_SEARCH
    assert empathy.arg["intent"]["intent"] == Intent.RETURNS_EXCHANGE
    assert empathy.arg["sight"] == state["sight"]


def test_this_is_the_product_of_the_picture(route):
    state = route("do you have this in stock?", Intent.INVENTORY_CHECK)
    assert state["understanding"]["selected_product_id"] == "G1"
    assert "stock" in state["understanding"]["wants"]
    assert state["focus"]["selected_product_id"] == "G1"


def test_this_but_cheaper_is_read_on_the_kind(route):
    query = ProductQuery.model_validate(route("this, but cheaper", Intent.PRODUCT_INQUIRY)["understanding"]["products"])
    assert (query.categories, query.sort) == (("granola",), "price_ascending")


def test_without_a_visual_lobe_the_words_are_answered_and_the_rest_is_told(route):
    state = route("do you have granola?", Intent.PRODUCT_INQUIRY, lobes=("inventory", "context"))
    assert state["route"]["primary"] == "inventory"
    assert state["route"]["missing"] == [CANNOT_YET["visual"]]
