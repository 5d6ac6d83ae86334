"""Conversations that wait for a person, one JSON line each in a file of ``home``. Implements ``HandoverDesk``."""

import json
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from seamless_retail.core.errors import HandoverError
from seamless_retail.core.handovers import Handover

WAIT_S = 5.0
"""Seconds that a writer waits for another."""
_FREE_THE_DISK = "Look at the disk and the rights of the folder; the customer was told how to reach a person."


@dataclass(frozen=True, slots=True)
class FileHandovers:
    """A queue that several processes may write to.

    Args:
        path: The file; it is made when something is handed over.
    """

    path: Path

    def hand_over(self, handover: Handover) -> None:
        """Add a line, unless one with the same id is there.

        Raises:
            HandoverError: The file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=WAIT_S):
                if any(known.id == handover.id for known in self.waiting()):
                    return
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(handover.model_dump_json() + "\n")
        except (OSError, Timeout) as error:
            raise HandoverError(f"{self.path} cannot be written: {error}.", _FREE_THE_DISK) from error

    def waiting(self) -> list[Handover]:
        """Every line, the oldest first.

        Raises:
            HandoverError: The file cannot be read, or a line of it is none.
        """
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            raise HandoverError(f"{self.path} cannot be read: {error}.", "Move it away; a new one is made.") from error
        return [self._read(line, number) for number, line in enumerate(lines, start=1) if line.strip()]

    def _read(self, line: str, number: int) -> Handover:
        try:
            return Handover.model_validate(json.loads(line))
        except (ValueError, ValidationError) as error:
            raise HandoverError(
                f"Line {number} of {self.path} is no conversation that was handed over.", "Correct or delete the line."
            ) from error
