"""Variations of photos: reproducible, of the right size, and nothing where nothing is asked for."""

import numpy as np
import pytest
import torch
from torch import Generator

from seamless_retail.training.data.image_augmentation import Variation, mixed, varied

STILL = Variation(
    smallest_cut=1.0, aspect=1.0, turn=0.0, light=0.0, hue=0.0, white=0.0, erased=0.0, mixed=0.0, pasted=0.0
)


def photos() -> torch.Tensor:
    return torch.randint(0, 256, (6, 3, 40, 40), generator=Generator().manual_seed(1), dtype=torch.uint8)


def test_a_seed_gives_the_same_variations() -> None:
    first, again, other = (varied(photos(), 24, Variation(), Generator().manual_seed(seed)) for seed in (3, 3, 4))
    assert first.shape == (6, 3, 24, 24)
    torch.testing.assert_close(first, again)
    assert not torch.allclose(first, other)


def test_nothing_asked_for_changes_nothing_but_the_side_and_the_mirror() -> None:
    smooth = torch.linspace(0, 255, 40).round().byte().expand(1, 3, 40, 40).repeat(8, 1, 1, 1)
    found = varied(smooth, 40, STILL, Generator().manual_seed(0))
    straight = [torch.allclose(one, smooth[0].float(), atol=1e-2) for one in found]
    mirrored = [torch.allclose(one.flip(2), smooth[0].float(), atol=1e-2) for one in found]
    assert all(a or b for a, b in zip(straight, mirrored, strict=True)) and any(straight) and any(mirrored)


def test_light_changes_grey_to_grey() -> None:
    grey = torch.full((4, 3, 16, 16), 100, dtype=torch.uint8)
    found = varied(grey, 16, STILL.model_copy(update={"light": 0.5, "hue": 0.2}), Generator().manual_seed(0))
    torch.testing.assert_close(found[:, 0], found[:, 1], atol=1.5, rtol=0)
    assert len({round(float(one.mean())) for one in found}) > 1


@pytest.mark.parametrize("kind", ["mixed", "pasted"])
def test_mixtures_hold_the_share_they_say(kind: str) -> None:
    how = STILL.model_copy(update={kind: 1.0, "alpha": 1.0})
    pixels = torch.arange(8.0)[:, None, None, None].expand(8, 3, 32, 32)
    shares = []
    for seed in range(20):
        mixture = mixed(pixels, how, Generator().manual_seed(seed))
        expected = torch.arange(8.0) * mixture.share + mixture.other * (1 - mixture.share)
        torch.testing.assert_close(mixture.pixels.mean((1, 2, 3)), expected, atol=1e-3, rtol=0)
        shares.append(mixture.share)
    assert 0 <= min(shares) < 0.4 and 0.6 < max(shares) <= 1


def test_without_mixtures_a_batch_stays_as_it_is() -> None:
    mixture = mixed(photos().float(), STILL, Generator().manual_seed(0))
    assert mixture.share == 1.0
    np.testing.assert_array_equal(mixture.pixels, photos().float())
