"""What CLIP and SigLIP checkpoints want done to a picture, read from their ``preprocessor_config.json``.

Pillow scales, numpy does the rest; torchvision is not needed. The numbers equal those of transformers' own processors.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ModelFileError
from seamless_retail.core.images import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE = "preprocessor_config.json"
_BICUBIC = 3
"""In Pillow's and in the page's numbering."""


@dataclass(frozen=True)
class PictureProcessing:
    """The steps, in their order; a step that is ``None`` is left out."""

    shortest: int | None
    """Pixels to which the shorter side is scaled."""
    square: tuple[int, int] | None
    """Height and width to which the whole picture is scaled, when ``shortest`` is not given."""
    crop: tuple[int, int] | None
    """Height and width that are cut from the middle, or filled up with black."""
    resample: int
    factor: float
    """What values from 0 to 255 are multiplied by."""
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    @classmethod
    def read(cls, folder: Path) -> "PictureProcessing":
        """From a checkpoint's folder.

        Raises:
            ModelFileError: The page is missing, or asks for something else.
        """
        try:
            stored = json.loads((folder / PAGE).read_bytes())
            return cls.of(stored)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelFileError(
                f"{folder / PAGE} does not say how pictures are prepared ({error!r}).",
                "Give a CLIP or SigLIP checkpoint as transformers saves it.",
            ) from error

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "PictureProcessing":
        """From what the page says; old pages give one number for a size, which in CLIP's is the shorter side."""
        size, crop = stored.get("size", 224), stored.get("crop_size", 224)
        scaled = stored.get("do_resize", True)
        by_side = isinstance(size, Mapping) and "height" in size
        shortest = None if by_side else int(size["shortest_edge"] if isinstance(size, Mapping) else size)
        normalised = stored.get("do_normalize", True)
        return cls(
            shortest=shortest if scaled else None,
            square=(int(size["height"]), int(size["width"])) if scaled and by_side else None,
            crop=_pair(crop) if stored.get("do_center_crop", "crop_size" in stored) else None,
            resample=int(stored.get("resample", _BICUBIC)),
            factor=float(stored.get("rescale_factor", 1 / 255)) if stored.get("do_rescale", True) else 1.0,
            mean=tuple(stored["image_mean"]) if normalised else (0.0,) * 3,
            deviation=tuple(stored["image_std"]) if normalised else (1.0,) * 3,
        )

    def __call__(self, picture: Picture) -> NDArray[np.float32]:
        """What the network reads: float32 ``[3, height, width]``."""
        from PIL import Image

        image = self._scaled(Image.frombytes("RGB", (picture.width, picture.height), picture.rgb))
        values = np.asarray(image, dtype=np.float32) * self.factor
        values = values if self.crop is None else _cut(values, *self.crop)
        values = (values - np.asarray(self.mean)) / np.asarray(self.deviation)
        return np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32)

    def _scaled(self, image: "Image") -> "Image":
        from PIL.Image import Resampling

        width, height = image.size
        if self.shortest is not None:
            longer = int(self.shortest * max(width, height) / min(width, height))
            size = (self.shortest, longer) if width <= height else (longer, self.shortest)
            return image.resize(size, Resampling(self.resample))
        return image if self.square is None else image.resize(self.square[::-1], Resampling(self.resample))


def _pair(size: Any) -> tuple[int, int]:
    return (int(size["height"]), int(size["width"])) if isinstance(size, Mapping) else (int(size), int(size))


def _cut(values: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """The middle of ``[h, w, 3]``, filled up with zeros where it is too small."""
    rows, columns = values.shape[:2]
    lacking = [(max(0, height - rows) + 1) // 2, max(0, height - rows) // 2]
    beside = [(max(0, width - columns) + 1) // 2, max(0, width - columns) // 2]
    values = np.pad(values, (lacking, beside, (0, 0)))
    top, left = (values.shape[0] - height) // 2, (values.shape[1] - width) // 2
    return values[top : top + height, left : left + width]
