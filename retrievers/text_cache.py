"""What was made of texts, kept by their hash: a bounded cache that many threads may use."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from seamless_retail.core.errors import ConfigurationError

T = TypeVar("T")


class TextCache(Generic[T]):
    """Values by text, the least recently used forgotten first. Texts themselves are not kept.

    Args:
        size: Values kept; 0 keeps nothing.

    Raises:
        ConfigurationError: The size is negative.
    """

    def __init__(self, size: int) -> None:
        if size < 0:
            raise ConfigurationError(f"The cache size is {size}, expected 0 or more.", "Give 0 to keep nothing.")
        self._size = size
        self._kept: OrderedDict[bytes, T] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, texts: Sequence[str], make: Callable[[list[str]], Sequence[T]]) -> list[T]:
        """The value of each text, those not kept made in one call, each text once."""
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        with self._lock:
            found = {key: self._kept[key] for key in dict.fromkeys(keys) if key in self._kept}
            for key in found:
                self._kept.move_to_end(key)
            self.hits += sum(key in found for key in keys)
            self.misses += sum(key not in found for key in keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            made = dict(zip(missing, make(list(missing.values())), strict=True))
            self._keep(made)
            found |= made
        return [found[key] for key in keys]

    def values(self) -> list[T]:
        """What is kept."""
        with self._lock:
            return list(self._kept.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _keep(self, made: dict[bytes, T]) -> None:
        with self._lock:
            self._kept.update(made)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
