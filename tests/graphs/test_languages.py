"""The brain in other languages: with the glossary, with a tiny network that knows nothing, and in conversations."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from seamless_retail.core.database import open_shop
from seamless_retail.core.errors import ConfigurationError, TranslationError
from seamless_retail.core.principal import Principal
from seamless_retail.core.settings import load_settings
from seamless_retail.graphs import Brain, Parts, ask, assemble, build_brain, stream_answer
from seamless_retail.graphs.languages import open_languages, open_translator
from seamless_retail.lobes.languages.notices import IN_ENGLISH, LOST, notice
from seamless_retail.lobes.languages.translation import CheckedTranslator

ES, HI, TA = "spa_Latn", "hin_Deva", "tam_Taml"


@pytest.fixture(scope="module")
def brain(parts: Parts) -> Brain:
    return build_brain(parts)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An M2M100 of one layer with random weights."""
    import torch

    from seamless_retail.training.recipes.translation_settings import Shape
    from seamless_retail.training.recipes.translation_start import new_network, new_tokenizer

    folder = tmp_path_factory.mktemp("untrained")
    torch.manual_seed(0)
    tokenizer = new_tokenizer(["where is my order", "dónde está mi pedido", "milk", "leche"], ["eng_Latn", ES], 120)
    shape = Shape(vocabulary=120, width=16, layers=1, heads=2, feed_forward=32, dropout=0, positions=64)
    new_network(shape, tokenizer).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def categories(parts: Parts, output: dict[str, Any]) -> set[str]:
    return {product.category for product in parts.shop.catalogue.get_many(output["products"])}


@pytest.mark.parametrize(
    ("text", "code", "category"),
    [
        ("¿Tienen leche de avena por menos de 4 dólares?", ES, "plant milk"),
        ("मुझे मूंगफली से एलर्जी है, कोई चॉकलेट है?", HI, "chocolate"),
    ],
)
def test_products_are_found_and_the_answer_says_why_it_is_in_english(
    brain: Brain, parts: Parts, text: str, code: str, category: str
) -> None:
    output = ask(brain, text)
    assert categories(parts, output) == {category}
    assert output["answer"].startswith(f"{notice('english', code)}\n\n")
    assert output["messages"][0].text == text


def restrictions(brain: Brain, text: str, thread: str = "") -> tuple[set[str], bool]:
    """What the guard knows after a message, and whether it could read it."""
    config = {"configurable": {"thread_id": thread}} if thread else {}
    for update in brain.stream({"query": text}, config, stream_mode="updates"):
        if "router" in update:
            household = update["router"]["household"]
            return {statement["key"] for statement in household["statements"]}, household["is_read"]
    raise AssertionError("the router did not run")


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("எனக்கு வேர்க்கடலை ஒவ்வாமை உள்ளது. எந்த சாக்லேட் சாப்பிடலாம்?", {"allergen:peanuts"}),
        ("میرے بیٹے کو مونگ پھلی سے الرجی ہے، کون سے بسکٹ محفوظ ہیں؟", {"allergen:peanuts"}),
        ("soy alérgica a la leche, ¿qué galletas puedo comer?", {"allergen:milk"}),
        ("எந்த சாக்லேட்?", set()),
    ],
)
def test_allergies_are_heard_in_languages_the_guard_reads_and_in_others(
    brain: Brain, text: str, known: set[str]
) -> None:
    assert restrictions(brain, text) == (known, True)


def test_an_allergy_that_nobody_can_read_clears_no_food(brain: Brain) -> None:
    text = "எனக்கு தூசி ஒவ்வாமை. எந்த சாக்லேட் சாப்பிடலாம்?"
    assert restrictions(brain, text) == (set(), False)
    assert ask(brain, text)["products"] == []


def test_what_nobody_could_read_holds_until_it_is_said_in_words_that_can_be_read(parts: Parts) -> None:
    brain = build_brain(parts, checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "unread"}}
    first = brain.invoke({"query": "soy alérgica a la guayaba y a la leche, ¿qué galletas hay?"}, config)
    assert (first["products"], notice("unread", ES) in first["answer"]) == ([], True)
    assert restrictions(brain, "Do you have cookies?", "unread") == (set(), False)
    assert restrictions(brain, "I am allergic to eggs.", "unread")[1]


