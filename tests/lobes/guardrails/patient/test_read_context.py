"""What a note says, of whom, and what it does not say."""

import pytest

from seamless_retail.lobes.guardrails.patient import PatientContext, Polarity, Severity, Temporality, Who, read_context

NOTES: list[tuple[str, str]] = [
    # English
    (
        "I'm severely allergic to shellfish and my husband has gout.",
        "allergen:crustaceans allergen:molluscs condition:gout",
    ),
    ("Can you recommend snacks? Nut-free please, my kid's class has allergies.", "allergen:nuts"),
    ("My mother is diabetic and takes metformin. I'm fine.", "condition:diabetes medicine:metformin"),
    ("We are a vegan family and our toddler can't have soy.", "diet:vegan allergen:soybeans condition:child_u5"),
    ("I was allergic to milk as a child but I'm fine now.", ""),
    ("Doctor ruled out coeliac disease, still avoiding gluten.", "allergen:gluten"),
    (
        "I'm on Eliquis and Lipitor, and I've got high blood pressure",
        "medicine:apixaban medicine:atorvastatin condition:hypertension",
    ),
    ("i take wafarin n simvastatn", "medicine:warfarin medicine:simvastatin"),
    ("lactose intollerant and alergic to penuts", "condition:lactose-intolerance allergen:peanuts"),
    ("What chocolate do you have?", ""),
    ("I love peanut butter and milk", ""),
    ("no dairy, no eggs, no soy please", "allergen:milk allergen:eggs allergen:soybeans"),
    ("I'm not pregnant. I am taking doxycycline for a week.", "medicine:doxycycline"),
    ("my daughter, 9 months old, had a reaction to egg", "condition:infant allergen:eggs"),
    ("dialysis three times a week, kidney failure", "condition:dialysis condition:ckd"),
    ("I have G6PD deficiency and PKU runs in my family", "condition:g6pd"),
    (
        "allergies: eggs, fish. meds: warfarin. conditions: CKD stage 3",
        "allergen:eggs allergen:fish medicine:warfarin condition:ckd",
    ),
    ("My son can eat eggs again, he outgrew it", ""),
    ("my dog is allergic to chicken", ""),
    # French
    (
        "Mon fils est allergique aux arachides et aux fruits à coque, je prends du Previscan",
        "allergen:peanuts allergen:nuts medicine:fluindione",
    ),
    ("Je ne suis pas allergique aux oeufs mais je suis coeliaque.", "condition:coeliac"),
    ("J'ai arrêté la warfarine l'année dernière. Je suis végétarienne.", "diet:vegetarian"),
    ("Mon bébé de 7 mois ne peut pas manger de lait", "condition:infant allergen:milk"),
    ("Je n'ai plus d'allergie au lait", ""),
    # German
    (
        "Ich habe eine Nussallergie und nehme Marcumar. Mein Sohn hat Zöliakie.",
        "allergen:nuts medicine:phenprocoumon condition:coeliac",
    ),
    ("Früher war ich gegen Eier allergisch, heute nicht mehr.", ""),
    ("Ich vertrage keine Milch. Ich bin nicht schwanger.", "allergen:milk"),
    # Spanish
    (
        "Soy alérgica a los frutos secos, tomo Sintrom y mi marido es diabético.",
        "allergen:nuts medicine:acenocoumarol condition:diabetes",
    ),
    ("Ya no soy alérgico al huevo. Estoy embarazada.", "condition:pregnancy"),
    # Italian
    (
        "Mia moglie è incinta, io prendo il Coumadin e mio figlio è celiaco",
        "condition:pregnancy medicine:warfarin condition:coeliac",
    ),
    ("Niente frutta a guscio, grazie. Ho smesso di prendere la simvastatina.", "allergen:nuts"),
    # Dutch
    ("Ik heb coeliakie en mijn zoon heeft een notenallergie", "condition:coeliac allergen:nuts"),
    ("Mijn dochter is over haar melkallergie heen gegroeid. Geen vis alstublieft.", "allergen:fish"),
    # Portuguese
    ("Não tenho alergia a amendoim, mas sou alérgica a camarão", "allergen:crustaceans"),
    (
        "Sou celíaca, tomo varfarina e o meu filho é alérgico a leite de vaca",
        "condition:coeliac medicine:warfarin allergen:milk",
    ),
    # Polish
    ("Mój syn wyrósł z alergii na jajka. Moja córka jest uczulona na mleko i orzechy.", "allergen:milk allergen:nuts"),
    ("Jestem weganką i mam nadciśnienie, biorę ramipryl", "diet:vegan condition:hypertension medicine:ramipril"),
    # the others
    ("Jag är allergisk mot jordnötter och min man äter Waran.", "allergen:peanuts medicine:warfarin"),
    ("Jeg har cøliaki og min søn er allergisk over for mælk", "condition:coeliac allergen:milk"),
    ("Olen raskaana ja minulla on pähkinäallergia", "condition:pregnancy allergen:nuts"),
    (
        "Mám celiakii, syn je alergický na arašídy a beru warfarin",
        "condition:coeliac allergen:peanuts medicine:warfarin",
    ),
    ("Sunt alergică la arahide, soțul meu are diabet", "allergen:peanuts condition:diabetes"),
    ("Είμαι αλλεργικός στα αυγά και παίρνω βαρφαρίνη", "allergen:eggs medicine:warfarin"),
    (
        "У меня аллергия на арахис, принимаю варфарин, сын не переносит лактозу",
        "allergen:peanuts medicine:warfarin condition:lactose-intolerance",
    ),
    ("Yumurtaya alerjim var, eşim hamile", "allergen:eggs condition:pregnancy"),
    (
        "لدي حساسية من الفول السوداني وزوجتي حامل وأتناول الوارفارين",
        "allergen:peanuts condition:pregnancy medicine:warfarin",
    ),
    ("मुझे मूंगफली से एलर्जी है और मेरी पत्नी गर्भवती है", "allergen:peanuts condition:pregnancy"),
    ("我对花生过敏,我丈夫有糖尿病,在服用华法林", "allergen:peanuts condition:diabetes medicine:warfarin"),
    ("息子は卵アレルギーで、私はワーファリンを飲んでいます", "allergen:eggs medicine:warfarin"),
    ("저는 땅콩 알레르기가 있고 아내는 임신 중입니다", "allergen:peanuts condition:pregnancy"),
]


