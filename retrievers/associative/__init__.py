"""Associative memory by hyperdimensional computing: facts found from any part of them. Names load when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.retrievers.associative.key_value import AssociativeStore
    from seamless_retail.retrievers.associative.memory import AssociativeMemory
    from seamless_retail.retrievers.associative.records import Recollection, RecordMemory
    from seamless_retail.retrievers.associative.retriever import AssociativeRetriever
    from seamless_retail.retrievers.associative.trace import SuperpositionTrace

__all__ = [
    "AssociativeMemory",
    "AssociativeRetriever",
    "AssociativeStore",
    "Recollection",
    "RecordMemory",
    "SuperpositionTrace",
]

_MODULES = {
    "AssociativeMemory": "memory",
    "AssociativeRetriever": "retriever",
    "AssociativeStore": "key_value",
    "Recollection": "records",
    "RecordMemory": "records",
    "SuperpositionTrace": "trace",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
