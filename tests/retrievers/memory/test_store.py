"""The vector store: LangChain's suites, upsert, filters, latents without text, refusals, other processes."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)
from langchain_tests.unit_tests import EmbeddingsUnitTests

from seamless_retail.core.errors import ConfigurationError, InvalidQueryError, MemoryStoreError, SearchIndexError
from seamless_retail.retrievers.memory.compressors import ClaraCompressor, MemoryEmbeddings
from seamless_retail.retrievers.memory.retriever import MemoryRetriever
from seamless_retail.retrievers.memory.store import ClaraVectorStore
from tests.retrievers.memory.conftest import small_clara

Open = Callable[..., ClaraVectorStore]

TEXTS = ["red cotton shirt", "blue rain jacket", "oat milk, contains gluten", "returns are free within 30 days"]
METADATA: list[dict[str, Any]] = [
    {"kind": "product", "price": 1200, "title": "Shirt"},
    {"kind": "product", "price": 8900, "title": "Jacket"},
    {"kind": "product", "price": 250, "title": "Oat milk"},
    {"kind": "policy", "title": "Returns"},
]


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestVectorStore(VectorStoreIntegrationTests):
    """LangChain's suite, for the shop's store."""

    @pytest.fixture
    def vectorstore(self, store: ClaraVectorStore) -> Iterator[VectorStore]:
        yield store


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestUsersView(VectorStoreIntegrationTests):
    """LangChain's suite, for the view of a user."""

    @pytest.fixture
    def vectorstore(self, store: ClaraVectorStore) -> Iterator[VectorStore]:
        yield store.as_user("alice")


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestRetriever(RetrieversIntegrationTests):
    """LangChain's suite for ``as_retriever``."""

    @pytest.fixture(autouse=True)
    def filled(self, store: ClaraVectorStore) -> None:
        store.add_texts(TEXTS, METADATA)
        type(self).store = store

    store: ClaraVectorStore

    @property
    def retriever_constructor(self) -> type[MemoryRetriever]:
        return MemoryRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"vectorstore": self.store}

    @property
    def retriever_query_example(self) -> str:
        return "shirt"


def test_as_retriever_takes_k_and_search_options(store: ClaraVectorStore) -> None:
    store.add_texts(TEXTS, METADATA)
    assert [len(store.as_retriever(k=k).invoke("shirt")) for k in (1, 3)] == [1, 3]
    cheap = store.as_retriever(search_type="mmr", search_kwargs={"filter": {"price": {"$lt": 300}}})
    assert [document.metadata["title"] for document in cheap.invoke("shirt")] == ["Oat milk"]


class _Embeddings:
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MemoryEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"compressor": ClaraCompressor(small_clara())}


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestEmbeddings(_Embeddings, EmbeddingsIntegrationTests):
    """LangChain's suite for the pooled vectors."""


class TestEmbeddingsUnit(_Embeddings, EmbeddingsUnitTests):
    """LangChain's unit suite for the pooled vectors."""


def test_what_was_added_is_found_after_opening_again(open_store: Open) -> None:
    store = open_store()
    ids = store.add_texts(TEXTS, METADATA)
    before = store.similarity_search_with_score("rain", k=4)
    store.close()
    again = open_store()
    assert again.similarity_search_with_score("rain", k=4) == before
    assert [document.page_content for document in again.get_by_ids(ids)] == TEXTS


def test_filters_act_inside_the_search(store: ClaraVectorStore) -> None:
    store.add_texts([f"text {i}" for i in range(50)], [{"n": i} for i in range(50)])
    found = store.similarity_search("text 1", k=3, filter={"n": {"$gte": 46}})
    assert len(found) == 3 and all(document.metadata["n"] >= 46 for document in found)
    store.add_texts(["late"], [{"n": 99}])
    assert [document.page_content for document in store.similarity_search("x", filter={"n": 99})] == ["late"]
    with pytest.raises(InvalidQueryError, match="Unknown filter operator"):
        store.similarity_search("x", filter={"n": {"$around": 3}})


