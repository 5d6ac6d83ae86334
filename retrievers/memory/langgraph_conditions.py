"""Conditions of LangGraph's stores: on namespaces, and on the values of items."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.store.base import MatchCondition

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.memory.namespaces import Namespace

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": operator.eq,
    "$ne": operator.ne,
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}


def begins(namespace: Namespace, prefix: Namespace) -> bool:
    """Whether a namespace is in a prefix."""
    return namespace[: len(prefix)] == tuple(prefix)


def matches(condition: MatchCondition, namespace: Namespace) -> bool:
    """Whether a namespace begins (or ends) with a path in which ``*`` stands for any label."""
    path = tuple(condition.path)
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[-len(path) :]
    return len(part) == len(path) and all(want in ("*", label) for want, label in zip(path, part, strict=True))


def satisfies(value: Any, where: Any) -> bool:
    """LangGraph's filters: operators on a value, nested objects key by key, everything else as equality."""
    if not isinstance(where, Mapping):
        return bool(value == where)
    if any(str(key).startswith("$") for key in where):
        return all(_compares(value, name, operand) for name, operand in where.items())
    return isinstance(value, Mapping) and all(satisfies(value.get(key), part) for key, part in where.items())


def _compares(value: Any, name: str, operand: Any) -> bool:
    if name not in _COMPARISONS:
        raise InvalidQueryError(f"Unknown filter operator {name!r}.", f"Use one of: {', '.join(_COMPARISONS)}.")
    try:
        return bool(_COMPARISONS[name](value, operand))
    except TypeError:  # of different kinds, or nothing there
        return False
