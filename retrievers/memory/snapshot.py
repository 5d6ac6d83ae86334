"""A vector index as a file beside the ledger, so that opening a large memory need not make it anew.

The file is only ever a copy of what the ledger holds. The ledger keeps its SHA-256 and the number of the last change in
it: a file with another digest is ignored, and what changed since that number is read from the ledger. So a process
that dies at any moment leaves a file that is right, or one that nobody uses. It holds plain arrays, no pickle.
"""

import contextlib
import hashlib
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock, Timeout

if TYPE_CHECKING:
    from seamless_retail.retrievers.memory.faiss_index import FaissIndex
    from seamless_retail.retrievers.memory.ledger import Ledger

SNAPSHOT = "index.npz"
LOCK = "index.lock"
LOCK_TIMEOUT_S = 600.0

_OUTDATED = 0.05
"""Part of the rows that changed since, from which on the file is written anew."""


class Snapshot:
    """The file of one index.

    Args:
        directory: Of the memory.
        ledger: Of the memory.
        index: Written to and read from the file.
    """

    def __init__(self, directory: Path, ledger: "Ledger", index: "FaissIndex") -> None:
        self._path = directory / SNAPSHOT
        self._ledger = ledger
        self._index = index
        self._number = 0

    def load(self) -> int:
        """Fill the index, which is empty, from the file.

        Returns:
            The number of the last change in it; 0 if there is no file that can be used.
        """
        try:
            with self._path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
                number = self._ledger.snapshot(digest)
                if number:
                    file.seek(0)
                    with np.load(file, allow_pickle=False) as parts:
                        self._index.restore(dict(parts))
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return 0
        self._number = number
        return number

    def save(self, number: int) -> None:
        """Write the file if much changed since it was last written, and the index is one that takes long to make.

        Args:
            number: Of the last change in the index.
        """
        if number - self._number <= _OUTDATED * len(self._index):
            return
        parts = self._index.export()
        if parts is None:
            return
        partial = self._path.with_name(f"{SNAPSHOT}.{os.getpid()}.partial")
        # Without a disk to write on, or while somebody else writes one, there is just no file.
        with contextlib.suppress(OSError, Timeout), FileLock(self._path.with_name(LOCK), timeout=0):
            if not self._ledger.knows(number):
                return  # what was forgotten since must not come back to the disk
            try:
                digest = _write(partial, parts)
                self._ledger.note_snapshot(digest, number)
                partial.replace(self._path)
            finally:
                partial.unlink(missing_ok=True)
            self._number = number


def erase_snapshot(directory: Path) -> None:
    """Take the file away, and what a process that died left of one; wait for who is writing it.

    Raises:
        OSError: It cannot be removed, or another process holds it for too long.
    """
    with FileLock(directory / LOCK, timeout=LOCK_TIMEOUT_S):
        for path in directory.glob(f"{SNAPSHOT}*"):
            path.unlink()


def _write(path: Path, parts: "dict[str, np.typing.NDArray[np.generic]]") -> str:
    with path.open("w+b") as file:
        np.savez(file, allow_pickle=False, **parts)
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)
        return hashlib.file_digest(file, "sha256").hexdigest()