def test_scores_are_cosines_best_first_and_relevance_is_between_0_and_1(store: ClaraVectorStore) -> None:
    store.add_texts(TEXTS)
    scores = [score for _, score in store.similarity_search_with_score(TEXTS[0])]
    assert scores[0] == pytest.approx(1.0, abs=0.01) and scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for _, score in store.similarity_search_with_relevance_scores("zzz", k=4))
    assert len(store.similarity_search_with_relevance_scores(TEXTS[0], score_threshold=0.98)) == 1


def test_marginal_relevance_prefers_difference(open_store: Open) -> None:
    store = open_store(compressor=DeterministicFakeEmbedding(size=8))
    store.add_texts(["twin", "twin", "other"], ids=["a", "b", "c"])
    found = store.max_marginal_relevance_search("twin", k=2, fetch_k=3, lambda_mult=0.4)
    assert [document.page_content for document in found] == ["twin", "other"]
    assert store.max_marginal_relevance_search("twin", filter={"kind": "none"}) == []


def test_async_methods_answer_as_the_others(store: ClaraVectorStore) -> None:
    async def use() -> tuple[list[Any], ...]:
        ids = await store.aadd_texts(TEXTS, METADATA)
        vector = store.embeddings.embed_query("milk")
        return (
            await store.asimilarity_search("milk", k=2),
            await store.asimilarity_search_by_vector(vector, k=2),
            [document for document, _ in await store.asimilarity_search_with_score("milk", k=2)],
            await store.amax_marginal_relevance_search("milk", k=2, lambda_mult=1.0),
            await store.aget_by_ids(ids[:1]),
            [await store.adelete(ids[:1]), await store.aget_by_ids(ids[:1])],
        )

    near, by_vector, scored, marginal, by_id, deleted = asyncio.run(use())
    assert near == by_vector == scored == marginal and len(near) == 2
    assert by_id[0].page_content == TEXTS[0] and deleted == [True, []]


def test_adding_an_id_again_replaces_text_metadata_and_tokens(store: ClaraVectorStore) -> None:
    store.add_texts(["short"], [{"v": 1}], ids=["x"])
    store.add_texts(["a text of quite another length"], [{"v": 2}], ids=["x"])
    [entry] = store.get_entries(["x"])
    assert (entry.text, entry.metadata, len(entry.tokens)) == ("a text of quite another length", {"v": 2}, 2)
    assert store.similarity_search("short", k=5) == store.get_by_ids(["x"])
    assert store.stats().entries == store.stats().indexed == 1


