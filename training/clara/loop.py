"""The training loop of every stage, on accelerate: one CPU, one GPU, or many by ``accelerate config``."""

import importlib.util
import math
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from seamless_retail.core.errors import ConfigurationError, MissingExtraError
from seamless_retail.training.clara import schedules
from seamless_retail.training.clara.checkpoints import Trainee, checkpoints, load_checkpoint, save_checkpoint
from seamless_retail.training.clara.collation import FULL_TEXT
from seamless_retail.training.clara.config import Journey
from seamless_retail.training.clara.errors import DivergedError, MemoryExhaustedError
from seamless_retail.training.clara.feeding import Feed
from seamless_retail.training.clara.optimizers import build_optimizers, set_learning_rate
from seamless_retail.training.clara.progress import training_progress
from seamless_retail.training.clara.recipe import Recipe
from seamless_retail.training.clara.watching import Watch

CHECKPOINTS, LOGS = "checkpoints", "logs"


@dataclass
class Outcome:
    """How a stage ended."""

    updates: int
    """Updates done, those before a resume included."""
    planned: int
    measured: dict[str, float]
    """Means over the last logged updates, and what was watched last."""
    losses: list[float] = field(default_factory=list)
    """Of every update of this run."""

    @property
    def complete(self) -> bool:
        """Whether it was not stopped before its last update."""
        return self.updates >= self.planned


