from pathlib import Path

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.models.clara.memory import MemoryTokens, Provenance, masked_mean, similarity


def memories(counts: tuple[int, ...] = (2, 3, 0), hidden: int = 4) -> MemoryTokens:
    generator = torch.Generator().manual_seed(0)
    rows = [torch.randn(count, hidden, generator=generator) for count in counts]
    records = [
        Provenance(f"d{i}", "0" * 64, 4 * n, 4, tuple((j, j + 1) for j in range(n))) for i, n in enumerate(counts)
    ]
    return MemoryTokens.of(rows, records, hidden)


def test_padding_counts_neither_as_vectors_nor_as_bytes() -> None:
    found = memories()
    assert found.vectors.shape == (3, 3, 4)
    assert found.counts == (2, 3, 0)
    assert found.nbytes == 5 * 4 * 4
    assert found.vectors[~found.mask].abs().sum() == 0


def test_selecting_keeps_vectors_and_provenance_together() -> None:
    found = memories().select([1, 0, 1])
    assert [record.document_id for record in found.provenance] == ["d1", "d0", "d1"]
    assert torch.equal(found.vectors[0], found.vectors[2])
    assert found.counts == (3, 2, 3)


def test_selecting_drops_padding_that_is_no_longer_needed() -> None:
    assert memories().select([0]).vectors.shape == (1, 2, 4)


def test_concat_pads_anew() -> None:
    both = MemoryTokens.concat([memories((1,)), memories((3, 2))])
    assert both.counts == (1, 3, 2)
    assert torch.equal(both.vectors[2, :2], memories((3, 2)).vectors[1, :2])


def test_memories_of_two_models_are_not_mixed() -> None:
    with pytest.raises(ConfigurationError, match="hidden sizes"):
        MemoryTokens.concat([memories(hidden=4), memories(hidden=8)])
    with pytest.raises(ConfigurationError):
        MemoryTokens.concat([])


def test_parts_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="do not describe the same"):
        MemoryTokens(torch.zeros(2, 3, 4), torch.ones(2, 3, dtype=torch.bool), ())


def test_the_pooled_vector_is_the_mean_of_the_real_ones() -> None:
    found = memories()
    assert torch.allclose(found.pooled()[0], found.vectors[0, :2].mean(0))
    assert found.pooled()[2].abs().sum() == 0


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_file_gives_back_the_same_bits(tmp_path: Path, dtype: torch.dtype) -> None:
    found = memories().to(dtype=dtype)
    found.save(tmp_path / "m.safetensors")
    again = MemoryTokens.load(tmp_path / "m.safetensors")
    assert again.vectors.dtype == dtype
    assert torch.equal(again.vectors, found.vectors)
    assert torch.equal(again.mask, found.mask)
    assert again.provenance == found.provenance


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    with pytest.raises(ModelFileError, match=r"m\.safetensors"):
        MemoryTokens.load(path)
    path.write_bytes(b"no tensors")
    with pytest.raises(ModelFileError, match=r"m\.safetensors"):
        MemoryTokens.load(path)


def test_late_scoring_finds_a_match_anywhere_in_the_document() -> None:
    """The query's two vectors match one vector of document 0 exactly, and one of document 1 halfway each."""
    x, y, z = torch.eye(3)
    queries = torch.stack([x, y])[None]
    documents = torch.stack([torch.stack([z, y, x]), torch.stack([x, z, z])])
    full = torch.ones(2, 3, dtype=torch.bool)
    late = similarity(queries, torch.ones(1, 2, dtype=torch.bool), documents, full)
    assert late.tolist() == [pytest.approx([1.0, 0.5])]


def test_late_scoring_ignores_padding_on_both_sides() -> None:
    """Padding is a zero vector; if it entered the maximum, a document of opposite vectors would score 0, not -1."""
    x = torch.tensor([1.0, 0.0])
    queries = torch.stack([x, torch.zeros(2)])[None]
    documents = torch.stack([-x, torch.zeros(2)])[None]
    mask = torch.tensor([[True, False]])
    assert float(similarity(queries, mask, documents, mask)) == pytest.approx(-1.0)


def test_an_empty_document_scores_zero_in_every_kind() -> None:
    found = memories((2, 0))
    query = memories((2,))
    for kind in ("late", "pooled"):
        scores = similarity(query.vectors, query.mask, found.vectors, found.mask, kind)
        assert scores[0, 1] == 0
        assert torch.isfinite(scores).all()
    none = memories((0,))
    assert similarity(query.vectors, query.mask, none.vectors, none.mask).tolist() == [[0.0]]


def test_pooled_is_the_cosine_of_means() -> None:
    found, query = memories((2, 3)), memories((2,))
    expected = torch.nn.functional.cosine_similarity(query.pooled()[0, None], found.pooled())
    assert torch.allclose(similarity(query.vectors, query.mask, found.vectors, found.mask, "pooled")[0], expected)


def test_flat_is_the_papers_score_and_needs_equal_counts() -> None:
    found, query = memories((3, 3)), memories((3,))
    expected = torch.nn.functional.cosine_similarity(query.vectors.flatten(1), found.vectors.flatten(1))
    assert torch.allclose(similarity(query.vectors, query.mask, found.vectors, found.mask, "flat")[0], expected)
    other = memories((2, 3))
    with pytest.raises(ConfigurationError, match="same number of vectors"):
        similarity(query.vectors, query.mask, other.vectors, other.mask, "flat")


@pytest.mark.parametrize("kind", ["late", "pooled", "flat"])
def test_own_candidates_score_like_shared_documents(kind: str) -> None:
    """Stage 3 gives every question its own candidates: ``[b, n, m, h]`` must give what ``[d, m, h]`` gives."""
    found, queries = memories((3, 3, 3, 3)), memories((3, 3))
    shared = similarity(queries.vectors, queries.mask, found.vectors, found.mask, kind)
    own = similarity(queries.vectors, queries.mask, found.vectors.expand(2, 4, 3, 4), found.mask.expand(2, 4, 3), kind)
    assert torch.allclose(shared, own)


def test_an_unknown_kind_lists_the_known_ones() -> None:
    found = memories((1,))
    with pytest.raises(ConfigurationError, match="late, pooled, flat"):
        similarity(found.vectors, found.mask, found.vectors, found.mask, "dot")


def test_scores_carry_a_gradient_even_past_padding() -> None:
    found = memories((2, 0))
    vectors = found.vectors.clone().requires_grad_()
    similarity(vectors[:1], found.mask[:1], vectors, found.mask).sum().backward()
    assert vectors.grad is not None
    assert torch.isfinite(vectors.grad).all()


def test_the_masked_mean_of_nothing_is_zero() -> None:
    assert masked_mean(torch.ones(1, 2, 3), torch.zeros(1, 2, dtype=torch.bool)).tolist() == [[0.0, 0.0, 0.0]]
