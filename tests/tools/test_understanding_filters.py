# ruff: noqa: E501  # one record a line
"""Messages and the filters they mean. ``read_fields`` lists everything understood, so a record says nothing more is."""

from collections.abc import Callable
from typing import Any

import pytest

from seamless_retail.core.errors import ContradictoryConstraintsError
from seamless_retail.tools.understanding import CatalogueQueryReader

ReadFields = Callable[..., dict[str, Any]]

BLUE = "blue, cobalt, navy, sky blue"
SHOES = "sneakers, boots, sandals, heels, loafers, flats"
MEN, WOMEN = "men, unisex", "women, unisex"

CATEGORIES = [
    ("dress", {"categories": "dress"}, "the word itself"),
    ("Dresses", {"categories": "dress"}, "plural and capital"),
    ("scarves", {"categories": "scarf"}, "irregular plural"),
    ("a jean", {"categories": "jeans"}, "singular of a plural category"),
    ("t-shirts", {"categories": "t-shirt"}, "hyphen"),
    ("tshirt", {"categories": "t-shirt"}, "without hyphen"),
    ("tee", {"categories": "t-shirt"}, "short form"),
    ("trainers", {"categories": "sneakers"}, "British word"),
    ("pullover", {"categories": "sweater"}, "synonym"),
    ("a warm jumper", {"categories": "sweater", "words": "warm"}, "what no filter says stays as words"),
    ("pants", {"categories": "trousers"}, "American word"),
    ("handbags", {"categories": "bag"}, "synonym in the plural"),
    ("sneakers or boots", {"categories": "sneakers, boots"}, "alternatives"),
    ("boots, sandals", {"categories": "boots, sandals"}, "alternatives after a comma"),
    ("shoes", {"categories": SHOES}, "a group of categories"),
    ("sundresses", {"categories": "dress", "words": "sundresses"}, "a narrower word filters and ranks"),
    ("peanut butter", {"categories": "nut butter", "words": "peanut butter"}, "a narrower food"),
    ("oat milk", {"categories": "plant milk", "words": "oat milk"}, "not cow's milk"),
    ("chocolate cookies", {"categories": "cookies", "flavour": "chocolate"}, "the last noun is the thing"),
    ("honey almond granola", {"categories": "granola", "flavour": "honey, almond"}, "a chain of modifiers"),
    ("tomato soup", {"categories": "soup", "words": "tomato"}, "a modifier without a filter"),
    (
        "a dress to wear with boots",
        {"categories": "dress", "words": "boots", "wants": "complement"},
        "company, no wish",
    ),
    ("clothes for women", {"departments": "fashion", "audience": WOMEN}, "a department"),
    ("something to eat", {"departments": "grocery"}, "a department in words"),
    ("dreses", {"categories": "dress"}, "one missing letter"),
    ("swaeter", {"categories": "sweater"}, "two letters swapped"),
    ("sneekers", {"categories": "sneakers"}, "one wrong letter"),
    ("leggins", {"categories": "leggings"}, "one letter short"),
    ("books", {"words": "books"}, "a real word is no misspelling of boots"),
    ("plants", {"words": "plants"}, "nor of pants"),
    ("write to a friend", {"words": "write friend"}, "nor of white"),
    ("laptops", {"words": "laptops"}, "what the shop does not know stays as words"),
]
COLORS = [
    ("navy dress", {"categories": "dress", "colors": "navy"}, "a shade is only itself"),
    ("blue dress", {"categories": "dress", "colors": BLUE}, "a family covers its shades"),
    ("grey coat", {"categories": "coat", "colors": "gray, charcoal"}, "British spelling"),
    ("light blue shirt", {"categories": "shirt", "colors": "sky blue"}, "another name of a shade"),
    ("red or navy shoes", {"categories": SHOES, "colors": "red, burgundy, navy"}, "alternatives"),
    ("turquoise dress", {"categories": "dress", "colors": "turquoise"}, "a color the shop lacks matches nothing"),
    ("something in mustard", {"colors": "mustard"}, "a color after in"),
    ("mustard", {"words": "mustard"}, "alone it may be food"),
    ("olive oil", {"categories": "olive oil"}, "a longer phrase wins over the color"),
    ("mint tea", {"categories": "tea", "flavour": "mint"}, "a flavour among groceries"),
    ("mint blouse", {"categories": "blouse", "colors": "mint"}, "a color among clothes"),
    ("orange juice", {"categories": "juice", "words": "orange juice"}, "a flavour within a narrower word"),
    ("a shirt that is not red", {"categories": "shirt", "not_colors": "red, burgundy"}, "a rejected color"),
    ("anything but black boots", {"categories": "boots", "not_colors": "black"}, "anything but"),
    (
        "blue but not navy shirts",
        {"categories": "shirt", "colors": "blue, cobalt, sky blue", "not_colors": "navy"},
        "both",
    ),
    ("no red or black dresses", {"categories": "dress", "not_colors": "red, burgundy, black"}, "a list is rejected"),
    ("not red but blue", {"colors": BLUE, "not_colors": "red, burgundy"}, "but ends the rejection"),
]
ATTRIBUTES = [
    ("Find blue summer dresses under $50", {"categories": "dress", "colors": BLUE, "season": "summer", "price": (None, 4999)}, "the standard example"),
    ("summery skirts", {"categories": "skirt", "season": "summer"}, "season as an adjective"),
    ("fall jackets", {"categories": "jacket", "season": "autumn"}, "American season before a noun"),
    ("will it fall apart", {"words": "fall apart"}, "a verb is no season"),
    ("a coat for my husband", {"categories": "coat", "audience": MEN}, "a person stands for an audience"),
    ("my husband is late", {"words": "husband late"}, "but not every mention does"),
    ("ladies' boots", {"categories": "boots", "audience": WOMEN}, "possessive"),
    ("men's shorts", {"categories": "shorts", "audience": MEN}, "apostrophe s"),
    ("toddler pajamas", {"categories": "pajamas", "audience": "kids"}, "children"),
    ("cotton shirt", {"categories": "shirt", "material": "cotton, organic cotton"}, "a material covers its kinds"),
    ("organic cotton shirt", {"categories": "shirt", "material": "organic cotton"}, "the kind is only itself"),
    ("leather belt", {"categories": "belt", "material": "leather"}, "imitations are not the thing"),
    ("vegan leather belt", {"categories": "belt", "material": "faux leather"}, "a synonym, and no diet"),
    ("trousers without polyester or wool", {"categories": "trousers", "not_material": "polyester, recycled polyester, wool, merino wool"}, "rejected with their kinds"),
    ("non-leather boots", {"categories": "boots", "not_material": "leather"}, "non-"),
    ("I'm allergic to wool, any scarf?", {"categories": "scarf", "not_material": "wool, merino wool", "wants": "allergens"}, "an allergy to a fabric"),
    ("shoes for work", {"categories": SHOES, "occasion": "work"}, "an occasion after for"),
    ("how do points work", {"words": "points work"}, "a verb is no occasion"),
    ("a dress for a wedding", {"categories": "dress", "occasion": "wedding"}, "an article in between"),
    ("running shorts", {"categories": "shorts", "occasion": "running"}, "an occasion before the noun"),
    ("floral midi skirt", {"categories": "skirt", "pattern": "floral", "length": "midi"}, "pattern and length"),
    ("stripey top", {"categories": "shirt, blouse, t-shirt, sweater, hoodie, cardigan", "pattern": "striped"}, "a group"),
    ("slim fit jeans", {"categories": "jeans", "fit": "slim"}, "fit"),
    ("long-sleeved shirt", {"categories": "shirt", "sleeve": "long sleeve"}, "an ending more"),
    ("long sleeve shirt", {"categories": "shirt", "sleeve": "long sleeve"}, "any attribute of the catalogue"),
    ("machine washable sweater", {"categories": "sweater", "care": "machine wash cold", "wants": "care"}, "care as a wish"),
    ("marlowe dresses", {"categories": "dress", "brands": "marlowe"}, "brand"),
    ("a Halden & Rue blazer", {"categories": "blazer", "brands": "halden & rue"}, "brand of several words"),
    ("marlow dresses", {"categories": "dress", "brands": "marlowe"}, "brand misspelled"),
]  # fmt: skip
SIZES = [
    ("size M dress", {"categories": "dress", "sizes": "m"}, "size before the noun"),
    ("a medium t-shirt", {"categories": "t-shirt", "sizes": "m"}, "a word among clothes"),
    ("medium roast coffee", {"categories": "coffee", "words": "medium roast"}, "a word among foods"),
    ("a large black bag", {"categories": "bag", "colors": "black", "words": "large"}, "bags have no sizes"),
    ("sneakers in size 42", {"categories": "sneakers", "sizes": "42"}, "numbers"),
    ("boots in 42", {"categories": "boots", "sizes": "42"}, "in and a number the shop has"),
    ("boots in 17", {"categories": "boots", "words": "17"}, "in and a number that is no size"),
    ("heels in a 9", {"categories": "heels", "sizes": "9"}, "in a"),
    ("xl hoodie", {"categories": "hoodie", "sizes": "xl"}, "letters"),
    ("extra large hoodie", {"categories": "hoodie", "sizes": "xl"}, "letters in words"),
    ("2XL hoodie", {"categories": "hoodie", "sizes": "xxl"}, "as the catalogue writes it"),
    ("a hoodie, L", {"categories": "hoodie", "sizes": "l"}, "a capital letter among clothes"),
    ("size s or m", {"sizes": "s, m"}, "alternatives"),
    ("jeans 32x30", {"categories": "jeans", "sizes": "32x30"}, "waist by length"),
    ("jeans W32 L30", {"categories": "jeans", "sizes": "32x30"}, "waist and length"),
    ("jeans 34 waist", {"categories": "jeans", "sizes": "34"}, "waist"),
    ("EU 42 boots", {"categories": "boots", "sizes": "42"}, "a European number"),
    ("size 99 boots", {"categories": "boots", "sizes": "99"}, "a size the shop lacks matches nothing"),
    ("500g pasta", {"categories": "pasta", "sizes": "500 g"}, "a pack size the shop has"),
    ("what is in size", {}, "no size named"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), [*CATEGORIES, *COLORS, *ATTRIBUTES, *SIZES])
def test_filters(read_fields: ReadFields, text: str, expected: dict[str, Any], reason: str) -> None:
    assert read_fields(text) == expected, reason


def test_a_value_both_wished_for_and_rejected_is_a_contradiction(reader: CatalogueQueryReader) -> None:
    with pytest.raises(ContradictoryConstraintsError, match="both for red and for nothing in red"):
        reader.read("a red dress but not red")


def test_a_foreign_currency_leaves_a_note(reader: CatalogueQueryReader) -> None:
    understanding = reader.read("dresses under £30")
    assert understanding.notes == ("Prices are in USD; the amount in GBP was read as USD.",)
    assert understanding.products.price_max_cents == 2999