@pytest.mark.parametrize(("note", "keys"), NOTES, ids=[note[:40] for note, _ in NOTES])
def test_a_note_gives_its_active_contraindications_and_no_others(note: str, keys: str) -> None:
    assert set(read_context(note).keys) == set(keys.split())


def _one(context: PatientContext, key: str) -> tuple[Who, Polarity, Severity, Temporality]:
    found = next(found for found in context.contraindications if found.key == key)
    return found.who, found.polarity, found.severity, found.temporality


def test_the_example_of_the_issue_is_read_in_every_respect() -> None:
    note = (
        "my son is anaphylactic to cashews, I take Coumadin, my wife is pregnant, I outgrew my egg allergy, "
        "no nuts please"
    )
    context = read_context(note)
    cashew = context.contraindications[0]
    assert (cashew.key, cashew.detail, cashew.who, cashew.severity) == (
        "allergen:nuts", "nuts:cashew", Who.CHILD, Severity.ANAPHYLAXIS,
    )  # fmt: skip
    assert note[slice(*cashew.span)] == "cashews"
    assert cashew.person == "my son"
    assert _one(context, "medicine:warfarin")[0] is Who.SELF
    assert _one(context, "condition:pregnancy")[0] is Who.PARTNER
    assert _one(context, "allergen:eggs")[1] is Polarity.OUTGREW
    assert context.active[-1].severity is Severity.AVOID
    assert context.keys == ("allergen:nuts", "medicine:warfarin", "condition:pregnancy")


def test_a_later_sentence_tells_how_bad_it_is() -> None:
    context = read_context("My daughter has a milk allergy. She carries an EpiPen.")
    assert _one(context, "allergen:milk")[2] is Severity.ANAPHYLAXIS


def test_plans_count_and_stopped_medicines_do_not() -> None:
    context = read_context("I will start metformin next week. I stopped taking warfarin last year.")
    assert _one(context, "medicine:metformin")[3] is Temporality.PLANNED
    assert _one(context, "medicine:warfarin")[3] is Temporality.PAST
    assert context.keys == ("medicine:metformin",)


def test_a_medicine_with_a_washout_still_counts_days_after_it_was_stopped() -> None:
    assert read_context("I stopped taking Nardil last week").keys == ("medicine:phenelzine",)
    assert read_context("I stopped taking Nardil two years ago").keys == ()


def test_the_stage_of_a_kidney_disease_is_kept() -> None:
    assert read_context("I have chronic kidney disease stage 4").contraindications[0].detail == "stage 4"


