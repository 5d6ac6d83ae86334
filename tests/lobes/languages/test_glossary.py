"""The glossary's words, and the English that is written from them."""

import tomllib
from importlib.resources import files

import pytest

from seamless_retail.core.languages import LANGUAGES
from seamless_retail.lobes.languages.gloss import gloss
from seamless_retail.lobes.languages.glossary import glossary, kinds, languages, reacted_to
from seamless_retail.lobes.languages.notices import notice
from seamless_retail.lobes.languages.words import fold, split_words

NEEDED = {
    *("milk", "oat_milk", "cheese", "bread", "rice", "chocolate", "cookies", "honey", "fish", "eggs", "shirt", "dress"),
    *("shoes", "trousers", "jacket", "blue", "red", "black", "white", "vegan", "peanuts", "soy", "gluten", "sesame"),
    *(
        "allergic",
        "without",
        "under",
        "dollars",
        "stock",
        "have",
        "want",
        "where",
        "order",
        "cancel",
        "return",
        "refund",
    ),
    *("points", "store", "hours", "size", "safe", "thanks", "hello", "recommend", "cheaper"),
}


def test_every_language_but_english_has_a_glossary_with_the_words_that_matter() -> None:
    assert set(languages()) == {language.iso for language in LANGUAGES.values()} - {"en"}
    for iso in languages():
        known = glossary(iso)
        assert known is not None
        assert not NEEDED - known.terms.keys(), iso


def test_reactions_are_to_known_concepts() -> None:
    assert reacted_to() <= kinds().keys()


def test_notices_are_written_in_every_language() -> None:
    table = tomllib.loads((files("seamless_retail.lobes.languages") / "notices.toml").read_text(encoding="utf-8"))
    assert set(table) == {*languages(), "en"}
    assert all(set(table[iso]) == {"english", "lost", "partly", "unread"} for iso in languages())
    assert "inglés" in notice("lost", "spa_Latn")
    assert notice("lost", "swe_Latn") == ""


@pytest.mark.parametrize(
    ("iso", "text", "english"),
    [
        ("es", "¿Tienen leche de avena por menos de 4 dólares?", "Do you have oat milk under $4?"),
        ("hi", "मुझे मूंगफली से एलर्जी है, कोई चॉकलेट है?", "I am allergic to peanuts. I am looking for chocolate."),
        ("ta", "30 டாலருக்குள் சிவப்பு நிற சட்டை வேண்டும்", "I am looking for red shirt under $30."),
        ("bn", "৫০ ডলারের কমে একটা নীল জামা চাই", "I am looking for blue dress under $50."),
        (
            "de",
            "Ich bin gegen Erdnüsse allergisch, welche Haferkekse?",
            "I am allergic to peanuts. I am looking for oats or",
        ),
        ("fr", "Où en est ma commande ?", "Where is my order?"),
        ("ja", "グルテンなしのパンはありますか", "Do you have bread without gluten?"),
        ("zh-Hant", "還有蜂蜜嗎", "Is honey in stock?"),
        ("ru", "ищу синее платье дешевле 50 долларов", "I am looking for blue dress under $50."),
        ("it", "quanto costa il caffè decaffeinato?", "How much is decaffeinated coffee?"),
        ("pt", "quero trocar a camisa", "I want to exchange my shirt."),
        ("ar", "أين طلبي؟", "Where is my order?"),
        ("nl", "hoe laat gaat de winkel open?", "What are your opening hours?"),
        ("ko", "감사합니다", "Thank you!"),
        ("es", "camisetas rojas en talla M", "I am looking for red t-shirt in size M."),
        ("es", "quiero cancelar el pedido W123456", "I want to cancel my order W123456."),
        ("es", "xyzzy plugh", ""),
    ],
)
def test_messages_are_written_in_english(iso: str, text: str, english: str) -> None:
    known = glossary(iso)
    assert known is not None
    assert gloss(text, known).text.startswith(english)
    assert bool(gloss(text, known).text) == bool(english)


def test_the_nearest_food_is_the_one_reacted_to() -> None:
    known = glossary("es")
    assert known is not None
    read = gloss("¿Qué leche puedo tomar si soy alérgico a los cacahuetes y a la soja?", known)
    assert read.restricts == "I am allergic to peanuts and soy."
    assert "milk" in read.text.removeprefix(read.restricts)


def test_an_allergy_to_something_unknown_is_told() -> None:
    known = glossary("ta")
    assert known is not None
    assert gloss("எனக்கு தூசி ஒவ்வாமை உள்ளது", known).names_unknown_allergen


def test_names_of_the_catalogue_are_kept() -> None:
    known = glossary("es")
    assert known is not None
    assert (
        gloss("¿tienen queso Brisa Azul?", known, {"brisa azul"}.__contains__).text == "Do you have Brisa Azul cheese?"
    )


def test_spellings_of_one_word_fold_together() -> None:
    assert fold("मूँगफली") == fold("मूंगफली")
    assert fold("پانی") == fold("پاني")
    assert fold("Árbol") == "arbol"
    assert [word.text for word in split_words("५० में, 4,50 € und 1,000")] == ["50", "में", "4.50", "und", "1000"]
