"""Messages that cannot be read are refused, and properties that hold for every text."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.core.queries import Focus, ProductQuery
from seamless_retail.tools.understanding import MAX_CHARACTERS, CatalogueQueryReader, normalise
from seamless_retail.tools.understanding.spelling import Speller, within_one_edit

REFUSED = [
    ("", "The message is empty."),
    (" \n\t ", "The message is empty."),
    ("\u200b\u202e\x00", "The message is empty."),
    ("a" * 4001, "has 4,001 characters; the limit is 4,000"),
    ("x" * 100_000, "has 100,000 characters"),
    ("blue \ud800 dress", "not valid UTF-8 text: an unpaired surrogate at character 5"),
    (b"blue \xff dress", "not valid UTF-8 text: byte 5 cannot be decoded"),
]


@pytest.mark.parametrize(("text", "told"), REFUSED)
def test_what_cannot_be_read_is_refused_with_a_remedy(
    reader: CatalogueQueryReader, text: str | bytes, told: str
) -> None:
    with pytest.raises(InvalidQueryError, match=told) as caught:
        reader.read(text)
    assert caught.value.remedy


NORMALISED = [
    ("  blue \n dress\t", "blue dress", "white space"),
    ("cafe\u0301", "café", "composed"),
    ("women\u2019s \u201cdress\u201d", 'women\'s "dress"', "quotes"),
    ("20\u201340", "20-40", "dashes"),
    ("bl\u200bue dr\u00adess", "blue dress", "invisible characters"),
    ("\u202eblue\u202c", "blue", "direction marks"),
    ("\uff22\uff4c\uff55\uff45", "Blue", "full-width letters"),
    ("blue\x00\x07dress", "bluedress", "control characters"),
    (b"caf\xc3\xa9", "café", "bytes"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), NORMALISED)
def test_normalisation(text: str | bytes, expected: str, reason: str) -> None:
    assert normalise(text) == expected, reason


_SPOKEN = (
    "blue red dress under over between $20 50 and or not without nuts free size 42 m in the second one it cheaper more "
    "granola summer for my husband $ £80 dollars from to , . ? - ' 2 two packs of at riverside marlowe linen wrap no "
    "I'm allergic to peanuts max least vegan ORD-100001 first last show me 1.5k % these that"
)
WORDS = st.sampled_from(_SPOKEN.split())
FOCUS = Focus(
    product_ids=("F1", "F2"),
    selected_product_id="F1",
    query=ProductQuery(categories=("dress",), colors=("red",), price_min_cents=1000, price_max_cents=5000),
    order_id="ORD-100001",
)
MESSAGES = st.one_of(st.text(max_size=80), st.lists(WORDS, min_size=1, max_size=14).map(" ".join))
QUICK = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@QUICK
@given(text=MESSAGES, focus=st.sampled_from([Focus(), FOCUS]))
def test_any_text_is_understood_or_refused(reader: CatalogueQueryReader, text: str, focus: Focus) -> None:
    try:
        understanding = reader.read(text, focus)
    except InvalidQueryError:
        return
    query = understanding.products
    if query.price_min_cents is not None and query.price_max_cents is not None:
        assert query.price_min_cents <= query.price_max_cents
    assert set(understanding.products.product_ids) <= {"F1", "F2", "F3", "F4", "G1", "G2", "G3", "G4"}
    assert understanding.standalone


@QUICK
@given(text=MESSAGES)
def test_understanding_is_the_same_for_the_normalised_text(reader: CatalogueQueryReader, text: str) -> None:
    try:
        first = reader.read(text)
    except InvalidQueryError:
        return
    assert reader.read(first.text) == first


@QUICK
@given(text=st.text(max_size=200))
def test_normalisation_is_idempotent(text: str) -> None:
    try:
        once = normalise(text)
    except InvalidQueryError:
        return
    assert normalise(once) == once
    assert len(once) <= MAX_CHARACTERS


@QUICK
@given(word=st.text("abcde", max_size=7), other=st.text("abcde", max_size=7))
def test_one_edit_is_what_the_definition_says(word: str, other: str) -> None:
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    edits = {word, *(a + b[1:] for a, b in splits if b), *(a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1)}
    edits |= {a + c + b[1:] for a, b in splits for c in "abcde" if b} | {a + c + b for a, b in splits for c in "abcde"}
    assert within_one_edit(word, other) == (other in edits)


CORRECTIONS = [
    ("dreses", "dresses", "a missing letter"),
    ("swaeter", "sweater", "swapped letters"),
    ("sweaster", "sweater", "a letter too many"),
    ("sweatar", "sweater", "a wrong letter"),
    ("sweater", "sweater", "known"),
    ("books", "books", "a real word"),
    ("boks", "boks", "too short"),
    ("tweater", "tweater", "another first letter"),
    ("swaetre", "swaetre", "two slips"),
]


@pytest.mark.parametrize(("word", "expected", "reason"), CORRECTIONS)
def test_spelling(word: str, expected: str, reason: str) -> None:
    assert Speller({"dresses", "sweater", "boots"}, {"books"}).correct(word) == expected, reason
