"""The settings of the image encoder's recipe."""

from pathlib import Path

from pydantic import Field

from seamless_retail.training.data.image_augmentation import Variation
from seamless_retail.training.recipes.image_encoder_lesson import Teaching
from seamless_retail.training.run import Optimisation, RecipeSettings
from seamless_retail.training.run.settings import Settings


class Shape(Settings):
    """Of the tower; see :class:`~seamless_retail.models.image_tower.TowerShape`."""

    stem: int = 32
    widths: tuple[int, ...] = (48, 96, 192, 256)
    blocks: tuple[int, ...] = (2, 2, 2, 2)
    drop: float = Field(0.1, ge=0, lt=1)


class Stage(Settings):
    """A part of the training with pictures of one size."""

    until: float = Field(gt=0, le=1)
    """Share of all updates."""
    side: int = Field(ge=32)
    """Pixels."""


class Kernels(Settings):
    """How the kernels of the convolutions are updated, by Muon; ``optimisation`` is for the rest, by AdamW."""

    learning_rate: float = Field(3e-3, gt=0)
    weight_decay: float = Field(0.3, ge=0)


class ImageEncoderSettings(RecipeSettings):
    """How a tower is made."""

    shape: Shape = Shape()
    kept_side: int = Field(160, ge=32)
    """Photos are scaled to this square once; cuts are made from that."""
    side: int = Field(128, ge=32)
    """Of pictures when the tower is used."""
    stages: tuple[Stage, ...]
    variation: Variation = Variation()
    teaching: Teaching = Teaching()
    kernels: Kernels = Kernels()
    optimisation: Optimisation = Optimisation()
    finish: Optimisation | None = None
    """A second, short training in which the photos join that were held out of the first."""
    weights: Path | None = None
    """Folder of a tower that is calibrated and judged again; nothing is trained."""
    least_right: float = Field(0.95, gt=0, le=1)
    """Share that must be right of the names that are believed, on the half of the validation photos that it is fitted
    on."""
    least_same: float = Field(0.97, gt=0, le=1)
    """There too, share that must show the same product of the web shop's pictures that are taken for the same."""
    watch_every: int = 0
    """Updates."""
    judged: bool = True
    """Whether the card has figures on the validation photos."""

    def side_at(self, share: float) -> int:
        """Pixels at a share of the updates."""
        return next((stage.side for stage in self.stages if share < stage.until), self.stages[-1].side)
