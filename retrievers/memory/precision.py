"""Rows of numbers as bytes, at the precision a memory is kept with."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from seamless_retail.retrievers.memory.entry import Floats

_LARGEST = {"int8": 127, "int4": 7}


class Precision(StrEnum):
    """How a number is kept. The integers are symmetric, with one float16 scale for each row: its largest value."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"
    INT4 = "int4"

    def row_bytes(self, dimension: int) -> int:
        """Bytes of one row of ``dimension`` numbers."""
        match self:
            case Precision.FLOAT32:
                return 4 * dimension
            case Precision.FLOAT16:
                return 2 * dimension
            case Precision.INT8:
                return 2 + dimension
            case Precision.INT4:
                return 2 + (dimension + 1) // 2

    def pack(self, rows: Floats) -> bytes:
        """Rows ``[m, d]`` as ``m`` times :meth:`row_bytes` bytes, row after row, little endian."""
        if self in (Precision.FLOAT32, Precision.FLOAT16):
            largest = np.finfo(np.float16).max if self is Precision.FLOAT16 else np.finfo(np.float32).max
            return np.clip(rows, -largest, largest).astype(np.dtype(self.value).newbyteorder("<")).tobytes()
        scales = np.abs(rows).max(axis=1, keepdims=True, initial=0.0).clip(max=np.finfo(np.float16).max)
        scales = scales.astype("<f2")
        steps = scales.astype(np.float32) / _LARGEST[self.value]
        largest_code = _LARGEST[self.value]
        codes = np.rint(rows / np.where(steps > 0, steps, 1.0)).clip(-largest_code, largest_code).astype(np.int8)
        packed = codes.view(np.uint8) if self is Precision.INT8 else _two_in_one(codes)
        return np.concatenate([scales.view(np.uint8), packed], axis=1).tobytes()

    def unpack(self, content: bytes, dimension: int) -> Floats:
        """Rows ``[m, d]`` of what :meth:`pack` wrote.

        Raises:
            ValueError: The bytes are not a whole number of rows.
        """
        size = self.row_bytes(dimension)
        if len(content) % size:
            raise ValueError(f"{len(content)} bytes are not rows of {size}")
        if self in (Precision.FLOAT32, Precision.FLOAT16):
            found = np.frombuffer(content, dtype=np.dtype(self.value).newbyteorder("<"))
            return found.reshape(-1, dimension).astype(np.float32)
        table = np.frombuffer(content, dtype=np.uint8).reshape(-1, size)
        steps = table[:, :2].copy().view("<f2").astype(np.float32) / _LARGEST[self.value]
        codes = table[:, 2:]
        plain = codes.view(np.int8) if self is Precision.INT8 else _one_by_one(codes, dimension)
        return (plain * steps).astype(np.float32)


def pooled(tokens: Floats, counts: Sequence[int]) -> Floats:
    """The mean direction of the tokens of each text, at length 1: ``[sum of counts, d]`` → ``[n, d]``.

    Every text has a token.
    """
    if not len(counts):
        return tokens
    sizes = np.asarray(counts)
    starts, shares = np.cumsum(sizes) - sizes, 1 / lengths(tokens)
    found = tokens[starts] * shares[starts]
    for place in range(1, int(sizes.max())):  # numpy's own reduceat takes five times as long
        longer = np.flatnonzero(sizes > place)
        rows = starts[longer] + place
        found[longer] += tokens[rows] * shares[rows]
    return unit(found)


def unit(rows: Floats) -> Floats:
    """Rows scaled to length 1; zeros stay zeros."""
    scaled: Floats = (rows / lengths(rows)).astype(np.float32)
    return scaled


def lengths(rows: Floats) -> Floats:
    """Euclidean lengths ``[..., 1]`` of rows ``[..., d]``; 1 where all is zero."""
    found = np.sqrt(np.einsum("...d,...d->...", rows, rows))[..., None]
    nonzero: Floats = np.where(found > 0, found, np.ones_like(found))
    return nonzero


def _two_in_one(codes: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Two codes of -7..7 in each byte, the first in the low half."""
    halves = (codes + 8).astype(np.uint8)
    if halves.shape[1] % 2:
        halves = np.pad(halves, ((0, 0), (0, 1)), constant_values=8)
    return (halves[:, 0::2] | (halves[:, 1::2] << 4)).astype(np.uint8)


def _one_by_one(packed: NDArray[np.uint8], dimension: int) -> NDArray[np.int8]:
    halves = np.stack([packed & 15, packed >> 4], axis=2).reshape(len(packed), -1)
    return halves[:, :dimension].astype(np.int8) - np.int8(8)
