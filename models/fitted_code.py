"""Memory tokens in few bits: uniform codes whose centre and step are fitted to each dimension.

The dimensions of a memory token are nested, the first carry most. So the leading quarter of them is kept in four bits
and the rest in two, 2.5 bits a dimension. The steps are those of the uniform quantizer with the least squared error of
a normal distribution (Max 1960, "Quantizing for minimum distortion", table II).
"""

import base64
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, field_validator

Floats = NDArray[np.float32]

STEP = 0.3352
"""The best step of a uniform code of 16 values, in standard deviations of what it codes."""
_STEP_OF_FOUR = 0.9957
"""The same of 4 values."""


class FittedCode(BaseModel):
    """A code of rows ``[m, d]``, ``d`` a multiple of 16."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fitted: str
    """Base64 of little-endian float16 ``[2, d]``: centres, then the steps of four bits."""

    @classmethod
    def of(cls, centre: Floats, step: Floats) -> "FittedCode":
        """The code with these centres and four-bit steps, ``[d]`` each."""
        return cls(fitted=base64.b64encode(np.stack([centre, step]).astype("<f2").tobytes()).decode())

    @field_validator("fitted")
    @classmethod
    def _is_whole(cls, fitted: str) -> str:
        numbers = _numbers(fitted)
        if not len(numbers[1]) or len(numbers[1]) % 16 or not np.isfinite(numbers).all() or numbers[1].min() <= 0:
            raise ValueError("the code of the tokens has wrong numbers")
        return fitted

    @property
    def dimension(self) -> int:
        """Numbers in a row."""
        return sum(len(part.step) for part in self._parts)

    def row_bytes(self, dimension: int) -> int:
        """Bytes of one row.

        Raises:
            ValueError: The rows of this code have another dimension.
        """
        if dimension != self.dimension:
            raise ValueError(f"the code of the tokens is of {self.dimension} numbers, not of {dimension}")
        return sum(part.bytes for part in self._parts)

    def pack(self, rows: Floats) -> bytes:
        """Rows ``[m, d]`` as ``m`` times :meth:`row_bytes` bytes, row after row."""
        leading, rest = self._parts
        first = len(leading.step)
        return np.concatenate([leading.packed(rows[:, :first]), rest.packed(rows[:, first:])], axis=1).tobytes()

    def unpack(self, content: bytes, dimension: int) -> Floats:
        """Rows ``[m, d]`` of what :meth:`pack` wrote, float32.

        Raises:
            ValueError: The bytes are not a whole number of rows of this dimension.
        """
        size = self.row_bytes(dimension)
        if len(content) % size:
            raise ValueError(f"{len(content)} bytes are not rows of {size}")
        codes = np.frombuffer(content, dtype=np.uint8).reshape(-1, size)
        leading, rest = self._parts
        rows = np.empty((len(codes), dimension), dtype=np.float32)
        rows[:, : len(leading.step)] = leading.read(codes[:, : leading.bytes])
        rows[:, len(leading.step) :] = rest.read(codes[:, leading.bytes :])
        return rows

    @cached_property
    def _parts(self) -> tuple["_Part", "_Part"]:
        centre, step = _numbers(self.fitted)
        fine = len(step) // 4
        return _Part(4, centre[:fine], step[:fine]), _Part(2, centre[fine:], step[fine:] * (_STEP_OF_FOUR / STEP))


class _Part:
    """Some dimensions, ``[d]``, at so many bits each."""

    def __init__(self, bits: int, centre: Floats, step: Floats) -> None:
        self.bytes = len(step) * bits // 8
        self.step = step
        self._centre = centre
        self._half = 2 ** (bits - 1)
        self._shifts = np.arange(0, 8, bits, dtype=np.uint8)
        codes = np.arange(256, dtype=np.uint8)[:, None] >> self._shifts & (2 * self._half - 1)
        values = codes.astype(np.float32) + (0.5 - self._half)
        shape = (self.bytes, 1, len(self._shifts))
        table = values * step.reshape(shape) + centre.reshape(shape)
        self._table: Floats = table.reshape(-1, len(self._shifts)).astype(np.float32)
        """What each value of each byte stands for: ``[bytes * 256, dimensions in a byte]``."""

    def packed(self, rows: Floats) -> NDArray[np.uint8]:
        codes = np.floor((rows - self._centre) / self.step).clip(-self._half, self._half - 1) + self._half
        shifted = codes.astype(np.uint8).reshape(len(rows), self.bytes, -1) << self._shifts
        packed: NDArray[np.uint8] = np.bitwise_or.reduce(shifted, axis=2)
        return packed

    def read(self, packed: NDArray[np.uint8]) -> Floats:
        found: Floats = self._table.take(packed + np.arange(0, len(self._table), 256), axis=0)
        return found.reshape(len(packed), -1)


def _numbers(fitted: str) -> Floats:
    """Centres and steps ``[2, d]``."""
    return np.frombuffer(base64.b64decode(fitted, validate=True), dtype="<f2").astype(np.float32).reshape(2, -1)
