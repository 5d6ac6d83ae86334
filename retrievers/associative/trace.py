"""Many associations superposed in one hypervector: a profile of fixed size, with a limit.

This is the textbook associative memory of hyperdimensional computing (Plate 1995; Kanerva 2009): the sum of
``key * value``, from which a key unbinds a noisy value that is cleaned up against the values known. Each further pair
is noise to the others, so 10,000 elements have room for about a hundred pairs (the benchmark prints the curve).
It is of use where size must not grow: one subject's habits, one shard's summary. Facts by the thousand belong into
:class:`AssociativeMemory`, which keeps a hypervector for each.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.models.hypervectors import Bits, TextEncoder, bind, bit_similarity, pack, permute, unpack

if TYPE_CHECKING:
    from torch import Tensor


class SuperpositionTrace:
    """Key-value pairs in one sum; not thread-safe.

    Keys are sequences of texts, whose order counts: ``trace.add(["bought", "on Fridays"], "oat milk")``. The pairs
    themselves are not kept: the sum takes ``4 d`` bytes however many they are, the clean-up memory ``d / 8`` for each
    different value.

    Args:
        encoder: Makes texts hypervectors.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        import torch

        self._encoder = encoder
        self._sum = torch.zeros(encoder.codebook.dimension, dtype=torch.int32)
        self._values: dict[str, Bits] = {}
        self._pairs = 0

    def __len__(self) -> int:
        """Pairs added and not removed."""
        return self._pairs

    @property
    def bits(self) -> Bits:
        """The trace as a bipolar hypervector, packed: uint8 ``[d / 8]``. :meth:`recall` reads nothing else of it."""
        return pack(self._encoder.codebook.majority(self._sum))

    def add(self, key: Sequence[str], value: str) -> None:
        """Superpose a pair; added twice, it weighs twice.

        Raises:
            InvalidQueryError: The value or a text of the key is blank or not valid Unicode.
        """
        self.know([value])
        self._sum = self._sum + self._pair(key, value)
        self._pairs += 1

    def remove(self, key: Sequence[str], value: str) -> None:
        """Subtract a pair, which must have been added: the sum cannot tell. The value stays known."""
        self._sum = self._sum - self._pair(key, value)
        self._pairs -= 1

    def know(self, values: Sequence[str]) -> None:
        """Add values to the clean-up memory, also such as no pair holds."""
        new = [value for value in dict.fromkeys(values) if value not in self._values]
        self._values.update(zip(new, pack(self._encoder.encode(new)), strict=True))

    def recall(self, key: Sequence[str], k: int = 1) -> list[tuple[str, float]]:
        """The ``k`` known values nearest to what the key unbinds, with cosines, best first.

        With ``n`` pairs a right value has a cosine of about ``sqrt(2 / (pi n))``, a wrong one 0 ± 0.01.
        """
        if not self._values:
            return []
        noisy = np.bitwise_xor(self.bits, pack(self._key(key)))
        cosines = bit_similarity(np.stack(list(self._values.values())), noisy)
        texts = list(self._values)
        return [(texts[row], float(cosines[row])) for row in np.argsort(-cosines, kind="stable")[:k].tolist()]

    def _pair(self, key: Sequence[str], value: str) -> "Tensor":
        return bind(self._key(key), unpack(self._values[value]))

    def _key(self, key: Sequence[str]) -> "Tensor":
        """The texts' hypervectors, each permuted by its place, bound together."""
        if not key:
            raise InvalidQueryError("The key is empty.", "Give one text or more.")
        first, *rest = self._encoder.encode(list(key))
        for place, hypervector in enumerate(rest, start=1):
            first = bind(first, permute(hypervector, place))
        return first
