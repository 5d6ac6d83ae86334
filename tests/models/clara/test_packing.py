from collections.abc import Callable

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraModel
from seamless_retail.models.clara.packing import pack


def test_segments_see_the_prefix_and_their_own_past_only() -> None:
    packed = pack([2], [[2, 1]])
    assert packed.mask.shape == (1, 1, 5, 5)
    assert packed.mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 0, 1],
    ]
    assert packed.position_ids.tolist() == [[0, 1, 2, 3, 2]]


def test_padding_sees_itself_and_is_seen_by_nobody() -> None:
    packed = pack([1, 2], [[1], [2, 2]])
    assert packed.mask.shape == (2, 1, 6, 6)
    padding = packed.mask[0, 0, 2:]
    assert torch.equal(padding[:, 2:], torch.eye(4, dtype=torch.bool))
    assert not padding[:, :2].any()
    assert not packed.mask[0, 0, :2, 2:].any()


def test_a_row_may_have_no_prefix_or_no_segment() -> None:
    packed = pack([0, 3], [[2], []])
    assert packed.position_ids.tolist() == [[0, 1, 0], [0, 1, 2]]


def test_each_row_needs_its_segments() -> None:
    with pytest.raises(ValueError, match="shorter"):
        pack([1, 2], [[1]])


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "phi"])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_logits_are_those_of_the_questions_one_by_one(
    make_model: Callable[..., ClaraModel], family: str, attention: str
) -> None:
    """One document pass for three questions must not change any of them, in any family and attention."""
    model = make_model(family, attention)
    generator = torch.Generator().manual_seed(0)
    prefix = torch.randint(8, 250, (5,), generator=generator)
    segments = [torch.randint(8, 250, (n,), generator=generator) for n in (4, 2, 6)]
    packed = pack([5, 5], [[4, 2, 6], [2]])
    long, short = torch.cat([prefix, *segments]), torch.cat([prefix, segments[1]])
    ids = torch.nn.utils.rnn.pad_sequence([long, short], batch_first=True)
    with torch.no_grad():
        together = model.decode(model.embed(ids), packed.mask, packed.position_ids)
        start = 5
        for segment in segments:
            alone = model.decode(model.embed(torch.cat([prefix, segment])[None]))
            assert torch.allclose(together[0, start : start + len(segment)], alone[0, 5:], atol=1e-5)
            start += len(segment)
        assert torch.allclose(together[1, :7], model.decode(model.embed(short[None]))[0], atol=1e-5)


def test_attention_that_cannot_read_the_mask_is_refused(model: ClaraModel) -> None:
    model.base.config._attn_implementation = "flash_attention_2"
    packed = pack([1], [[1]])
    with pytest.raises(ConfigurationError, match="packed questions"):
        model.decode(model.embed(torch.tensor([[8, 9]])), packed.mask, packed.position_ids)
