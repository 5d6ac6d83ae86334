"""One memory directory at work: ledger, index and cache together. Knows nothing of LangChain or torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seamless_retail.retrievers.filters import Filter
from seamless_retail.retrievers.memory.backends import open_index, parse_backend
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.entry import SHOP, Floats, MemoryCompressor, MemoryEntry
from seamless_retail.retrievers.memory.follower import Follower
from seamless_retail.retrievers.memory.hot_cache import CacheStats, HotCache
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.manifest import Layout, MemoryManifest, settle_manifest
from seamless_retail.retrievers.memory.vector_index import VectorIndex

CACHE_BYTES = 64 * 2**20


@dataclass(frozen=True)
class MemoryStats:
    """Figures of a memory."""

    entries: int
    """That the asker may read."""
    users: int | None
    """Owners other than the shop; ``None`` for a user, who is not told."""
    indexed: int | None
    """Rows of the vector index; ``None`` for a user."""
    backend: str
    bytes: dict[str, int]
    """On disk, by file or folder of the directory."""
    cache: CacheStats
    """Of hot memory tokens."""


class MemoryEngine:
    """Reads and writes of one directory, for callers that already know whose entries they may touch.

    May be used from many threads; many processes may have the same directory open.

    Args:
        directory: Of the memory.
        compressor: Makes memories of texts.
        manifest: Of the directory.
        index: What it is searched with.
        cache_bytes: Of hot memory tokens kept.
    """

    def __init__(
        self,
        directory: Path,
        compressor: MemoryCompressor,
        manifest: MemoryManifest,
        index: VectorIndex,
        cache_bytes: int,
    ) -> None:
        self.directory = directory
        self.compressor = compressor
        self.manifest = manifest
        self.index = index
        self.cache = HotCache(cache_bytes)
        self.ledger = Ledger(directory, Codec(manifest.compressor, manifest.layout))
        self.follower = Follower(directory, self.ledger, index, self.cache)

    @classmethod
    def open(
        cls,
        directory: Path,
        compressor: MemoryCompressor,
        *,
        backend: str | None,
        keep_text: bool | None,
        layout: Layout | None,
        cache_bytes: int = CACHE_BYTES,
        options: dict[str, Any],
    ) -> "MemoryEngine":
        """Open a directory, made if there is none, and bring its index up to date.

        Raises:
            ConfigurationError: There is no such backend.
            MemoryStoreError: It was written with another compressor, rate or backend, or is damaged.
        """
        if backend is not None:
            parse_backend(backend)  # refused before anything is written
        identity = compressor.identity
        layout = layout or getattr(compressor, "layout", Layout())
        manifest = settle_manifest(directory, identity, layout, keep_text, backend)
        index = open_index(manifest.backend, directory, identity.vector_dimension, options)
        engine = cls(directory, compressor, manifest, index, cache_bytes)
        engine.follower.settle()
        return engine

    def put(self, entries: Sequence[MemoryEntry]) -> None:
        """Write entries; they are on the disk when this returns, and found by the next search."""
        self.ledger.put(entries)
        self.follower.catch_up()

    def delete(self, keys: Sequence[str]) -> int:
        """Erase entries by key; returns how many there were."""
        count = self.ledger.delete(keys)
        self.follower.catch_up()
        return count

    def forget(self, owner: str) -> int:
        """Erase all of an owner from files, index and cache; returns how many entries there were.

        Other processes that have this memory open drop theirs at their next search.
        """
        count = self.ledger.forget(owner)
        self.follower.rebuild()
        self.cache.drop()
        return count

    def nearest(self, vector: Floats, k: int, owners: frozenset[str], where: Filter | None) -> list[tuple[str, float]]:
        """Keys and cosines of the ``k`` nearest entries of the owners, best first."""
        self.follower.catch_up()
        return self.index.search(vector, k, owners, where)

    def tokens(self, keys: Sequence[str], owners: frozenset[str]) -> list[Floats]:
        """Memory tokens ``[m_i, d]`` of the entries that exist and belong to one of the owners, in the order asked."""
        found = self.tokens_by_key(keys, owners)
        return [found[key] for key in keys if key in found]

    def tokens_by_key(self, keys: Sequence[str], owners: frozenset[str]) -> dict[str, Floats]:
        """As :meth:`tokens`, by key."""
        versions = self.ledger.versions(keys, owners)
        return self.cache.read(versions, lambda missing: self.ledger.tokens(missing, owners))

    def stats(self, owners: frozenset[str] | None) -> MemoryStats:
        """Figures for one who may read these owners; ``None`` for who may know all."""
        counts = self.ledger.counts()
        seen = counts if owners is None else {owner: counts.get(owner, 0) for owner in owners}
        return MemoryStats(
            entries=sum(seen.values()),
            users=None if owners is not None else len(counts.keys() - {SHOP}),
            indexed=None if owners is not None else len(self.index),
            backend=self.manifest.backend,
            bytes=_sizes(self.directory),
            cache=self.cache.stats(),
        )

    def close(self) -> None:
        """Close files and index."""
        self.index.close()
        self.cache.drop()
        self.ledger.close()


def _sizes(directory: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for path in directory.rglob("*"):
        if path.is_file():
            name = path.relative_to(directory).parts[0]
            sizes[name] = sizes.get(name, 0) + path.stat().st_size
    return sizes
