"""What the image tower learns from: varied photos, what they show, and the frozen vectors of what that is called.

The loss adds up three cross-entropies: over the products, over their kinds, and over the likeness of the vector to the
words of every product. The last one is what puts photos among texts (Radford et al. 2021, with one text for a product).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from pydantic import Field
from torch import Generator, Tensor, nn
from torch.nn import functional

from seamless_retail.models.image_tower import ImageTower, TowerShape, channels_last, standardised
from seamless_retail.training.data.image_augmentation import Variation, mixed, varied
from seamless_retail.training.run.muon import Muon, orthogonal
from seamless_retail.training.run.settings import Settings

NARROW = 96
"""Side of the smaller copies of the photos, from which small pictures are cut without losing what lies between."""


class Teaching(Settings):
    """What the loss is made of."""

    smoothing: float = Field(0.1, ge=0, lt=1)
    """Of the labels."""
    kinds: float = 0.3
    """Weight of the kinds' cross-entropy."""
    texts: float = 0.5
    """Weight of the texts' cross-entropy."""
    sharpness: float = 20.0
    """What cosines with texts are multiplied by at first."""
    balance: float = Field(0.5, ge=0, le=1)
    """Power with which rare products are drawn more often; 1 makes all products equally frequent."""
    average: float = Field(0.997, ge=0, lt=1)
    """Of the running mean of the weights, by update."""


class Photos(NamedTuple):
    """What is drawn from."""

    wide: Tensor
    """uint8 ``[n, 3, side, side]``."""
    narrow: Tensor
    """uint8 ``[n, 3, NARROW, NARROW]``."""
    products: Tensor
    """``[n]``."""


class Lesson(nn.Module):
    """The tower while it is trained, and the running mean of its weights, which is what is kept.

    Args:
        tower: Is trained.
        anchors: A vector of length 1 for every product, of its texts: ``[products, dimension]``.
        kinds: The kind of every product, ``[products]``.
        teaching: The loss.
    """

    average: Tensor
    averaged: Tensor
    anchors: Tensor
    kinds: Tensor

    def __init__(self, tower: ImageTower, anchors: Tensor, kinds: Tensor, teaching: Teaching) -> None:
        super().__init__()
        self.tower, self.teaching = channels_last(tower), teaching
        self.sharpness = nn.Parameter(torch.tensor(teaching.sharpness).log())
        self.register_buffer("average", self._weights())
        self.register_buffer("averaged", torch.zeros(()))
        self.register_buffer("anchors", anchors, persistent=False)
        self.register_buffer("kinds", kinds, persistent=False)

    def forward(self, photos: Photos, batch: int, side: int, how: Variation, random: Generator) -> dict[str, Tensor]:
        """Draw a batch; the loss and its parts."""
        self._note_average()
        rows = torch.multinomial(self._chances(photos.products), batch, replacement=True, generator=random)
        source = photos.narrow if side <= NARROW * 3 // 4 else photos.wide
        mixture = mixed(varied(source[rows].to(self.anchors.device), side, how, random), how, random)
        first = photos.products[rows].to(self.anchors.device)
        seen = self.tower(standardised(mixture.pixels).contiguous(memory_format=torch.channels_last))
        cosines = functional.normalize(seen.vectors.float(), dim=1) @ self.anchors.T

        def entropy(logits: Tensor, names: Tensor) -> Tensor:
            def of(target: Tensor) -> Tensor:
                return functional.cross_entropy(logits.float(), target, label_smoothing=self.teaching.smoothing)

            return mixture.share * of(names) + (1 - mixture.share) * of(names[mixture.other])

        products, kinds = entropy(seen.products, first), entropy(seen.kinds, self.kinds[first])
        texts = entropy(cosines * self.sharpness.exp(), first)
        total = products + self.teaching.kinds * kinds + self.teaching.texts * texts
        return {"loss": total, "products": products.detach(), "texts": texts.detach()}

    @torch.no_grad()
    def mean_tower(self, shape: TowerShape) -> ImageTower:
        """A tower with the running mean of the weights, in ``eval()``."""
        self._note_average()
        tower = channels_last(ImageTower(shape).to(self.average.device))
        parts = torch.split(self.average, [value.numel() for value in _averaged(tower)])
        for value, mean in zip(_averaged(tower), parts, strict=True):
            value.copy_(mean.view(value.shape))
        return tower.eval()

    def forget_average(self) -> None:
        """Let the running mean begin anew, for a training that goes on with other photos."""
        self.averaged.zero_()

    @torch.no_grad()
    def _note_average(self) -> None:
        """Quick at first, so that the mean forgets where training began."""
        keep = min(self.teaching.average, float((1 + self.averaged) / (10 + self.averaged)))
        self.average.lerp_(self._weights(), 1 - keep)
        self.averaged += 1

    @torch.no_grad()
    def _weights(self) -> Tensor:
        """Parameters and running statistics, one after the other."""
        return torch.cat([value.detach().flatten() for value in _averaged(self.tower)])

    def _chances(self, products: Tensor) -> Tensor:
        return torch.bincount(products).float()[products].pow(-self.teaching.balance)


class ConvolutionMuon(Muon):
    """Muon over the kernels of convolutions: each is a matrix with a row for every channel that it gives."""

    def _update(self, parameters: list[nn.Parameter], group: dict[str, Any]) -> None:
        momentum, rate, directions = group["momentum"], group["lr"], []
        for parameter in parameters:
            assert parameter.grad is not None
            memory = self.state[parameter].setdefault("momentum", torch.zeros_like(parameter.grad))
            memory.lerp_(parameter.grad, 1 - momentum)
            directions.append(parameter.grad.lerp(memory, momentum).flatten(1))
        with torch.autocast(directions[0].device.type, torch.bfloat16):
            updates = orthogonal(torch.stack(directions))
        scale = -0.2 * rate * max(directions[0].shape) ** 0.5
        for parameter, update in zip(parameters, updates, strict=True):
            parameter.mul_(1 - rate * group["weight_decay"]).add_(update.float().view_as(parameter), alpha=scale)


def optimizers(lesson: Lesson, rates: Mapping[str, float]) -> list[torch.optim.Optimizer]:
    """Muon for the kernels of the residual blocks, AdamW for the rest, without decay of norms and biases.

    Args:
        lesson: Whose parameters are trained.
        rates: ``kernels`` and ``rest``: learning rates; ``kernel_decay`` and ``decay``: of the weights.
    """
    kernels = [value for name, value in lesson.tower.body.named_parameters() if value.ndim == 4 and _is_wide(name)]
    known = {id(value) for value in kernels}
    rest = [value for value in lesson.parameters() if id(value) not in known]
    groups = [
        {"params": [value for value in rest if value.ndim > 1], "weight_decay": rates["decay"]},
        {"params": [value for value in rest if value.ndim <= 1], "weight_decay": 0.0},
    ]
    return [
        ConvolutionMuon(kernels, lr=rates["kernels"], weight_decay=rates["kernel_decay"]),
        torch.optim.AdamW(groups, lr=rates["rest"], betas=(0.9, 0.99)),
    ]


def _is_wide(name: str) -> bool:
    return "squeeze" not in name and "excite" not in name


def _averaged(tower: nn.Module) -> list[Tensor]:
    """Parameters, and the running statistics of the norms."""
    return [*tower.parameters(), *(buffer for buffer in tower.buffers() if buffer.is_floating_point())]
