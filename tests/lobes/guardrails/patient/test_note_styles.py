"""Notes as people really write them: forms, laboratory values, abbreviations, reactions, hypotheses and guests."""

import pytest

from seamless_retail.lobes.guardrails.patient import Temporality, Who, read_context

NOTES: list[tuple[str, str, str]] = [
    # Laboratory values and abbreviations of the clinic
    ("en", "eGFR 42 ml/min. BP 162/94.", "condition:ckd condition:hypertension"),
    ("en", "eGFR 96 ml/min. BP 118/74. K 4.1.", ""),
    ("fr", "DFG 28, HTA, DT2.", "condition:ckd condition:hypertension condition:diabetes"),
    ("es", "ERC G4, DM2, NYHA II.", "condition:ckd condition:diabetes condition:heart_failure"),
    ("it", "IRC stadio 3, K 6,1.", "condition:ckd condition:hyperkalemia"),
    ("de", "SSW 24+1, RR 150/95.", "condition:pregnancy condition:hypertension"),
    ("pl", "22 hbd, nadciśnienie.", "condition:pregnancy condition:hypertension"),
    ("en", "HbA1c 5.4 %.", ""),
    # Dialysis is a kidney disease
    ("pt", "A minha tia faz hemodiálise.", "condition:dialysis condition:ckd"),
    # A reaction instead of the word allergy
    ("en", "Prawns land me in A&E every single time.", "allergen:crustaceans"),
    ("fr", "Les noisettes me donnent de l'urticaire.", "allergen:nuts"),
    ("de", "Von Sellerie bekomme ich Ausschlag.", "allergen:celery"),
    ("es", "Mostaza: urticaria.", "allergen:mustard"),
    ("it", "Con il sedano mi si chiude la gola.", "allergen:celery"),
    ("nl", "Van pinda's krijgt mijn zoon bultjes.", "allergen:peanuts"),
    ("pt", "Ovo -> broncoespasmo.", "allergen:eggs"),
    ("pl", "Po sezamie mam pokrzywkę.", "allergen:sesame-seeds"),
    # Not this, only that
    ("en", "I'm not allergic to milk, only to mustard.", "allergen:mustard"),
    ("pl", "Nie mam alergii na mleko, tylko na seler.", "allergen:celery"),
    ("de", "Ich bin nicht gegen Milch allergisch, nur gegen Senf.", "allergen:mustard"),
    # A negation does not reach over a comma to another thing
    ("en", "I don't smoke, diabetic since 2010.", "condition:diabetes"),
    ("de", "Diabetes: nein", ""),
    # Supposed, in the family, normal, advised against, unticked
    ("de", "Falls ich mal vegan lebe, melde ich mich.", ""),
    ("fr", "Si un jour je devenais diabétique, je vous dirais.", ""),
    ("fr", "Antécédents familiaux : mère coeliaque, père diabétique.", ""),
    ("pl", "Wywiad rodzinny: ojciec cukrzyca.", ""),
    ("it", "G6PD nella norma.", ""),
    ("en", "Low sodium diet contraindicated. Lithium 400 mg.", "medicine:lithium"),
    ("en", "[ ] vegan [x] halal [ ] kosher", "diet:halal"),
    # One medicine took another's place
    ("en", "Moclobemide replaced by phenelzine.", "medicine:phenelzine"),
    ("es", "Amiodarona suspendida, sigue con digoxina.", "medicine:digoxin"),
    ("fr", "Ramipril remplacé par losartan.", "medicine:losartan"),
    # A word is no brand because it sounds like one; a medicine without a row is not another
    ("pt", "Socorro, preciso de ajuda!", ""),
    ("fr", "Allergie à la pénicilline.", ""),
    # What another statement explains
    ("en", "I'm on Nardil, so no cheese please.", "medicine:phenelzine"),
    ("nl", "Melk geeft me krampen, ik heb lactose-intolerantie.", "condition:lactose-intolerance"),
    ("fr", "AVK (Previscan).", "medicine:fluindione"),
    # Who cannot find something does not avoid it
    ("es", "No puedo encontrar la leche.", ""),
    ("it", "Mio fratello non può toccare le nocciole.", "allergen:nuts"),
    ("nl", "Ik ben twee weken op vakantie.", ""),
    # Shellfish in one word
    ("it", "Sono allergica ai frutti di mare.", "allergen:crustaceans allergen:molluscs"),
    ("fr", "APLV confirmée.", "allergen:milk"),
    ("pl", "Nie jem mięsa ani ryb.", "diet:vegetarian"),
]


@pytest.mark.parametrize(("language", "note", "expected"), NOTES)
def test_reads_notes_of_every_style(language: str, note: str, expected: str) -> None:
    """Exactly the contraindications that hold now, of anybody who eats of it."""
    assert set(read_context(note, language).keys) == set(expected.split())


def test_a_guest_who_stays_away_restricts_nothing() -> None:
    """A vegan who is not coming is named, and not shopped for."""
    (found,) = read_context("My boss is vegan but he isn't coming tonight.", "en").contraindications
    assert (found.key, found.who, found.is_active) == ("diet:vegan", Who.ABSENT, False)
    assert read_context("My boss is vegan and he is coming tonight.", "en").keys == ("diet:vegan",)


def test_the_replaced_medicine_is_past() -> None:
    """The one before "switched to" is over; the one behind it is current."""
    said = {m.key: m.temporality for m in read_context("Warfarin switched to apixaban.", "en").contraindications}
    assert said == {"medicine:warfarin": Temporality.PAST, "medicine:apixaban": Temporality.CURRENT}


def test_an_age_in_words_makes_an_infant() -> None:
    """Seven months, in words, is an infant; seven years is not."""
    assert "condition:infant" in read_context("Mon bébé a sept mois", "fr").keys
    assert read_context("Ma fille a sept ans", "fr").keys == ()
