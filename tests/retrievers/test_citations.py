"""Which words of a passage bear an answer out, and which do not."""

import pytest
from langchain_core.documents import Document

from seamless_retail.retrievers.citations import borne_out, cite, sentences

RETURNS = Document(
    id="returns#10",
    page_content=(
        "You may return unworn items within 30 days of delivery. "
        "Sale items cannot be refunded; they can be exchanged.\n"
        "A refund takes 3 to 5 business days. We don’t pay for the parcel."
    ),
    metadata={"source_id": "returns", "title": "Returning an item", "start": 10},
)
SHIPPING = Document(id="shipping", page_content="Standard shipping costs $4.99 and is free from $50.")
PASSAGES = [RETURNS, SHIPPING]
FIRST = "You may return unworn items within 30 days of delivery."


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        pytest.param("30 days", FIRST, id="words in a row"),
        pytest.param("within 30 days of delivery.", FIRST, id="a full stop more"),
        pytest.param("You can return unworn items within 30 days of delivery", FIRST, id="one word exchanged"),
        pytest.param("Unworn items, within 30 days of delivery", FIRST, id="other order"),
        pytest.param("$4.99", "Standard shipping costs $4.99 and is free from $50.", id="an amount"),
        pytest.param("3 to 5 business days", "A refund takes 3 to 5 business days.", id="a whole range"),
        pytest.param(
            "No, sale items cannot be refunded",
            "Sale items cannot be refunded; they can be exchanged.",
            id="a denial that is denied",
        ),
        pytest.param("We don't pay for the parcel", "We don’t pay for the parcel.", id="other quotation marks"),
    ],
)
def test_what_is_written_is_cited_with_its_sentence(answer: str, quote: str) -> None:
    evidence = borne_out(answer, PASSAGES)
    assert evidence is not None
    assert evidence.citation.quote == quote


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("60 days", id="another figure"),
        pytest.param("You may return unworn items within 60 days of delivery.", id="another figure in the sentence"),
        pytest.param("5 business days", id="half of a range"),
        pytest.param("30", id="a figure without its unit"),
        pytest.param("Sale items can be refunded", id="a negation dropped"),
        pytest.param("You may not return unworn items within 30 days of delivery.", id="a negation added"),
        pytest.param("No, you may return unworn items within 30 days", id="a verdict that disagrees"),
        pytest.param("Worn shoes may be sent to Paris", id="invented"),
        pytest.param("yes", id="a bare verdict"),
        pytest.param("", id="nothing"),
        pytest.param("...", id="signs"),
    ],
)
def test_what_is_not_written_has_no_citation(answer: str) -> None:
    assert borne_out(answer, PASSAGES) is None


def test_a_citation_names_document_title_and_exact_place() -> None:
    source = "Returns.  " + RETURNS.page_content
    evidence = borne_out("A refund takes 3 to 5 business days.", PASSAGES)
    assert evidence is not None
    citation = evidence.citation
    assert (citation.source_id, citation.title) == ("returns", "Returning an item")
    assert source[citation.start : citation.end] == citation.quote


def test_a_plain_document_is_its_own_source() -> None:
    citation = cite(SHIPPING, (0, 8))
    assert (citation.source_id, citation.start, citation.end, citation.quote) == ("shipping", 0, 8, "Standard")


def test_sentences_hold_all_words_and_none_twice() -> None:
    text = 'Is it "safe?" Yes. It costs 4.99 now\nNo stop here\n\n  Last one!'
    spans = sentences(text)
    assert [text[start:end] for start, end in spans] == [
        'Is it "safe?"',
        "Yes.",
        "It costs 4.99 now",
        "No stop here",
        "Last one!",
    ]
