"""Where records come from: files in a new order every epoch, or a function that never ends.

Both are asked for *windows* by number, so the data of a run is a function of its seed and a resumed run sees the same.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.clara.config import Data, Stream
from seamless_retail.training.clara.records import Format, Record, RecordFile, parse_record

_CATALOGUE = "seamless_retail.training.data.clara_shop"
_SHOP = {"stage1": f"{_CATALOGUE}:shop_documents", "stage2": f"{_CATALOGUE}:shop_shelves"}


_QUESTIONS = 6000
"""Written for stage 3, unless fewer are needed."""


class Source(Protocol):
    """Records by window."""

    @property
    def size(self) -> int | None:
        """Records of an epoch; ``None`` for data without end."""
        ...

    def window(self, number: int, count: int, rank: int = 0, world: int = 1, update: int = 0) -> list[Record]:
        """The ``count`` records of window ``number``, which begins at ``update``, for process ``rank`` of ``world``."""
        ...


class Shuffled:
    """Files laid end to end, in another order each epoch.

    Args:
        parts: The files.
        seed: Of the order.
        limit: Use the first so many records only.

    Raises:
        ConfigurationError: There are no records.
    """

    def __init__(self, parts: Sequence[Sequence[Record]], seed: int, limit: int | None = None) -> None:
        self._parts, self._seed = parts, seed
        self._ends = list(accumulate(map(len, parts)))
        self._size = min(self._ends[-1], limit or self._ends[-1])
        if not self._size:
            raise ConfigurationError("There are no records to train on.", "Check the data section.")
        self._order = lru_cache(maxsize=2)(self._shuffled)

    @property
    def size(self) -> int:
        """Records of an epoch."""
        return self._size

    def window(self, number: int, count: int, rank: int = 0, world: int = 1, update: int = 0) -> list[Record]:
        """Neighbouring processes take turns; an epoch may end inside a window."""
        start = number * count
        return [self._record((start + index) * world + rank) for index in range(count)]

    def _record(self, index: int) -> Record:
        epoch, place = divmod(index, self._size)
        line = int(self._order(epoch)[place])
        part = bisect_right(self._ends, line)
        return self._parts[part][line - (self._ends[part - 1] if part else 0)]

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        return np.random.default_rng([self._seed, epoch]).permutation(self._size)


class Endless:
    """A function that yields records from a seed; each window has a seed of its own.

    Args:
        stream: Names the function ``seed → iterator of records`` and its options.
        seed: Of the run.
        kind: The format of the records.

    Raises:
        ConfigurationError: There is no such function.
    """

    size = None

    def __init__(self, stream: Stream, seed: int, kind: Format) -> None:
        self._function, self._stream, self._seed, self._kind = _function(stream), stream, seed, kind

    def window(self, number: int, count: int, rank: int = 0, world: int = 1, update: int = 0) -> list[Record]:
        """The first ``count`` records of this window's seed."""
        seed = Random(f"{self._seed} {number} {rank} {world}").getrandbits(48)
        found = islice(self._function(seed, **self._stream.options_at(update)), count)
        return [
            parse_record(value, self._kind, f"{self._stream.stream}, window {number}, record {index}")
            for index, value in enumerate(found, 1)
        ]


def open_source(
    data: Data, stage: str, seed: int, folder: Path, limit: int | None = None, needed: int | None = None
) -> Source:
    """The records of a stage.

    Args:
        data: As the configuration says.
        stage: ``reader`` reads records of stage 1.
        seed: Of the order.
        folder: Where records are written that are made from the catalogue.
        limit: Use so many records only, again and again.
        needed: Of records that have to be written first, no more than these.

    Raises:
        NotFoundError: A file is not there.
        ConfigurationError: There is no such function, or there are no records.
    """
    kind = record_format(stage)
    if isinstance(data, tuple):
        return Shuffled([RecordFile(path, kind) for path in data], seed, limit)
    if data == "catalogue" and kind == "stage3":
        path = folder / f"{stage}.jsonl"
        if not path.is_file():
            questions = min(count for count in (_QUESTIONS, limit, needed) if count)
            import_module(_CATALOGUE).write_records(folder, seed=seed, questions=questions)
        return Shuffled([RecordFile(path, kind)], seed, limit)
    if data != "catalogue" and kind == "stage3":
        raise ConfigurationError(f"{stage} cannot stream.", "Write its records to a file and name the file.")
    source = Endless(Stream(stream=_SHOP[kind]) if data == "catalogue" else data, seed, kind)
    return source if limit is None else Shuffled([source.window(0, limit)], seed)


def record_format(stage: str) -> Format:
    """The format of a stage's records."""
    return "stage2" if stage == "stage2" else "stage3" if stage == "stage3" else "stage1"


def _function(stream: Stream) -> Callable[..., Iterator[dict[str, Any]]]:
    module, _, name = stream.stream.partition(":")
    try:
        found: Callable[..., Iterator[dict[str, Any]]] = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"There is no function {stream.stream} ({error}).", "Write stream: package.module:function."
        ) from error
    return found
