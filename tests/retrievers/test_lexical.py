"""BM25: tokens, ranking, filters, persistence."""

from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_tests.integration_tests import RetrieversIntegrationTests

from seamless_retail.core.errors import InvalidQueryError, SearchIndexError
from seamless_retail.retrievers.lexical import LexicalRetriever, tokenize
from seamless_retail.retrievers.passages import indexed_text


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("running RUNS", ["run", "run"], id="stemmed and lower case"),
        pytest.param("Crème brûlée", ["creme", "brule"], id="without accents, in both spellings"),
        pytest.param("What is the size M?", ["size", "m"], id="stop words go, a size stays"),
        pytest.param("women's t-shirts", ["women", "tshirt"], id="possessives and t-shirts"),
        pytest.param("I don't", [], id="contractions"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


def test_accents_do_not_matter() -> None:
    assert tokenize("crème brûlée") == tokenize("creme brulee")


@pytest.fixture(scope="module")
def bm25(documents: list[Document]) -> LexicalRetriever:
    return LexicalRetriever.from_documents(documents, text_of=indexed_text)


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestLexicalRetriever(RetrieversIntegrationTests):
    """LangChain's suite, over a constructor that takes the documents."""

    @pytest.fixture(autouse=True)
    def _built(self, bm25: LexicalRetriever) -> None:
        self._documents = bm25.documents

    @property
    def retriever_constructor(self) -> Any:
        documents = self._documents.at(range(len(self._documents)))
        return lambda **fields: LexicalRetriever.from_documents(documents, **fields)

    @property
    def retriever_query_example(self) -> str:
        return "dress with honey within 30 days"


def test_the_rare_word_decides(bm25: LexicalRetriever) -> None:
    assert bm25.invoke("peppermint", k=1)[0].metadata["product_id"] == "G2"


def test_the_title_is_searched_too(bm25: LexicalRetriever) -> None:
    assert bm25.invoke("costs", k=1)[0].metadata["source_id"] == "policy:shipping-times"


def test_documents_without_a_common_word_are_left_out(bm25: LexicalRetriever) -> None:
    assert bm25.invoke("peppermint", k=9) == bm25.invoke("peppermint", k=1)
    assert bm25.invoke("xylophone") == []
    assert bm25.invoke("what is the") == []


def test_filter_in_constructor_and_call(bm25: LexicalRetriever, documents: list[Document]) -> None:
    only_products = LexicalRetriever.from_documents(documents, filter={"kind": "product"})
    assert only_products.invoke("exchanged") == []
    assert only_products.invoke("exchanged", filter={"kind": "policy"})
    assert bm25.invoke("dress", filter={"product_id": {"$in": ["F4"]}})[0].metadata["product_id"] == "F4"


def test_coverage_counts_words_that_no_document_holds(bm25: LexicalRetriever) -> None:
    [best] = bm25.search("peppermint tea", 1)
    whole = bm25.coverage("peppermint tea", [best[0]])[0]
    part = bm25.coverage("peppermint tea in Reykjavik tonight", [best[0]])[0]
    assert 0 < part < whole <= 1


def test_k_must_be_positive(bm25: LexicalRetriever) -> None:
    with pytest.raises(InvalidQueryError, match="at least 1"):
        bm25.invoke("dress", k=0)


def test_saved_and_loaded(bm25: LexicalRetriever, tmp_path: Path) -> None:
    bm25.save(tmp_path)
    assert LexicalRetriever.load(tmp_path).invoke("summer dress") == bm25.invoke("summer dress")


def test_damage_is_named(bm25: LexicalRetriever, tmp_path: Path) -> None:
    bm25.save(tmp_path)
    [path] = tmp_path.rglob("data.csc.index.npy")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(SearchIndexError, match=r"data\.csc\.index\.npy is damaged"):
        LexicalRetriever.load(tmp_path)


@pytest.mark.parametrize("documents", [[], [Document(id="1", page_content="the a")]], ids=["none", "without words"])
def test_an_index_without_words_finds_nothing(documents: list[Document], tmp_path: Path) -> None:
    LexicalRetriever.from_documents(documents).save(tmp_path)
    assert LexicalRetriever.load(tmp_path).invoke("dress") == []
