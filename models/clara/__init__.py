"""CLaRa: a language model that reads memory tokens instead of text. Names load when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.models.clara.chat import ChatClara
    from seamless_retail.models.clara.config import ClaraConfig
    from seamless_retail.models.clara.generation import Answer, ClaraGenerator
    from seamless_retail.models.clara.memory import MemoryTokens, Provenance
    from seamless_retail.models.clara.model import ClaraModel
    from seamless_retail.models.clara.reader import ClaraReader
    from seamless_retail.models.clara.remote import RemoteServer, remote_generate
    from seamless_retail.models.clara.topk import differentiable_topk

__all__ = [
    "Answer",
    "ChatClara",
    "ClaraConfig",
    "ClaraGenerator",
    "ClaraModel",
    "ClaraReader",
    "MemoryTokens",
    "Provenance",
    "RemoteServer",
    "differentiable_topk",
    "remote_generate",
]

_MODULES = {
    "Answer": "generation",
    "ChatClara": "chat",
    "ClaraConfig": "config",
    "ClaraGenerator": "generation",
    "ClaraModel": "model",
    "ClaraReader": "reader",
    "MemoryTokens": "memory",
    "Provenance": "memory",
    "RemoteServer": "remote",
    "differentiable_topk": "topk",
    "remote_generate": "remote",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
