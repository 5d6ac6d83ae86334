"""A JSONL file of records that an interrupted run can continue, and the list of what is done beside it.

``<file>.done`` has one line per document: its hash, how long the file was when its records were written, and whatever
the writer adds. Records that stand behind the last known length belong to a document that was not finished; they
are cut off, and the document is done again. So no record is lost and none stands twice.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from seamless_retail.core.errors import ImportSourceError

_REMEDY = "Choose another file for --out, or delete it together with its .done file to begin again."


class RecordsFile:
    """The file, open for appending; a context manager.

    Raises:
        ImportSourceError: On entering: the file has no list of what is done, is shorter than that says, or is in use.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: set[str] = set()
        """Hashes of the documents that are done."""
        self._list = path.with_name(f"{path.name}.done")
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))

    def __enter__(self) -> "RecordsFile":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise ImportSourceError(f"Another run is writing {self.path}.", "Wait for it to end.") from error
        try:
            self._resume()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def append(self, key: str, records: Iterable[dict[str, Any]], about: dict[str, Any]) -> None:
        """Write a document's records, then that it is done."""
        with self.path.open("ab") as file:
            file.write(b"".join(_line(record) for record in records))
            end = file.tell()
        with self._list.open("ab") as file:
            file.write(_line({"sha256": key, "end": end, **about}))
        self.done.add(key)

    def _resume(self) -> None:
        size = self.path.stat().st_size if self.path.exists() else 0
        if not self._list.exists():
            if size:
                raise ImportSourceError(f"{self.path} was not written by an earlier run of this command.", _REMEDY)
            self.path.touch()
            return
        lines = self._list.read_bytes().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        try:
            entries = [(str(entry["sha256"]), int(entry["end"])) for entry in map(json.loads, whole)]
        except (ValueError, KeyError, TypeError) as error:
            raise ImportSourceError(f"{self._list} is damaged ({error}).", _REMEDY) from error
        end = entries[-1][1] if entries else 0
        if size < end:
            raise ImportSourceError(f"{self.path} is shorter than {self._list.name} says.", _REMEDY)
        if len(whole) < len(lines):
            self._list.write_bytes(b"".join(whole))
        with self.path.open("ab") as file:
            file.truncate(end)
        self.done = {key for key, _ in entries}


def _line(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False) + "\n").encode()
