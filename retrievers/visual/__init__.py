"""Products by their pictures: one index of texts and pictures, and what looks into it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.retrievers.visual.index import VisualIndex, VisualIndexReport, build_visual_index
    from seamless_retail.retrievers.visual.pictures import ProductPicture, read_pictures
    from seamless_retail.retrievers.visual.sight import CatalogueSight
    from seamless_retail.retrievers.visual.zero_shot import ZeroShotClassifier

_MODULES = {
    "CatalogueSight": "sight",
    "ProductPicture": "pictures",
    "VisualIndex": "index",
    "VisualIndexReport": "index",
    "ZeroShotClassifier": "zero_shot",
    "build_visual_index": "index",
    "read_pictures": "pictures",
}

__all__ = [
    "CatalogueSight",
    "ProductPicture",
    "VisualIndex",
    "VisualIndexReport",
    "ZeroShotClassifier",
    "build_visual_index",
    "read_pictures",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
