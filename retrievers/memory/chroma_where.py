"""Conditions over facts in the filter language of Chroma.

Each term is a key of its own with the value :data:`HELD`. A list of terms would be shorter, but Chroma 1.5 leaves lists
behind when a collection is deleted, and gives them to later rows.
"""

from collections.abc import Sequence
from typing import Any

from seamless_retail.retrievers.memory.flat_filters import All, AnyOf, Compare, Condition, HasAny

Where = dict[str, Any]

HELD = 1


def rendered(found: Condition, owners: Sequence[str]) -> Where:
    """The ``where`` of a query.

    Args:
        found: Not :data:`~seamless_retail.retrievers.memory.flat_filters.NEVER`.
        owners: At least one, as they are stored.
    """
    owned: Where = {"owner": {"$in": list(owners)}}
    if isinstance(found, All):
        return _tree("$and", [owned, *map(_where, found.parts)])
    return {"$and": [owned, _where(found)]}


def _where(found: Condition) -> Where:
    if isinstance(found, Compare):
        return {found.key: {found.relation: found.value}}
    if isinstance(found, All):
        return _tree("$and", list(map(_where, found.parts)))
    if isinstance(found, AnyOf):
        return _tree("$or", list(map(_where, found.parts)))
    if isinstance(found, HasAny):
        return _tree("$or", [{term: {"$eq": HELD}} for term in found.terms])
    return _tree("$and", [{term: {"$ne": HELD}} for term in found.terms])


def _tree(join: str, parts: list[Where]) -> Where:
    """A balanced tree: SQLite takes expressions of depth 1,000, and chains grow with their length."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return {join: [_tree(join, parts[:middle]), _tree(join, parts[middle:])]}
