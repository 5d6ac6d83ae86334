"""The memory of conversations: what customers said, compressed, found again in later threads, faded and repeated.

Every entry belongs to one customer and is looked up under that customer only. Card numbers, addresses and the like are
taken out before anything is compressed or written. What is said again is remembered once, as said again; what nobody
asked about for long enough is taken out (:mod:`seamless_retail.retrievers.memory.retention`).
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from seamless_retail.core.interactions import Interaction, RememberedInteraction
from seamless_retail.core.principal import Principal
from seamless_retail.core.redaction import redact
from seamless_retail.retrievers.lexical import tokenize
from seamless_retail.retrievers.memory.engine import MemoryEngine
from seamless_retail.retrievers.memory.entry import MemoryEntry
from seamless_retail.retrievers.memory.namespaces import owners_of_user
from seamless_retail.retrievers.memory.retention import FADED, days_between, retention

KIND = "interaction"
"""In the metadata: a memory may hold other entries of the same customer."""
MAX_SAID = 2_000
"""Characters kept of a message."""
MAX_KEPT = 1_000
"""Interactions kept of a customer; those with the least left make room."""
TIDIED = 20
"""Interactions of a customer stored between two looks for what has faded; the first is followed by one."""
COMPARED = 8
"""Nearest interactions among which one that says the same is looked for."""
NEAREST = 20
"""Nearest interactions that are read for a question."""
ALIKE = 0.95
"""Cosine from which two messages may be the same in other words."""
RELEVANT = 0.5
"""Late-interaction score from which a message answers a question with which it shares no word."""

_OURS = {"kind": KIND}
_NEGATION = re.compile(r"\b(?:no|not|never|none|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_DECIDING = frozenset(tokenize("love hate like dislike prefer avoid small medium large black white size big"))
"""Words, besides numbers and single letters, of which one alone makes another statement."""
_MARKS = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›"})
"""Brackets would pass for citation marks, angles for the fences of a prompt."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class _Kept:
    """One interaction as it is kept, without its memory tokens."""

    key: str
    id: str
    said: str
    metadata: dict[str, Any]

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(self.metadata["topics"])

    def time(self, name: str) -> datetime:
        return datetime.fromisoformat(str(self.metadata[name]))

    def retention(self, now: datetime) -> float:
        strength = int(self.metadata["times"]) + int(self.metadata["uses"])
        touched = max(self.time("last"), self.time("used"))
        return retention(days_between(touched, now), strength, self.topics)