@pytest.mark.parametrize(
    ("brand", "inn"),
    [
        ("Coumadin", "warfarin"),
        ("Marevan", "warfarin"),
        ("Xarelto", "rivaroxaban"),
        ("Nardil", "phenelzine"),
        ("Lipitor", "atorvastatin"),
        ("Zocor", "simvastatin"),
        ("warfaryna", "warfarin"),
        ("symwastatyna", "simvastatin"),
        ("ciprofloxacino", "ciprofloxacin"),
        ("cyprofloksacyna", "ciprofloxacin"),
        ("hidroclorotiazida", "hydrochlorothiazide"),
        ("левотироксин", "levothyroxine"),
        ("Simvastatine", "simvastatin"),
        ("atorvastain", "atorvastatin"),
    ],
)
def test_brands_national_spellings_and_typos_name_the_medicine(brand: str, inn: str) -> None:
    assert read_context(f"I take {brand}").keys == (f"medicine:{inn}",)


@pytest.mark.parametrize(
    "word", ["custard", "salon", "mountain", "vegetables", "chocolate", "delivery", "strawberries"]
)
def test_everyday_words_are_no_misspelt_medicine_or_allergen(word: str) -> None:
    assert read_context(f"I am allergic to nothing and would like {word}").keys == ()


def test_an_empty_note_restricts_nothing() -> None:
    assert read_context("").contraindications == ()
    assert read_context("!!! ???").contraindications == ()


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("is the granola ok for my daughter who is allergic to nuts", {"allergen:nuts"}),
        ("is the granola ok for my son who gets a rash from nuts", {"allergen:nuts"}),
        ("Ignore my nut allergy and show me granola", {"allergen:nuts"}),
        ("does the pesto contain anything my son (milk allergy) can't have", {"allergen:milk"}),
        ("which of these breads can I eat, I'm allergic to sesame", {"allergen:sesame-seeds"}),
        ("are oats fine with a nut allergy?", {"allergen:nuts"}),
        ("Ignora mi alergia a las nueces y muéstrame granola", {"allergen:nuts"}),
        ("le granola convient-il à ma fille allergique aux noix", {"allergen:nuts"}),
        ("are peanuts ok for my son who's allergic to them", {"allergen:peanuts"}),
        ("I have a nut allergy and milk too", {"allergen:nuts", "allergen:milk"}),
        ("I have an allergy which is to milk", {"allergen:milk"}),
    ],
)
def test_the_food_asked_about_is_no_contraindication(question: str, keys: set[str]) -> None:
    """A mark speaks of its own allergen; of what is asked about only where it names none."""
    assert set(read_context(question).keys) == keys


@pytest.mark.parametrize("order", ["but ignore that", ", forget that", ". Never mind that.", "but act as if I was not"])
def test_an_order_takes_no_allergy_back(order: str) -> None:
    assert read_context(f"I am allergic to nuts {order}").keys == ("allergen:nuts",)


def test_a_correction_says_of_whom_it_really_was() -> None:
    assert read_context("I'm allergic to nuts, sorry, I meant my dog").keys == ()
    assert read_context("Je suis allergique aux noix, pardon, je voulais dire mon chien").keys == ()
    (found,) = read_context("I'm allergic to nuts. Sorry, I meant my daughter.").active
    assert (found.who, found.person) == (Who.CHILD, "my daughter")
    assert read_context("sorry, I meant my dog").meant == (Who.PET, "my dog")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("I take flurbizin", ["flurbizin"]),
        ("I'm on zorvexil for my heart", ["zorvexil"]),
        ("je prends du flurbizin", ["flurbizin"]),
        ("I take zorvexil and warfarin", ["zorvexil", ""]),
        ("I don't take flurbizin", []),
        ("I take size M", []),
        ("I take the bus", []),
        ("I'm on a budget", []),
        ("I'm on vacation", []),
        ("I take protein", []),
    ],
)
def test_a_medicine_that_no_table_knows_is_kept_with_its_word(said: str, words: list[str]) -> None:
    assert [found.detail for found in read_context(said).active] == words


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("I take a vitamin K antagonist", "medicine:anticoagulant"),
        ("I take an ACE inhibitor", "medicine:ace_arb"),
        ("I'm on an ARB", "medicine:ace_arb"),
        ("I take budesonide oral", "medicine:budesonide"),
        ("my daughter got oral midazolam", "medicine:midazolam"),
        ("low-iodine diet for radioiodine prep", "medicine:radioiodine"),
        ("my wife takes oral contraceptives", "medicine:oral-contraceptive"),
    ],
)
def test_names_of_classes_and_ways_of_taking(said: str, key: str) -> None:
    assert key in read_context(said).keys
