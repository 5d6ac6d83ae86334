"""Finding records by a cue: the search, the order of what it finds, and the missing roles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import InvalidQueryError
from seamless_retail.models.hypervectors import Bits, Codebook, bind, bit_similarity, normalized, pack, unpack
from seamless_retail.retrievers.associative.partition import Partition

_DEPTH, _DEPTH_PER_RESULT = 64, 8
"""Records that the Hamming search hands on to be put in order, at least and for each result asked for."""
_BATCH = 128
"""Records bundled at once: 128 of 4 roles take about 20 MB."""


@dataclass(frozen=True)
class Recollection:
    """A fact that a cue brought back."""

    id: str
    owner: str
    fillers: Mapping[str, str]
    """All roles of the fact: the cued ones as they were stored, the missing ones by unbinding and clean-up."""
    missing: tuple[str, ...]
    """The roles that the cue did not hold."""
    score: float
    """Mean cosine, over the cued roles, of cue and filler: 1 is the same text, 0 an unrelated one."""


def check_fillers(fillers: Mapping[str, str], roles: Sequence[str], *, complete: bool) -> None:
    """Refuse unknown and, if all are needed, missing roles, and texts that cannot be encoded.

    Raises:
        InvalidQueryError: The fillers cannot be stored or asked for.
    """
    known = f"Roles are {', '.join(roles)}."
    unknown = [role for role in fillers if role not in roles]
    if unknown:
        raise InvalidQueryError(f"There is no role {unknown[0]!r}.", known)
    if not fillers:
        raise InvalidQueryError("No role is given.", known)
    if complete and len(fillers) < len(roles):
        raise InvalidQueryError("A fact needs a text for every role.", known)
    for text in fillers.values():
        normalized(text)


@dataclass(frozen=True)
class Cue:
    """What is known of a fact."""

    places: tuple[int, ...]
    """Which roles, by number."""
    fillers: Bits
    """Their hypervectors ``[c, d / 8]``."""
    record: Bits
    """The record hypervector of these roles alone, ``[d / 8]``."""


class Recall:
    """The algebra of records with given roles.

    Args:
        roles: Their names.
        codebook: Makes the roles' hypervectors.
    """

    def __init__(self, roles: Sequence[str], codebook: Codebook) -> None:
        self._roles = tuple(roles)
        self._codebook = codebook
        self._role_bits = np.stack([codebook.bits(f"role/{role}") for role in roles])

    def records(self, fillers: Bits, places: Sequence[int] | None = None) -> Bits:
        """Record hypervectors of fillers ``[n, c, d / 8]``, the bundle of ``role * filler``: ``[n, d / 8]``.

        Args:
            fillers: For each record the hypervectors of ``c`` fillers.
            places: Their roles; all roles if not given.
        """
        roles = unpack(self._role_bits if places is None else self._role_bits[list(places)])
        batches = [fillers[start : start + _BATCH] for start in range(0, len(fillers), _BATCH)]
        return np.concatenate([pack(self._codebook.bundle(bind(unpack(batch), roles))) for batch in batches])

    def cue(self, fillers: Mapping[str, Bits]) -> Cue:
        """A cue of roles with hypervectors ``[d / 8]``."""
        places = tuple(place for place, role in enumerate(self._roles) if role in fillers)
        bits = np.stack([fillers[self._roles[place]] for place in places])
        return Cue(places, bits, self.records(bits[None], places)[0])

    def best(
        self, partitions: Sequence[Partition], cue: Cue, k: int, missing: tuple[str, ...], least: float
    ) -> list[Recollection]:
        """The ``k`` best facts of partitions that score ``least``; equal scores in the order of the texts."""
        found = [(score, part, row) for part in partitions for score, row in self.nearest(part, cue, k)]
        found = [hit for hit in found if hit[0] >= least]
        found.sort(key=lambda hit: (-hit[0], [hit[1].texts[item] for item in hit[1].fillers[hit[2]]]))
        return [self.recollection(part, row, score, missing) for score, part, row in found[:k]]

    def nearest(self, partition: Partition, cue: Cue, k: int) -> list[tuple[float, int]]:
        """Scores and rows of facts, at least the ``k`` best if there are as many, in no order.

        The Hamming search over records proposes; the score is the mean cosine of the cue's fillers and the record's.
        """
        rows = partition.nearest_records(cue.record, max(_DEPTH, _DEPTH_PER_RESULT * k))
        if not rows:
            return []
        fillers = partition.fillers[rows][:, cue.places]
        different, place = np.unique(fillers, return_inverse=True)
        cosines = bit_similarity(partition.item_bits[different][:, None], cue.fillers[None])
        of_roles: NDArray[np.float32] = cosines[place.reshape(fillers.shape), np.arange(len(cue.places))]
        return list(zip(of_roles.mean(axis=1).tolist(), rows, strict=True))

    def recollection(self, partition: Partition, row: int, score: float, missing: tuple[str, ...] = ()) -> Recollection:
        """The fact of a row, its missing roles by unbinding its record and cleaning up against the owner's items."""
        items = partition.fillers[row].tolist()
        if missing:
            places = [self._roles.index(role) for role in missing]
            noisy = np.bitwise_xor(partition.record_bits[row], self._role_bits[places])
            for place, item in zip(places, partition.nearest_items(noisy).tolist(), strict=True):
                items[place] = item
        fillers = {role: partition.texts[item] for role, item in zip(self._roles, items, strict=True)}
        return Recollection(partition.ids[row], partition.owner, fillers, missing, score)
