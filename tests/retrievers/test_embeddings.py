"""The Embeddings implementation: LangChain's suites, the query cache, document batches."""

import threading
from typing import Any

import numpy as np
import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from seamless_retail.retrievers.embeddings import MiniLMEmbeddings, embedding_identity


class _Shared:
    """Runs LangChain's suites over the model that is loaded already."""

    @pytest.fixture(autouse=True)
    def _model(self, embeddings: MiniLMEmbeddings) -> None:
        self._encoder = embeddings.encoder

    @property
    def embeddings_class(self) -> type[MiniLMEmbeddings]:
        return MiniLMEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": self._encoder}


class TestEmbeddingsUnit(_Shared, EmbeddingsUnitTests):
    """LangChain's unit suite."""


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:.*is not an async function")
class TestEmbeddingsIntegration(_Shared, EmbeddingsIntegrationTests):
    """LangChain's integration suite."""


class CountingEncoder:
    """The real encoder, counting the texts it is given."""

    def __init__(self, encoder: Any) -> None:
        self._encoder, self.texts = encoder, 0
        self.name, self.weights_sha256, self.dimension = encoder.name, encoder.weights_sha256, encoder.dimension

    def encode(self, texts: list[str]) -> Any:
        self.texts += len(texts)
        return self._encoder.encode(texts)


@pytest.fixture
def counted(embeddings: MiniLMEmbeddings) -> tuple[MiniLMEmbeddings, CountingEncoder]:
    encoder = CountingEncoder(embeddings.encoder)
    return MiniLMEmbeddings(encoder, cache_size=2), encoder  # type: ignore[arg-type]


def test_router_and_retriever_embed_a_query_once(counted: tuple[MiniLMEmbeddings, CountingEncoder]) -> None:
    model, encoder = counted
    threads = [threading.Thread(target=model.encode, args=(["linen dress"],)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    model.embed_query("linen dress")
    assert encoder.texts == 1


def test_least_recently_used_query_leaves_the_cache_first(counted: tuple[MiniLMEmbeddings, CountingEncoder]) -> None:
    model, encoder = counted
    for text in ("a", "b", "a", "c", "a"):
        model.embed_query(text)
    assert encoder.texts == 3
    model.embed_query("b")
    assert encoder.texts == 4


def test_cached_vectors_cannot_be_changed(embeddings: MiniLMEmbeddings) -> None:
    with pytest.raises(ValueError, match="read-only"):
        embeddings.query_vector("coat")[0] = 0


def test_documents_come_back_in_order_whatever_their_length(embeddings: MiniLMEmbeddings) -> None:
    texts = ["a long sentence about a warm winter coat " * 5, "tea", "running shoes for muddy paths"]
    together = embeddings.document_vectors(texts)
    alone = np.stack([embeddings.query_vector(text) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_progress_ends_at_the_total(embeddings: MiniLMEmbeddings) -> None:
    seen: list[tuple[int, int]] = []
    embeddings.document_vectors(["tea"] * 300, lambda done, total: seen.append((done, total)))
    assert seen == [(256, 300), (300, 300)]


def test_identity_names_the_weights(embeddings: MiniLMEmbeddings) -> None:
    identity = embedding_identity(embeddings)
    assert (identity.name, identity.dimension) == ("all-MiniLM-L6-v2", 384)
    assert len(identity.weights_sha256) == 64
