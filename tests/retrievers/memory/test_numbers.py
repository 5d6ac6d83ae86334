"""How numbers are kept, what is kept hot, and what compressors make."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraModel
from seamless_retail.retrievers.memory.compressors import (
    ClaraCompressor,
    LightCompressor,
    MemoryEmbeddings,
    as_compressor,
    late_interaction,
)
from seamless_retail.retrievers.memory.hot_cache import HotCache
from seamless_retail.retrievers.memory.precision import Precision, pooled, unit
from seamless_retail.retrievers.memory.store import ClaraVectorStore


@pytest.mark.parametrize(
    ("precision", "size", "error"),
    [(Precision.FLOAT32, 36, 0), (Precision.FLOAT16, 18, 1e-3), (Precision.INT8, 11, 0.01), (Precision.INT4, 7, 0.15)],
)
def test_numbers_come_back_within_their_precision(precision: Precision, size: int, error: float) -> None:
    rows = np.random.default_rng(1).standard_normal((50, 9)).astype(np.float32)
    rows[3] = 0
    content = precision.pack(rows)
    assert len(content) == 50 * size == 50 * precision.row_bytes(9)
    back = precision.unpack(content, 9)
    assert back.dtype == np.float32 and not back[3].any()
    assert np.abs(back - rows).max() <= error * np.abs(rows).max()
    with pytest.raises(ValueError, match="not rows"):
        precision.unpack(content[:-1], 9)


def test_a_pooled_vector_is_the_mean_direction() -> None:
    tokens = np.array([[2, 0], [0, 5], [3, 0]], dtype=np.float32)
    np.testing.assert_allclose(pooled(tokens, [2, 1]), [[np.sqrt(0.5), np.sqrt(0.5)], [1, 0]], atol=1e-6)


def test_the_cache_is_bounded_and_answers_only_the_version_asked_for() -> None:
    cache = HotCache(capacity=3 * 4 * 8)
    fetched: list[list[str]] = []

    def fetch(keys: list[str]) -> dict[str, np.ndarray]:
        fetched.append(keys)
        return {key: np.ones((1, 8), dtype=np.float32) for key in keys}

    cache.read({"a": 1, "b": 1, "c": 1}, fetch)
    cache.read({"a": 1}, fetch)
    cache.read({"a": 2, "d": 1}, fetch)
    assert fetched == [["a", "b", "c"], ["a", "d"]]
    assert (cache.stats().entries, cache.stats().bytes, cache.stats().hits, cache.stats().misses) == (3, 96, 1, 5)
    cache.drop({"a"})
    assert cache.stats().entries == 2
    assert HotCache(0).read({"a": 1}, fetch)["a"].shape == (1, 8)


def test_clara_memories_have_its_tokens_and_score(clara: ClaraModel) -> None:
    compressor = ClaraCompressor(clara, rate=16)
    texts = ["a text of thirty-three letters .!", "", "b"]
    made = compressor.compress(texts)
    assert [memory.tokens.shape for memory in made] == [(3, 32), (1, 32), (1, 32)]
    expected = clara.compress([texts[0]], 16)
    np.testing.assert_allclose(made[0].tokens, expected.vectors[0].float().numpy(), atol=1e-5)
    assert np.linalg.norm(made[0].vector) == pytest.approx(1, abs=1e-5)
    [question] = compressor.query(["letters"])
    score = compressor.score(question, [made[0].tokens, made[2].tokens])
    np.testing.assert_allclose(
        score, clara.score(clara.query(["letters"]), clara.compress([texts[0], texts[2]], 16))[0].numpy(), atol=1e-5
    )


def test_a_model_is_known_by_what_makes_memories(clara: ClaraModel) -> None:
    before = ClaraCompressor(clara).identity
    assert ClaraCompressor(clara).identity == before
    assert ClaraCompressor(clara, rate=4).identity != before
    parameter = clara.readout.state_dict(keep_vars=True)
    name, tensor = next((name, value) for name, value in clara.state_dict().items() if "q_proj.base_layer" in name)
    with torch.no_grad():
        tensor.add_(1e-3)
        assert ClaraCompressor(clara).identity != before, (name, len(parameter))
        tensor.sub_(1e-3)


def test_the_light_compressor_finds_meaning_through_the_store(open_store: Callable[..., ClaraVectorStore]) -> None:
    compressor = LightCompressor()
    store = open_store(compressor=compressor)
    texts = ["A warm wool coat for winter.", "Peppermint tea, 20 bags.", "Running shoes for muddy trails."]
    store.add_texts(texts)
    assert store.similarity_search("footwear for jogging", k=1)[0].page_content == texts[2]
    [question] = compressor.query(["something hot to drink"])
    made = compressor.compress(texts)
    assert compressor.score(question, [memory.tokens for memory in made]).argmax() == 1
    for memory, entry in zip(
        made, store.get_entries([found.id or "" for found in store.similarity_search("x")]), strict=True
    ):
        assert entry.tokens.shape == memory.tokens.shape  # kept in 4 bits, and still near to what was made
    [entry] = store.get_entries([store.similarity_search(texts[0], k=1)[0].id or ""])
    assert float(entry.vector @ made[0].vector) > 0.97


def test_late_interaction_is_the_mean_of_best_cosines() -> None:
    question = unit(np.array([[1, 0], [0, 1]], dtype=np.float32))
    documents = [np.array([[3, 0], [-1, 0]], dtype=np.float32), np.array([[0.1, 0.1]], dtype=np.float32)]
    np.testing.assert_allclose(late_interaction(question, documents), [0.5, np.sqrt(0.5)], atol=1e-6)
    assert late_interaction(question, []).shape == (0,)


def test_what_cannot_compress_is_refused(compressor: ClaraCompressor) -> None:
    assert as_compressor(MemoryEmbeddings(compressor)) is compressor
    with pytest.raises(ConfigurationError, match="cannot compress"):
        as_compressor("minilm")  # type: ignore[arg-type]
