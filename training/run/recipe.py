"""What every recipe is made of: its settings, a check of its data, the training itself, and a check of its result."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from seamless_retail.training.run.devices import build_accelerator, processes
from seamless_retail.training.run.settings import Precision, RecipeSettings, Tracking
from seamless_retail.training.run.verification import Verification

S = TypeVar("S", bound=RecipeSettings)
T = TypeVar("T")


@dataclass
class Run:
    """One run of a recipe: what the command line says beside the settings."""

    out: Path
    """For the result; checkpoints and logs lie in folders of their own below it."""
    data: Path
    """Of the data sets."""
    config: str = ""
    """The configuration's name."""
    resume: bool = False
    max_samples: int | None = None
    max_minutes: float = math.inf
    seed: int = 0
    tracking: Tracking = field(default_factory=Tracking)
    precision: Precision = "auto"
    stopped: bool = False
    """Whether the training was stopped before its end, by time or by an interrupt."""
    _began: float = field(default_factory=time.monotonic)
    _accelerators: dict[str, Any] = field(default_factory=dict)

    def limited(self, records: Sequence[T]) -> Sequence[T]:
        """At most ``max_samples``, the first ones."""
        return records if self.max_samples is None else records[: self.max_samples]

    def minutes_left(self) -> float:
        """Of ``max_minutes``."""
        return self.max_minutes - (time.monotonic() - self._began) / 60

    @property
    def deadline(self) -> float:
        """In seconds of ``time.monotonic``."""
        return self._began + self.max_minutes * 60

    @property
    def checkpoints(self) -> Path:
        """Folder."""
        return self.out / "checkpoints"

    @property
    def logs(self) -> Path:
        """Folder."""
        return self.out / "logs"

    @property
    def accelerator(self) -> Any:
        """The ``accelerate.Accelerator`` of this run's precision."""
        if self.precision not in self._accelerators:
            self._accelerators = {self.precision: build_accelerator(self.precision)}
        return self._accelerators[self.precision]

    @property
    def is_main(self) -> bool:
        """Whether this process writes; the others only train."""
        return processes()[0] == 0


@dataclass(frozen=True)
class Recipe(Generic[S]):
    """What ``seamless train NAME`` runs."""

    name: str
    """As its module below ``training/recipes`` and its folder below ``training/configs``."""
    settings: type[S]
    check: Callable[[S, Run], Mapping[str, int]]
    """Reads every record and returns how many there are of each kind; all that ``--dry-run`` does."""
    train: Callable[[S, Run], None]
    """Writes the result into ``run.out``."""
    default: str = "test"
    """Name of the configuration that is used when none is named."""
    verify: Callable[[Path, Run], Verification] | None = None
    """Loads a result and compares it with what it started from; the files' hashes are checked already."""
