"""Facts as records of role-filler bindings, found again from any subset of their roles.

A fact is one hypervector, the bundle of ``role * filler`` over its roles (Kanerva 2009, section "Records"). One bundle
cannot hold thousands of facts, so each fact keeps its own (``d / 8`` bytes), and

1. the cue, a record with only the known roles, meets all records in a binary index (Hamming distance): *this search
   does the work*, and the texts' hypervectors (:class:`TextEncoder`) make it bear misspelt and paraphrased cues;
2. its candidates are put in order by the similarity of each cue to the filler of its role in the item memory, free of
   the noise of bundling, so that facts that share all cued roles score the same;
3. a missing role is unbound from the record and cleaned up against the item memory of the fact's owner. The table of
   fillers kept for deleting would tell the same; the benchmark counts how often the two agree.
"""

import copy
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from langchain_core.embeddings import Embeddings

from seamless_retail.core.errors import InvalidQueryError, NotAuthorizedError, SearchIndexError
from seamless_retail.models.hypervectors import DIMENSION, Bits, Codebook, TextEncoder, pack
from seamless_retail.retrievers.associative.partition import IndexKind, Partition
from seamless_retail.retrievers.associative.persistence import read_memory, write_memory
from seamless_retail.retrievers.associative.recall import Recall, Recollection, check_fillers
from seamless_retail.retrievers.embeddings import document_vectors, embedding_identity

SHOP = ""
"""The owner of what belongs to the shop: every user sees it."""


