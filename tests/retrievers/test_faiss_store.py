"""The vector store: LangChain's suite, persistence, damage."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from seamless_retail.core.errors import InvalidQueryError, SearchIndexError
from seamless_retail.retrievers.embeddings import MiniLMEmbeddings
from seamless_retail.retrievers.faiss_store import FaissStore


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestVectorStore(VectorStoreIntegrationTests):
    """LangChain's suite."""

    @pytest.fixture
    def vectorstore(self) -> Iterator[VectorStore]:
        yield FaissStore(self.get_embeddings())


@pytest.fixture
def store(embeddings: MiniLMEmbeddings, documents: list[Document]) -> FaissStore:
    store = FaissStore(embeddings)
    store.add_documents(documents)
    return store


def test_search_finds_the_meaning(store: FaissStore) -> None:
    found = store.similarity_search("footwear for jogging in the mud", k=1)
    assert found[0].metadata["product_id"] == "F3"


def test_filter_on_price_and_color(store: FaissStore) -> None:
    found = store.similarity_search("dress", k=5, filter={"price": {"$lte": 5000}, "colors": "blue"})
    assert [document.metadata["product_id"] for document in found] == ["F1"]


def test_scores_are_cosines_and_relevance_is_between_0_and_1(store: FaissStore) -> None:
    [(document, score)] = store.similarity_search_with_score("Gift cards never expire.", k=1)
    assert document.metadata["source_id"] == "policy:gift-cards"
    assert 0.5 < score <= 1.0
    assert all(0 <= s <= 1 for _, s in store.similarity_search_with_relevance_scores("quantum chromodynamics", k=9))


def test_marginal_relevance_prefers_difference() -> None:
    store = FaissStore(DeterministicFakeEmbedding(size=2))
    vectors = np.array([[1, 0], [0.999, 0.01], [0.6, 0.8]], dtype=np.float32)
    store.add_embedded([Document(id=id_, page_content=id_) for id_ in ("near", "twin", "other")], vectors)
    found = store.max_marginal_relevance_search_by_vector([1.0, 0.0], k=2, fetch_k=3, lambda_mult=0.3)
    assert [document.id for document in found] == ["near", "other"]


def test_what_a_caller_does_to_a_result_does_not_reach_the_store(store: FaissStore) -> None:
    store.similarity_search("dress", k=1)[0].metadata["colors"].append("gold")
    assert store.similarity_search("dress", k=5, filter={"colors": "gold"}) == []


def test_delete_keeps_the_other_vectors_with_their_documents(store: FaissStore) -> None:
    gone = [document.id for document in store.similarity_search("dress", k=2)]
    store.delete(gone)
    found = store.similarity_search("mint tea", k=1)
    assert found[0].metadata["product_id"] == "G2"
    assert store.get_by_ids(gone) == []


def test_delete_without_ids_empties_the_store(store: FaissStore) -> None:
    store.delete()
    assert len(store) == 0
    assert store.similarity_search("dress") == []


def test_vectors_of_another_dimension_are_refused_and_nothing_is_lost(store: FaissStore) -> None:
    before = len(store)
    id_ = store.documents.ids[0]
    with pytest.raises(SearchIndexError, match="384 dimensions, not 3"):
        store.add_embedded([Document(id=id_, page_content="x")], np.ones((1, 3), dtype=np.float32))
    assert len(store) == before


def test_k_must_be_positive(store: FaissStore) -> None:
    with pytest.raises(InvalidQueryError, match="at least 1"):
        store.similarity_search("dress", k=0)


def test_a_saved_store_answers_as_before(store: FaissStore, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    store.save(tmp_path)
    loaded = FaissStore.load(tmp_path, embeddings)
    query = "can I bring back a gift?"
    assert loaded.similarity_search_with_score(query, k=4) == store.similarity_search_with_score(query, k=4)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".pkl", ".pickle")]


def test_an_empty_store_can_be_saved(embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    FaissStore(embeddings).save(tmp_path)
    assert len(FaissStore.load(tmp_path, embeddings)) == 0


def test_saving_twice_leaves_one_generation(store: FaissStore, tmp_path: Path) -> None:
    store.save(tmp_path)
    store.save(tmp_path)
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_no_index_says_how_to_build_one(embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    with pytest.raises(SearchIndexError, match="seamless index build"):
        FaissStore.load(tmp_path / "nothing", embeddings)


@pytest.mark.parametrize("name", ["vectors.faiss", "documents.jsonl", "manifest.json"])
@pytest.mark.parametrize("damage", ["truncated", "one byte flipped", "missing", "emptied"])
def test_damage_is_named_and_never_repaired_silently(
    store: FaissStore, embeddings: MiniLMEmbeddings, tmp_path: Path, name: str, damage: str
) -> None:
    store.save(tmp_path)
    [path] = tmp_path.rglob(name)
    content = path.read_bytes()
    match damage:
        case "truncated":
            path.write_bytes(content[:-10])
        case "one byte flipped":
            path.write_bytes(b"\x00" + content[1:])
        case "emptied":
            path.write_bytes(b"")
        case "missing":
            path.unlink()
    left = sorted(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    expected = "no search index" if (name, damage) == ("manifest.json", "missing") else name
    with pytest.raises(SearchIndexError, match=expected) as raised:
        FaissStore.load(tmp_path, embeddings)
    assert "seamless index build" in raised.value.remedy
    assert sorted(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()) == left


def test_another_model_is_refused(store: FaissStore, tmp_path: Path) -> None:
    store.save(tmp_path)
    with pytest.raises(SearchIndexError, match=r"all-MiniLM-L6-v2 .*DeterministicFakeEmbedding") as raised:
        FaissStore.load(tmp_path, DeterministicFakeEmbedding(size=384))
    assert "--force" in raised.value.remedy


def test_another_format_is_refused(store: FaissStore, embeddings: MiniLMEmbeddings, tmp_path: Path) -> None:
    store.save(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(SearchIndexError, match="has format 2"):
        FaissStore.load(tmp_path, embeddings)


def test_metadata_that_is_not_json_is_refused_and_the_saved_index_stays(
    store: FaissStore, embeddings: MiniLMEmbeddings, tmp_path: Path
) -> None:
    store.save(tmp_path)
    before = len(store)
    store.add_documents([Document(id="odd", page_content="x", metadata={"when": object()})])
    with pytest.raises(SearchIndexError, match="'odd' cannot be stored"):
        store.save(tmp_path)
    assert len(FaissStore.load(tmp_path, embeddings)) == before
