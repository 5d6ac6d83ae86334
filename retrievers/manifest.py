"""Index directories: what is in one, whether it is whole, and how it is replaced in one step.

``manifest.json`` names the current generation, a folder beside it, and the sha256 of every file in there. A new
generation is written and synced completely before the manifest is renamed into place, so a reader or a crash finds
either the old index or the new one. Nothing is pickled.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from seamless_retail.core.errors import SearchIndexError

FORMAT = 1
MANIFEST = "manifest.json"
REBUILD = "Rebuild it: seamless index build --force"

T = TypeVar("T")


class EmbeddingIdentity(BaseModel):
    """Which embedding model made the vectors."""

    model_config = ConfigDict(frozen=True)

    name: str
    weights_sha256: str = ""
    """Empty for models that do not tell, such as hosted ones."""
    dimension: int


class IndexFile(BaseModel):
    """One file of a generation."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    size: int
    """Bytes."""


class Manifest(BaseModel):
    """The table of contents of an index directory."""

    model_config = ConfigDict(frozen=True)

    format: int
    generation: str
    count: int
    """Documents."""
    embedding: EmbeddingIdentity | None = None
    """``None`` for an index without vectors."""
    files: dict[str, IndexFile]
    """By path inside the generation's folder."""


def write_index(
    directory: Path, files: Mapping[str, bytes], *, count: int, embedding: EmbeddingIdentity | None = None
) -> Manifest:
    """Make ``files`` the current generation of an index directory.

    Raises:
        SearchIndexError: The directory cannot be written; the index that was there is unharmed.
    """
    manifest = Manifest(
        format=FORMAT,
        generation=f"generation-{uuid.uuid4().hex[:12]}",
        count=count,
        embedding=embedding,
        files={name: IndexFile(sha256=_sha256(content), size=len(content)) for name, content in files.items()},
    )
    folder = directory / manifest.generation
    try:
        for name, content in files.items():
            _write_synced(folder / name, content)
        temporary = directory / f"{manifest.generation}.json"
        _write_synced(temporary, manifest.model_dump_json(indent=2).encode())
        _sync_folder(folder)
        temporary.replace(directory / MANIFEST)
        _sync_folder(directory)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        (directory / f"{manifest.generation}.json").unlink(missing_ok=True)
        raise SearchIndexError(
            f"The search index in {directory} could not be written: {error}.",
            "Check that the folder is writable and the disk has room.",
        ) from error
    _remove_stale(directory, keep=manifest.generation)
    return manifest


def read_manifest(directory: Path) -> Manifest:
    """Read an index directory's manifest.

    Raises:
        SearchIndexError: There is no index, its manifest is damaged, or it has another format.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SearchIndexError(f"There is no search index in {directory}.", "Build it: seamless index build") from None
    except OSError as error:
        raise SearchIndexError(f"{path} cannot be read: {error}.", "Check the folder's permissions.") from error
    except ValueError as error:
        raise SearchIndexError(f"{path} is damaged: {error}.", REBUILD) from error
    found = content.get("format") if isinstance(content, dict) else None
    if isinstance(found, int) and found != FORMAT:
        raise SearchIndexError(f"{path} has format {found}; this version reads format {FORMAT}.", REBUILD)
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise SearchIndexError(f"{path} is damaged: {error.errors()[0]['msg']}.", REBUILD) from error


def read_index(directory: Path, load: Callable[[Manifest, Path], T]) -> T:
    """Verify the current generation and load it.

    A writer may replace the generation between the look at the manifest and the look at the files; then the new one
    is read.

    Args:
        directory: The index directory.
        load: Called with the manifest and the generation's folder, every file of which has its recorded sha256.

    Raises:
        SearchIndexError: There is no index, or a file is missing or damaged; the message names it.
    """
    while True:
        manifest = read_manifest(directory)
        folder = directory / manifest.generation
        try:
            for name, file in manifest.files.items():
                _verify(folder / name, file)
            return load(manifest, folder)
        except FileNotFoundError as error:
            if read_manifest(directory).generation == manifest.generation:
                raise SearchIndexError(f"{error.filename} is missing from the search index.", REBUILD) from error


def check_embedding(directory: Path, found: EmbeddingIdentity | None, wanted: EmbeddingIdentity) -> None:
    """Refuse vectors that another model made.

    Raises:
        SearchIndexError: The index was built with another model, or has no vectors.
    """
    if found == wanted:
        return
    built = f"with {_describe(found)}" if found else "without vectors"
    raise SearchIndexError(
        f"The search index in {directory} was built {built}, but the configured model is {_describe(wanted)}.",
        "Set SEAMLESS_EMBEDDINGS to the model it was built with, or rebuild it: seamless index build --force",
    )


def _describe(model: EmbeddingIdentity) -> str:
    weights = f", weights {model.weights_sha256[:12]}" if model.weights_sha256 else ""
    return f"{model.name} ({model.dimension} dimensions{weights})"


def _verify(path: Path, expected: IndexFile) -> None:
    content = path.read_bytes()
    if len(content) != expected.size or _sha256(content) != expected.sha256:
        raise SearchIndexError(f"{path} is damaged: its content does not have the recorded sha256.", REBUILD)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_synced(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make renames durable where the system can (not on Windows)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_stale(directory: Path, keep: str) -> None:
    """Remove generations nobody points to: older ones, and what a crash left."""
    for path in directory.glob("generation-*"):
        if path.is_dir() and path.name != keep:
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix == ".json":
            path.unlink(missing_ok=True)
