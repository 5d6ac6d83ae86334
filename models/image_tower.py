"""The network behind the embedded image encoder: a small residual tower whose output lies among sentence embeddings.

Basic residual blocks (He et al. 2016, "Deep Residual Learning") with squeeze and excitation (Hu et al. 2018), an
average over the picture, and three linear heads: the vector that is compared with texts, and the logits of products
and of their kinds. Made by ``training/recipes/image_encoder.py``.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from seamless_retail.core.images import Picture

MEAN, SCALE = 0.45, 0.25
"""What is taken from values between 0 and 1, and what they are divided by then."""


class TowerShape(NamedTuple):
    """What is needed to build a tower."""

    stem: int
    """Channels after the first convolution."""
    widths: tuple[int, ...]
    """Channels of each stage; the first works at a quarter of the picture's side, each further one at half of that."""
    blocks: tuple[int, ...]
    """Residual blocks of each stage."""
    dimension: int
    """Length of a vector, that of the text encoder."""
    products: int
    kinds: int

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "TowerShape":
        """From JSON."""
        sizes: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**sizes)


class Seen(NamedTuple):
    """What a tower gives for pictures."""

    vectors: Tensor
    """``[b, dimension]``, not of length 1."""
    products: Tensor
    """Logits ``[b, products]``."""
    kinds: Tensor
    """Logits ``[b, kinds]``."""
    states: Tensor
    """What the three are read from, ``[b, width]``."""


class ImageTower(nn.Module):
    """Pictures to vectors and logits.

    Args:
        shape: Sizes.
        drop: Highest probability with which training leaves out a residual branch; it grows with depth (Huang et al.
            2016, "Deep Networks with Stochastic Depth").
    """

    def __init__(self, shape: TowerShape, drop: float = 0.0) -> None:
        super().__init__()
        first = shape.widths[0]
        self.stem = nn.Sequential(*_convolution(3, shape.stem), *_convolution(shape.stem, first))
        blocks: list[nn.Module] = []
        width, last = first, max(1, sum(shape.blocks) - 1)
        for stage, (to, count) in enumerate(zip(shape.widths, shape.blocks, strict=True)):
            for number in range(count):
                halve = number == 0 and stage > 0
                blocks.append(ResidualBlock(width, to, halve=halve, drop=drop * len(blocks) / last))
                width = to
        self.body = nn.Sequential(*blocks)
        self.vector = nn.Linear(width, shape.dimension)
        self.product = nn.Linear(width, shape.products)
        self.kind = nn.Linear(width, shape.kinds)

    def forward(self, pixels: Tensor) -> Seen:
        """Standardised pixels ``[b, 3, h, w]``, sides at least 32 → vectors and logits."""
        state = self.body(self.stem(pixels)).mean((2, 3))
        return Seen(self.vector(state), self.product(state), self.kind(state), state)


class ResidualBlock(nn.Module):
    """``relu(s(x) + g · f(x))``: two 3 x 3 convolutions, and a gate ``g`` for each channel from all of them.

    ``s`` is ``x`` itself, or a 1 x 1 convolution where width or size change, after a mean over 2 x 2 where it halves.
    """

    def __init__(self, width: int, to: int, *, halve: bool, drop: float) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, to, 3, 2 if halve else 1, 1, bias=False)
        self.first_norm: nn.Module = nn.BatchNorm2d(to)
        self.second = nn.Conv2d(to, to, 3, 1, 1, bias=False)
        last = nn.BatchNorm2d(to)
        nn.init.zeros_(last.weight)  # a block starts as its shortcut
        self.second_norm: nn.Module = last
        self.squeeze, self.excite = nn.Conv2d(to, to // 8, 1), nn.Conv2d(to // 8, to, 1)
        pooled = [nn.AvgPool2d(2, ceil_mode=True)] if halve else []
        projected = [nn.Conv2d(width, to, 1, bias=False), nn.BatchNorm2d(to)] if halve or width != to else []
        self.shortcut = nn.Sequential(*pooled, *projected)
        self.drop = 0.0 if projected else drop

    def forward(self, x: Tensor) -> Tensor:
        """``[b, c, h, w]`` → ``[b, to, h, w]``, or half the height and width."""
        y = self.second_norm(self.second(functional.relu(self.first_norm(self.first(x)))))
        y = y * torch.sigmoid(self.excite(functional.relu(self.squeeze(y.mean((2, 3), keepdim=True)))))
        if self.training and self.drop:
            kept = torch.rand(len(y), 1, 1, 1, device=y.device) >= self.drop
            y = y * (kept / (1 - self.drop)).to(y.dtype)
        return functional.relu(self.shortcut(x) + y)


def standardised(pixels: Tensor) -> Tensor:
    """Values from 0 to 255, ``[b, 3, h, w]``, as the tower reads them."""
    return (pixels.float() / 255 - MEAN) / SCALE


def _convolution(width: int, to: int) -> tuple[nn.Module, ...]:
    """3 x 3, to half the size."""
    return nn.Conv2d(width, to, 3, 2, 1, bias=False), nn.BatchNorm2d(to), nn.ReLU()


def tower_of(shape: TowerShape, tensors: Mapping[str, NDArray[Any]]) -> ImageTower:
    """A tower for inference: float32, with the norms folded into the convolutions.

    Raises:
        RuntimeError: Tensors are missing or have other shapes.
    """
    tower = ImageTower(shape)
    tower.load_state_dict({name: torch.from_numpy(value).float() for name, value in tensors.items()})
    tower.eval().requires_grad_(False)
    _fold(tower.stem)
    for block in tower.body:
        assert isinstance(block, ResidualBlock)
        block.first, block.first_norm = _folded(block.first, block.first_norm), nn.Identity()
        block.second, block.second_norm = _folded(block.second, block.second_norm), nn.Identity()
        _fold(block.shortcut)
    return channels_last(tower)


def channels_last(tower: ImageTower) -> ImageTower:
    """The same tower with its kernels laid out as convolutions on a CPU read them."""
    for value in tower.parameters():
        if value.ndim == 4:
            value.data = value.data.contiguous(memory_format=torch.channels_last)
    return tower


def tensors_of(tower: ImageTower) -> dict[str, NDArray[Any]]:
    """What :func:`tower_of` reads: matrices and kernels in half precision, the rest in float32."""
    state = {name: value.detach().cpu() for name, value in tower.state_dict().items()}
    return {name: (value.half() if value.ndim > 1 else value.float()).numpy() for name, value in state.items()}


def pixels_of(picture: Picture, side: int) -> Tensor:
    """A picture scaled to a square, whole: values from 0 to 255, float32 ``[3, side, side]``."""
    rows = torch.frombuffer(bytearray(picture.rgb), dtype=torch.uint8).view(picture.height, picture.width, 3)
    pixels = rows.permute(2, 0, 1)[None].float()
    if (picture.height, picture.width) == (side, side):
        return pixels[0]
    return functional.interpolate(pixels, (side, side), mode="bilinear", antialias=True, align_corners=False)[0]


def _fold(layers: nn.Sequential) -> None:
    """Every norm into the convolution before it."""
    for at in range(1, len(layers)):
        if isinstance(layers[at], nn.BatchNorm2d):
            layers[at - 1], layers[at] = _folded(layers[at - 1], layers[at]), nn.Identity()


def _folded(convolution: nn.Module, norm: nn.Module) -> nn.Conv2d:
    assert isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(convolution, norm)
