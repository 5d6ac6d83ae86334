"""Lobes, tools, retrievers and guardrails of other installed packages, found through entry points.

An entry point loads to a factory, which is called once when the brain is assembled:

``seamless_retail.lobes``: ``(services: LobeServices) -> Lobe``
    A node under the lobe's ``name``; a name of ours replaces our lobe. A lobe is called only for intents whose route
    names it, and may say so itself in an attribute ``intents: Mapping[Intent, "primary" | "parallel"]``: as ``primary``
    it leads the answers to that intent, and the lobe that led before runs beside it.
``seamless_retail.tools``: ``(shop: Shop) -> Sequence[BaseTool]``
    Added to the tools; a name of ours replaces our tool. One whose metadata names intents answers them
    (:mod:`seamless_retail.lobes.tool_lobe`).
``seamless_retail.retrievers``: ``(settings: Settings) -> BaseRetriever``
    A further source of passages, merged with ours (:mod:`seamless_retail.retrievers.merged`).
``seamless_retail.guardrails``: ``(shop: Shop) -> Guard``
    A node after our guards, under the guard's ``name`` (:mod:`seamless_retail.lobes.guardrails.guard`).

A plugin that cannot be loaded, whose factory fails or returns the wrong kind of object, or whose name another plugin
has taken, is skipped; a warning says which and why.
"""

import logging
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool

from seamless_retail.core.errors import PluginError
from seamless_retail.core.intents import Intent, Route
from seamless_retail.core.ports import Shop
from seamless_retail.core.settings import Settings
from seamless_retail.lobes.guardrails.guard import Guard
from seamless_retail.lobes.lobe import Lobe
from seamless_retail.lobes.registry import LobeServices
from seamless_retail.lobes.tool_lobe import tool_lobe

log = logging.getLogger(__name__)

PREFIX = "seamless_retail."
_NAME = re.compile(r"[A-Za-z]\w*")


class Plugins:
    """What other packages bring. One that is skipped is logged and added to :attr:`warnings`."""

    def __init__(self, enabled: bool = True) -> None:
        self._enabled = enabled
        self.warnings: list[str] = []

    def lobes(self, services: LobeServices, reserved: Container[str] = ()) -> dict[str, Lobe]:
        """Lobes by name."""
        return self._collect("lobes", services, lambda made: [_checked(made, Lobe)], reserved)

    def tools(self, shop: Shop) -> dict[str, BaseTool]:
        """Tools by name."""
        return self._collect("tools", shop, lambda made: [_checked_tool(tool) for tool in made])

    def retrievers(self, settings: Settings) -> dict[str, BaseRetriever]:
        """Retrievers by the name of their entry point."""
        found: dict[str, BaseRetriever] = {}
        for point in self._points("retrievers"):
            for retriever in self._make(point, settings, lambda made: [_checked(made, BaseRetriever)]):
                found[point.name] = retriever
        return found

    def guards(self, shop: Shop, reserved: Container[str] = ()) -> dict[str, Guard]:
        """Guards by name."""
        return self._collect("guardrails", shop, lambda made: [_checked(made, Guard)], reserved)

    def _collect(
        self, group: str, argument: object, check: Callable[[Any], list[Any]], reserved: Container[str] = ()
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for point in self._points(group):
            for made in self._make(point, argument, check):
                if made.name in reserved or made.name in found or not _NAME.fullmatch(made.name):
                    self._skip(point, PluginError(f"the name {made.name!r} is taken or cannot be used"))
                else:
                    found[made.name] = made
        return found

    def _points(self, group: str) -> Sequence[EntryPoint]:
        if not self._enabled:
            return ()
        return sorted(entry_points(group=f"{PREFIX}{group}"), key=lambda point: (point.name, point.value))

    def _make(self, point: EntryPoint, argument: object, check: Callable[[Any], list[Any]]) -> list[Any]:
        try:
            return check(point.load()(argument))
        except (Exception, SystemExit) as error:
            self._skip(point, error)
            return []

    def _skip(self, point: EntryPoint, error: BaseException) -> None:
        package = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
        warning = f"Plugin {point.name!r}{package} ({point.group}) is skipped: {error!r}."
        log.warning("%s", warning, exc_info=error)
        self.warnings.append(warning)


def _checked(made: object, kind: type) -> Any:
    if not isinstance(made, kind):
        raise PluginError(f"its factory returned a {type(made).__name__}, not a {kind.__name__}")
    return made


def _checked_tool(made: object) -> BaseTool:
    tool: BaseTool = _checked(made, BaseTool)
    tool_lobe(tool)
    return tool


def extend_routes(routes: Mapping[Intent, Route], lobes: Iterable[Lobe]) -> dict[Intent, Route]:
    """The map from intents to lobes with the intents that lobes claim in their attribute ``intents``."""
    extended = dict(routes)
    for lobe in lobes:
        claimed: Mapping[Intent, str] = getattr(lobe, "intents", {})
        for intent, role in claimed.items():
            route = extended[Intent(intent)]
            others = tuple(name for name in (route.primary, *route.parallel) if name != lobe.name)
            if role == "primary":
                extended[Intent(intent)] = Route(primary=lobe.name, parallel=others)
            elif lobe.name not in (route.primary, *route.parallel):
                extended[Intent(intent)] = Route(primary=route.primary, parallel=(*route.parallel, lobe.name))
    return extended
