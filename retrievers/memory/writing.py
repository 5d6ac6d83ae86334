"""What changes a compressed memory: adding, erasing, forgetting, each for one owner."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from seamless_retail.core.errors import InvalidQueryError, NotAuthorizedError
from seamless_retail.retrievers.memory.codec import check_name
from seamless_retail.retrievers.memory.engine import MemoryEngine
from seamless_retail.retrievers.memory.entry import SHOP, MemoryEntry, entry_key

_COMPRESSED_AT_ONCE = 256


class Writing:
    """The part of :class:`~seamless_retail.retrievers.memory.store.ClaraVectorStore` that writes."""

    _engine: MemoryEngine
    _owner: str

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Compress and add texts; an id of this owner that exists is replaced. On return they are on the disk.

        Returns:
            The ids, made up where none was given.

        Raises:
            InvalidQueryError: Lengths differ, or an id, a text or metadata cannot be stored.
        """
        self._refuse_owner(kwargs)
        found = list(texts)
        if any(given is not None and len(given) != len(found) for given in (metadatas, ids)):
            raise InvalidQueryError("metadatas and ids must be as many as texts.", "Give one for each text, or none.")
        names = [name or secrets.token_urlsafe(12) for name in ids or [None] * len(found)]
        rows = list(zip(names, found, metadatas or [{}] * len(found), strict=True))
        entries: list[MemoryEntry] = []
        for start in range(0, len(rows), _COMPRESSED_AT_ONCE):
            entries += self._compress(rows[start : start + _COMPRESSED_AT_ONCE])
        self._engine.put(entries)
        return names

    def add_compressed(self, entries: Sequence[MemoryEntry]) -> None:
        """Add entries that this memory's compressor made elsewhere.

        Raises:
            NotAuthorizedError: This is a user's view, and an entry belongs to somebody else.
            MemoryStoreError: Dimensions do not fit.
        """
        if self._owner != SHOP and any(entry.owner != self._owner for entry in entries):
            raise NotAuthorizedError("A user's view writes only that user's entries.", "Use the shop's store.")
        self._engine.put(entries)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Erase this owner's entries by id, unknown ids ignored; all of this owner's when ``ids`` is ``None``."""
        self._refuse_owner(kwargs)
        own = self._engine.ledger.keys_of(self._owner) if ids is None else [entry_key(self._owner, id_) for id_ in ids]
        self._engine.delete(own)
        return True

    def forget(self, owner: str) -> int:
        """Erase everything of a user, in a way that leaves no byte of it: files, index and cache.

        Returns:
            How many entries there were.

        Raises:
            NotAuthorizedError: This is the view of another user.
            MemoryStoreError: Another process kept reading, so bytes are still in the log; forget again.
        """
        check_name("owner", owner)
        if self._owner not in (SHOP, owner):
            raise NotAuthorizedError("A user's view can forget only that user.", "Use the shop's store.")
        return self._engine.forget(owner)

    def _compress(self, rows: Sequence[tuple[str, str, dict[str, Any]]]) -> list[MemoryEntry]:
        keep = self._engine.manifest.keep_text
        made = self._engine.compressor.compress([text for _, text, _ in rows])
        return [
            MemoryEntry(id_, self._owner, text if keep else None, metadata or {}, memory.tokens, memory.vector)
            for (id_, text, metadata), memory in zip(rows, made, strict=True)
        ]

    def _refuse_owner(self, options: dict[str, Any]) -> None:
        """An owner among the options of a call would be ignored: better to say so."""
        if named := {"owner", "owners", "user"} & options.keys():
            raise InvalidQueryError(
                f"{sorted(named)[0]!r} is not an option.", "Open the user's view: store.as_user(owner)."
            )
