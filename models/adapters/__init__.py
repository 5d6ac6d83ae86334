"""The voice's LoRA adapters: where they lie, how they are blended into one, and how the result is kept."""

from seamless_retail.models.adapters.blending import BLEND, blend, open_model
from seamless_retail.models.adapters.mergekit import mergekit_yaml
from seamless_retail.models.adapters.saving import Saved, save_adapter, save_merged
from seamless_retail.models.adapters.shelf import AdapterShelf, StoredAdapter, base_folder, write_shelf, write_style

__all__ = [
    "BLEND",
    "AdapterShelf",
    "Saved",
    "StoredAdapter",
    "base_folder",
    "blend",
    "mergekit_yaml",
    "open_model",
    "save_adapter",
    "save_merged",
    "write_shelf",
    "write_style",
]