class StoredConversations:
    """What customers said, in a compressed memory that keeps texts. Implements ``ConversationMemory``.

    Args:
        engine: The memory; a customer's id is the owner of what they said.
        now: The time, UTC.
    """

    def __init__(self, engine: MemoryEngine, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.engine = engine
        self._now = now
        self._writes: dict[str, int] = {}

    def remember(self, principal: Principal, interaction: Interaction) -> None:
        """Store an interaction, or note that it was said again; of a guest, nothing.

        Raises:
            MemoryStoreError: The memory cannot be written.
        """
        said, owner = presentable(interaction.said), principal.customer_id
        if not owner or not said:
            return
        memory = self.engine.compressor.compress([said])[0]
        name, metadata = _identity(owner, said, interaction), _metadata(interaction)
        new = MemoryEntry(name, owner, said, metadata, memory.tokens, memory.vector, interaction.at)
        near = dict(self.engine.nearest(new.vector, COMPARED, frozenset((owner,)), _OURS))
        before = [one for one in self._kept(owner, list(near)) if _is_the_same(new, one, near[one.key])]
        self.engine.put([_said_again(before[0], new) if before else new])
        self._writes[owner] = self._writes.get(owner, 0) + 1
        if self._writes[owner] % TIDIED == 1:
            self._make_room(owner)

    def recall(
        self, principal: Principal, question: str, *, topics: Sequence[str] = (), limit: int = 3
    ) -> list[RememberedInteraction]:
        """What the caller said that answers a question, the best first; without a word of content, the latest first.

        The rank is the relevance, halved at most by what has faded. What is returned grows stronger.

        Raises:
            MemoryStoreError: The memory cannot be read.
        """
        owner = principal.customer_id
        kept = [one for one in self._kept(owner) if not topics or set(topics) & set(one.topics)]
        words = set(tokenize(question))
        if words and kept:
            found = self._relevant(owner, question, words, kept, bool(topics))
        else:
            found = [(1.0, one) for one in sorted(kept, key=lambda one: one.time("last"), reverse=True)]
        self._strengthen(owner, [one for _, one in found[:limit]])
        return [self._remembered(one, relevance) for relevance, one in found[:limit]]

    def forget(self, principal: Principal) -> int:
        """Erase everything of the caller, also what else than interactions there is, from files, index and cache.

        Raises:
            MemoryStoreError: The memory cannot be written.
        """
        return forget_user(self.engine, principal.customer_id) if principal.customer_id else 0

    def all(self, principal: Principal) -> list[RememberedInteraction]:
        """Everything the caller said that is remembered, the latest last; nobody's memory is changed by looking."""
        kept = sorted(self._kept(principal.customer_id), key=lambda one: one.time("last"))
        return [self._remembered(one, 0.0) for one in kept]

    def _kept(self, owner: str, keys: Sequence[str] | None = None) -> list[_Kept]:
        """Interactions of one customer, nobody else's and not the shop's, in the order of the keys."""
        if not owner:
            return []
        found = self.engine.ledger.documents(
            self.engine.ledger.keys_of(owner) if keys is None else keys, frozenset((owner,))
        )
        rows = [(key, found[key]) for key in keys or found if key in found]
        kept = [_Kept(key, id_, text or "", json.loads(metadata)) for key, (_, id_, text, metadata) in rows]
        return [one for one in kept if one.said and one.metadata.get("kind") == KIND]

    def _relevant(
        self, owner: str, question: str, words: set[str], kept: Sequence[_Kept], is_on_topic: bool
    ) -> list[tuple[float, _Kept]]:
        """What shares a word with the question, or answers it by its memory tokens, with its relevance."""
        query, now = self.engine.compressor.query([question])[0], self._now()
        near = {key for key, _ in self.engine.nearest(query.vector, NEAREST, frozenset((owner,)), _OURS)}
        shares = {one.key: len(words & set(tokenize(one.said))) / len(words) for one in kept}
        candidates = [one for one in kept if is_on_topic or shares[one.key] or one.key in near]
        tokens = self.engine.tokens([one.key for one in candidates], frozenset((owner,)))
        scores = self.engine.compressor.score(query, tokens)
        ranked = []
        for one, score in zip(candidates, scores, strict=True):
            if is_on_topic or shares[one.key] or score >= RELEVANT:
                relevance = max(shares[one.key], float(score), 0.0)
                ranked.append((relevance * (0.5 + 0.5 * one.retention(now)), relevance, one))
        ranked.sort(key=lambda row: (row[0], row[2].time("last")), reverse=True)
        return [(relevance, one) for _, relevance, one in ranked]

    def _strengthen(self, owner: str, used: Sequence[_Kept]) -> None:
        """Note that these were recalled."""
        entries = self.engine.ledger.rows([one.key for one in used], frozenset((owner,))).values()
        now = self._now().isoformat()
        self.engine.put(
            [replace(e, metadata={**e.metadata, "uses": int(e.metadata["uses"]) + 1, "used": now}) for e in entries]
        )

    def _make_room(self, owner: str) -> None:
        """Take out what has faded, and the most faded of what is too much."""
        now = self._now()
        left = sorted((one.retention(now), one.key) for one in self._kept(owner))
        surplus = len(left) - MAX_KEPT
        if gone := [key for place, (rest, key) in enumerate(left) if place < surplus or rest < FADED]:
            self.engine.delete(gone)

    def _remembered(self, one: _Kept, relevance: float) -> RememberedInteraction:
        return RememberedInteraction(
            id=one.id,
            said=one.said,
            first=one.time("first"),
            last=one.time("last"),
            times=int(one.metadata["times"]),
            topics=one.topics,
            order_id=str(one.metadata["order_id"]),
            relevance=min(1.0, relevance),
            retention=one.retention(self._now()),
        )


def forget_user(engine: MemoryEngine, user: str) -> int:
    """Erase everything of a user, in the namespaces that name them too; how many entries that were.

    Raises:
        MemoryStoreError: The memory cannot be written.
    """
    owners = owners_of_user(user, engine.ledger.counts())
    return sum(engine.forget(owner) for owner in owners or [user])


def presentable(said: str) -> str:
    """A message as it is kept: redacted, on one line, unable to pass for a citation mark or to close a fence."""
    plain = redact(" ".join(_CONTROL.sub(" ", said).split()))
    return plain.translate(_MARKS)[:MAX_SAID].strip()


def _identity(owner: str, said: str, interaction: Interaction) -> str:
    named = "\0".join((owner, said, interaction.order_id, interaction.at.isoformat()))
    return hashlib.blake2b(named.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _metadata(interaction: Interaction) -> dict[str, Any]:
    at = interaction.at.isoformat()
    known = {"topics": list(interaction.topics), "intent": interaction.intent, "order_id": interaction.order_id}
    return {"kind": KIND, "first": at, "last": at, "times": 1, "used": at, "uses": 0, **known}


def _is_the_same(new: MemoryEntry, old: _Kept, cosine: float) -> bool:
    """Whether two messages say the same: in the same words, or nearly, if no word that decides differs."""
    said = new.text or ""
    if new.metadata["order_id"] != old.metadata["order_id"] or _denies(said) != _denies(old.said):
        return False
    words, others = set(tokenize(said)), set(tokenize(old.said))
    if words == others:
        return bool(words) or said == old.said
    if any(len(word) < 3 or not word.isalpha() or word in _DECIDING for word in words ^ others):
        return False
    return cosine >= ALIKE


def _denies(text: str) -> bool:
    return bool(_NEGATION.search(text))


def _said_again(old: _Kept, new: MemoryEntry) -> MemoryEntry:
    """The new message in the place of the old one."""
    kept = {name: old.metadata[name] for name in ("first", "uses")}
    topics = list(dict.fromkeys((*old.topics, *new.metadata["topics"])))
    repeated = {**new.metadata, **kept, "topics": topics, "times": int(old.metadata["times"]) + 1}
    return replace(new, id=old.id, created=old.time("first"), metadata=repeated)
