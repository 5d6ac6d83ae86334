import pytest
import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara.config import ClaraConfig
from seamless_retail.models.clara.readout import LearnedTokens, PooledWindows, Readout, build_readout

HIDDEN = 6
TABLE = torch.full((9, HIDDEN), 0.5)
"""Token embeddings with a root mean square of one half."""


def batch(lengths: tuple[int, ...] = (7, 4, 1)) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.randn(len(lengths), max(lengths), HIDDEN, generator=generator)
    mask = torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]
    return embeddings, mask


def read(readout: Readout, embeddings: Tensor, mask: Tensor, rate: int) -> tuple[Tensor, Tensor]:
    """The readout around an encoder whose state is twice its input."""
    prepared = readout.prepare(embeddings, mask, rate)
    return readout.collect(prepared, 2 * prepared.embeddings)


def test_pooled_windows_are_sums_over_the_root_of_their_width() -> None:
    embeddings, mask = batch()
    memory, memory_mask = read(PooledWindows(ClaraConfig(), HIDDEN), embeddings, mask, 3)
    assert memory_mask.sum(1).tolist() == [3, 2, 1]
    # The state is twice the embedding and P the identity, so every memory is three times a sum of embeddings.
    assert torch.allclose(memory[0, 0], 3 * embeddings[0, :3].sum(0) / 3**0.5, atol=1e-6)
    assert torch.allclose(memory[0, 2], 3 * embeddings[0, 6], atol=1e-6)
    assert torch.allclose(memory[1, 1], 3 * embeddings[1, 3], atol=1e-6)
    assert memory[~memory_mask].abs().sum() == 0


def test_without_fade_at_rate_one_the_memories_are_the_tokens() -> None:
    """Where stage 1 starts: what the text reader already understands."""
    embeddings, mask = batch()
    readout = PooledWindows(ClaraConfig(), HIDDEN)
    readout.fade.fill_(0.0)
    memory, memory_mask = read(readout, embeddings, mask, 1)
    assert torch.equal(memory_mask, mask)
    assert torch.allclose(memory[mask], embeddings[mask])


def test_a_new_readout_brings_states_to_the_scale_of_the_embeddings() -> None:
    """Last states have entries near one; at the start they must not drown the embeddings they are added to."""
    readout = build_readout(ClaraConfig(), TABLE)
    assert isinstance(readout, PooledWindows)
    assert torch.equal(readout.projection.weight, 0.5 * torch.eye(HIDDEN))


@pytest.mark.parametrize("kind", ["pooled", "learned"])
def test_padding_does_not_reach_a_memory(kind: str) -> None:
    """Whatever lies in padded places, even infinity, the memories are those of the text alone."""
    embeddings, mask = batch()
    readout = build_readout(ClaraConfig(readout=kind), TABLE)
    clean, _ = read(readout, embeddings.masked_fill(~mask[..., None], 0.0), mask, 3)
    dirty, _ = read(readout, embeddings.masked_fill(~mask[..., None], float("inf")), mask, 3)
    assert torch.equal(clean, dirty)


@pytest.mark.parametrize("kind", ["pooled", "learned"])
@pytest.mark.parametrize("rate", [1, 4, 8, 16, 32, 64, 128])
def test_every_rate_gives_its_count_from_one_readout(kind: str, rate: int) -> None:
    lengths = (130, 64, 1)
    embeddings, mask = batch(lengths)
    readout = build_readout(ClaraConfig(readout=kind), TABLE)
    _, memory_mask = read(readout, embeddings, mask, rate)
    assert memory_mask.sum(1).tolist() == [-(-length // rate) for length in lengths]
    assert [len(readout.windows(length, rate)) for length in lengths] == memory_mask.sum(1).tolist()


@pytest.mark.parametrize("kind", ["pooled", "learned"])
def test_the_fixed_count_does_not_depend_on_the_length(kind: str) -> None:
    embeddings, mask = batch((7, 4, 1))
    readout = build_readout(ClaraConfig(readout=kind, count="fixed", fixed_count=3), TABLE)
    _, memory_mask = read(readout, embeddings, mask, 16)
    assert memory_mask.sum(1).tolist() == [3, 3, 3]


def test_fixed_windows_share_the_tokens_and_short_texts_repeat_them() -> None:
    readout = PooledWindows(ClaraConfig(count="fixed", fixed_count=3), HIDDEN)
    assert readout.windows(7, 16) == [(0, 2), (2, 4), (4, 7)]
    assert readout.windows(1, 16) == [(0, 1), (0, 1), (0, 1)]
    embeddings, mask = batch((7,))
    memory, _ = read(readout, embeddings, mask, 16)
    assert torch.allclose(memory[0, 2], 3 * embeddings[0, 4:7].sum(0) / 3**0.5, atol=1e-6)


def test_learned_tokens_stand_behind_the_text_and_read_at_their_places() -> None:
    embeddings, mask = batch()
    readout = LearnedTokens(ClaraConfig(), HIDDEN)
    prepared = readout.prepare(embeddings, mask, 3)
    assert prepared.embeddings.shape == (3, 7 + 3, HIDDEN)
    # The second text has 4 tokens and 2 memories: its first memory is at position 4, next to the text.
    assert prepared.position_ids[1][prepared.mask[1]].tolist() == [0, 1, 2, 3, 4, 5]
    memory, memory_mask = readout.collect(prepared, prepared.embeddings)
    assert torch.equal(memory[0], readout.embeddings[:3])
    assert memory_mask.sum(1).tolist() == [3, 2, 1]


def test_more_learned_tokens_than_there_are_is_an_error() -> None:
    embeddings, mask = batch((9,))
    with pytest.raises(ConfigurationError, match="needs 9 memory tokens at rate 1, the model has learned 8"):
        LearnedTokens(ClaraConfig(span_tokens=8), HIDDEN).prepare(embeddings, mask, 1)


@pytest.mark.parametrize("kind", ["pooled", "learned"])
def test_the_readout_learns(kind: str) -> None:
    embeddings, mask = batch()
    readout = build_readout(ClaraConfig(readout=kind), TABLE)
    memory, _ = read(readout, embeddings, mask, 3)
    memory.square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in readout.parameters())


@pytest.mark.parametrize("kind", ["pooled", "learned"])
def test_a_batch_of_empty_texts_has_no_memories(kind: str) -> None:
    readout = build_readout(ClaraConfig(readout=kind), TABLE)
    memory, memory_mask = read(readout, torch.zeros(2, 3, HIDDEN), torch.zeros(2, 3, dtype=torch.bool), 4)
    assert memory.shape == (2, 0, HIDDEN)
    assert memory_mask.shape == (2, 0)
