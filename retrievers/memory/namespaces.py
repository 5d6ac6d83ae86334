"""The owners behind LangGraph's namespaces, and all owners that hold something of one user."""

import json
from collections.abc import Iterable

Namespace = tuple[str, ...]

_PREFIX = "namespace:"


def owner_of(namespace: Namespace) -> str:
    """The owner in the memory of a namespace's items: its whole path as JSON, so that no two share one."""
    return _PREFIX + json.dumps(list(namespace), ensure_ascii=False, separators=(",", ":"))


def namespace_of(owner: str) -> Namespace:
    """The namespace behind an owner; empty for customers and the shop."""
    if not owner.startswith(_PREFIX):
        return ()
    try:
        labels = json.loads(owner.removeprefix(_PREFIX))
    except ValueError:
        return ()
    return tuple(labels) if isinstance(labels, list) and all(isinstance(label, str) for label in labels) else ()


def owners_of_user(user: str, owners: Iterable[str]) -> list[str]:
    """Of some owners, the user and the namespaces that have the user's id as a label, such as ``("users", "C0001")``.

    Everything of theirs goes when the user is forgotten.
    """
    return [owner for owner in owners if owner and (owner == user or user in namespace_of(owner))]
