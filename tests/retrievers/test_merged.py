"""Retrievers of other hands beside the shop's index."""

import asyncio
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from seamless_retail.retrievers.adapted import AdaptedRetriever
from seamless_retail.retrievers.merged import MergedRetriever


class Fixed(BaseRetriever):
    """Returns its documents, whatever is asked, and does not know ``k`` and ``filter``."""

    documents: list[Document]

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return self.documents


class Down(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        raise ConnectionError("no route to host")


def adapted(*documents: Document) -> AdaptedRetriever:
    return AdaptedRetriever(retriever=Fixed(documents=list(documents)))


def passage(source: str, **metadata: Any) -> Document:
    return Document("some text", metadata={"source_id": source, "kind": "policy", **metadata})


def test_absent_metadata_is_filled_in() -> None:
    (found,) = adapted(Document("Lockers cost $1.", metadata={"source": "handbook.pdf"})).invoke("lockers")
    assert found.metadata == {
        "source": "handbook.pdf",
        "source_id": "handbook.pdf",
        "title": "handbook.pdf",
        "kind": "policy",
        "start": 0,
        "end": 16,
        "score": 1.0,
    }


def test_a_document_without_a_name_is_named_by_its_content() -> None:
    first, again, other = adapted(Document("a"), Document("a"), Document("b")).invoke("x")
    assert first.metadata["source_id"] == again.metadata["source_id"] != other.metadata["source_id"]


def test_metadata_that_is_there_is_kept() -> None:
    (found,) = adapted(passage("policy:returns", title="Returns", start=3, end=12, score=0.2)).invoke("returns")
    assert found.metadata["score"] == 0.2
    assert (found.metadata["start"], found.metadata["end"], found.metadata["title"]) == (3, 12, "Returns")


def test_k_and_filter_are_applied_for_retrievers_that_do_not_know_them() -> None:
    retriever = adapted(passage("a"), passage("b", kind="product"), passage("c"), passage("d"))
    found = retriever.invoke("x", k=2, filter={"kind": "policy"})
    assert [document.metadata["source_id"] for document in found] == ["a", "c"]


def merged(*, main: BaseRetriever, **others: BaseRetriever) -> MergedRetriever:
    return MergedRetriever(
        main=main, others={name: AdaptedRetriever(retriever=other) for name, other in others.items()}
    )


def ids(retriever: BaseRetriever, **options: Any) -> list[str]:
    return [document.metadata["source_id"] for document in retriever.invoke("x", **options)]


def test_passages_are_fused_by_rank_and_come_once() -> None:
    retriever = merged(
        main=adapted(passage("a"), passage("b"), passage("c")),
        other=Fixed(documents=[passage("b"), passage("z")]),
    )
    assert ids(retriever) == ["b", "a", "z", "c"]
    assert ids(retriever, k=2) == ["b", "a"]


def test_the_asynchronous_call_finds_the_same() -> None:
    retriever = merged(main=adapted(passage("a")), other=Fixed(documents=[passage("b")]))
    assert asyncio.run(retriever.ainvoke("x")) == retriever.invoke("x")


def test_a_further_retriever_that_fails_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    assert ids(merged(main=adapted(passage("a")), other=Down())) == ["a"]
    assert "retriever other failed" in caplog.text


def test_the_failure_of_the_main_retriever_is_raised() -> None:
    with pytest.raises(ConnectionError):
        merged(main=Down(), other=adapted(passage("a"))).invoke("x")
