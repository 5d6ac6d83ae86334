"""LangGraph's long-term memory over a compressed memory: durable items in namespaces, found by what they say.

    graph = builder.compile(store=ClaraStore(ClaraVectorStore.open("memory", LightCompressor())))

Each namespace is an owner of its own in the memory, named after the whole path, so that no search or look-up can leave
the namespaces it names, and no customer or shop owns what belongs to a namespace.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    get_text_at_path,
    tokenize_path,
)

from seamless_retail.retrievers.memory.entry import MemoryEntry, entry_key
from seamless_retail.retrievers.memory.langgraph_conditions import begins, matches, satisfies
from seamless_retail.retrievers.memory.namespaces import Namespace, namespace_of, owner_of
from seamless_retail.retrievers.memory.store import ClaraVectorStore

KIND = "item"
_SEARCHED = {"kind": KIND, "indexed": True}


class ClaraStore(BaseStore):
    """A LangGraph ``BaseStore`` whose items are compressed memories.

    An item is found by the texts of its value at ``fields``, read as one text. Values are JSON objects. Items may live
    for a time (``ttl``, minutes): reads skip what has run out, :meth:`sweep_ttl` erases it. In one batch, reads see the
    state before its writes, and of two writes of one key the last counts, as in LangGraph's own stores.

    Args:
        memory: The shop's store, not a user's view: namespaces are owners.
        fields: Paths of the value's texts, such as ``text`` or ``facts[*].content``; ``$`` is the whole value.
        ttl: Default time to live, and whether reading starts it anew.
        now: The time, UTC.

    Raises:
        NotAuthorizedError: The memory is a user's view.
    """

    supports_ttl = True

    def __init__(
        self,
        memory: ClaraVectorStore,
        *,
        fields: Iterable[str] = ("$",),
        ttl: TTLConfig | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = memory.engine
        self._fields = tuple(fields)
        self.ttl_config = ttl
        self._now = now

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations together.

        Raises:
            InvalidQueryError: A namespace, key, value or filter cannot be used.
            MemoryStoreError: The memory cannot be read or written.
        """
        results: list[Result] = []
        puts: dict[tuple[Namespace, str], PutOp] = {}
        for op in ops:
            found: Result = None
            if isinstance(op, GetOp):
                found = self._get(op)
            elif isinstance(op, SearchOp):
                found = self._search(op)
            elif isinstance(op, ListNamespacesOp):
                found = self._list(op)
            else:
                puts[op.namespace, op.key] = op
            results.append(found)
        self._write(list(puts.values()))
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations together, in a thread."""
        return await asyncio.to_thread(self.batch, list(ops))

    def forget(self, prefix: Namespace) -> int:
        """Erase all items of the namespaces under a prefix so that no byte of them is left; how many there were."""
        return sum(self._engine.forget(owner) for owner, namespace in self._owners() if begins(namespace, prefix))

    def sweep_ttl(self) -> int:
        """Erase the items whose time has run out; how many there were."""
        gone = [e.key for owner, _ in self._owners() for e in self._items(owner) if self._has_run_out(e)]
        return self._engine.delete(gone) if gone else 0

    def _get(self, op: GetOp) -> Item | None:
        owner = owner_of(op.namespace)
        found = self._engine.ledger.rows([entry_key(owner, op.key)], frozenset((owner,))).values()
        entry = next((entry for entry in found if not self._has_run_out(entry)), None)
        if entry is None:
            return None
        if op.refresh_ttl:
            self._refresh([entry])
        return Item(**_fields_of(entry))

    def _search(self, op: SearchOp) -> list[SearchItem]:
        owners = frozenset(owner for owner, namespace in self._owners() if begins(namespace, op.namespace_prefix))
        wanted = op.offset + op.limit
        if not owners or op.limit < 1:
            return []
        if op.query:
            ranked = self._nearest(op.query, owners, wanted, op.filter)
        else:
            entries = [e for owner in owners for e in self._items(owner) if self._admits(e, op.filter)]
            entries.sort(key=lambda entry: (entry.metadata["updated"], entry.key), reverse=True)
            ranked = [(None, entry) for entry in entries]
        page = ranked[op.offset : wanted]
        if op.refresh_ttl:
            self._refresh([entry for _, entry in page])
        return [SearchItem(**_fields_of(entry), score=score) for score, entry in page]

    def _nearest(
        self, query: str, owners: frozenset[str], wanted: int, where: Mapping[str, Any] | None
    ) -> list[tuple[float | None, MemoryEntry]]:
        """The nearest items that the filter admits; as many more are looked at as the filter turns away."""
        vector, k = self._engine.compressor.query([query])[0].vector, wanted
        while True:
            hits = self._engine.nearest(vector, k, owners, _SEARCHED)
            entries = self._engine.ledger.rows([key for key, _ in hits], owners)
            found = [(score, entries[key]) for key, score in hits if key in entries]
            admitted: list[tuple[float | None, MemoryEntry]] = [
                (score, entry) for score, entry in found if self._admits(entry, where)
            ]
            if len(admitted) >= wanted or len(hits) < k:
                return admitted
            k *= 4

    def _list(self, op: ListNamespacesOp) -> list[Namespace]:
        found = {
            namespace[: op.max_depth] if op.max_depth else namespace
            for _, namespace in self._owners()
            if all(matches(condition, namespace) for condition in op.match_conditions or ())
        }
        return sorted(found)[op.offset : op.offset + op.limit]

    def _write(self, ops: list[PutOp]) -> None:
        keys = {(op.namespace, op.key): entry_key(owner_of(op.namespace), op.key) for op in ops}
        puts = [op for op in ops if op.value is not None]
        if gone := [keys[op.namespace, op.key] for op in ops if op.value is None]:
            self._engine.delete(gone)
        if not puts:
            return
        owners = frozenset(owner_of(op.namespace) for op in puts)
        before = self._engine.ledger.rows([keys[op.namespace, op.key] for op in puts], owners)
        texts = [self._text(op) for op in puts]
        made = self._engine.compressor.compress(texts)
        now, entries = self._now(), []
        for op, text, memory in zip(puts, texts, made, strict=True):
            old = before.get(keys[op.namespace, op.key])
            if old and self._has_run_out(old):
                old = None
            kept, created = text if self._engine.manifest.keep_text else None, old.created if old else now
            entries.append(
                MemoryEntry(
                    op.key,
                    owner_of(op.namespace),
                    kept,
                    _metadata(op, bool(text), now),
                    memory.tokens,
                    memory.vector,
                    created,
                )
            )
        self._engine.put(entries)

    def _text(self, op: PutOp) -> str:
        """What an item is found by; nothing if it is not to be found by a query."""
        if op.index is False or op.value is None:
            return ""
        value = dict(op.value)
        paths = [path if path == "$" else tokenize_path(path) for path in op.index or self._fields]
        return "\n".join(text for path in paths for text in get_text_at_path(value, path) if text)

    def _owners(self) -> Iterator[tuple[str, Namespace]]:
        for owner in self._engine.ledger.counts():
            if namespace := namespace_of(owner):
                yield owner, namespace

    def _items(self, owner: str) -> Iterator[MemoryEntry]:
        for batch in self._engine.ledger.entries(owner):
            yield from batch

    def _admits(self, entry: MemoryEntry, where: Mapping[str, Any] | None) -> bool:
        return not self._has_run_out(entry) and satisfies(entry.metadata["value"], where or {})

    def _has_run_out(self, entry: MemoryEntry) -> bool:
        expires = entry.metadata["expires"]
        return expires is not None and datetime.fromisoformat(str(expires)) <= self._now()

    def _refresh(self, entries: Iterable[MemoryEntry]) -> None:
        """Start the time of items that live for a time anew."""
        now = self._now()
        timed = [
            replace(entry, metadata={**entry.metadata, "expires": _expiry(now, entry.metadata["ttl"])})
            for entry in entries
            if entry.metadata["ttl"] is not None
        ]
        if timed:
            self._engine.put(timed)


def _metadata(op: PutOp, indexed: bool, now: datetime) -> dict[str, Any]:
    return {
        "kind": KIND,
        "indexed": indexed,
        "value": dict(op.value or {}),
        "updated": now.isoformat(),
        "ttl": op.ttl,
        "expires": _expiry(now, op.ttl),
    }


def _expiry(now: datetime, minutes: float | None) -> str | None:
    return None if minutes is None else (now + timedelta(minutes=minutes)).isoformat()


def _fields_of(entry: MemoryEntry) -> dict[str, Any]:
    return {
        "namespace": namespace_of(entry.owner),
        "key": entry.id,
        "value": entry.metadata["value"],
        "created_at": entry.created,
        "updated_at": datetime.fromisoformat(str(entry.metadata["updated"])),
    }
