"""Metadata and filters in the words every vector database knows: a set of terms and a few numbers per row.

Databases disagree about lists, missing fields, booleans and texts. So a row is stored with *facts* derived from its
metadata, and a filter (:mod:`seamless_retail.retrievers.filters`, whose meaning is kept exactly) is rewritten over
these facts, without negation above the leaves:

- a *term* for every value of a field, a 128-bit BLAKE2b digest of field, kind and value: equality and membership;
- a *kind* term for every field, for existence and for negated comparisons;
- the greatest and the smallest number of a field, since a list is greater than something when its maximum is;
- the same for texts, as numbers: 6 UTF-8 bytes each (whose order is that of the code points), compared in turn.

Texts are told apart by their first 36 bytes there, so a comparison takes a text of at most 35.
"""

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.filters import Filter, MetadataIndex

Relation = Literal["$eq", "$gt", "$gte", "$lt", "$lte"]
Levels = list[tuple[str, float]]

_BYTES = 6
"""Bytes per number: 257 ** 6 < 2 ** 53, so a double holds them exactly."""
_LEVELS = 6
LONGEST_COMPARED = _BYTES * _LEVELS - 1
"""Bytes of the longest text that a comparison takes."""
_EXACT = 2.0**53
_FARTHEST = 2.0**61
_RELATIONS: dict[str, tuple[Relation, Relation]] = {
    "$gt": ("$gt", "$lte"),
    "$gte": ("$gte", "$lt"),
    "$lt": ("$lt", "$gte"),
    "$lte": ("$lte", "$gt"),
}
"""Every comparison, and what holds where it does not."""


@dataclass(frozen=True)
class Facts:
    """What a row is stored with."""

    terms: list[str]
    numbers: dict[str, float]


@dataclass(frozen=True)
class HasAny:
    """The row has one of the terms."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class HasNone:
    """The row has none of the terms."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class Compare:
    """The row has the number, and it stands in the relation to the value."""

    key: str
    relation: Relation
    value: float


@dataclass(frozen=True)
class All:
    """Every part holds; always true without parts."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True)
class AnyOf:
    """One of the parts holds; never true without parts."""

    parts: tuple["Condition", ...]


Condition = HasAny | HasNone | Compare | All | AnyOf
ALWAYS = All(())
NEVER = AnyOf(())


def facts(metadata: Mapping[str, Any]) -> Facts:
    """The facts of one row's metadata: per field, at most 16 numbers, and a term for every value and kind."""
    terms: dict[str, None] = {}
    numbers: dict[str, float] = {}
    for field, cell in metadata.items():
        values = list(_scalars(cell))
        terms |= dict.fromkeys(_term(field, value) for value in values)
        terms |= dict.fromkeys(_kind(field, _kind_of(value)) for value in values)
        texts = [value for value in values if _kind_of(value) == "text"]
        counted = [value for value in values if _kind_of(value) == "number"]
        for found, levels in ((texts, _text_levels), (counted, _number_levels)):
            if found:
                numbers.update(levels(field, "high", max(found)))
                numbers.update(levels(field, "low", min(found)))
    return Facts(list(terms), numbers)


def condition(where: Filter | None) -> Condition:
    """The filter over facts.

    Raises:
        InvalidQueryError: The filter is malformed, or compares with a text of more than :data:`LONGEST_COMPARED` bytes.
    """
    if where is None:
        return ALWAYS
    MetadataIndex([]).mask(where)  # refuses what is malformed, in the words of the other retrievers
    return _filter(where, negated=False)


def _filter(where: Filter, negated: bool) -> Condition:
    parts: list[Condition] = []
    for field, operand in where.items():
        if field in ("$and", "$or"):
            inner = [_filter(part, negated) for part in operand]
            parts.append(_all(inner) if (field == "$and") != negated else _any(inner))
        elif field == "$not":
            parts.append(_filter(operand, not negated))
        else:
            parts.append(_field(field, operand, negated))
    return _any(parts) if negated else _all(parts)


def _field(field: str, operand: Any, negated: bool) -> Condition:
    if not isinstance(operand, Mapping):
        operand = {"$in" if isinstance(operand, list | tuple | set | frozenset) else "$eq": operand}
    parts = [_operator(field, name, value, negated) for name, value in operand.items()]
    return _any(parts) if negated else _all(parts)


