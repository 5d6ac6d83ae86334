"""The connection to one collection of Qdrant: in this process, in a folder of this machine, or on a cluster."""

import contextlib
import io
import pickle
import shutil
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from seamless_retail.core.errors import MissingExtraError, SeamlessError, SearchIndexError

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_TIMEOUT_S = 60


@dataclass(frozen=True)
class QdrantPlace:
    """Where a collection is, and how it is reached."""

    name: str
    """What the ledger notes positions under."""
    collection: str
    connect: "Callable[[], QdrantClient]"
    shown: str
    """For errors."""
    remedy: str
    directory: Path | None = None
    cluster: dict[str, int] | None = None
    """How a collection is spread over a cluster; ``None`` for local ones."""


def local(directory: Path | None) -> QdrantPlace:
    """Qdrant's local mode: in memory, or in a folder.

    Raises:
        MissingExtraError: Qdrant's client is not installed.
        SearchIndexError: The folder holds what is not ours.
    """
    client = _qdrant()
    if directory is None:
        return QdrantPlace("qdrant", "memory", lambda: client(":memory:"), "Qdrant in memory", "Rebuild the index.")
    _check_files(directory)
    return QdrantPlace(
        f"qdrant {directory.resolve()}",
        "memory",
        lambda: client(path=str(directory), force_disable_check_same_thread=True),
        f"The Qdrant folder {directory}",
        "Local Qdrant serves one process: end the other one, use a cluster's URL as the backend, or use faiss.",
        directory,
    )


def cluster(url: str, collection: str, api_key: str | None, shards: int, replicas: int) -> QdrantPlace:
    """A Qdrant server or cluster.

    Raises:
        MissingExtraError: Qdrant's client is not installed.
    """
    client = _qdrant()
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 6333)
    address = f"{parts.scheme}://{parts.hostname}:{port}"
    return QdrantPlace(
        f"qdrant {address}/{collection}",
        collection,
        lambda: client(
            url=address,
            api_key=api_key,
            timeout=_TIMEOUT_S,
            check_compatibility=False,
        ),
        f"The Qdrant server {address}",
        "Check that it runs, and its API key.",
        cluster={"shard_number": shards, "replication_factor": replicas},
    )


class QdrantConnection:
    """A client of Qdrant whose errors are ours.

    Raises:
        SearchIndexError: The server does not answer, or another process has the folder open.
    """

    def __init__(self, place: QdrantPlace, dimension: int) -> None:
        self.place = place
        self.dimension = dimension
        with self.answers(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Local mode is not recommended")  # the class's docstring says it
            warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
            self.client = place.connect()
        try:
            self.make()
        except BaseException:
            self.client.close()
            raise

    def make(self) -> None:
        """Make the collection, unless it is there.

        Raises:
            SearchIndexError: It is there, with vectors of another dimension.
        """
        from qdrant_client import models

        name, vectors = self.place.collection, models.VectorParams(size=self.dimension, distance=models.Distance.COSINE)
        with self.answers():
            if self.client.collection_exists(name):
                found = self.client.get_collection(name).config.params.vectors
                if not isinstance(found, models.VectorParams) or (found.size, found.distance) != (
                    vectors.size,
                    vectors.distance,
                ):
                    raise SearchIndexError(
                        f"{self.place.shown} has a collection {name!r} of other vectors.", "Choose another name."
                    )
                return
            self.client.create_collection(name, vectors_config=vectors, **(self.place.cluster or {}))
            if self.place.cluster is not None:
                tenants = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
                self.client.create_payload_index(name, "owner", field_schema=tenants)
                self.client.create_payload_index(name, "terms", field_schema=models.PayloadSchemaType.KEYWORD)

    def clear(self) -> None:
        """Take all points out; a folder keeps no byte of them."""
        from qdrant_client import models

        with self.answers():
            if self.place.cluster is not None:
                everything = models.FilterSelector(filter=models.Filter())
                self.client.delete(self.place.collection, points_selector=everything, wait=True)
                return
            self.client.delete_collection(self.place.collection)
        self.make()

    def drop(self) -> None:
        """Delete the collection; of a folder, everything."""
        with self.answers():
            self.client.delete_collection(self.place.collection)
            self.client.close()
            if self.place.directory is not None:
                shutil.rmtree(self.place.directory)

    @contextlib.contextmanager
    def answers(self) -> Iterator[None]:
        """Turn Qdrant's errors into ours.

        Raises:
            SearchIndexError: It does not answer, or refuses.
        """
        try:
            yield
        except SeamlessError:
            raise
        except Exception as error:  # the local mode raises what numpy and sqlite do
            raise SearchIndexError(f"{self.place.shown} cannot be used: {error}", self.place.remedy) from error


def _qdrant() -> Any:
    try:
        from qdrant_client import QdrantClient
    except ImportError:
        raise MissingExtraError("The Qdrant backend", "qdrant") from None
    return QdrantClient


class _Points(pickle.Unpickler):
    """Reads points and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) != ("qdrant_client.http.models.models", "PointStruct"):
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a point")
        return super().find_class(module, name)


def _check_files(directory: Path) -> None:
    """Qdrant's local mode unpickles its files: a folder from a stranger could run code, so it is looked at first."""
    for file in sorted(directory.glob("collection/*/storage.sqlite")):
        try:
            with contextlib.closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as database:
                for (content,) in database.execute("SELECT point FROM points"):
                    _Points(io.BytesIO(content)).load()
        except Exception as error:
            raise SearchIndexError(
                f"{file} is not what Qdrant's local mode writes: {error}",
                "Delete the folder: it is made again from the ledger.",
            ) from error
