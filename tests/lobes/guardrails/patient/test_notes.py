"""Notes of customers and clinics in eight languages: what they say of health and diet, and nothing else."""

from pathlib import Path

import pytest

from seamless_retail.core.food_facts.allergens import allergens
from seamless_retail.core.food_facts.conditions import load_conditions
from seamless_retail.core.food_facts.diets import load_diets
from seamless_retail.core.food_facts.foods import load_foods
from seamless_retail.core.food_facts.medicines import medicine
from seamless_retail.lobes.guardrails.patient import read_context
from seamless_retail.lobes.guardrails.patient.unknown_medicines import UNKNOWN
from seamless_retail.lobes.guardrails.patient.wording import languages, wording
from seamless_retail.training.benchmarks.patient_reading import canonical

_LINES = Path(__file__).with_name("notes.txt").read_text(encoding="utf-8").splitlines()
NOTES = [line.split("|") for line in _LINES if not line.startswith("#")]


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "it", "nl", "pt", "pl"])
def test_every_note_of_a_language_is_read(language: str) -> None:
    """Each note gives what holds now, and beyond that at most what a careful reader may add."""
    misread = []
    for spoken, note, expected, optional in NOTES:
        if spoken == language:
            read = {canonical(key) for key in read_context(note, language).keys}
            if not set(expected.split()) <= read <= {*expected.split(), *optional.split()}:
                misread.append((note, expected, sorted(read)))
    assert not misread


def test_every_key_is_a_row_of_the_tables() -> None:
    """No mark of the wording comes out as an allergen, whether the statement holds or not."""
    known = {f"medicine:{UNKNOWN}", *(f"allergen:{id}" for id in (*allergens(), *load_foods()))}
    known |= {f"condition:{id}" for id in load_conditions()} | {f"diet:{id}" for id in load_diets()}
    for language, note, *_ in NOTES:
        for said in read_context(note, language).contraindications:
            assert said.key in known or (said.kind == "medicine" and medicine(said.id)), (note, said.key)


@pytest.mark.parametrize("language", languages())
def test_the_allergens_of_a_wording_file_are_those_of_the_tables(language: str) -> None:
    """A mark that slips below the heading of the allergens would become one."""
    ids = {id for ids in wording(language)["allergens"] for id in ids.split()}
    assert ids <= {*allergens(), *load_foods()}


@pytest.mark.parametrize(
    "note",
    ["Nardil odstawiony w zeszłym tygodniu", "Nardil arrêté la semaine dernière", "Nardil suspendido hace 3 días"],
)
def test_a_medicine_stopped_days_ago_still_counts(note: str) -> None:
    """The accents of a date do not hide how short ago it was."""
    assert read_context(note).keys == ("medicine:phenelzine",)


EVERYDAY = [
    ("en", "Is paraben free eyeshadow available at my local store?"),
    ("en", "Does it need a lithium battery or a signal converter?"),
    ("en", "I'm expecting a refund for the nutcracker."),
    ("en", "My heart is swelling with pride over my egg cups."),
    ("en", "Where is the iron-on patch set, and the bath salt?"),
    ("fr", "Ce jus de fruit a un goût acide."),
    ("fr", "Il n'y a presque plus de lait dans le verre."),
    ("fr", "Je sortais de chez moi, lorsqu'il s'est mis à pleuvoir."),
    ("de", "Ich gebe dir mein Wort, ohne Fernsehen kann ich leben."),
    ("es", "Estaré allí a las dos y media, nos esperan."),
    ("pl", "Nie mogę znaleźć mleka w koszyku."),
    ("nl", "Heeft u een notenkraker en een eierkoker?"),
    ("it", "Quante calorie ha il burro di arachidi?"),
]


@pytest.mark.parametrize(("language", "question"), EVERYDAY)
def test_a_question_of_the_shop_says_nothing_of_health(language: str, question: str) -> None:
    """Words that look like a medicine, a disease or an allergy in another sense."""
    assert read_context(question, language).keys == ()


@pytest.mark.parametrize(
    ("note", "keys"),
    [
        ("I don't have diabetes, but my mum does", {"condition:diabetes"}),
        ("Nie mam celiakii, ale mój syn ma.", {"condition:coeliac"}),
        ("I'm on a water pill and a statin", {"medicine:diuretic", "medicine:statin"}),
        ("Water pill: furosemide. Statin: Crestor.", {"medicine:furosemide", "medicine:rosuvastatin"}),
        ("Allergic to aspirin and penicillin", set()),
        ("Me han cambiado el Sintrom por Eliquis", {"medicine:apixaban"}),
        ("Metformina suspendida, insulina basal.", {"medicine:insulin"}),
        ("vegan [ ] vegetarian [x] halal [ ]", {"diet:vegetarian"}),
    ],
)
def test_turns_of_a_sentence(note: str, keys: set[str]) -> None:
    """Ellipsis, kinds of medicines, an allergy to a medicine, a swap, a list, boxes behind their labels."""
    assert set(read_context(note).keys) == keys


def test_the_names_of_other_languages_are_not_loaded_for_an_english_note() -> None:
    """One language's phrases are built when a note of it is read, and not before."""
    from seamless_retail.lobes.guardrails.patient.wording import phrases

    phrases.cache_clear()
    read_context.cache_clear()
    read_context("I am allergic to milk and my son cannot have peanuts, we are looking for a cake", "en")
    assert phrases.cache_info().currsize == 1
