"""Metadata of many rows, small in memory, and the rows that a filter admits."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np

from seamless_retail.retrievers.filters import Filter, Mask, MetadataIndex

SEGMENT = 8192


class MetadataColumns:
    """Metadata by row, as JSON texts in segments; a field is parsed when a filter first names it.

    A write makes only the last segment's parsed fields obsolete.
    """

    def __init__(self) -> None:
        self._full: list[tuple[_Rows, MetadataIndex]] = []
        self._tail: list[str] = []
        self._tail_index: MetadataIndex | None = None

    def __len__(self) -> int:
        return len(self._full) * SEGMENT + len(self._tail)

    def extend(self, texts: Sequence[str]) -> None:
        """Add rows; each text is one JSON object on one line."""
        self._tail.extend(texts)
        self._tail_index = None
        while len(self._tail) >= SEGMENT:
            rows = _Rows(self._tail[:SEGMENT])
            self._full.append((rows, MetadataIndex(rows)))
            self._tail = self._tail[SEGMENT:]

    def mask(self, where: Filter) -> Mask:
        """The rows that satisfy the filter, bool ``[n]``.

        Raises:
            InvalidQueryError: The filter is malformed.
        """
        if self._tail_index is None:
            self._tail_index = MetadataIndex(_Rows(self._tail))
        segments = [*(segment for _, segment in self._full), self._tail_index]
        return np.concatenate([segment.mask(where) for segment in segments])

    def texts(self) -> list[str]:
        """All rows, as they were added."""
        return [text for rows, _ in self._full for text in rows.texts()] + self._tail


class _Rows(Sequence[Mapping[str, Any]]):
    """Parsed one after the other, each time they are read."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._content = "\n".join(texts).encode()
        self._size = len(texts)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return map(json.loads, self.texts())

    def texts(self) -> list[str]:
        """As given."""
        return self._content.decode().split("\n") if self._size else []

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Mapping[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Mapping[str, Any] | Sequence[Mapping[str, Any]]:
        return list(self)[place]