class RecordMemory:
    """A memory of facts with the same roles; usable from many threads.

    A memory reads and writes the shop's facts; :meth:`as_user` gives the view of a user, who reads the shop's too. The
    memory lives in RAM: :meth:`save` makes it, or what was forgotten, durable.

    Args:
        embedding: Makes similar texts similar hypervectors.
        roles: Names of the roles, two or more.
        dimension: Elements of a hypervector, a multiple of 8.
        seed: Of the codebook; memories of another seed are unrelated.
        index: ``flat`` (exact) or ``hnsw`` (approximate).

    Raises:
        ConfigurationError: The dimension is not a positive multiple of 8.
        MissingExtraError: torchhd is not installed (raised by the first fact or query).
    """

    fixed_roles: ClassVar[tuple[str, ...]] = ()
    """The roles of a subclass that names them."""

    def __init__(
        self,
        embedding: Embeddings,
        roles: Sequence[str] = (),
        *,
        dimension: int = DIMENSION,
        seed: int = 0,
        index: IndexKind = "flat",
    ) -> None:
        self.roles = tuple(roles) or self.fixed_roles
        if len(self.roles) < 2 or len(set(self.roles)) != len(self.roles):
            raise ValueError(f"A record needs two or more different roles, not {list(self.roles)}.")
        self.owner = SHOP
        self.index: IndexKind = index
        self.embedding = embedding_identity(embedding)
        self.codebook = Codebook(dimension, seed)
        self.encoder = TextEncoder(
            lambda texts: document_vectors(embedding, texts), self.embedding.dimension, self.codebook
        )
        self._recall = Recall(self.roles, self.codebook)
        self._partitions: dict[str, Partition] = {}
        self._lock = threading.RLock()

    def as_user(self, owner: str) -> Self:
        """The same memory as a user sees it: reads the user's facts and the shop's, writes the user's.

        Raises:
            NotAuthorizedError: This is the view of another user.
            InvalidQueryError: The user's id is empty, which would be the shop's.
        """
        self._only_owner_or_shop(owner)
        if owner == SHOP:
            raise InvalidQueryError("A user's id cannot be empty.", "Use the memory itself for the shop's facts.")
        view = copy.copy(self)
        view.owner = owner
        return view

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._visible()))

    def store_many(self, facts: Sequence[Mapping[str, str]]) -> list[str]:
        """Store facts, each a text for every role. A fact that is stored already stays one.

        Returns:
            The facts' ids, in order; the same fact of the same owner has the same id.

        Raises:
            InvalidQueryError: A role is missing or unknown, or a text is blank or not valid Unicode.
        """
        for fact in facts:
            check_fillers(fact, self.roles, complete=True)
        texts = list(dict.fromkeys(fact[role] for fact in facts for role in self.roles))
        bits: dict[str, Bits] = {}
        while True:  # encoding takes long and is done outside the lock, where another thread may forget an item
            with self._lock:
                partition = self._partitions.setdefault(self.owner, self._partition())
                unencoded = [text for text in partition.unknown(texts) if text not in bits]
                if not unencoded:
                    new = partition.unknown(texts)
                    partition.add_items(new, [bits[text] for text in new])
                    return self._add(partition, facts)
            bits.update(zip(unencoded, pack(self.encoder.encode(unencoded)), strict=True))

    def recollect(self, cue: Mapping[str, str], k: int = 5, min_score: float = 0.0) -> list[Recollection]:
        """The ``k`` facts nearest to a cue, which holds one role or more, best first.

        Facts that fit equally well, such as two that share all cued roles, have the same score and come in the order
        of their texts.

        Raises:
            InvalidQueryError: The cue is empty, a role is unknown, a text is blank, or ``k`` is not positive.
        """
        check_fillers(cue, self.roles, complete=False)
        return self._nearest(cue, tuple(role for role in self.roles if role not in cue), k, min_score)

    def recall(self, role: str, cue: Mapping[str, str], k: int = 5, min_score: float = 0.0) -> list[tuple[str, float]]:
        """The fillers of one missing role in the ``k`` nearest facts, best first, each once with its best score.

        Raises:
            InvalidQueryError: As :meth:`recollect`, or the role is unknown or given.
        """
        if role not in self.roles or role in cue:
            raise InvalidQueryError(f"{role!r} is not a missing role.", f"Ask for one of {', '.join(self.roles)}.")
        best: dict[str, float] = {}
        for found in self.recollect(cue, k, min_score):
            best.setdefault(found.fillers[role], found.score)
        return list(best.items())

    def search(self, text: str, k: int = 5, min_score: float = 0.0) -> list[Recollection]:
        """The ``k`` facts nearest to a text that may fill any role, such as a name or a short question.

        Raises:
            InvalidQueryError: The text is blank or not valid Unicode, or ``k`` is not positive.
        """
        return self._nearest(dict.fromkeys(self.roles, text), (), k, min_score)

    def get(self, ids: Sequence[str]) -> list[Recollection]:
        """The facts that exist and are visible, in the order asked, as they were stored."""
        with self._lock:
            homes = [(part, part.row(id_)) for id_ in ids for part in self._visible() if id_ in part]
            return [self._recall.recollection(part, row, 1.0) for part, row in homes]

    def facts(self) -> Iterator[Recollection]:
        """All visible facts as they are now, the shop's first."""
        with self._lock:
            found = self.get([id_ for part in self._visible() for id_ in part.ids])
        yield from found

    def exactly(self, role: str, text: str) -> list[Recollection]:
        """The visible facts whose filler of a role is exactly this text, the shop's first: no hypervector is read."""
        place = self.roles.index(role)
        with self._lock:
            return [
                self._recall.recollection(part, row, 1.0)
                for part in self._visible()
                if (item := part.item(text)) is not None
                for row in np.flatnonzero(part.fillers[:, place] == item).tolist()
            ]

    def delete(self, ids: Iterable[str]) -> int:
        """Erase the caller's own facts by id, others ignored. Returns how many were erased."""
        with self._lock:
            partition = self._partition()
            own = {id_ for id_ in ids if id_ in partition}
            if own:
                self._partitions[self.owner] = partition.without(own)
            return len(own)

    def forget(self, owner: str) -> int:
        """Erase all facts and texts of an owner. Returns how many facts there were.

        Raises:
            NotAuthorizedError: This is the view of another user.
        """
        self._only_owner_or_shop(owner)
        with self._lock:
            return len(self._partitions.pop(owner, ()))

    def stats(self) -> dict[str, int]:
        """Of what is visible: ``facts``, ``items`` (different texts of an owner), ``bytes`` of their hypervectors."""
        with self._lock:
            facts, items = len(self), sum(len(part.texts) for part in self._visible())
        return {"facts": facts, "items": items, "bytes": (facts + items) * self.codebook.dimension // 8}

    def save(self, directory: str | Path) -> None:
        """Write the facts of all owners into a directory, in one step; what was forgotten is gone from it.

        Raises:
            NotAuthorizedError: This is the view of a user.
            SearchIndexError: The directory cannot be written.
        """
        self._only_owner_or_shop(SHOP)
        with self._lock:
            partitions = list(self._partitions.values())
            write_memory(Path(directory), self.roles, self.codebook, self.embedding, partitions)

    @classmethod
    def load(cls, directory: str | Path, embedding: Embeddings, *, index: IndexKind = "flat") -> Self:
        """Open a saved memory.

        Raises:
            SearchIndexError: There is none, a file is damaged, or another embedding or kind of memory wrote it.
        """
        stored = read_memory(Path(directory), embedding_identity(embedding), index)
        if cls.fixed_roles not in ((), stored.roles):
            held = ", ".join(stored.roles)
            raise SearchIndexError(f"The memory in {directory} holds {held}.", "Open it with the class that wrote it.")
        memory = cls(embedding, stored.roles, dimension=stored.dimension, seed=stored.seed, index=index)
        memory._partitions = {part.owner: part for part in stored.partitions}
        return memory

    def _nearest(self, cue: Mapping[str, str], missing: tuple[str, ...], k: int, least: float) -> list[Recollection]:
        if k < 1:
            raise InvalidQueryError(f"k must be at least 1, not {k}.", "Ask for one or more facts.")
        bits = self._recall.cue(self._encoded(cue))
        with self._lock:
            return self._recall.best(self._visible(), bits, k, missing, least)

    def _encoded(self, cue: Mapping[str, str]) -> dict[str, Bits]:
        """Hypervectors of the cue's texts by role; those of visible items are not computed again."""
        bits: dict[str, Bits] = {}
        with self._lock:
            for text in set(cue.values()):
                for part in self._visible():
                    if (item := part.item(text)) is not None:
                        bits[text] = part.item_bits[item].copy()
        unencoded = list(dict.fromkeys(text for text in cue.values() if text not in bits))
        bits.update(zip(unencoded, pack(self.encoder.encode(unencoded)), strict=True))
        return {role: bits[text] for role, text in cue.items()}

    def _add(self, partition: Partition, facts: Sequence[Mapping[str, str]]) -> list[str]:
        """Store facts whose texts are items. The lock must be held."""
        fillers = np.array([[*partition.items(fact[role] for role in self.roles)] for fact in facts], dtype=np.int32)
        ids = [partition.fact_id(row) for row in fillers]
        first = {id_: row for row, id_ in reversed(list(enumerate(ids))) if id_ not in partition}
        new = fillers[sorted(first.values())]
        if len(new):
            partition.add_records(new, self._recall.records(partition.item_bits[new]))
        return ids

    def _partition(self) -> Partition:
        found = self._partitions.get(self.owner)
        return Partition(self.owner, len(self.roles), self.codebook.dimension, self.index) if found is None else found

    def _visible(self) -> list[Partition]:
        """The shop's partition and the caller's."""
        owners = dict.fromkeys((SHOP, self.owner))
        return [self._partitions[owner] for owner in owners if owner in self._partitions]

    def _only_owner_or_shop(self, owner: str) -> None:
        if self.owner not in (SHOP, owner):
            raise NotAuthorizedError("A user's view cannot act for anybody else.", "Use the shop's memory.")
