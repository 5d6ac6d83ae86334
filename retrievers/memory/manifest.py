"""What a memory's directory says of itself: format, compressor, precision, backend."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from seamless_retail.core.errors import MemoryStoreError
from seamless_retail.models.fitted_code import FittedCode
from seamless_retail.retrievers.memory.entry import CompressorIdentity
from seamless_retail.retrievers.memory.precision import Precision

FORMAT = 2
MANIFEST = "manifest.json"
_RESTORE = "Restore manifest.json from a copy of the directory; the memories themselves are in ledger.db."


class Layout(BaseModel):
    """How the ledger keeps numbers."""

    model_config = ConfigDict(frozen=True)

    tokens: Precision | FittedCode = Precision.FLOAT16
    vector: Precision | None = Precision.FLOAT32
    """``None``: not kept, since it follows from the tokens: their mean direction, of length 1."""


class MemoryManifest(BaseModel):
    """The content of ``manifest.json``."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["compressed-memory"] = "compressed-memory"
    format: int = FORMAT
    compressor: CompressorIdentity
    layout: Layout = Layout()
    keep_text: bool = True
    backend: str = "faiss"


def read_manifest(directory: Path) -> MemoryManifest | None:
    """The manifest of a directory, or ``None`` where there is none yet.

    Raises:
        MemoryStoreError: It is damaged, or of another format.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MemoryStoreError(f"{path} cannot be read: {error}.", "Check the folder's permissions.") from error
    except ValueError as error:
        raise MemoryStoreError(f"{path} is damaged: {error}.", _RESTORE) from error
    found = content.get("format") if isinstance(content, dict) else None
    if isinstance(found, int) and found != FORMAT:
        raise MemoryStoreError(
            f"{path} has format {found}; this version reads format {FORMAT}.",
            "Open it with the version of seamless-retail that wrote it, or add its texts to a memory elsewhere.",
        )
    try:
        return MemoryManifest.model_validate(content)
    except ValidationError as error:
        raise MemoryStoreError(f"{path} is damaged: {error.errors()[0]['msg']}.", _RESTORE) from error


def write_manifest(directory: Path, manifest: MemoryManifest) -> None:
    """Put a manifest in place in one step.

    Raises:
        MemoryStoreError: The directory cannot be written.
    """
    partial = directory / f"{MANIFEST}.{os.getpid()}.partial"
    try:
        with partial.open("wb") as file:
            file.write(manifest.model_dump_json(indent=2).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(directory / MANIFEST)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise MemoryStoreError(
            f"The memory in {directory} cannot be written: {error}.",
            "Check that the folder is writable and the disk has room.",
        ) from error


def settle_manifest(
    directory: Path, identity: CompressorIdentity, layout: Layout, keep_text: bool | None, backend: str | None
) -> MemoryManifest:
    """The manifest of a memory about to be opened, written now if the memory is new.

    Args:
        directory: Created if missing.
        identity: The compressor it is opened with.
        layout: Of a new memory.
        keep_text: ``None``: as the memory is; a new one keeps its text.
        backend: ``None``: as the memory is; a new one is searched with FAISS.

    Raises:
        MemoryStoreError: It was written with other settings, is damaged, or the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with FileLock(directory / "manifest.lock", timeout=60):
            found = read_manifest(directory)
            if found is None:
                _refuse_strangers(directory)
                text = True if keep_text is None else keep_text
                found = MemoryManifest(compressor=identity, layout=layout, keep_text=text, backend=backend or "faiss")
                write_manifest(directory, found)
    except OSError as error:
        raise MemoryStoreError(
            f"The memory folder {directory} cannot be used: {error}.", "Check the path and its permissions."
        ) from error
    _check(directory, found, identity, keep_text, backend)
    return found


def _check(
    directory: Path, found: MemoryManifest, identity: CompressorIdentity, keep_text: bool | None, backend: str | None
) -> None:
    if found.compressor != identity:
        raise MemoryStoreError(
            f"The memory in {directory} was written with {_describe(found.compressor)}, "
            f"but it is being opened with {_describe(identity)}.",
            "Open it with the compressor and rate it was written with, or add its texts to a memory in another folder.",
        )
    if keep_text is not None and keep_text != found.keep_text:
        raise MemoryStoreError(
            f"The memory in {directory} {'keeps' if found.keep_text else 'does not keep'} texts.",
            f"Open it with keep_text={found.keep_text}, or start another memory in another folder.",
        )
    if backend is not None and backend != found.backend:
        raise MemoryStoreError(
            f"The memory in {directory} is searched with {found.backend}, not {backend}.",
            f"Move it first: seamless memory move --to {backend}",
        )


def _refuse_strangers(directory: Path) -> None:
    """A ledger without a manifest is a memory that lost it: a new manifest could misread its numbers."""
    if (directory / "ledger.db").exists():
        raise MemoryStoreError(f"{directory / MANIFEST} is missing beside a ledger.", _RESTORE)


def _describe(identity: CompressorIdentity) -> str:
    values = asdict(identity)
    return (
        f"{values['name']} (rate {values['rate']}, {values['token_dimension']} numbers per token, "
        f"{values['vector_dimension']} per vector, weights {values['sha256'][:12]})"
    )