def test_without_texts_there_are_titles_and_latents_and_no_text_on_disk(open_store: Open, tmp_path: Path) -> None:
    store = open_store(keep_text=False)
    store.add_documents([Document(id="a", page_content="an unmistakable sentence", metadata={"title": "Its title"})])
    store.add_texts(["another sentence"], ids=["b"])
    contents = {document.page_content for document in store.similarity_search("an unmistakable sentence")}
    assert contents == {"Its title", "b"}
    assert store.memory_tokens("sentence", k=2).shape == (1, 2 + 1, 32)
    store.close()
    assert not any(b"sentence" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with pytest.raises(MemoryStoreError, match="does not keep texts"):
        open_store(keep_text=True)


def test_another_compressor_or_rate_is_refused_with_the_remedy(open_store: Open, compressor: ClaraCompressor) -> None:
    open_store().add_texts(TEXTS)
    for other in (ClaraCompressor(compressor.model, rate=4), ClaraCompressor(small_clara(seed=8))):
        with pytest.raises(MemoryStoreError, match="was written with clara") as raised:
            open_store(compressor=other)
        assert "another folder" in raised.value.remedy
    assert open_store().stats().entries == len(TEXTS)


def test_another_backend_is_refused_with_the_command_to_move(open_store: Open) -> None:
    open_store()
    with pytest.raises(MemoryStoreError, match="searched with faiss") as raised:
        open_store(backend="qdrant")
    assert "seamless memory move" in raised.value.remedy
    with pytest.raises(ConfigurationError, match="Unknown backend"):
        open_store("new", backend="milvus")


@pytest.mark.parametrize("content", ["", "[]", '{"kind": "other"}', '{"format": 9}'])
def test_a_damaged_manifest_is_named(open_store: Open, tmp_path: Path, content: str) -> None:
    open_store().close()
    (tmp_path / "memory" / "manifest.json").write_text(content)
    with pytest.raises(MemoryStoreError, match=r"manifest\.json"):
        open_store()
    (tmp_path / "memory" / "manifest.json").unlink()
    with pytest.raises(MemoryStoreError, match="is missing beside a ledger"):
        open_store()


def test_two_open_stores_see_each_others_writes(open_store: Open) -> None:
    one, two = open_store(), open_store()
    ids = one.add_texts(TEXTS, METADATA)
    assert two.similarity_search("milk", k=1, filter={"title": "Oat milk"})
    two.add_texts(["new"], ids=[ids[0]])
    two.delete([ids[1]])
    assert {document.page_content for document in one.similarity_search("x", k=9)} == {"new", *TEXTS[2:]}
    assert one.verify().whole and two.verify().whole


def test_from_texts_takes_any_embeddings_and_needs_no_folder() -> None:
    store = ClaraVectorStore.from_documents(
        [Document(id=str(i), page_content=text) for i, text in enumerate(TEXTS)], DeterministicFakeEmbedding(size=24)
    )
    [(document, score)] = store.similarity_search_with_score(TEXTS[2], k=1)
    assert document.id == "2" and score == pytest.approx(1.0, abs=1e-3)
    assert ClaraVectorStore.from_texts([], store.embeddings).similarity_search("x") == []


@pytest.mark.parametrize("metadata", [{"when": object()}, {"x": float("nan")}, {"x": {1, 2}}])
def test_metadata_that_is_not_json_is_refused_and_nothing_is_written(
    store: ClaraVectorStore, metadata: dict[str, Any]
) -> None:
    with pytest.raises(InvalidQueryError, match="cannot be stored"):
        store.add_texts(["a", "b"], [{}, metadata])
    assert store.stats().entries == 0


def test_wrong_input_is_refused_at_the_boundary(store: ClaraVectorStore) -> None:
    store.add_texts(TEXTS)
    with pytest.raises(InvalidQueryError, match="at least 1"):
        store.similarity_search("x", k=0)
    with pytest.raises(SearchIndexError, match="32 dimensions, not 3"):
        store.similarity_search_by_vector([1.0, 2.0, 3.0])
    with pytest.raises(InvalidQueryError, match="finite"):
        store.similarity_search_by_vector([float("nan")] * 32)
    with pytest.raises(InvalidQueryError, match="as many as texts"):
        store.add_texts(["a", "b"], ids=["one"])
    with pytest.raises(InvalidQueryError, match="not a valid id"):
        store.add_texts(["a"], ids=["x" * 2000])


def test_stats_tell_bytes_and_the_caches_hit_rate(store: ClaraVectorStore) -> None:
    store.add_texts(TEXTS)
    store.as_user("bob").add_texts(["mine"])
    for _ in range(4):
        store.memory_tokens("milk", k=2)
    stats = store.stats()
    assert (stats.entries, stats.users, stats.backend) == (5, 1, "faiss")
    assert stats.bytes["ledger.db"] > 0 and "manifest.json" in stats.bytes
    assert (stats.cache.hits, stats.cache.misses, stats.cache.hit_rate) == (6, 2, 0.75)


def test_verify_names_a_damaged_entry_and_rebuilding_mends_the_index(store: ClaraVectorStore, tmp_path: Path) -> None:
    import sqlite3

    ids = store.add_texts(TEXTS)
    assert store.verify().whole
    store.engine.index.delete([entry.key for entry in store.get_entries(ids[:2])])
    assert store.verify().missing == 2
    store.engine.follower.rebuild()
    assert store.verify().whole
    with sqlite3.connect(tmp_path / "memory" / "ledger.db") as connection:
        connection.execute("UPDATE entries SET text = 'forged' WHERE id = ?", (ids[3],))
    assert store.verify().damaged == (ids[3],)
    with pytest.raises(MemoryStoreError, match="damaged"):
        store.get_entries([ids[3]])


def test_nothing_is_pickled(open_store: Open, tmp_path: Path) -> None:
    open_store().add_texts(TEXTS, METADATA)
    assert {path.name.split("-")[0] for path in tmp_path.rglob("*") if path.is_file()} <= {
        "ledger.db", "manifest.json", "manifest.lock", "index.lock",
    }  # fmt: skip
    assert json.loads((tmp_path / "memory" / "manifest.json").read_text())["kind"] == "compressed-memory"
