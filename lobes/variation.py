"""Which of several wordings an answer uses: the same question in the same turn always gets the same."""

import hashlib
from collections.abc import Sequence

from seamless_retail.lobes.personality import Voice
from seamless_retail.lobes.phrasebook import GUARD_KINDS


class Variation:
    """Chooses among the wordings of a voice by a hash of the question, the turn, and how often that kind was worded."""

    def __init__(self, seed: str, voice: Voice | None = None) -> None:
        self._seed, self.voice = seed, voice or Voice()
        self._count: dict[str, int] = {}

    def pick(self, kind: str, options: Sequence[str]) -> str:
        """One of the wordings that the voice allows; guards are worded as they always are."""
        return self.plain_pick(kind, options if kind in GUARD_KINDS else self.voice.wordings(options))

    def plain_pick(self, kind: str, options: Sequence[str]) -> str:
        """One of all options."""
        start = int.from_bytes(hashlib.sha256(f"{self._seed}|{kind}".encode()).digest()[:4], "big")
        step = self._count.get(kind, 0)
        self._count[kind] = step + 1
        return options[(start + step) % len(options)]
