"""An associative memory as a LangChain key-value store that bears misspelt keys."""

from collections.abc import Iterator, Sequence

from langchain_core.embeddings import Embeddings
from langchain_core.stores import BaseStore

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.retrievers.associative.records import RecordMemory

ROLES = ("key", "value")


class AssociativeStore(BaseStore[str, str]):
    """Texts by key, over records of a key and a value.

    A key that is there is found by its exact text, as in a dictionary. :meth:`nearest` finds values by misspelt or
    paraphrased keys; with ``min_score`` set, ``mget`` falls back to it. The store is its memory's view: a user's
    reads the user's pairs and the shop's, the user's first, and writes, lists and deletes the user's only.

    Args:
        memory: A view of a memory of the roles ``key`` and ``value``, or embeddings for a new one.
        min_score: The cosine from which ``mget`` takes the value of a similar key; ``None`` takes exact keys only.
            Misspelt keys score from about 0.2, unrelated ones under 0.1.
    """

    def __init__(self, memory: RecordMemory | Embeddings, *, min_score: float | None = None) -> None:
        self.memory = RecordMemory(memory, ROLES) if isinstance(memory, Embeddings) else memory
        if self.memory.roles != ROLES:
            raise ValueError(f"A key-value store needs records of {ROLES}, not of {self.memory.roles}.")
        self._min_score = min_score

    def mget(self, keys: Sequence[str]) -> list[str | None]:
        """The values of keys, ``None`` for those that are not there."""
        return [self._value(key) for key in keys]

    def mset(self, key_value_pairs: Sequence[tuple[str, str]]) -> None:
        """Set values; of a key given twice the last value counts.

        Raises:
            InvalidQueryError: A key or value is blank, not a text, or not valid Unicode.
        """
        pairs = dict(key_value_pairs)
        for text in (*pairs, *pairs.values()):
            if not isinstance(text, str):
                raise InvalidQueryError(f"{text!r} is not a text.", "Store keys and values of type str.")
        new = set(self.memory.store_many([{"key": key, "value": value} for key, value in pairs.items()]))
        self._delete(list(pairs), keep=new)

    def mdelete(self, keys: Sequence[str]) -> None:
        """Delete keys, those that are not there ignored."""
        self._delete(keys, keep=set())

    def yield_keys(self, *, prefix: str | None = None) -> Iterator[str]:
        """The keys that this view may delete, those with a prefix if one is given."""
        owner = self.memory.owner
        keys = (fact.fillers["key"] for fact in self.memory.facts() if fact.owner == owner)
        yield from (key for key in keys if prefix is None or key.startswith(prefix))

    def nearest(self, key: str, k: int = 5, min_score: float = 0.0) -> list[tuple[str, str, float]]:
        """The ``k`` nearest keys, their values and cosines, best first."""
        found = self.memory.recollect({"key": key}, k, min_score)
        return [(fact.fillers["key"], fact.fillers["value"], fact.score) for fact in found]

    def _value(self, key: str) -> str | None:
        exact = self.memory.exactly("key", key)
        if exact:
            return exact[-1].fillers["value"]
        if self._min_score is None or not key.strip():
            return None
        similar = self.nearest(key, 1, self._min_score)
        return similar[0][1] if similar else None

    def _delete(self, keys: Sequence[str], keep: set[str]) -> None:
        owner = self.memory.owner
        facts = (fact for key in set(keys) for fact in self.memory.exactly("key", key))
        self.memory.delete(fact.id for fact in facts if fact.owner == owner and fact.id not in keep)
