"""The check between a reader of memories and the customer: what a passage bears out, and which words are shown."""

from collections.abc import Mapping

import pytest
from langchain_core.documents import Document

from seamless_retail.lobes.memory_check import borne_out, places, units

NONE: Mapping[str, tuple[str, ...]] = {}
SHIPPING = Document(
    "Standard shipping costs $5.95 and takes 3 to 5 business days. It is free on orders of $60 or more. "
    "Express shipping costs $14.95 and arrives the next business day.\n\n"
    "A van delivery costs $7.95 and comes in a two-hour slot, from 8:00 to 20:00.",
    metadata={"kind": "policy", "source_id": "policy:shipping", "title": "Shipping options", "start": 100},
)
ABROAD = Document(
    "We ship shoes to Canada and Mexico. Shipping costs $24.95 and takes 6 to 10 business days.",
    metadata={"kind": "policy", "source_id": "policy:abroad", "title": "Shipping abroad", "start": 0},
)
JEANS = Document(
    "High-Rise Slim Jeans\nBrand: Alder & Fell\nCut for long days. They have five pockets.\nMaterial: denim\n"
    "Fit: slim\nDiet: vegan\nHeel: block\nHeel height: 8 cm\nColors: navy, light blue\nPrice: from $49.00 to $59.00",
    metadata={"kind": "product", "source_id": "product:F4", "title": "High-Rise Slim Jeans", "start": 0},
)


def shown(
    answer: str, question: str, *documents: Document, used: int = 0, asked: Mapping[str, tuple[str, ...]] = NONE
) -> str | None:
    """The words shown for an answer read in ``documents[used]``; ``None`` if it is not used."""
    quote = borne_out(answer, question, asked, [documents[used]], documents)
    return quote.citation.quote if quote else None


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("3 to 5 business days", True),
        ("3 to 5 Business Days.", True),
        ("$5.95", True),
        ("$60", True),
        ("from 8:00 to 20:00", True),
        ("two-hour slot", True),
        ("5.95", False),  # the currency is missing
        ("$5", False),  # part of a figure
        ("$6.95", False),
        ("5 business days", False),  # the end of a range
        ("3", False),  # its beginning
        ("8:00", False),
        ("20:00", False),
        ("slots", False),
        ("hour slot", False),  # part of a compound
        ("shipping $5.95", False),  # the words do not stand in a row
        ("", False),
        (".", False),
    ],
)
def test_an_answer_stands_in_a_text_only_whole(answer: str, found: bool) -> None:
    assert bool(places(answer, SHIPPING.page_content)) is found


def test_a_number_without_its_unit_is_no_answer() -> None:
    assert places("8", "It is 8 cm high.") == []
    assert places("8", "It holds 8 % wool.") == []
    assert places("8 cm", "It is 8 cm high.") == [(6, 10)]
    assert places("14", "By the 14th of May.") == []


def test_dashes_and_quotation_marks_of_any_kind_are_the_same() -> None:
    assert places("9:00-21:00", "Open 9:00–21:00.") == [(5, 15)]
    assert places("don't iron", "Please don’t iron it.") == [(7, 17)]


def test_the_sentence_is_shown_as_it_stands_and_where_it_stands() -> None:
    quote = borne_out("$7.95", "what does a van delivery cost?", {}, [SHIPPING], [SHIPPING])
    assert quote is not None
    citation = quote.citation
    assert citation.quote == "A van delivery costs $7.95 and comes in a two-hour slot, from 8:00 to 20:00."
    assert (citation.source_id, citation.title) == ("policy:shipping", "Shipping options")
    start = citation.start - 100
    assert SHIPPING.page_content[start : citation.end - 100] == citation.quote


def test_a_value_of_the_neighbouring_sentence_brings_the_sentence_that_was_asked_for_with_it() -> None:
    # A reader that mixes up express and standard: the customer still reads what standard shipping takes.
    said = shown("the next business day", "How long does standard shipping take?", SHIPPING)
    assert said is not None
    assert said.startswith("Standard shipping costs $5.95 and takes 3 to 5 business days.")
    assert said.endswith("arrives the next business day.")


def test_what_a_sentence_refers_back_to_is_shown_with_it() -> None:
    said = shown("6 to 10 business days", "How long does shipping to Canada take?", ABROAD)
    assert said == ABROAD.page_content
    free = shown("$60 or more", "When is it free?", SHIPPING)
    assert free == "Standard shipping costs $5.95 and takes 3 to 5 business days. It is free on orders of $60 or more."


def test_an_answer_from_the_wrong_passage_is_not_used() -> None:
    # "$5.95" is true of shipping within the country; the passage about Canada holds more of the question.
    assert shown("$5.95", "What does shipping to Canada cost?", SHIPPING, ABROAD, used=0) is None
    assert shown("$24.95", "What does shipping to Canada cost?", SHIPPING, ABROAD, used=1) == ABROAD.page_content


@pytest.mark.parametrize(
    ("answer", "question", "line"),
    [
        ("denim", "What are the jeans made of?", "Material: denim"),
        ("navy, light blue", "Which colors are there?", "Colors: navy, light blue"),
        ("five pockets", "How many pockets do they have?", "Cut for long days. They have five pockets."),
        ("from $49.00 to $59.00", "What is the price?", "Price: from $49.00 to $59.00"),
        ("$49.00", "What is the price?", None),  # half a range
        ("block", "What is the heel height?", None),  # another line is about the height
        ("linen", "What are the jeans made of?", None),  # invented
        ("vegan", "Which diets do they suit?", None),  # only the record says that
        ("High-Rise Slim Jeans", "What is it?", None),  # a name is no statement
    ],
)
def test_a_line_of_a_product_is_shown_whole_or_not_at_all(answer: str, question: str, line: str | None) -> None:
    assert shown(answer, question, JEANS) == line


@pytest.mark.parametrize(
    ("answer", "question", "colors", "line"),
    [
        ("yes", "do the high-rise slim jeans come in navy?", ("navy",), "Colors: navy, light blue"),
        ("no", "do they come in red?", ("red",), "Colors: navy, light blue"),
        ("yes", "do they come in red?", ("red",), None),
        ("no", "do they come in navy?", ("navy",), None),
        ("no", "do they come in blue?", ("blue", "light blue"), None),  # the line has a shade of it
        ("yes", "do the navy officers wear them?", (), None),  # no color was asked for
        ("no", "can I wear them on a horse?", (), None),
    ],
)
def test_a_yes_or_no_needs_a_line_that_agrees(
    answer: str, question: str, colors: tuple[str, ...], line: str | None
) -> None:
    assert shown(answer, question, JEANS, asked={"colors": colors} if colors else NONE) == line


def test_yes_about_a_policy_is_not_used() -> None:
    assert shown("yes", "Is express shipping free?", SHIPPING) is None


def test_units_are_sentences_and_labelled_lines() -> None:
    assert [unit.label for unit in units(JEANS)][:4] == ["brand", "", "", "material"]
    assert len(units(SHIPPING)) == 4
