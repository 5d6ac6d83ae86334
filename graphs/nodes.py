"""What the composition root gives every node of the brain: a verified principal, a stopwatch, a place in the trace."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Overwrite

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.core.principal import Principal
from seamless_retail.graphs.tracing import annotate

RESERVED_NAMES = frozenset(
    [
        "receive",
        "alarm",
        "feel",
        "tone",
        "look",
        "input_guard",
        "interpret",
        "screen_translation",
        "router",
        "topics",
        "listen",
        "forget",
        "screen_reports",
        "synthesis",
        "propose",
        "approval",
        "answer",
        "finish",
        "remember",
        "total",
    ]
)
"""What no lobe or guard may be called: the other nodes and the steps that ``timings`` names."""

NodeFunction = Callable[..., dict[str, Any]]
"""A function of the state, or of the state and the runtime, that returns a state update."""


def principal_of(context: object, guest: Principal) -> Principal:
    """The caller of a run.

    Args:
        context: The run's context: a principal, nothing (a guest), or the context of an application that has the brain
            as a subgraph, which names the caller in its attribute or key ``principal``.
        guest: Whom to assume when there is no context.

    Raises:
        ConfigurationError: The context names no principal. Taking the caller for a guest instead would ignore the
            allergies of a customer.
    """
    if context is None:
        return guest
    if isinstance(context, Principal):
        return context
    named = context.get("principal") if isinstance(context, dict) else getattr(context, "principal", None)
    if isinstance(named, Principal):
        return named
    raise ConfigurationError(
        f"The run's context is a {type(context).__name__} without a principal.",
        "Pass context=Principal(customer_id=…), or give your context class a field `principal: Principal`.",
    )


@dataclass(frozen=True, slots=True)
class Nodes:
    """Makes graph nodes out of plain functions."""

    guest: Principal

    def make(self, name: str, **steps: NodeFunction) -> Callable[[Any, Runtime[Principal]], dict[str, Any]]:
        """A node that runs functions one after another, each on the state as the ones before left it.

        Steps that always follow each other are one node, because LangGraph takes about 0.3 ms from node to node.

        Args:
            name: The node's name.
            steps: Functions by name; the milliseconds of each are added to ``timings`` under its name.
        """
        stages = [(step, function, len(signature(function).parameters) > 1) for step, function in steps.items()]

        def node(state: Any, runtime: Runtime[Principal]) -> dict[str, Any]:
            if not isinstance(runtime.context, Principal):
                runtime = runtime.override(context=principal_of(runtime.context, self.guest))
            update: dict[str, Any] = {}
            timings: dict[str, float] = {}
            for step, function, takes_runtime in stages:
                started = time.perf_counter()
                seen = {**state, **{key: _plain(value) for key, value in update.items()}} if update else state
                new = function(seen, runtime) if takes_runtime else function(seen)
                timings |= {**_plain(new.get("timings", {})), step: (time.perf_counter() - started) * 1000}
                update |= new
            if intent := update.get("intent", state.get("intent")):
                annotate({"intent": intent["intent"]})
            begins_turn = isinstance(update.get("timings"), Overwrite)
            return {**update, "timings": Overwrite(timings) if begins_turn else timings}

        node.__name__ = name
        return node


def _plain(timings: Any) -> Any:
    return timings.value if isinstance(timings, Overwrite) else timings
