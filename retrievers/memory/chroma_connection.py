"""The connection to one collection of Chroma, in a folder of this machine or on a server."""

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from seamless_retail.core.errors import MissingExtraError, SeamlessError, SearchIndexError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

T = TypeVar("T")

_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 256, "max_neighbors": 16}
_folder_locks: dict[Path, threading.RLock] = {}
"""What one thread writes while another rewrites the collection would be lost."""


@dataclass(frozen=True)
class ChromaPlace:
    """Where a collection is, and how it is reached."""

    name: str
    """What the ledger notes positions under."""
    collection: str
    connect: "Callable[[], ClientAPI]"
    shown: str
    """For errors."""
    remedy: str
    directory: Path | None = None
    """``None`` on a server."""


def folder(directory: Path) -> ChromaPlace:
    """A folder of this machine.

    Raises:
        MissingExtraError: Chroma is not installed.
    """
    chromadb, settings = _chroma()
    return ChromaPlace(
        "chroma",
        "memory",
        lambda: chromadb.PersistentClient(str(directory.resolve()), settings=settings),
        f"The Chroma folder {directory}",
        "Check its permissions, or delete it: it is made again from the ledger.",
        directory.resolve(),
    )


def server(url: str, collection: str, api_key: str | None) -> ChromaPlace:
    """A Chroma server.

    Raises:
        MissingExtraError: Chroma is not installed.
    """
    chromadb, settings = _chroma()
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 8000)
    headers = {"X-Chroma-Token": api_key} if api_key else None
    address = f"{parts.scheme}://{host}:{port}"
    return ChromaPlace(
        f"chroma {address}/{collection}",
        collection,
        lambda: chromadb.HttpClient(host=host, port=port, ssl=secure, headers=headers, settings=settings),
        f"The Chroma server {address}",
        f"Check that it runs: chroma run --host {host} --port {port}",
    )


class ChromaConnection:
    """One collection, made if there is none. May be used from many threads.

    Raises:
        SearchIndexError: The server does not answer; or another process has the folder open.
    """

    def __init__(self, place: ChromaPlace) -> None:
        self.place = place
        self._held: FileLock | None = None
        self.lock = threading.RLock()
        """Held by whoever writes."""
        if place.directory is not None:
            self.lock = _folder_locks.setdefault(place.directory, self.lock)
            self._held = _hold(place.directory)
        try:
            with self._answers():
                self._client = place.connect()
                self._collection = self._open()
        except BaseException:
            self._release()
            raise

    def call(self, operation: "Callable[[Collection], T]") -> T:
        """Run an operation. The collection is looked up again when another client has cleared or rewritten it.

        Raises:
            SearchIndexError: Chroma does not answer or refuses.
        """
        from chromadb.errors import NotFoundError

        with self._answers():
            try:
                return operation(self._collection)
            except NotFoundError:
                self._collection = self._open()
                return operation(self._collection)

    def clear(self) -> None:
        """Take all rows out, and their bytes out of the folder."""
        with self.lock, self._answers():
            self._client.delete_collection(self.place.collection)
            self._collection = self._open()
            self._erase_traces()

    def drop(self) -> None:
        """Delete the collection; of a folder, everything."""
        with self.lock, self._answers():
            self._client.delete_collection(self.place.collection)
            self.close()
            if self.place.directory is not None:
                shutil.rmtree(self.place.directory)

    def close(self) -> None:
        """End the connection; the folder is free for others."""
        self._client.close()  # type: ignore[attr-defined]  # of the class that the port hides
        self._release()

    def _open(self) -> "Collection":
        name = self.place.collection
        found = self._client.get_or_create_collection(name, configuration={"hnsw": _HNSW}, embedding_function=None)  # type: ignore[typeddict-item]
        kind = found.configuration_json.get("hnsw") or found.configuration_json.get("spann") or {}
        if kind.get("space") != "cosine":
            raise SearchIndexError(
                f"{self.place.shown} has a collection {name!r} that measures {kind.get('space')}, not cosine.",
                "Choose another collection name.",
            )
        return found

    @contextlib.contextmanager
    def _answers(self) -> Iterator[None]:
        try:
            yield
        except SeamlessError:
            raise
        except Exception as error:  # Chroma's HTTP client raises bare exceptions too
            raise SearchIndexError(f"{self.place.shown} cannot be used: {error}", self.place.remedy) from error

    def _erase_traces(self) -> None:
        """Rewrite Chroma's database without its free space; remove the graph files of deleted collections."""
        directory = self.place.directory
        if directory is None:
            return
        with contextlib.closing(sqlite3.connect(directory / "chroma.sqlite3", timeout=60)) as database:
            kept = {row[0] for row in database.execute("SELECT id FROM segments")}
            database.execute("VACUUM")
        for found in directory.iterdir():
            if found.is_dir() and found.name not in kept:
                shutil.rmtree(found)

    def _release(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None


def _chroma() -> tuple[Any, Any]:
    """The package and its settings: no telemetry, and no ``.env`` file of the working directory."""
    try:
        import chromadb
        from chromadb.config import Settings
    except ImportError:
        raise MissingExtraError("The Chroma backend", "chroma") from None
    return chromadb, Settings(anonymized_telemetry=False, _env_file=None)  # type: ignore[call-arg]


def _hold(directory: Path) -> FileLock:
    """Keep other processes out: embedded Chroma holds its graph in memory and does not see their writes."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(directory / "process.lock", timeout=0, is_singleton=True, thread_local=False)
        lock.acquire()
    except Timeout:
        raise SearchIndexError(
            f"Another process has the Chroma folder {directory} open.",
            "Embedded Chroma serves one process: start `chroma run` and give its URL as the backend, or use faiss.",
        ) from None
    except OSError as error:
        raise SearchIndexError(f"The Chroma folder {directory} cannot be used: {error}.", "Check its path.") from error
    return lock
