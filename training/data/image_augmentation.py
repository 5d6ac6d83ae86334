"""Variations of photos for training, written in torch: a batch at a time, every draw from one generator.

Cuts, turns and mirrors go through one affine map. Colours vary little, since colour is what tells many products apart.
Mixtures of two photos: mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019).
"""

import math
from typing import NamedTuple

import torch
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional

from seamless_retail.training.run.settings import Settings

_TO_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


class Variation(Settings):
    """How much photos are varied."""

    smallest_cut: float = Field(0.25, gt=0, le=1)
    """Share of the photo's area."""
    aspect: float = Field(4 / 3, ge=1)
    """Width by height of a cut, or height by width, at most."""
    turn: float = 15.0
    """Degrees to either side."""
    light: float = Field(0.3, ge=0, lt=1)
    """Brightness, contrast and saturation change by at most this share."""
    hue: float = 0.04
    """Half turns of the colour wheel."""
    white: float = 0.05
    """Each channel changes by at most this share: lamps differ."""
    erased: float = Field(0.25, ge=0, le=1)
    """Share of photos with a rectangle painted over (Zhong et al. 2017)."""
    mixed: float = Field(0.3, ge=0, le=1)
    """Share of batches with mixup."""
    pasted: float = Field(0.4, ge=0, le=1)
    """Share of batches with CutMix."""
    alpha: float = 0.4
    """Of the beta distribution of mixup's shares."""


class Mixture(NamedTuple):
    """Photos of which each is ``share`` its own and, for the rest, the photo at ``other``."""

    pixels: Tensor
    other: Tensor
    share: float


def varied(photos: Tensor, side: int, how: Variation, random: Generator) -> Tensor:
    """Cut, turn, mirror and shade: uint8 ``[b, 3, h, w]`` → values of about 0 to 255, ``[b, 3, side, side]``."""
    grid = functional.affine_grid(_maps(len(photos), how, random), [len(photos), 3, side, side], align_corners=False)
    grid = grid.to(photos.device)
    pixels = functional.grid_sample(photos.float(), grid, padding_mode="reflection", align_corners=False)
    return _erased(_shaded(pixels, how, random), how, random)


def mixed(pixels: Tensor, how: Variation, random: Generator) -> Mixture:
    """Mix each photo of a batch with another one, or leave the batch as it is."""
    chance, share = float(torch.rand((), generator=random)), _beta(how.alpha, random)
    other = torch.randperm(len(pixels), generator=random).to(pixels.device)
    if chance < how.mixed:
        return Mixture(pixels * share + pixels[other] * (1 - share), other, share)
    if chance < how.mixed + how.pasted:
        return _pasted(pixels, other, random)
    return Mixture(pixels, other, 1.0)


def _maps(count: int, how: Variation, random: Generator) -> Tensor:
    """From places in the result to places in the photo, ``[count, 2, 3]``."""

    def draw() -> Tensor:
        return torch.rand(count, generator=random)

    area = how.smallest_cut + (1 - how.smallest_cut) * draw()
    aspect = torch.exp((draw() * 2 - 1) * math.log(how.aspect))
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    x, y = (draw() * 2 - 1) * (1 - width), (draw() * 2 - 1) * (1 - height)
    angle, mirror = (draw() * 2 - 1) * math.radians(how.turn), torch.where(draw() < 0.5, -1.0, 1.0)
    first = torch.stack([width * mirror * angle.cos(), -height * angle.sin(), x], 1)
    second = torch.stack([width * mirror * angle.sin(), height * angle.cos(), y], 1)
    return torch.stack([first, second], 1)


def _shaded(pixels: Tensor, how: Variation, random: Generator) -> Tensor:
    """One affine map of the colours for each photo."""
    count = len(pixels)
    light, contrast, colour = (1 + how.light * (torch.rand(3, count, generator=random) * 2 - 1)).unbind()
    hue = (torch.rand(count, generator=random) * 2 - 1) * math.pi * how.hue
    turned = torch.zeros(count, 3, 3)
    turned[:, 0, 0] = 1
    turned[:, 1, 1] = turned[:, 2, 2] = colour * hue.cos()
    turned[:, 2, 1] = colour * hue.sin()
    turned[:, 1, 2] = -turned[:, 2, 1]
    white = 1 + how.white * (torch.rand(count, 3, 1, generator=random) * 2 - 1)
    matrix = white * (torch.linalg.inv(_TO_YIQ) @ turned @ _TO_YIQ) * (contrast * light)[:, None, None]
    matrix = matrix.to(pixels.device)
    grey = pixels.mean((1, 2, 3)) * ((1 - contrast) * light).to(pixels.device)
    turned_pixels: Tensor = (matrix @ pixels.flatten(2)).view_as(pixels)
    return turned_pixels + grey[:, None, None, None]


def _erased(pixels: Tensor, how: Variation, random: Generator) -> Tensor:
    """Paint a rectangle of one colour over some of the photos."""
    side = pixels.shape[-1]
    chosen = torch.rand(len(pixels), generator=random) < how.erased
    for row in chosen.nonzero().flatten().tolist():
        draws = torch.rand(7, generator=random)
        height, width = (int(side * (0.15 + 0.3 * float(draw))) for draw in draws[:2])
        top, left = int((side - height) * float(draws[2])), int((side - width) * float(draws[3]))
        pixels[row, :, top : top + height, left : left + width] = draws[4:].to(pixels.device)[:, None, None] * 255
    return pixels


def _pasted(pixels: Tensor, other: Tensor, random: Generator) -> Mixture:
    """A square of another photo, of any size, over each."""
    side = pixels.shape[-1]
    half = int(side * float(torch.rand((), generator=random)) ** 0.5 / 2)
    y, x = torch.randint(side, (2,), generator=random).tolist()
    rows, columns = slice(max(0, y - half), min(side, y + half)), slice(max(0, x - half), min(side, x + half))
    result = pixels.clone()
    result[:, :, rows, columns] = pixels[other][:, :, rows, columns]
    return Mixture(result, other, 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / side**2)


def _beta(alpha: float, random: Generator) -> float:
    """From the symmetric beta distribution, by Jöhnk's method."""
    while True:
        x, y = (torch.rand(2, generator=random, dtype=torch.float64) ** (1 / alpha)).tolist()
        if 0 < x + y <= 1:
            return float(x / (x + y))
