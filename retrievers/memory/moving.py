"""Moving a memory to another backend or another directory: copy, verify, switch, and only then remove.

Until the switch, which is one step on the disk, everything is as before; after it, everything is as wanted. A move that
was interrupted, by whatever, is finished by asking for it again. The ledger is the truth: a vector index is made anew
from it and compared with it.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.retrievers.memory.backends import drop_index, parse_backend
from seamless_retail.retrievers.memory.codec import Codec
from seamless_retail.retrievers.memory.index_building import Progress, build_index
from seamless_retail.retrievers.memory.ledger import Ledger
from seamless_retail.retrievers.memory.manifest import read_manifest, write_manifest
from seamless_retail.retrievers.memory.relocation import relocate

NOTE = "moving.json"
"""Lists the indexes that an unfinished move of the backend leaves behind."""


@dataclass(frozen=True)
class Moved:
    """What a move came to."""

    directory: Path
    backend: str
    entries: int


def move_memory(
    directory: Path,
    *,
    backend: str | None = None,
    to: Path | None = None,
    options: dict[str, Any] | None = None,
    options_before: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> Moved:
    """Give a memory another backend, another directory, or both. No compressor is needed.

    End other processes that have the memory open: what they write until the switch is moved too, but afterwards they
    would still search, or try to write, what was removed. They are refused then; nothing is lost.

    Args:
        directory: Of the memory.
        backend: As in :mod:`seamless_retail.retrievers.memory.backends`; ``None``: as it is.
        to: Another directory, new or empty; ``None``: as it is.
        options: Of the new backend, such as ``api_key``.
        options_before: Of the old one.
        progress: Called with a stage, how much of it is done, and how much there is.

    Raises:
        MemoryStoreError: There is no memory, the target holds something else, another move is under way, or the memory
            is being written all the time.
        SearchIndexError: A backend is in use or cannot be reached, or what it holds is not what was given to it.
        ConfigurationError: There is no such backend.
    """
    if backend is not None:
        parse_backend(backend)
    if not directory.is_dir():
        raise MemoryStoreError(f"There is no memory in {directory}.", "Check the path.")
    told = progress or (lambda stage, done, total: None)
    with _alone(directory):
        if to is not None and to.resolve() != directory.resolve():
            found = relocate(directory.resolve(), to.resolve(), backend, options, options_before, told)
        else:
            found = _change_backend(directory.resolve(), backend, options, options_before, told)
    (directory / "moving.lock").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # what is not ours in the old directory stays
        directory.rmdir()
    return Moved(*found)


def _change_backend(
    directory: Path,
    wanted: str | None,
    options: dict[str, Any] | None,
    options_before: dict[str, Any] | None,
    progress: Progress,
) -> tuple[Path, str, int]:
    manifest = read_manifest(directory)
    if manifest is None:
        raise MemoryStoreError(f"There is no memory in {directory}.", "Check the path.")
    new, dimension = wanted or manifest.backend, manifest.compressor.vector_dimension
    left = [name for name in dict.fromkeys([*_left_behind(directory), manifest.backend]) if name != new]
    _note(directory, [*left, new])
    with contextlib.closing(Ledger(directory, Codec(manifest.compressor, manifest.layout))) as ledger:
        if new != manifest.backend:
            build_index(new, directory, ledger, dimension, options, progress)
            write_manifest(directory, manifest.model_copy(update={"backend": new}))
        entries = len(ledger)
    for done, name in enumerate(left):
        progress("removing", done, len(left))
        drop_index(name, directory, dimension, options_before)
    (directory / NOTE).unlink()
    progress("removing", len(left), len(left))
    return directory, new, entries


def _left_behind(directory: Path) -> list[str]:
    try:
        found = json.loads((directory / NOTE).read_bytes())
        return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    except (FileNotFoundError, ValueError):
        return []


def _note(directory: Path, names: list[str]) -> None:
    partial = directory / f"{NOTE}.partial"
    partial.write_text(json.dumps(names), encoding="utf-8")
    partial.replace(directory / NOTE)


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    try:
        with FileLock(directory / "moving.lock", timeout=0):
            yield
    except Timeout:
        raise MemoryStoreError(f"The memory in {directory} is being moved already.", "Wait for that move.") from None
    except OSError as error:
        raise MemoryStoreError(f"The memory cannot be moved: {error}.", "Check permissions and free space.") from error
