"""What a label says of each allergen: one readable case per kind of wording."""

import pytest

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.food_facts.allergens import EU_14
from seamless_retail.lobes.guardrails.labels import Status, read_label


def said(text, status=Status.CONTAINS, **options):
    """The EU groups of which the label says this, without those that are exempt."""
    found = read_label(text, **options).findings
    return {f.allergen for f in found if f.status is status and not f.exempt and f.allergen in EU_14}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wheat flour, butter, eggs", {"gluten", "milk", "eggs"}),
        ("Farine de blé, beurre, œufs", {"gluten", "milk", "eggs"}),
        ("Weizenmehl, Süßmolkenpulver, Haselnüsse, Sellerie", {"gluten", "milk", "nuts", "celery"}),
        ("Harina de trigo, leche, cacahuetes", {"gluten", "milk", "peanuts"}),
        ("Farina di frumento, uova, nocciole", {"gluten", "eggs", "nuts"}),
        ("Tarwebloem, roomboter, pinda's", {"gluten", "milk", "peanuts"}),
        ("Farinha de trigo, leite, amendoim", {"gluten", "milk", "peanuts"}),
        ("Mąka pszenna, mleko, jaja, gorczyca", {"gluten", "milk", "eggs", "mustard"}),
        ("Vetemjöl, mjölk, ägg, räkor", {"gluten", "milk", "eggs", "crustaceans"}),
        ("Hvedemel, mælk, æg", {"gluten", "milk", "eggs"}),
        ("Vehnäjauho, maito, kananmuna", {"gluten", "milk", "eggs"}),
        ("Pšeničná mouka, mléko, vejce", {"gluten", "milk", "eggs"}),
        ("Făină de grâu, lapte, ouă", {"gluten", "milk", "eggs"}),
        ("Αλεύρι σίτου, γάλα, αυγά", {"gluten", "milk", "eggs"}),
        ("Мука пшеничная, молоко, яйца", {"gluten", "milk", "eggs"}),
        ("Buğday unu, süt tozu, yumurta", {"gluten", "milk", "eggs"}),
        ("دقيق القمح، حليب، بيض", {"gluten", "milk", "eggs"}),
        ("गेहूं का आटा, दूध, मूंगफली", {"gluten", "milk", "peanuts"}),
        ("小麦粉、牛奶、鸡蛋、花生", {"gluten", "milk", "eggs", "peanuts"}),
        ("小麦粉、脱脂粉乳、卵、落花生", {"gluten", "milk", "eggs", "peanuts"}),
        ("밀가루, 우유, 계란, 땅콩", {"gluten", "milk", "eggs", "peanuts"}),
    ],
)
def test_names_in_21_languages(text, expected):
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("coconut milk, cocoa butter, cream of tartar, lactic acid", "milk"),
        ("butternut squash, nutmeg, coconut, water chestnut, doughnut glaze, peanut", "nuts"),
        ("buckwheat flour, glutinous rice, maltodextrin, rice noodles", "gluten"),
        ("eggplant, vegan mayonnaise", "eggs"),
        ("oyster mushrooms, salt", "molluscs"),
        ("lait de coco, beurre de cacao, noix de muscade", "milk"),
        ("noix de coco, noix de muscade, noix de Saint-Jacques", "nuts"),
        ("Kokosmilch, Kakaobutter, Milchsäure", "milk"),
        ("Muskatnuss, Kokosnuss, Erdnüsse", "nuts"),
        ("Eisen, Eis am Stiel", "eggs"),
        ("乳化剤、乳酸菌、豆乳", "milk"),
        ("sodium sulphate, copper sulfate", "sulphur-dioxide-and-sulphites"),
    ],
)
def test_false_friends_raise_nothing(text, absent):
    assert absent not in said(text)


def test_a_false_friend_masks_its_own_allergen_only():
    assert said("peanut butter") == {"peanuts"}
    assert said("noix de Saint-Jacques") == {"molluscs"}
    assert said("almond milk") == {"nuts"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sugar. May contain traces of milk, nuts and soya.", {"milk", "nuts", "soybeans"}),
        ("Zucker. Kann Spuren von Sesam und Erdnüssen enthalten", {"sesame-seeds", "peanuts"}),
        ("Sucre. Peut contenir des traces d'œufs et de lait.", {"eggs", "milk"}),
        ("Azúcar. Puede contener trazas de soja.", {"soybeans"}),
        ("Cukor. Tejet és földimogyorót tartalmazhat.", {"milk", "peanuts"}),
        ("Sugar. Made in a facility that also processes fish.", {"fish"}),
        ("Sugar. We cannot guarantee nut-free.", {"nuts"}),
        ("砂糖。本品製造工場では卵、乳を含む製品を生産しています。", {"eggs", "milk"}),
    ],
)
def test_precautionary_statements_are_no_ingredients(text, expected):
    assert said(text, Status.MAY_CONTAIN) == expected
    assert said(text) == set()


