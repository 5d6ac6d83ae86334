"""Entries as rows of the ledger, and back."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from seamless_retail.core.errors import InvalidQueryError, MemoryStoreError
from seamless_retail.retrievers.memory.entry import CompressorIdentity, Floats, MemoryEntry
from seamless_retail.retrievers.memory.manifest import Layout
from seamless_retail.retrievers.memory.precision import pooled

MAX_ID = 1024
"""Characters of an id or an owner."""
_DECODED_AT_ONCE = 256
"""Entries whose tokens are numbers at the same time: few, for the sake of memory and of the processor's caches."""

Row = tuple[int, str, str, int, str, str | None, bytes | None, bytes, int]
"""key prefix, owner, id, created (milliseconds), metadata (JSON), text, vector, tokens, checksum."""


@dataclass(frozen=True)
class Codec:
    """How the entries of one memory are written."""

    identity: CompressorIdentity
    layout: Layout

    def row(self, entry: MemoryEntry) -> Row:
        """The ledger's row of an entry.

        Raises:
            InvalidQueryError: Id or owner is empty, too long or not valid text, or metadata is not JSON data.
            MemoryStoreError: Tokens or vector have other dimensions than the memory.
        """
        check_name("id", entry.id)
        if entry.owner:
            check_name("owner", entry.owner)
        tokens, vector = np.atleast_2d(entry.tokens), np.atleast_2d(entry.vector)
        shapes = (self.identity.token_dimension, self.identity.vector_dimension)
        if (tokens.shape[-1], vector.shape[-1]) != shapes or not tokens.size or len(vector) != 1:
            raise MemoryStoreError(
                f"Entry {entry.id!r} has tokens {tuple(entry.tokens.shape)} and a vector {tuple(entry.vector.shape)}; "
                f"this memory holds tokens [m, {shapes[0]}], m at least 1, and vectors [{shapes[1]}].",
                "Compress it with the compressor of this memory.",
            )
        if not (np.isfinite(tokens).all() and np.isfinite(vector).all()):
            raise MemoryStoreError(f"Entry {entry.id!r} has numbers that are not finite.", "Check the compressor.")
        token_blob = self.layout.tokens.pack(tokens)
        vector_blob = None if self.layout.vector is None else self.layout.vector.pack(vector)
        metadata, created = metadata_json(entry.metadata), int(entry.created.timestamp() * 1000)
        content = (entry.owner, entry.id, created, metadata, _text(entry), vector_blob, token_blob)
        return (key_prefix(entry.key), *content, checksum(content))

    def tokens(self, blob: bytes) -> Floats:
        """Memory tokens ``[m, d]``.

        Raises:
            ValueError: The bytes do not fit the layout.
        """
        return self.layout.tokens.unpack(blob, self.identity.token_dimension)

    def all_tokens(self, blobs: Sequence[bytes]) -> list[Floats]:
        """Memory tokens ``[m, d]`` of each of many entries, decoded at once.

        Raises:
            ValueError: The bytes do not fit the layout.
        """
        size = self.layout.tokens.row_bytes(self.identity.token_dimension)
        ends = np.cumsum([len(blob) // size for blob in blobs[:-1]], dtype=np.intp)
        return [rows.copy() for rows in np.split(self.tokens(b"".join(blobs)), ends)] if blobs else []

    def vectors(self, vector_blobs: Sequence[bytes | None], token_blobs: Sequence[bytes | None]) -> Floats:
        """Unit vectors ``[n, v]`` of rows, from whichever of the two the layout keeps them in.

        Raises:
            ValueError: The bytes do not fit the layout.
        """
        dimension = self.identity.vector_dimension
        if self.layout.vector is not None:
            return self.layout.vector.unpack(b"".join(blob or b"" for blob in vector_blobs), dimension)
        size = self.layout.tokens.row_bytes(dimension)
        parts = []
        for start in range(0, max(1, len(token_blobs)), _DECODED_AT_ONCE):
            found = [blob or b"" for blob in token_blobs[start : start + _DECODED_AT_ONCE]]
            parts.append(pooled(self.tokens(b"".join(found)), [len(blob) // size for blob in found]))
        return np.concatenate(parts)

    def entry(self, row: Row) -> MemoryEntry:
        """The entry of a row.

        Raises:
            MemoryStoreError: The row is damaged.
        """
        _, owner, id_, created, metadata, text, vector_blob, token_blob, check = row
        try:
            if checksum(row[1:-1]) != check:
                raise ValueError("its checksum is wrong")
            tokens, vector = self.tokens(token_blob), self.vectors([vector_blob], [token_blob])[0]
            when = datetime.fromtimestamp(created / 1000, UTC)
            return MemoryEntry(id_, owner, text, json.loads(metadata), tokens, vector, when)
        except (ValueError, TypeError, OverflowError) as error:
            raise MemoryStoreError(
                f"The memory {id_!r} is damaged: {error}.", "Add the text again, or restore the directory from a copy."
            ) from error


def checksum(content: Sequence[Any]) -> int:
    """CRC-32 of the values of a row, their lengths included; signed, which SQLite keeps in four bytes."""
    check = 0
    for value in content:
        part = value if isinstance(value, bytes) else b"" if value is None else str(value).encode()
        check = zlib.crc32(part, zlib.crc32(len(part).to_bytes(8, "big"), check))
    return check - (check >> 31 << 32)


def key_prefix(key: str) -> int:
    """The first four bytes of an entry's key as a signed number: enough to find it by, and all that is kept of it.

    Args:
        key: See :func:`~seamless_retail.retrievers.memory.entry.entry_key`.
    """
    return int.from_bytes(bytes.fromhex(key[:8]), "big", signed=True)


def check_name(kind: str, name: object) -> None:
    """Refuse an id or owner that cannot be kept.

    Raises:
        InvalidQueryError: It is no text, is empty, is too long or is not valid Unicode.
    """
    if not isinstance(name, str) or not name or len(name) > MAX_ID or not _is_unicode(name):
        shown = repr(name) if len(repr(name)) < 80 else repr(name)[:77] + "…"
        raise InvalidQueryError(f"{shown} is not a valid {kind}.", f"Use a text of 1 to {MAX_ID} characters.")


def metadata_json(metadata: Mapping[str, Any]) -> str:
    """Metadata as JSON text.

    Raises:
        InvalidQueryError: It is not JSON data.
    """
    try:
        written = json.dumps(dict(metadata), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        written.encode()
        return written
    except (TypeError, ValueError) as error:
        raise InvalidQueryError(
            f"This metadata cannot be stored: {error}.",
            "Use texts, finite numbers, booleans, None, and lists and mappings of them.",
        ) from error


def _text(entry: MemoryEntry) -> str | None:
    if entry.text is not None and not _is_unicode(entry.text):
        raise InvalidQueryError(
            f"The text of entry {entry.id!r} is not valid Unicode.",
            'Clean it first, for example with text.encode("utf-8", "replace").decode().',
        )
    return entry.text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
