"""Properties that hold for every label."""

from hypothesis import given, settings
from hypothesis import strategies as st

from seamless_retail.core.food_facts.allergens import EU_14
from seamless_retail.lobes.guardrails.labels import Status, read_label
from seamless_retail.lobes.guardrails.labels.normalise import fold

PLAIN = ("water", "sugar", "salt", "rice", "tomato", "olive oil", "garlic", "yeast", "potato", "honey", "apple juice")
NAMES = {
    "milk": "whole milk powder",
    "gluten": "wheat flour",
    "eggs": "egg white",
    "nuts": "almonds",
    "fish": "cod",
    "celery": "celery",
    "peanuts": "peanuts",
    "soybeans": "tofu",
    "sesame-seeds": "sesame seeds",
    "mustard": "mustard",
    "lupin": "lupin flour",
    "crustaceans": "shrimps",
    "molluscs": "squid",
    "sulphur-dioxide-and-sulphites": "sodium metabisulphite",
}
ingredients = st.lists(st.sampled_from((*PLAIN, *NAMES.values())), min_size=1, max_size=12, unique=True)
GRAVITY = [Status.UNKNOWN, Status.FREE_FROM, Status.MAY_CONTAIN, Status.CONTAINS]


def statuses(text):
    reading = read_label(text)
    return {allergen: reading.status(allergen) for allergen in EU_14}


@given(ingredients, st.sampled_from(sorted(NAMES)))
@settings(max_examples=80, deadline=None)
def test_adding_an_allergen_never_loosens_a_status(listed, added):
    before = statuses(", ".join(listed))
    after = statuses(", ".join([*listed, NAMES[added]]))
    assert after[added] is Status.CONTAINS
    assert all(GRAVITY.index(after[a]) >= GRAVITY.index(before[a]) for a in EU_14)


@given(ingredients, st.randoms(use_true_random=False))
@settings(max_examples=80, deadline=None)
def test_order_case_and_spacing_change_nothing(listed, random):
    expected = statuses(", ".join(listed))
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert statuses(", ".join(shuffled)) == expected
    assert statuses(", ".join(listed).upper()) == expected
    assert statuses("  ,   ".join(item.replace(" ", "  ") for item in listed)) == expected


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_folded_places_are_places_of_the_text_in_order(text):
    folded = fold(text)
    spans = [folded.span(place, place + 1) for place in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)


@given(st.text(max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_and_its_spans_hold_what_they_say(text):
    for finding in read_label(text).findings:
        start, end = finding.span
        assert text[start:end] == finding.text != ""
