"""Metadata filters: ``{"kind": "product", "price": {"$lte": 5000}, "colors": {"$in": ["navy", "blue"]}}``.

Fields are conjunctive. A plain value means ``$eq``, a list ``$in``. Operators: ``$eq $ne $in $nin $gt $gte $lt $lte
$exists``, and over whole filters ``$and $or $not``. A document whose field holds a list satisfies ``$eq``, ``$in`` and
the comparisons when one of its elements does; ``$ne`` and ``$nin`` are their negations, so a document without the
field satisfies them. Numbers compare with numbers and texts with texts, nothing else.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError

Filter = Mapping[str, Any]
Mask = NDArray[np.bool_]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_OPERATORS = ("$eq", "$ne", "$in", "$nin", *_COMPARISONS, "$exists")


class _Column:
    """One field of all rows, dictionary-encoded: a filter looks at each distinct value once, not at each row."""

    def __init__(self, cells: Iterable[Any]) -> None:
        self.codes: dict[Any, int] = {}
        """Codes of texts, numbers and None. Booleans are apart, in :attr:`flags`, because ``True == 1``."""
        self.flags: dict[bool, int] = {}
        rows: list[int] = []
        codes: list[int] = []
        for row, cell in enumerate(cells):
            for value in cell if isinstance(cell, list | tuple | set | frozenset) else (cell,):
                if value is None or isinstance(value, str | int | float):
                    rows.append(row)
                    known: dict[Any, int] = self.flags if isinstance(value, bool) else self.codes
                    codes.append(known.setdefault(value, len(self)))
        self._rows = np.asarray(rows, dtype=np.intp)
        self._codes = np.asarray(codes, dtype=np.intp)

    def __len__(self) -> int:
        """Number of distinct values."""
        return len(self.codes) + len(self.flags)

    def codes_of(self, operands: Collection[Any]) -> list[int]:
        """Codes of the operands that occur."""
        known = self.codes
        try:
            if bool in set(map(type, operands)):
                found = [(self.flags if isinstance(o, bool) else known).get(o) for o in operands]
            else:
                found = [known.get(o) for o in operands]
        except TypeError:
            raise _malformed("Filter values must be texts, numbers, booleans or None") from None
        return [code for code in found if code is not None]

    def codes_compared(self, compare: Callable[[Any, Any], bool], operand: Any) -> list[int]:
        """Codes of the values that stand in the relation to the operand."""
        if isinstance(operand, bool) or not isinstance(operand, str | int | float):
            raise _malformed(f"Comparisons take a number or a text, not {operand!r}")
        kind: type | tuple[type, ...] = str if isinstance(operand, str) else (int, float)
        return [code for value, code in self.codes.items() if isinstance(value, kind) and compare(value, operand)]

    def rows_where(self, hits: Iterable[int], size: int) -> Mask:
        """The rows that hold a value with one of the codes."""
        wanted = np.zeros(len(self), dtype=np.bool_)
        wanted[list(hits)] = True
        mask = np.zeros(size, dtype=np.bool_)
        mask[self._rows[wanted[self._codes]]] = True
        return mask


class MetadataIndex:
    """Answers filters over the metadata of ``n`` documents with boolean masks ``[n]``."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows
        self._columns: dict[str, _Column] = {}

    def mask(self, where: Filter) -> Mask:
        """The rows that satisfy the filter.

        Raises:
            InvalidQueryError: The filter is malformed.
        """
        if not isinstance(where, Mapping):
            raise _malformed(f"A filter is a mapping of fields, not {type(where).__name__}")
        mask = np.ones(len(self._rows), dtype=np.bool_)
        for field, condition in where.items():
            if field in ("$and", "$or"):
                mask &= self._combine(field, condition)
            elif field == "$not":
                mask &= ~self.mask(condition)
            elif isinstance(field, str) and not field.startswith("$"):
                mask &= self._field(field, condition)
            else:
                raise _malformed(f"Unknown filter operator {field!r}")
        return mask

    def _combine(self, operator_: str, filters: Any) -> Mask:
        if not isinstance(filters, list | tuple) or not filters:
            raise _malformed(f"{operator_} takes a list of filters")
        join = np.logical_and if operator_ == "$and" else np.logical_or
        mask: Mask = join.reduce([self.mask(part) for part in filters])
        return mask

    def _field(self, field: str, condition: Any) -> Mask:
        column = self._columns.get(field)
        if column is None:
            column = self._columns[field] = _Column(row.get(field, ()) for row in self._rows)
        if not isinstance(condition, Mapping):
            condition = {"$in" if _is_collection(condition) else "$eq": condition}
        mask = np.ones(len(self._rows), dtype=np.bool_)
        for name, operand in condition.items():
            mask &= self._apply(column, name, operand)
        return mask

    def _apply(self, column: _Column, name: str, operand: Any) -> Mask:
        size = len(self._rows)
        if name in ("$eq", "$ne"):
            mask = column.rows_where(column.codes_of([operand]), size)
        elif name in ("$in", "$nin"):
            if not _is_collection(operand):
                raise _malformed(f"{name} takes a list of values, not {operand!r}")
            mask = column.rows_where(column.codes_of(operand), size)
        elif name in _COMPARISONS:
            mask = column.rows_where(column.codes_compared(_COMPARISONS[name], operand), size)
        elif name == "$exists":
            mask = column.rows_where(range(len(column)), size)
            return mask if operand else ~mask
        else:
            raise _malformed(f"Unknown filter operator {name!r}")
        return ~mask if name in ("$ne", "$nin") else mask


def _is_collection(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _malformed(problem: str) -> InvalidQueryError:
    return InvalidQueryError(f"{problem}.", f"Filter operators are {', '.join(_OPERATORS)}, $and, $or and $not.")
