"""Questions over a caller's own documents: answers that are cited, and none that is not borne out."""

import asyncio
from collections.abc import Generator, Sequence
from copy import copy
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError, LanguageModelError
from seamless_retail.core.ports import NOT_STATED, ReadablePassage, ReaderAnswer
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.hybrid import HybridRetriever
from seamless_retail.retrievers.own_documents import passages_of
from seamless_retail.retrievers.rag import DONT_KNOW, Rag
from seamless_retail.retrievers.reranking import LatentReranker

RETURNS = (
    "You may return unworn items within 30 days of delivery. Sale items cannot be refunded; they can be exchanged.\n\n"
    "A refund takes 3 to 5 business days."
)
SHIPPING = "Standard shipping costs $4.99 and is free from $50. We ship to Canada."
DOCUMENTS: list[Any] = [
    {"id": "returns", "title": "Returning an item", "text": RETURNS},
    Document(id="shipping", page_content=SHIPPING, metadata={"title": "Shipping"}),
    "Gift cards never expire. They cannot be exchanged for cash.",
]
QUESTION = "Within how many days can I return unworn items?"
TEXTS = {"returns": RETURNS, "shipping": SHIPPING, "document-3": DOCUMENTS[2]}


class Reader:
    """A reader of memories that says what it was told to; the check of what it says is what is tested."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[tuple[str, list[str]]] = []

    def read(self, question: str, passages: Sequence[ReadablePassage]) -> ReaderAnswer:
        self.asked.append((question, [passage.text for passage in passages]))
        return ReaderAnswer(self.text, 0.9, (passages[0].id,) if self.text != NOT_STATED else ())

    def stream(self, question: str, passages: Sequence[ReadablePassage]) -> Generator[str, None, ReaderAnswer]:
        yield self.text
        return self.read(question, passages)


@pytest.fixture
def parts(embeddings: MiniLMEmbeddings, reranker: LatentReranker) -> dict[str, Any]:
    return {"embeddings": embeddings, "reranker": reranker}


def chat(*answers: str) -> BaseChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(answer) for answer in answers]))


def test_without_a_model_the_answer_is_the_sentence_that_answers(parts: dict[str, Any]) -> None:
    rag = Rag(**parts)
    answer, citations = rag.query(QUESTION, documents=DOCUMENTS)
    assert answer == "You may return unworn items within 30 days of delivery."
    (citation,) = citations
    assert (citation.source_id, citation.title, citation.quote) == ("returns", "Returning an item", answer)
    assert RETURNS[citation.start : citation.end] == citation.quote


@pytest.mark.parametrize(
    ("question", "source", "part"),
    [
        ("Do gift cards expire?", "document-3", "never expire"),
        ("How much does standard shipping cost?", "shipping", "$4.99"),
    ],
)
def test_texts_documents_and_mappings_can_be_asked(
    parts: dict[str, Any], question: str, source: str, part: str
) -> None:
    answer, (citation,) = Rag(**parts).query(question, documents=DOCUMENTS)
    assert part in answer
    assert citation.source_id == source
    assert TEXTS[source][citation.start : citation.end] == citation.quote


def test_what_nothing_answers_is_not_known_and_says_what_was_searched(parts: dict[str, Any]) -> None:
    reader = Reader("Brazil")
    found = Rag(**parts, reader=reader).answer("Who won the football world cup in 1998?", DOCUMENTS)
    assert found.answer.startswith(DONT_KNOW)
    assert "Returning an item" in found.answer
    assert "0.55" in found.answer
    assert (found.known, found.citations, found.confidence) == (False, (), 0.0)
    assert reader.asked == [], "nothing was worth reading"


def test_a_readers_words_are_given_if_a_passage_bears_them_out(parts: dict[str, Any]) -> None:
    reader = Reader("30 days")
    found = Rag(**parts, reader=reader).answer(QUESTION, DOCUMENTS)
    assert found.answer == "30 days"
    assert [citation.quote for citation in found.citations] == [
        "You may return unworn items within 30 days of delivery."
    ]
    assert found.confidence >= 0.55
    assert reader.asked[0][1][0].startswith("Returning an item\n")


@pytest.mark.parametrize("invented", ["60 days", "You may return worn items within 90 days.", "yes", "30"])
def test_invented_words_are_replaced_by_a_quotation(parts: dict[str, Any], invented: str) -> None:
    answer, citations = Rag(**parts, reader=Reader(invented)).query(QUESTION, documents=DOCUMENTS)
    assert answer == citations[0].quote == "You may return unworn items within 30 days of delivery."


def test_a_reader_that_finds_nothing_is_believed(parts: dict[str, Any]) -> None:
    answer, citations = Rag(**parts, reader=Reader(NOT_STATED)).query(QUESTION, documents=DOCUMENTS)
    assert answer.startswith(DONT_KNOW)
    assert citations == ()


def test_a_chat_model_is_given_the_passages_and_checked(parts: dict[str, Any]) -> None:
    rag = Rag(**parts, chat_model=chat("You can return unworn items within 30 days of delivery [1].", "Up to 99 days."))
    answer, (citation,) = rag.query(QUESTION, documents=DOCUMENTS)
    assert answer == "You can return unworn items within 30 days of delivery."
    assert citation.source_id == "returns"
    assert rag.query(QUESTION, documents=DOCUMENTS)[0] == "You may return unworn items within 30 days of delivery."


def test_a_chat_model_that_fails_is_a_typed_error_without_the_question(parts: dict[str, Any]) -> None:
    with pytest.raises(LanguageModelError) as caught:
        Rag(**parts, chat_model=chat()).query(QUESTION, documents=DOCUMENTS)
    assert "unworn" not in str(caught.value)


def test_out_of_context_and_without_citations_only_if_the_settings_say_so(parts: dict[str, Any]) -> None:
    question = "Who won the football world cup in 1998?"
    loose = {"guardrails": {"allow_out_of_context": True, "require_citations": False}}
    assert Rag(loose, **parts, chat_model=chat("France.")).query(question, documents=DOCUMENTS) == ("France.", ())
    cited = {"guardrails": {"allow_out_of_context": True, "require_citations": True}}
    assert Rag(cited, **parts, chat_model=chat("France.")).query(question, documents=DOCUMENTS)[0].startswith(DONT_KNOW)


def test_a_retriever_answers_questions_without_documents(parts: dict[str, Any]) -> None:
    retriever = HybridRetriever.from_documents(passages_of(DOCUMENTS), parts["embeddings"], reranker=parts["reranker"])
    answer, (citation,) = Rag(**parts, retriever=retriever).query("Do gift cards expire?")
    assert (answer, citation.source_id) == ("Gift cards never expire.", "document-3")
    with pytest.raises(ConfigurationError, match="nothing to search"):
        Rag(**parts).query("Do gift cards expire?")


def test_no_compression_still_answers(parts: dict[str, Any]) -> None:
    rag = Rag({"compression": {"enabled": False}}, embeddings=parts["embeddings"])
    assert rag.reranker is None
    answer, (citation,) = rag.query("Do gift cards expire?", documents=DOCUMENTS)
    assert (answer, citation.source_id) == ("Gift cards never expire.", "document-3")


def test_async_answers_the_same(parts: dict[str, Any]) -> None:
    rag = Rag(**parts)
    assert asyncio.run(rag.aquery(QUESTION, documents=DOCUMENTS)) == rag.query(QUESTION, documents=DOCUMENTS)


@pytest.mark.parametrize(
    ("question", "documents", "message"),
    [
        pytest.param(" ", ["a"], "question is empty", id="blank"),
        pytest.param("why?\ud800", ["a b c"], "not valid Unicode", id="half a pair in the question"),
        pytest.param("why?", ["secret \ud800"], "Document 1 is not valid Unicode", id="half a pair"),
        pytest.param("why?", [{"id": "x"}], None, id="no text is an empty document"),
        pytest.param("why?", [{"id": "x", "text": 3}], "Document 1 has no text", id="a number for a text"),
        pytest.param("why?", [3], "Document 1 is neither", id="a number"),
        pytest.param("why?", [{"id": "x", "text": "a"}, {"id": "x", "text": "b"}], "document 2 is taken", id="twice"),
    ],
)
def test_bad_input_is_a_typed_error(
    parts: dict[str, Any], question: str, documents: list[Any], message: str | None
) -> None:
    rag = Rag(**parts)
    if message is None:
        assert rag.query(question, documents=documents) == (f"{DONT_KNOW} There was nothing to search.", ())
        return
    with pytest.raises(InvalidQueryError, match=message) as caught:
        rag.query(question, documents=documents)
    assert "secret" not in str(caught.value)


def test_a_reader_and_a_chat_model_at_once_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="Both"):
        Rag(**parts, reader=Reader("x"), chat_model=chat("x"))


def test_a_reranker_without_a_calibration_answers_where_no_score_is_asked_for(parts: dict[str, Any]) -> None:
    bare = copy(parts["reranker"])
    bare.calibration = None
    with pytest.raises(ConfigurationError, match="not calibrated"):
        Rag(embeddings=parts["embeddings"], reranker=bare)
    rag = Rag({"reranking": {"min_score": 0.0}}, embeddings=parts["embeddings"], reranker=bare)
    assert rag.query("Do gift cards expire?", documents=DOCUMENTS)[0] == "Gift cards never expire."
