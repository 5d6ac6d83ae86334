"""What a compressed memory holds, and the port behind which every compressor stands."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SHOP = ""
"""The owner of what belongs to the shop, which everybody may read."""
_KEY_BYTES = 16


@dataclass(frozen=True, eq=False)
class Compressed:
    """What a compressor makes of one text."""

    tokens: Floats
    """``[m, d]``: the memory tokens."""
    vector: Floats
    """``[v]``, of length 1: what a vector index holds."""


@dataclass(frozen=True)
class CompressorIdentity:
    """Which compressor made a memory: memories of different ones cannot be compared."""

    name: str
    sha256: str
    """Of the weights."""
    rate: int
    """Text tokens per memory token."""
    token_dimension: int
    vector_dimension: int


class MemoryCompressor(Protocol):
    """Texts in, memory tokens and vectors out. Implementations may be used from several threads."""

    @property
    def identity(self) -> CompressorIdentity:
        """Which compressor this is."""
        ...

    def compress(self, texts: Sequence[str]) -> list[Compressed]:
        """The memories of documents, in their order."""
        ...

    def query(self, texts: Sequence[str]) -> list[Compressed]:
        """The memories of questions, in their order: what :meth:`score` and an index compare with documents."""
        ...

    def score(self, query: Compressed, tokens: Sequence[Floats]) -> Floats:
        """How well each document answers the question: ``[n]`` in -1..1, by late interaction.

        Args:
            query: One question.
            tokens: Memory tokens ``[m_i, d]`` of each document.
        """
        ...


@dataclass(frozen=True, eq=False)
class MemoryEntry:
    """One remembered text."""

    id: str
    """Unique among the entries of its owner."""
    owner: str
    """The user it belongs to, or :data:`SHOP`."""
    text: str | None
    """``None`` where only latents and citations are kept."""
    metadata: dict[str, Any]
    """JSON data."""
    tokens: Floats
    """``[m, d]``."""
    vector: Floats
    """``[v]``, of length 1."""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it was stored, UTC."""

    @property
    def key(self) -> str:
        """The name of the entry in a vector index, see :func:`entry_key`."""
        return entry_key(self.owner, self.id)


def entry_key(owner: str, id: str) -> str:
    """A name that is unique over all owners: two users may use the same id, and neither can reach the other's entry.

    Returns:
        32 hexadecimal digits (BLAKE2b of both, the owner's length first, so that no pair of texts gives the key of
        another pair).
    """
    owned = owner.encode("utf-8", "surrogatepass")
    content = len(owned).to_bytes(8, "big") + owned + id.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=_KEY_BYTES).hexdigest()
