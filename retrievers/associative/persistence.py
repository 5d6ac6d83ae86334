"""An associative memory as a directory: JSON and NumPy arrays under a manifest of hashes, replaced in one step.

``memory.json`` holds the roles, the codebook and each owner's counts; ``texts.jsonl`` the items' texts; ``items.npy``
and ``records.npy`` hypervectors, uint8 ``[n, d / 8]``; ``fillers.npy`` the facts' items, int32 ``[n, roles]``. Owners
follow each other in all of them. Nothing is pickled.
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import SearchIndexError
from seamless_retail.models.hypervectors import ENCODING, Codebook
from seamless_retail.retrievers.associative.partition import IndexKind, Partition
from seamless_retail.retrievers.manifest import EmbeddingIdentity, Manifest, read_index, write_index

_ARRAYS = ("items", "records", "fillers")


@dataclass(frozen=True)
class StoredMemory:
    """What a directory holds."""

    roles: tuple[str, ...]
    dimension: int
    seed: int
    partitions: list[Partition]


def write_memory(
    directory: Path,
    roles: Sequence[str],
    codebook: Codebook,
    embedding: EmbeddingIdentity,
    partitions: Sequence[Partition],
) -> None:
    """Make these partitions the content of a directory.

    Raises:
        SearchIndexError: The directory cannot be written; what was there is unharmed.
    """
    header = {
        "encoding": ENCODING,
        "roles": list(roles),
        "dimension": codebook.dimension,
        "seed": codebook.seed,
        "owners": [{"owner": part.owner, "items": len(part.texts), "facts": len(part)} for part in partitions],
    }
    width = codebook.dimension // 8
    texts = [json.dumps(text) for part in partitions for text in part.texts]
    files = {
        "memory.json": json.dumps(header, indent=2).encode(),
        "texts.jsonl": "".join(f"{text}\n" for text in texts).encode(),
        "items.npy": _array([part.item_bits for part in partitions], (0, width), np.uint8),
        "records.npy": _array([part.record_bits for part in partitions], (0, width), np.uint8),
        "fillers.npy": _array([part.fillers for part in partitions], (0, len(roles)), np.int32),
    }
    write_index(directory, files, count=sum(map(len, partitions)), embedding=embedding)


def read_memory(directory: Path, embedding: EmbeddingIdentity, kind: IndexKind) -> StoredMemory:
    """Read a directory, after checking the hash of every file.

    Raises:
        SearchIndexError: There is none, it is damaged, or another embedding model or encoding wrote it.
    """
    try:
        return read_index(directory, lambda manifest, folder: _read(manifest, folder, embedding, kind))
    except SearchIndexError as error:
        raise SearchIndexError(
            f"The associative memory in {directory} cannot be opened: {error.message}",
            "Open it with the embedding model that wrote it, restore it from a backup, or store its facts again.",
        ) from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise SearchIndexError(
            f"The associative memory in {directory} is damaged: {error}.", "Restore it from a backup."
        ) from error


def _read(manifest: Manifest, folder: Path, embedding: EmbeddingIdentity, kind: IndexKind) -> StoredMemory:
    if manifest.embedding != embedding:
        found = manifest.embedding.name if manifest.embedding else "no model"
        raise SearchIndexError(f"Its embeddings are from {found}, not from {embedding.name} as configured.")
    header: dict[str, Any] = json.loads((folder / "memory.json").read_bytes())
    if header["encoding"] != ENCODING:
        raise SearchIndexError(f"Its encoding is {header['encoding']!r}, this version's is {ENCODING!r}.")
    texts = [json.loads(line) for line in (folder / "texts.jsonl").read_text(encoding="utf-8").splitlines()]
    arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS}
    partitions, item, fact = [], 0, 0
    for entry in header["owners"]:
        part = Partition(entry["owner"], len(header["roles"]), header["dimension"], kind)
        items, facts = slice(item, item + entry["items"]), slice(fact, fact + entry["facts"])
        _fill(part, texts[items], arrays["items"][items], arrays["fillers"][facts], arrays["records"][facts])
        partitions.append(part)
        item, fact = items.stop, facts.stop
    return StoredMemory(tuple(header["roles"]), header["dimension"], header["seed"], partitions)


def _fill(part: Partition, texts: list[str], items: NDArray[Any], fillers: NDArray[Any], records: NDArray[Any]) -> None:
    """Fill a partition, refusing arrays that do not belong together: FAISS would read beyond their ends."""
    width = part.dimension // 8
    right = items.shape == (len(texts), width) and records.shape == (len(fillers), width)
    if not right or (fillers.size and not 0 <= fillers.min() <= fillers.max() < len(texts)):
        raise ValueError("its arrays do not belong together")
    part.add_items(texts, items)
    part.add_records(fillers, records)


def _array(parts: list[NDArray[Any]], empty: tuple[int, int], dtype: type) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.concatenate([np.empty(empty, dtype=dtype), *parts]), allow_pickle=False)
    return buffer.getvalue()
