"""Memory tokens that were read lately, so that what is read often is not fetched and decoded each time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seamless_retail.retrievers.memory.entry import Floats


@dataclass(frozen=True)
class CacheStats:
    """What a cache did so far."""

    entries: int
    bytes: int
    hits: int
    misses: int

    @property
    def hit_rate(self) -> float:
        """Part of the look-ups that were answered from the cache; 0 before the first one."""
        return self.hits / (self.hits + self.misses) if self.hits + self.misses else 0.0


class HotCache:
    """Tokens by key, the least recently read out first; bounded in bytes; may be used from many threads.

    Each look-up names the version it wants (the checksum in the ledger), so that what another process replaced, erased
    or may no longer be seen is never answered from here.

    Args:
        capacity: Bytes of tokens kept; 0 keeps none.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[str, tuple[int, Floats]] = OrderedDict()
        self._lock = threading.Lock()
        self._bytes = self._hits = self._misses = 0

    def read(
        self, versions: Mapping[str, int], fetch: Callable[[list[str]], Mapping[str, Floats]]
    ) -> dict[str, Floats]:
        """Tokens of the keys in these versions, those not kept fetched at once.

        Args:
            versions: Wanted version by key.
            fetch: Gives the tokens of keys; a key that is gone may be missing.
        """
        found = self._known(versions)
        missing = [key for key in versions if key not in found]
        fresh = fetch(missing) if missing else {}
        with self._lock:
            for key, tokens in fresh.items():
                self._keep(key, versions[key], tokens)
        return {**found, **fresh}

    def drop(self, keys: set[str] | None = None) -> None:
        """Forget these keys, or everything."""
        with self._lock:
            for key in list(self._kept) if keys is None else keys & self._kept.keys():
                self._remove(key)

    def stats(self) -> CacheStats:
        """Counts so far."""
        with self._lock:
            return CacheStats(len(self._kept), self._bytes, self._hits, self._misses)

    def _known(self, versions: Mapping[str, int]) -> dict[str, Floats]:
        found = {}
        with self._lock:
            for key, version in versions.items():
                kept = self._kept.get(key)
                if kept is not None and kept[0] == version:
                    found[key] = kept[1]
                    self._kept.move_to_end(key)
            self._hits += len(found)
            self._misses += len(versions) - len(found)
        return found

    def _keep(self, key: str, version: int, tokens: Floats) -> None:
        self._remove(key)
        if tokens.nbytes > self._capacity:
            return
        tokens.setflags(write=False)
        self._kept[key] = (version, tokens)
        self._bytes += tokens.nbytes
        while self._bytes > self._capacity:
            self._remove(next(iter(self._kept)))

    def _remove(self, key: str) -> None:
        if key in self._kept:
            self._bytes -= self._kept.pop(key)[1].nbytes
