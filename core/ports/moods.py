"""Who reads moods, and who takes over what a machine should not go on with."""

from collections.abc import Sequence
from typing import Protocol

from seamless_retail.core.handovers import Handover
from seamless_retail.core.moods import Mood


class MoodReader(Protocol):
    """Tells how the authors of messages feel and how much they press."""

    def read(self, texts: Sequence[str]) -> list[Mood]:
        """The mood of each text, in the order given."""
        ...


class HandoverDesk(Protocol):
    """Where a person finds the conversations that wait for one."""

    def hand_over(self, handover: Handover) -> None:
        """Keep a conversation for a person; one with the same id is kept once.

        Raises:
            HandoverError: It cannot be kept.
        """
        ...

    def waiting(self) -> list[Handover]:
        """What was handed over, the oldest first.

        Raises:
            HandoverError: It cannot be read.
        """
        ...
