"""Batches by number, made in a thread while the model computes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import Full, Queue
from random import Random
from threading import Event, Thread

from seamless_retail.training.clara.collation import Batch, Candidates, Collator
from seamless_retail.training.clara.records import Record
from seamless_retail.training.clara.sources import Source

Made = Batch | Candidates
AHEAD = 8
"""Batches that may wait."""


@dataclass(frozen=True)
class Feed:
    """The batches of a stage, each a function of its number, so that a resumed run sees what it would have seen.

    Records are drawn ``bucket`` micro-batches at a time and sorted by length, which saves padding; the micro-batches
    of a window then come in random order.
    """

    source: Source
    collator: Collator
    sample: Callable[[Record, Random], Record]
    """What of a record is used this time."""
    collate: Callable[[Collator, Sequence[Record], int], Made]
    """Records and the number of the batch → the batch."""
    micro_batch: int
    accumulation: int
    bucket: int
    seed: int
    rank: int = 0
    world: int = 1

    def batches(self, start: int = 0) -> Iterator[Made]:
        """Every batch from number ``start`` on; close the iterator to end its thread.

        Raises:
            SeamlessError: Whatever is wrong with the data, at the batch that it is found in.
        """
        ready: Queue[Made | BaseException] = Queue(AHEAD)
        ended = Event()
        Thread(target=self._fill, args=(start, ready, ended), name="clara-feed", daemon=True).start()
        try:
            while True:
                found = ready.get()
                if isinstance(found, BaseException):
                    raise found
                yield found
        finally:
            ended.set()

    def made(self, start: int) -> Iterator[Made]:
        """The same, without a thread."""
        step = start
        while True:
            chunks = self._window(step // self.bucket)
            for place in range(step % self.bucket, self.bucket):
                yield self.collate(self.collator, chunks[place], step)
                step += 1

    def _window(self, number: int) -> list[list[Record]]:
        update = number * self.bucket // self.accumulation
        drawn = self.source.window(number, self.micro_batch * self.bucket, self.rank, self.world, update)
        random = Random(f"{self.seed} {number} {self.rank}")
        records = [self.sample(record, random) for record in drawn]
        self.collator.learn(records)
        records.sort(key=self.collator.length)
        chunks = [records[i : i + self.micro_batch] for i in range(0, len(records), self.micro_batch)]
        # The same order on every process, so that all have batches of about the same length at the same time.
        Random(f"{self.seed} {number}").shuffle(chunks)
        return chunks

    def _fill(self, start: int, ready: "Queue[Made | BaseException]", ended: Event) -> None:
        try:
            for batch in self.made(start):
                if not _put(ready, batch, ended):
                    return
        except BaseException as error:  # it is raised again where the batches are used
            _put(ready, error, ended)


def _put(ready: "Queue[Made | BaseException]", item: Made | BaseException, ended: Event) -> bool:
    """Wait for a free place; false when the reader has left."""
    while not ended.is_set():
        try:
            ready.put(item, timeout=0.2)
            return True
        except Full:
            continue
    return False
