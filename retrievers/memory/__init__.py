"""Compressed memory: entries of memory tokens, durable and multi-tenant. Names load when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.retrievers.memory.compressors import ClaraCompressor, LightCompressor
    from seamless_retail.retrievers.memory.entry import SHOP, Compressed, CompressorIdentity, MemoryEntry
    from seamless_retail.retrievers.memory.store import ClaraVectorStore

__all__ = [
    "SHOP",
    "ClaraCompressor",
    "ClaraVectorStore",
    "Compressed",
    "CompressorIdentity",
    "LightCompressor",
    "MemoryEntry",
]

_MODULES = {
    "SHOP": "entry",
    "ClaraCompressor": "compressors",
    "ClaraVectorStore": "store",
    "Compressed": "entry",
    "CompressorIdentity": "entry",
    "LightCompressor": "compressors",
    "MemoryEntry": "entry",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
