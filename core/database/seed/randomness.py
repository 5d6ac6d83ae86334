"""Seeded chance: one independent stream per subject, so that a change to one subject does not shift another."""

from collections.abc import Hashable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

SEED = 20261115


def stream(subject: str) -> Random:
    """The random stream of a subject; the same in every process."""
    return Random(f"{SEED}/{subject}")


class Decks:
    """Draws from lists without repeating an entry before all others had their turn."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._left: dict[Hashable, list[int]] = {}

    def draw(self, key: Hashable, choices: Sequence[T]) -> T:
        """Draw one of the choices; ``key`` names the deck."""
        left = self._left.get(key)
        if not left:
            left = self._left[key] = self._random.sample(range(len(choices)), len(choices))
        return choices[left.pop()]
