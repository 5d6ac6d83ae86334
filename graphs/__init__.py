"""The composition root: settings to compiled graph, server and command line. Names load when first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seamless_retail.graphs.agent_tool import as_tool
    from seamless_retail.graphs.asking import Event, aask, ask, astream_answer, stream_answer
    from seamless_retail.graphs.assembly import assemble
    from seamless_retail.graphs.brain import Brain, build_brain, make_graph
    from seamless_retail.graphs.checkpoints import open_async_checkpointer, open_checkpointer
    from seamless_retail.graphs.parts import Parts
    from seamless_retail.graphs.warm_up import warm

__all__ = [
    "Brain",
    "Event",
    "Parts",
    "aask",
    "as_tool",
    "ask",
    "assemble",
    "astream_answer",
    "build_brain",
    "make_graph",
    "open_async_checkpointer",
    "open_checkpointer",
    "stream_answer",
    "warm",
]

_MODULES = {
    "Brain": "brain",
    "Event": "asking",
    "Parts": "parts",
    "aask": "asking",
    "as_tool": "agent_tool",
    "ask": "asking",
    "assemble": "assembly",
    "astream_answer": "asking",
    "build_brain": "brain",
    "make_graph": "brain",
    "open_async_checkpointer": "checkpoints",
    "open_checkpointer": "checkpoints",
    "stream_answer": "asking",
    "warm": "warm_up",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