def test_a_precaution_ends_with_its_bracket_and_its_sentence():
    text = "Chocolate (may contain milk), hazelnuts. May contain egg. Contains soya."
    assert said(text, Status.MAY_CONTAIN) == {"milk", "eggs"}
    assert said(text) == {"nuts", "soybeans"}


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("Gluten-free, nut free", {"gluten", "nuts"}),
        ("Free from milk, eggs and soya.", {"milk", "eggs", "soybeans"}),
        ("Contains no nuts or peanuts", {"nuts", "peanuts"}),
        ("sans gluten", {"gluten"}),
        ("glutenfrei, ohne Ei", {"gluten", "eggs"}),
        ("sin gluten ni huevo", {"gluten", "eggs"}),
        ("senza glutine", {"gluten"}),
        ("bezglutenowy, bez mleka", {"gluten", "milk"}),
        ("不含花生", {"peanuts"}),
        ("卵不使用", {"eggs"}),
    ],
)
def test_claims_raise_nothing(text, claimed):
    assert said(text, Status.FREE_FROM) == claimed
    assert said(text) == set()


def test_a_weak_negator_stops_at_a_comma():
    assert said("Flocons d'avoine sans gluten, lait écrémé, noisettes") == {"milk", "nuts"}
    assert said("no added sugar, milk") == {"milk"}
    assert said("no nuts, milk or eggs", Status.FREE_FROM) == {"nuts", "milk", "eggs"}


def test_a_claim_never_clears_a_named_ingredient():
    reading = read_label("Nut-free bar. Ingredients: oats, hazelnuts")
    assert reading.status("nuts") is Status.CONTAINS
    assert reading.conflicts == {"nuts"}


def test_what_turns_a_claim_round():
    assert said("This bread is not gluten-free") == {"gluten"}
    assert said("not free from milk") == {"milk"}


def test_lactose_free_is_not_milk_free_and_vegan_clears_nothing():
    assert said("Lactose-free milk") == {"milk"}
    assert read_label("lactose free").status("milk") is Status.UNKNOWN
    assert read_label("vegan cookies").status("milk") is Status.UNKNOWN


@pytest.mark.parametrize(
    "text", ["Preservative: E220", "conservateur : E 224", "preservative (223)", "E220-228", "INS 221"]
)
def test_sulphites_by_number(text):
    assert said(text) == {"sulphur-dioxide-and-sulphites"}


def test_egg_lysozyme_and_lecithin_by_number():
    assert said("E1105") == {"eggs"}
    assert read_label("emulsifier: E322").hidden() == {"soybeans", "eggs"}
    assert read_label("emulsifier (322 from sunflower)").hidden() == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "m1lk",
        "M I L K",
        "mіlk",
        "m\u200bilk",
        "mi\u00adlk",
        "ｍｉｌｋ",
        "hazelnust, milk",
        "moloko",
        "Butter- milch",
        "𝐦𝐢𝐥𝐤",
    ],
)
def test_disguises(text):
    assert "milk" in said(text)


@pytest.mark.parametrize(("text", "expected"), [("hazlenuts", "nuts"), ("mustrad", "mustard"), ("Sellrie", "celery")])
def test_misspelt_words(text, expected):
    assert said(text) == {expected}


@pytest.mark.parametrize("text", ["bitter oranges", "better taste", "shredded carrots", "lactase enzyme"])
def test_real_words_are_no_misspellings(text):
    assert "milk" not in said(text)
    assert "gluten" not in said(text)


def test_compound_ingredients():
    assert said("tahini, miso, seitan, ghee, paneer") == {"sesame-seeds", "soybeans", "gluten", "milk"}
    assert {"nuts", "milk"} <= read_label("pesto").hidden()
    assert said("pesto (basil, cashew nuts, oil)") == {"nuts"}
    assert {"crustaceans", "eggs"} <= read_label("surimi").hidden()
    assert "fish" in said("worcestershire sauce")


def test_opaque_unless_the_source_is_stated():
    assert read_label("water, natural flavour, spices").hidden() >= {"celery", "mustard", "milk"}
    assert read_label("spices (cumin, pepper)").hidden() == frozenset()
    assert read_label("no artificial flavours").hidden() == frozenset()


def test_the_law_of_the_place_decides_exemptions_and_they_stay_visible():
    peanut = "refined peanut oil"
    assert [f.exempt for f in read_label(peanut, jurisdiction="US").of("peanuts")] == [True]
    assert [f.exempt for f in read_label(peanut, jurisdiction="EU").of("peanuts")] == [False]
    assert read_label("soybean oil").status("soybeans") is Status.CONTAINS
    assert said("soybean oil") == set()
    assert said("cold-pressed soybean oil") == {"soybeans"}
    assert said("wheat glucose syrup", jurisdiction="EU") == set()