def _operator(field: str, name: str, operand: Any, negated: bool) -> Condition:
    if name == "$exists":
        kinds = tuple(_kind(field, kind) for kind in ("text", "number", "other"))
        return HasAny(kinds) if bool(operand) != negated else HasNone(kinds)
    if name in _RELATIONS:
        return _comparison(field, name, operand, negated)
    operands = [operand] if name in ("$eq", "$ne") else operand
    terms = tuple(dict.fromkeys(_term(field, value) for value in operands if _is_scalar(value) and value == value))
    if (name in ("$eq", "$in")) != negated:
        return HasAny(terms) if terms else NEVER
    return HasNone(terms) if terms else ALWAYS


def _comparison(field: str, name: str, operand: Any, negated: bool) -> Condition:
    end = "high" if name in ("$gt", "$gte") else "low"
    kind = _kind_of(operand)
    if kind == "other":  # not a number, literally
        return ALWAYS if negated else NEVER
    if kind == "text" and len(_utf8(operand)) > LONGEST_COMPARED:
        raise InvalidQueryError(
            f"{name} on {field!r} compares with a text of {len(_utf8(operand))} bytes.",
            f"This backend compares texts of up to {LONGEST_COMPARED} bytes: shorten it, or use the faiss backend.",
        )
    levels = _text_levels(field, end, operand) if kind == "text" else _number_levels(field, end, operand)
    relation, opposite = _RELATIONS[name]
    if not negated:
        return _in_turn(levels, relation)
    return _any([HasNone((_kind(field, kind),)), _in_turn(levels, opposite)])


def _in_turn(levels: Levels, relation: Relation) -> Condition:
    """Lexicographic: the first level decides, the next where it is equal."""
    (key, value), rest = levels[0], levels[1:]
    if not rest:
        return Compare(key, relation, value)
    strict: Relation = "$gt" if relation in ("$gt", "$gte") else "$lt"
    return _any([Compare(key, strict, value), _all([Compare(key, "$eq", value), _in_turn(rest, relation)])])


def _all(parts: Iterable[Condition]) -> Condition:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    if NEVER in flat:
        return NEVER
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _any(parts: Iterable[Condition]) -> Condition:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,))]
    if ALWAYS in flat:
        return ALWAYS
    return flat[0] if len(flat) == 1 else AnyOf(tuple(flat))


def _scalars(cell: Any) -> Iterable[Any]:
    values = cell if isinstance(cell, list | tuple | set | frozenset) else (cell,)
    return (value for value in values if _is_scalar(value))


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    return "other" if value is None or isinstance(value, bool) or value != value else "number"


def _term(field: str, value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    kind = "bool" if isinstance(value, bool) else _kind_of(value)
    return _digest(field, kind, value if isinstance(value, str) else repr(value))


def _kind(field: str, kind: str) -> str:
    return _digest(field, "kind", kind)


def _digest(*parts: str) -> str:
    """32 hexadecimal digits; lengths come first, so that no other parts give the same content."""
    content = b"".join(len(_utf8(part)).to_bytes(8, "big") + _utf8(part) for part in parts)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _key(field: str, kind: str, end: str, level: int) -> str:
    return f"{kind}_{_digest(field)[:16]}_{end}_{level}"


def _text_levels(field: str, end: str, text: str) -> Levels:
    content = _utf8(text)[: _BYTES * _LEVELS]
    count = min(len(content) // _BYTES + 1, _LEVELS)
    chunks = (content[_BYTES * level : _BYTES * (level + 1)] for level in range(count))
    return [(_key(field, "text", end, level), _as_number(chunk)) for level, chunk in enumerate(chunks)]


def _as_number(chunk: bytes) -> float:
    digits = [byte + 1 for byte in chunk] + [0] * (_BYTES - len(chunk))
    number = 0
    for digit in digits:
        number = number * 257 + digit
    return float(number)


def _number_levels(field: str, end: str, number: float) -> Levels:
    """The nearest double, and what an integer beyond 2 ** 53 differs from it."""
    try:
        nearest = float(number)
    except OverflowError:
        nearest = float("inf") if number > 0 else float("-inf")
    bounded = max(-sys.float_info.max, min(sys.float_info.max, nearest))
    if abs(bounded) < _EXACT:
        return [(_key(field, "number", end, 0), bounded)]
    beyond = nearest - bounded if nearest != bounded else float(int(number) - int(bounded))
    rest = max(-_FARTHEST, min(_FARTHEST, beyond))
    return [(_key(field, "number", end, 0), bounded), (_key(field, "number", end, 1), rest)]
