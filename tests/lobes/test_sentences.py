"""Which sentence of the passages at hand answers."""

from langchain_core.documents import Document

from seamless_retail.lobes.sentences import score_sentences, sentence_spans
from seamless_retail.lobes.stems import content_stems

TEXT = "Standard shipping takes 3 days. It costs $5.95 within the country. We also ship abroad!"


def passage(text, score=0.9, start=0, title="Shipping"):
    return Document(text, metadata={"source_id": "policy:shipping", "title": title, "start": start, "score": score})


def test_spans_are_whole_sentences_and_lines():
    text = "One. Two is 3.5 long!\nMaterial: linen\n“Three?” Four"
    assert [text[slice(*span)] for span in sentence_spans(text)] == [
        "One.",
        "Two is 3.5 long!",
        "Material: linen",
        "“Three?”",
        "Four",
    ]


def test_a_citation_is_exact_within_the_whole_source():
    best = score_sentences("ship abroad", [passage(TEXT, start=100)])[0]
    assert best.text == "We also ship abroad!"
    assert (best.citation.start, best.citation.end) == (100 + TEXT.index("We also"), 100 + len(TEXT))


def test_the_kind_of_fact_that_is_asked_for_decides_between_equals():
    assert score_sentences("how much is shipping?", [passage(TEXT)])[0].text.startswith("It costs $5.95")
    assert score_sentences("how long does shipping take?", [passage(TEXT)])[0].text.startswith(
        "Standard shipping takes"
    )


def test_the_retrievers_score_counts():
    likely, unlikely = passage("Shipping is free.", 0.9), passage("Shipping is free.", 0.3, title="Other")
    ranked = score_sentences("is shipping free", [unlikely, likely])
    assert ranked[0].document is likely
    assert ranked[0].score > ranked[1].score


def test_function_words_carry_nothing():
    assert content_stems("What is the price of it?") == content_stems("prices")
    assert score_sentences("what is it", [passage(TEXT)])[0].score < 0.4