class Loop:
    """Runs one recipe.

    Args:
        recipe: What is trained and by what.
        feed: Its batches.
        updates: How many.
        accumulation: Micro-batches per update.
        folder: Of the stage; checkpoints and logs go there.
        accelerator: As :func:`build_accelerator` makes it.
        watch: What is looked at on the way.
        run: What must be the same in a run that resumes this one.
    """

    def __init__(
        self,
        recipe: Recipe,
        feed: Feed,
        *,
        updates: int,
        accumulation: int,
        folder: Path,
        accelerator: Any,
        watch: Watch | None = None,
        run: Mapping[str, Any] | None = None,
    ) -> None:
        self.recipe, self.feed, self.updates, self.accumulation = recipe, feed, updates, accumulation
        self.folder, self.accelerator, self.watch = folder, accelerator, watch
        self._run = dict(run or {})
        self._objective, *self._optimizers = accelerator.prepare(
            recipe.objective, *build_optimizers(recipe.model, recipe.settings)
        )
        self._trainee = Trainee(accelerator, recipe.model, self._optimizers)
        self._parameters = list(self._trainee.trained.values())
        self._stop = threading.Event()
        self._since: dict[str, list[float]] = {}

    def train(self, *, resume: bool = False, deadline: float = math.inf) -> Outcome:
        """Train to the last update, the deadline (of ``time.monotonic``) or the first interrupt; then save.

        Raises:
            MemoryExhaustedError: There is no memory left.
            DivergedError: Loss or gradient is not finite.
            CheckpointError: The checkpoint to resume from does not fit.
        """
        first = self._resumed() if resume else 0
        outcome = Outcome(first, self.updates, {})
        show = self.accelerator.is_main_process
        batches = self.feed.batches(first * self.accumulation)
        self._objective.train()
        with closing(batches), self._interrupts(), training_progress(self.recipe.name, self.updates, show) as report:
            for update in range(first, self.updates):
                measured = self._update(update, batches)
                outcome.updates = update + 1
                outcome.losses.append(measured["loss"])
                outcome.measured |= self._logged(update, measured)
                report(outcome.updates, outcome.measured)
                if self._stop.is_set() or time.monotonic() >= deadline:
                    break
                if outcome.updates % self.recipe.journey.checkpoint_every == 0:
                    self._save(outcome.updates)
        if outcome.updates > first:
            self._save(outcome.updates)
        return outcome

    def gathered_state(self) -> dict[str, Tensor] | None:
        """The model's tensors where devices hold only a share of them, else ``None``."""
        if not self._trainee.sharded:
            return None
        state = self.accelerator.get_state_dict(self._objective)
        return {name.removeprefix("model."): value for name, value in state.items()}

    def _update(self, update: int, batches: Iterator[Any]) -> dict[str, float]:
        """One update: its schedule, its micro-batches, and a check that what they gave is finite."""
        share = schedules.learning_rate(update, self.updates, self.recipe.settings)
        logged = {"learning_rate": set_learning_rate(self._optimizers, share), **self.recipe.begin(update)}
        rank = self.accelerator.process_index
        torch.manual_seed((self.recipe.journey.seed * 1_000_003 + update) * 997 + rank)
        sums: dict[str, list[Tensor]] = {}
        with self._memory(update):
            for _ in range(self.accumulation):
                batch = next(batches).to(self.accelerator.device)
                with self.accelerator.accumulate(self._objective):
                    found = self._objective(batch)
                    self.accelerator.backward(found["loss"])
                    for name, value in _by_rate(found, batch.rate).items():
                        sums.setdefault(name, []).append(value.detach())
                    self._step(update, found["loss"], logged)
        return logged | {name: float(torch.stack(values).mean()) for name, values in sums.items()}

    def _step(self, update: int, loss: Tensor, logged: dict[str, float]) -> None:
        if self.accelerator.sync_gradients:
            norm = self.accelerator.clip_grad_norm_(self._parameters, self.recipe.settings.clip)
            # Gradient scaling of float16 skips updates that overflow, and lowers the scale, by itself.
            logged["gradient"] = float(norm) if norm is not None else 0.0
            if not math.isfinite(logged["gradient"]) and self.accelerator.scaler is None:
                raise self._diverged(update, "gradient")
        if not bool(torch.isfinite(loss.detach())):
            raise self._diverged(update, "loss")
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad()

    def _logged(self, update: int, measured: dict[str, float]) -> dict[str, float]:
        """Give the means since last time to the tracker when it is their turn; returns what is to be shown."""
        done = update + 1
        for name, value in measured.items():
            self._since.setdefault(name, []).append(value)
        measured = {name: sum(values) / len(values) for name, values in self._since.items()}
        if self.watch is not None and (done % self.recipe.journey.watch.every == 0 or done == self.updates):
            measured = measured | self.watch.look(self._objective, self.accelerator.device)
        elif done % self.recipe.journey.log_every and done != self.updates:
            return measured
        self._since.clear()
        self.accelerator.log({f"{self.recipe.name}/{name}": value for name, value in measured.items()}, step=done)
        return measured

    def _save(self, update: int) -> Path:
        return save_checkpoint(self.folder / CHECKPOINTS, self._trainee, update, self._run)

    def _resumed(self) -> int:
        found = checkpoints(self.folder / CHECKPOINTS)
        return load_checkpoint(found[-1], self._trainee, self._run) if found else 0

    def _diverged(self, update: int, what: str) -> DivergedError:
        found = checkpoints(self.folder / CHECKPOINTS)
        return DivergedError(update, what, str(found[-1]) if found else "the stage before")

    @contextmanager
    def _memory(self, update: int) -> Iterator[None]:
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise MemoryExhaustedError(update, str(error) or "no memory left") from error
        except RuntimeError as error:
            if "can't allocate memory" in str(error) or "not enough memory" in str(error):
                raise MemoryExhaustedError(update, str(error)) from error
            raise

    @contextmanager
    def _interrupts(self) -> Iterator[None]:
        """The first Ctrl-C or SIGTERM ends the run after the update at hand, with a checkpoint; the second at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        kinds = (signal.SIGINT, signal.SIGTERM)
        before = {kind: signal.getsignal(kind) for kind in kinds}

        def stop(kind: int, _: Any) -> None:
            self._stop.set()
            for each in kinds:
                signal.signal(each, before[each])

        for kind in kinds:
            signal.signal(kind, stop)
        try:
            yield
        finally:
            for kind in kinds:
                signal.signal(kind, before[kind])


def _by_rate(measured: dict[str, Tensor], rate: int) -> dict[str, Tensor]:
    """With the share of exact answers also under the rate's own name."""
    if "exact" not in measured:
        return measured
    return measured | {f"exact@{'text' if rate == FULL_TEXT else rate}": measured["exact"]}


def build_accelerator(journey: Journey, folder: Path, accumulation: int) -> Any:
    """An accelerator with the precision and the tracker that the settings ask for.

    Raises:
        MissingExtraError: The tracker is not installed.
        ConfigurationError: The precision does not exist on this device.
    """
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs, ProjectConfiguration

    tracker = None if journey.tracker == "none" else journey.tracker
    if tracker and importlib.util.find_spec(tracker) is None:
        raise MissingExtraError(f"Logging to {tracker}", "train")
    try:
        accelerator = Accelerator(
            mixed_precision=_precision(journey.precision),
            gradient_accumulation_steps=accumulation,
            log_with=tracker,
            project_config=ProjectConfiguration(project_dir=str(folder), logging_dir=str(folder / LOGS)),
            # A micro-batch of full text leaves the compressor unused.
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
    except ValueError as error:
        if "requires" not in str(error):
            raise
        raise ConfigurationError(f"{error}.", "Set precision: auto.") from error
    if tracker:
        accelerator.init_trackers("clara")
    return accelerator


def _precision(wanted: str) -> str | None:
    if wanted != "auto":
        return "no" if wanted == "fp32" else wanted
    if "ACCELERATE_MIXED_PRECISION" in os.environ:
        return None  # accelerate's own configuration decides
    return "bf16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "no"
