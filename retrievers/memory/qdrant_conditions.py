"""Conditions over facts in the filter language of Qdrant."""

from collections.abc import Sequence

from qdrant_client import models

from seamless_retail.retrievers.memory.flat_filters import All, AnyOf, Compare, Condition, HasAny

_BOUNDS = {"$gt": "gt", "$gte": "gte", "$lt": "lt", "$lte": "lte"}


def rendered(found: Condition, owners: Sequence[str]) -> models.Filter:
    """The filter of a query.

    Args:
        found: Not :data:`~seamless_retail.retrievers.memory.flat_filters.NEVER`.
        owners: At least one, as they are stored.
    """
    parts = found.parts if isinstance(found, All) else (found,)
    return models.Filter(must=[_among("owner", owners), *map(_condition, parts)])


def _condition(found: Condition) -> models.Condition:
    if isinstance(found, Compare):
        if found.relation == "$eq":  # exact matches of Qdrant are of integers, not of doubles
            return models.FieldCondition(key=found.key, range=models.Range(gte=found.value, lte=found.value))
        return models.FieldCondition(key=found.key, range=models.Range(**{_BOUNDS[found.relation]: found.value}))
    if isinstance(found, All):
        return models.Filter(must=[_condition(part) for part in found.parts])
    if isinstance(found, AnyOf):
        return models.Filter(should=[_condition(part) for part in found.parts])
    if isinstance(found, HasAny):
        return _among("terms", found.terms)
    return models.Filter(must_not=[_among("terms", found.terms)])


def _among(key: str, values: Sequence[str]) -> models.FieldCondition:
    return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