class Lifting:
    """Translates everything to the same words, which name no allergy."""

    name = "lifting"

    def supports(self, source: str, target: str) -> bool:
        return True

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        return ["I am not allergic to milk. Which cookies can I eat?" for _ in texts]


def test_a_translation_never_lifts_what_the_original_restricts(parts: Parts) -> None:
    languages = replace(parts.languages, translator=CheckedTranslator(Lifting()))
    brain = build_brain(replace(parts, languages=languages))
    assert "allergen:milk" in restrictions(brain, "soy alérgica a la leche, ¿qué galletas puedo comer?")[0]


def test_a_message_that_nobody_understands_is_answered_honestly(brain: Brain) -> None:
    output = ask(brain, "खगोल विज्ञान")
    assert output["answer"] == f"{notice('lost', HI)}\n\n{LOST}"
    assert output["lobes"] == []


def test_english_is_answered_as_before(brain: Brain, parts: Parts) -> None:
    plain = build_brain(replace(parts, languages=type(parts.languages)()))
    question = "Do you have oat milk under $4?"
    assert ask(brain, question)["answer"] == ask(plain, question)["answer"]


def test_requests_about_language(brain: Brain) -> None:
    assert ask(brain, "how do you say milk in Spanish?")["answer"] == "“milk” is “leche” in Spanish [1]."
    assert ask(brain, "answer in French")["answer"] == IN_ENGLISH
    assert ask(brain, "Please answer in French: do you have oat milk?")["answer"].startswith(IN_ENGLISH)
    told = ask(brain, "translate this into German: the moon is bright")
    assert told["answer"].startswith("I cannot translate that into German")


class Spanish:
    """Knows three sentences of the shop."""

    name = "spanish"

    def supports(self, source: str, target: str) -> bool:
        return {source, target} == {"eng_Latn", ES}

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        words = {"Shall I do this?": "¿Lo hago?", "Nothing was changed.": "No se cambió nada."}
        if target == "eng_Latn":
            return [
                text.replace("quiero cancelar mi último pedido, por favor", "cancel my last order") for text in texts
            ]
        return [next((said for word, said in words.items() if word in text), text) for text in texts]


@pytest.fixture
def say(parts: Parts, seeded_database: Path, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    shop = open_shop(f"sqlite:///{shutil.copy(seeded_database, tmp_path / 'shop.db')}")
    languages = replace(parts.languages, translator=CheckedTranslator(Spanish()))
    brain = build_brain(replace(assemble(parts=parts, shop=shop), languages=languages), checkpointer=InMemorySaver())
    principal = Principal(customer_id="C0001")
    return lambda text: ask(brain, text, principal=principal, thread_id="t")


@pytest.mark.parametrize(("reply", "asked_again"), [("quizás", True), ("da", True), ("no", False)])
def test_consent_is_read_in_the_language_of_the_conversation(say, reply: str, asked_again: bool) -> None:
    asked = say("quiero cancelar mi último pedido, por favor")
    assert asked["interrupts"]
    assert "¿Lo hago?" in asked["answer"]
    answered = say(reply)
    assert bool(answered.get("interrupts")) == asked_again
    if not asked_again:
        assert "No se cambió nada." in answered["answer"]
        assert answered["messages"][-2].text == reply


def test_sentences_are_streamed_in_the_language_of_the_answer(parts: Parts, untrained: Path) -> None:
    settings = parts.settings.model_copy(update={"translation_model": str(untrained)})
    brain = build_brain(replace(parts, languages=open_languages(settings)))
    events = list(stream_answer(brain, "¿Tienen leche de avena por menos de 4 dólares?"))
    said = "".join(event["data"]["text"] for event in events if event["type"] == "sentence")
    assert said == events[-1]["data"]["answer"]
    assert said.endswith(notice("partly", ES))
    assert "$" in said
    assert "[1]" in said


def test_no_model_and_wrong_languages_are_explained(tmp_path: Path) -> None:
    with pytest.raises(TranslationError, match="SEAMLESS_TRANSLATION_MODEL"):
        open_translator(load_settings(home=tmp_path))
    with pytest.raises(ConfigurationError, match="SEAMLESS_ANSWER_LANGUAGE"):
        open_languages(load_settings(home=tmp_path, answer_language="klingon"))
    assert open_languages(load_settings(home=tmp_path, answer_language="fr")).answer_language == "fra_Latn"
