"""What a stage's recipe says; the loop knows nothing else of the stages."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from torch import nn

from seamless_retail.training.clara.collation import Batch, Candidates, Collator, sampled
from seamless_retail.training.clara.config import Journey, Stage
from seamless_retail.training.clara.records import Record


class Recipe(ABC):
    """One stage of the journey.

    Args:
        journey: The settings.
        model: A :class:`~seamless_retail.models.clara.model.ClaraModel` as the stage before left it; the recipe
            chooses what of it is trained.
        collator: For what is collated in the model's own thread.
    """

    name: ClassVar[str]

    def __init__(self, journey: Journey, model: Any, collator: Collator) -> None:
        self.journey, self.model = journey, model
        self.settings: Stage = journey.stage(self.name)
        self.objective: nn.Module = self.prepare(collator)

    @abstractmethod
    def prepare(self, collator: Collator) -> nn.Module:
        """Choose what trains, and what it is trained by."""

    @abstractmethod
    def rate(self, update: int, step: int) -> int:
        """The rate of micro-batch ``step``, which is part of ``update``; 0 reads the text itself."""

    def begin(self, update: int) -> Mapping[str, float]:
        """What changes before an update; returned values are logged."""
        return {}

    def sample(self, record: Record, random: Random) -> Record:
        """What of a record is used this time."""
        return sampled(record, self.settings.questions_per_document, None, False, random)

    def collate(self, collator: Collator, records: Sequence[Record], rate: int, seed: int) -> Batch | Candidates:
        """Records as a batch."""
        return collator.packed(records, rate)

    def watched_rates(self) -> tuple[int, ...]:
        """The rates at which progress is watched."""
        return self.journey.watch.rates or (self.model.config.rate,)
