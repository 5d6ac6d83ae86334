"""A translator that may not change what must stay; whether sentences are said in the customer's language."""

import pytest

from seamless_retail.lobes.languages.notices import IN_ENGLISH, notice
from seamless_retail.lobes.languages.records import Spoken
from seamless_retail.lobes.languages.speaker import Speaker
from seamless_retail.lobes.languages.translation import CheckedTranslator

SENTENCE = "\n1. Trail Runner costs $84.99 in size M [1]."
EN, ES = "eng_Latn", "spa_Latn"


def test_placeholders_are_translated_around_and_restored(scripted) -> None:
    model = scripted(lambda text: text.replace("costs", "cuesta").replace("in size", "en talla"))
    said = CheckedTranslator(model).translate(SENTENCE, EN, ES, ["Trail Runner"])
    assert said == "\n1. Trail Runner cuesta $84.99 en talla M [1]."
    assert model.calls[0][0] == ("QX1 costs QX2 in size QX3 QX4.",)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("QX2", ""),
        lambda text: text.replace("QX4", "QX4 QX4"),
        lambda text: text + " 7" if "QX" in text else text,
    ],
)
def test_a_damaged_translation_is_made_again_piece_by_piece(scripted, damage) -> None:
    model = scripted(lambda text: damage(text.replace("costs", "cuesta").replace("in size", "en talla")))
    said = CheckedTranslator(model).translate(SENTENCE, EN, ES, ["Trail Runner"])
    assert said == "\n1. Trail Runner cuesta $84.99 en talla M [1]."
    assert model.calls[1][0] == ("costs", "in size")


def test_what_cannot_be_kept_is_not_translated(scripted, failing) -> None:
    assert CheckedTranslator(scripted(lambda text: f"{text} 7")).translate(SENTENCE, EN, ES) is None
    assert CheckedTranslator(failing).translate(SENTENCE, EN, ES) is None
    assert CheckedTranslator().translate(SENTENCE, EN, ES) is None


def test_a_line_of_names_and_numbers_stays_as_it_is(scripted) -> None:
    model = scripted(str.upper)
    assert CheckedTranslator(model).translate("\n2. $84.99 [1]", EN, ES) == "\n2. $84.99 [1]"
    assert model.calls == []


def say(speaker: Speaker, chunks: list[str], **spoken: object) -> str:
    return "".join(speaker.say(chunks, Spoken.model_validate(spoken)))


def test_english_is_said_as_it_is(scripted) -> None:
    model = scripted(str.upper)
    assert say(Speaker(CheckedTranslator(model)), ["Hello.", " It costs $4 [1]."]) == "Hello. It costs $4 [1]."
    assert model.calls == []


def test_sentences_are_translated_one_by_one_as_they_are_sent(scripted) -> None:
    model = scripted(lambda text: text.replace("Hello", "Hola"))
    said = Speaker(CheckedTranslator(model)).say(["Hello.", " Hello again."], Spoken(code=ES, answer=ES, heard="hola"))
    assert next(said) == "Hola."
    assert len(model.calls) == 1
    assert list(said) == [" Hola again."]


def test_a_sentence_that_cannot_be_kept_stays_in_english_and_the_answer_says_so(scripted) -> None:
    model = scripted(lambda text: text.replace("Hello", "Hola") if "Hello" in text else f"{text} 7")
    said = say(Speaker(CheckedTranslator(model)), ["Hello.", " It costs a lot."], code=ES, answer=ES, heard="hola")
    assert said == f"Hola. It costs a lot.\n\n{notice('partly', ES)}"


def test_without_a_model_the_answer_says_why_it_is_in_english() -> None:
    assert say(Speaker(), ["Hello."], code=ES, answer=ES, heard="hola") == f"{notice('english', ES)}\n\nHello."
    assert say(Speaker(), ["Hello."], code=ES, answer=ES, heard="x", read_by="nobody").startswith(notice("lost", ES))
    assert say(Speaker(), ["Hello."], asked=ES, answer=ES, asked_now=True) == f"{IN_ENGLISH}\n\nHello."
    assert say(Speaker(), ["Hello."], asked=ES, answer=ES) == "Hello."


def test_an_emergency_is_said_before_any_notice() -> None:
    said = Speaker().say(["Call 112.", " Then sit down."], Spoken(code=ES, answer=ES, heard="x"), urgent=1)
    assert next(said) == "Call 112."


def test_code_is_not_translated(scripted) -> None:
    model = scripted(str.upper)
    said = Speaker(CheckedTranslator(model)).say(["print(x)"], Spoken(answer=ES), kinds=["code"])
    assert list(said) == ["print(x)"]
