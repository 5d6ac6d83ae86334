"""The vector indexes a memory can be searched with, by what its manifest calls them.

=============================================  =======================================================================
``faiss``                                      in the memory of each process, any number of them
``chroma``                                     embedded Chroma in the memory's directory, one process
``http://host:8000``, ``https://…``            a Chroma server, many processes
``qdrant``, ``qdrant:/folder``                 Qdrant's local mode in the directory or another folder, one process
``qdrant+http://host:6333``, ``qdrant+https``  a Qdrant server or cluster; ``?shards=6&replicas=2`` of a new collection
=============================================  =======================================================================

A path after the server names the collection, such as ``http://host:8000/summer``. Without one it has the name in the
directory's file ``collection``, made at random once, so that no two memories share one by mistake.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.retrievers.memory.vector_index import VectorIndex

COLLECTION = "collection"
"""The file of a memory's directory that holds the name of its collection on servers."""

_FORMS = "Use faiss, chroma, qdrant, qdrant:/folder, http://host:8000 (Chroma) or qdrant+http://host:6333."


class StoredIndex(VectorIndex, Protocol):
    """An index that outlives the process."""

    def drop(self) -> None:
        """Delete everything of it, and end the connection."""
        ...


@dataclass(frozen=True)
class Backend:
    """A backend's name, taken apart."""

    kind: str
    """``faiss``, ``chroma`` or ``qdrant``."""
    url: str | None = None
    collection: str | None = None
    folder: Path | None = None
    spread: Mapping[str, int] | None = None

    @property
    def is_elsewhere(self) -> bool:
        """Whether the index has a place of its own, that a memory takes along when its directory changes."""
        return self.collection is not None or self.folder is not None


def parse_backend(name: str) -> Backend:
    """Read the name of a backend.

    Raises:
        ConfigurationError: There is none of this name, or the URL holds a password.
    """
    if name in ("faiss", "chroma", "qdrant"):
        return Backend(name)
    if name.startswith("qdrant:") and len(name) > len("qdrant:"):
        return Backend("qdrant", folder=Path(name.removeprefix("qdrant:")).expanduser().resolve())
    kind, scheme = ("qdrant", "qdrant+") if name.startswith("qdrant+") else ("chroma", "")
    try:
        parts = urlsplit(name.removeprefix(scheme))
        known = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        known = False
    if not known:
        raise ConfigurationError(f"Unknown backend {name!r}.", _FORMS)
    if parts.username or parts.password:
        raise ConfigurationError(
            "The backend's URL holds a name or password, and would be written into the manifest.",
            "Leave them out of the URL and give api_key=… instead.",
        )
    collection = parts.path.strip("/") or None
    if collection is not None and not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{1,126}[a-zA-Z0-9]", collection):
        raise ConfigurationError(
            f"{collection!r} cannot name a collection.", "Use 3 to 128 of a-z, 0-9, '.', '_', '-'."
        )
    return Backend(kind, f"{parts.scheme}://{parts.netloc}", collection, spread=_spread(kind, parts.query))


def open_index(name: str, directory: Path, dimension: int, options: dict[str, Any] | None = None) -> VectorIndex:
    """The index of a memory.

    Args:
        name: As in this module's table.
        directory: Of the memory; must exist.
        dimension: Of the vectors.
        options: Of the backend: ``api_key`` of a server, ``flat_limit`` of FAISS.

    Raises:
        ConfigurationError: There is no such backend or option.
        MissingExtraError: Its client is not installed.
        SearchIndexError: It cannot be reached.
    """
    backend, options = parse_backend(name), options or {}
    allowed = "flat_limit" if backend.kind == "faiss" else "api_key" if backend.url else None
    if unknown := options.keys() - {allowed}:
        raise ConfigurationError(
            f"The backend {name} has no option {', '.join(sorted(unknown))}.",
            f"It takes {allowed}." if allowed else "It takes no options.",
        )
    if backend.kind == "faiss":
        from seamless_retail.retrievers.memory.faiss_index import FaissIndex

        return FaissIndex(dimension, **options)
    return _stored(backend, directory, dimension, options)


def drop_index(name: str, directory: Path, dimension: int, options: dict[str, Any] | None = None) -> None:
    """Delete what an index keeps outside of the ledger; nothing if it keeps nothing.

    Raises:
        SearchIndexError: It is in use, or its server does not answer.
    """
    backend = parse_backend(name)
    if backend.kind == "faiss" or (backend.url is None and not _folder(backend, directory).exists()):
        return
    _stored(backend, directory, dimension, options or {}).drop()


def _stored(backend: Backend, directory: Path, dimension: int, options: dict[str, Any]) -> StoredIndex:
    from seamless_retail.retrievers.memory.chroma_index import ChromaIndex
    from seamless_retail.retrievers.memory.qdrant_index import QdrantIndex

    kinds: dict[str, Any] = {"chroma": ChromaIndex, "qdrant": QdrantIndex}
    make: Callable[..., StoredIndex]
    if backend.url is None:
        make = kinds[backend.kind].embedded
        return make(_folder(backend, directory), dimension)
    make = kinds[backend.kind].server
    collection = backend.collection or _collection(directory)
    return make(backend.url, dimension, collection, **options, **(backend.spread or {}))


def _folder(backend: Backend, directory: Path) -> Path:
    return backend.folder or directory / backend.kind


def _collection(directory: Path) -> str:
    """The name in the directory's file, which appears whole or not at all, whoever is first."""
    path = directory / COLLECTION
    if not path.exists():
        partial = directory / f"{COLLECTION}.{os.getpid()}.{secrets.token_hex(4)}.partial"
        partial.write_text(f"memory-{secrets.token_hex(8)}\n", encoding="ascii")
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            pass  # another process was first
        finally:
            partial.unlink()
    return path.read_text(encoding="ascii").strip()


def _spread(kind: str, query: str) -> dict[str, int] | None:
    given = dict(parse_qsl(query, keep_blank_values=True))
    if any(key not in ("shards", "replicas") or not value.isdecimal() or value == "0" for key, value in given.items()):
        raise ConfigurationError(f"The backend's URL asks for {query!r}.", "It takes shards=… and replicas=…, from 1.")
    if given and kind != "qdrant":
        raise ConfigurationError("Chroma does not take shards or replicas.", "Use qdrant+http://… for a cluster.")
    return {key: int(value) for key, value in given.items()} or None