@pytest.mark.parametrize(
    "text", ["", "   ", "12345", "ཆུར་བ།", "Sugar, cocoa (", "xqzt vrrp lmnk wqpz hhgt zzxq ppqw rrtz"]
)
def test_nothing_is_cleared_by_what_cannot_be_read(text):
    assert read_label(text).cannot_clear


def test_advice_on_where_to_look_says_nothing():
    text = "Sugar, salt. For allergens, including cereals containing gluten, see ingredients in bold."
    assert said(text) == set()


def test_spans_point_into_the_text_as_given():
    text = "Zutaten: Süß\u00admolke, ｅｇｇ ＆ Œufs"
    for finding in read_label(text).findings:
        assert text[slice(*finding.span)] == finding.text
    assert {"Süß\u00admolke"[4:], "ｅｇｇ", "Œufs"} & {f.text for f in read_label(text).findings}


def test_an_unknown_jurisdiction_is_refused():
    with pytest.raises(InvalidQueryError, match="Unknown jurisdiction"):
        read_label("milk", jurisdiction="XX")


@pytest.mark.parametrize("text", ["basil", "salt", "basil, cashew nuts", "carrots, salt", "beurre", "tofu"])
def test_a_short_list_of_known_words_is_readable(text):
    assert not read_label(text).cannot_clear


@pytest.mark.parametrize("text", ["xqzzy", "salt, xqzzy", "basil, vrontekla", "beurre, kwyjibol", "", "12 34"])
def test_a_short_list_with_an_unknown_word_and_no_language_clears_nothing(text):
    assert read_label(text).cannot_clear


def test_a_short_known_list_that_breaks_off_clears_nothing():
    assert read_label("basil, salt,").cannot_clear


@pytest.mark.parametrize(
    "text",
    [
        "vegetable oil (canola, palm and/or soybean)",
        "soybean and cottonseed oil",
        "canola, soybean and/or palm oils, salt",
        "aceite vegetal (frijol de soya y/o canola)",
    ],
)
def test_a_plant_in_a_list_of_oils_is_its_oil_and_the_law_decides(text):
    assert said(text) == set()
    assert [f.exempt for f in read_label(text).of("soybeans")] == [True]
    assert said(text, jurisdiction="CODEX") == {"soybeans"}


@pytest.mark.parametrize(
    "text",
    ["soybeans, corn and canola oil", "soy protein and palm oil", "oil (soybean, milk)", "tofu (water, soybean)"],
)
def test_a_plant_beside_oil_is_no_oil(text):
    assert "soybeans" in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mushrooms, water, citric acid",
        "Iceberg lettuce, red cabbage",
        "Potassium lactate, calcium lactate",
        "100% all natural honey",
        "Ribeye steak",
        "Starter culture (not from dairy or milk)",
        "Hydrolyzed corn gluten",
        "Chicken florentine, spinach",
        "Sucre roux, eau",
        "سكر، خل بيضاء",
    ],
)
def test_words_that_only_look_like_an_allergen_raise_none(text):
    assert said(text) == set()


def test_wine_may_hide_sulphites_and_is_not_said_to_contain_them():
    reading = read_label("Cream, white wine, salt")
    assert said("Cream, white wine, salt") == {"milk"}
    assert "sulphur-dioxide-and-sulphites" in reading.hidden()


def test_a_food_with_its_own_list_is_judged_by_the_list():
    assert said("Cookie pieces (tapioca starch, rice flour, sugar)") == set()
    assert said("Custard filling 58% (water, sugar, starch)") == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kaese, Haselnuesse, Floede", {"milk", "nuts"}),
        ("Raeksmoergaas med aegg och mjoelk", {"crustaceans", "milk", "eggs"}),
        ("шећер, пшенично брашно, млеко", {"gluten", "milk"}),
    ],
)
def test_other_letters_than_their_own(text, expected):
    assert expected <= said(text)


def test_control_characters_hide_nothing():
    assert said("mi\0lk, eg\x07gs") == {"milk", "eggs"}


@pytest.mark.parametrize(
    "name",
    ["Floral Linen Midi Dress", "Striped Modal Pajama Set", "Gingham Smock", "Ribbed Sweater", "Cream Dress",
     "Herringbone Cotton Skirt", "Leather Heeled Sandals", "Ankle Boots, Almond Toe", "Crescent Rolls",
     "gebackene Kartoffeln", "not knotted"],
)  # fmt: skip
def test_ordinary_words_of_names_are_no_allergens(name: str) -> None:
    assert read_label(name).findings == ()


@pytest.mark.parametrize(
    ("text", "allergen"),
    [("tuna in cream", "milk"), ("frisches Gebäck", "gluten"), ("nöt, socker", "nuts"), ("lotte, eau, sel", "fish"),
     ("almond slices", "nuts"), ("herring fillets", "fish")],
)  # fmt: skip
def test_and_the_foods_that_they_resemble_stay_allergens(text: str, allergen: str) -> None:
    assert allergen in {finding.allergen for finding in read_label(text).findings}
