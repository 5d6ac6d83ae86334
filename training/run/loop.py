"""The training loop, on accelerate: one CPU, one GPU, or many by ``accelerate config``."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seamless_retail.training.run import schedules
from seamless_retail.training.run.checkpoints import Trainee, checkpoints, load_checkpoint, save_checkpoint
from seamless_retail.training.run.errors import DivergedError, MemoryExhaustedError
from seamless_retail.training.run.interrupts import interrupts
from seamless_retail.training.run.optimizers import build_optimizers, note_full_rates, set_learning_rate
from seamless_retail.training.run.progress import Report, training_progress
from seamless_retail.training.run.settings import Descent, Tracking
from seamless_retail.training.run.trackers import Trackers, open_trackers

CHECKPOINTS, LOGS = "checkpoints", "logs"
Loss = Callable[[nn.Module, int], Mapping[str, Tensor]]
"""The model and the number of a micro-batch → ``loss`` and figures."""
Watch = Callable[[nn.Module], Mapping[str, float]]


@dataclass(frozen=True)
class Plan:
    """What a loop does, beside the model and its loss."""

    name: str
    settings: Descent
    updates: int
    accumulation: int
    """Micro-batches per update on each device."""
    checkpoints: Path
    logs: Path
    seed: int = 0
    tracking: Tracking = field(default_factory=Tracking)
    log_every: int = 10
    checkpoint_every: int = 500
    watch_every: int = 0
    """0: after the last update only."""
    identity: Mapping[str, Any] = field(default_factory=dict)
    """What must be the same in a run that resumes this one."""


@dataclass
class Outcome:
    """How a training ended."""

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
    """Runs one plan.

    Args:
        plan: What it does.
        objective: What computes the loss; holds the model.
        model: Whose parameters are trained and stored.
        loss: Called with the prepared objective and the number of the micro-batch on this device.
        accelerator: As :func:`~seamless_retail.training.run.devices.build_accelerator` makes it.
        begin: Called with the number of each update before it; returned figures are logged.
        watch: What is looked at on the way, in ``eval()`` and without gradients.
        optimizers: Instead of AdamW or Muon; each group's rate is its full one.
    """

    def __init__(
        self,
        plan: Plan,
        objective: nn.Module,
        model: nn.Module,
        loss: Loss,
        accelerator: Any,
        *,
        begin: Callable[[int], Mapping[str, float]] | None = None,
        watch: Watch | None = None,
        optimizers: Sequence[torch.optim.Optimizer] | None = None,
    ) -> None:
        self.plan, self.accelerator = plan, accelerator
        self._loss, self._begin, self._watch = loss, begin, watch
        chosen = list(optimizers or build_optimizers(model, plan.settings))
        note_full_rates(chosen)
        accelerator.gradient_accumulation_steps = plan.accumulation
        self._objective, *self._optimizers = accelerator.prepare(objective, *chosen)
        self._trainee = Trainee(accelerator, model, self._optimizers)
        self._parameters = list(self._trainee.trained.values())
        self._stop = threading.Event()
        self._since: dict[str, list[float]] = {}
        self._trackers = Trackers()

    def train(self, *, resume: bool = False, deadline: float = math.inf) -> Outcome:
        """Train to the last update, the deadline (of ``time.monotonic``) or the first interrupt; then save.

        Raises:
            MemoryExhaustedError: There is no memory left.
            DivergedError: Loss or gradient is not finite.
            CheckpointError: The checkpoint to resume from does not fit.
            MissingExtraError: A tracker is not installed.
        """
        plan, main = self.plan, self.accelerator.is_main_process
        first = self._resumed() if resume else 0
        outcome = Outcome(first, plan.updates, {})
        self._trackers = open_trackers(plan.tracking, plan.logs, plan.name, first=first, main=main)
        self._objective.train()
        try:
            with interrupts(self._stop), training_progress(plan.name, plan.updates, main) as report:
                self._run(outcome, report, deadline)
        finally:
            self._trackers.close()
        if outcome.updates > first:
            self._save(outcome.updates)
        return outcome

    def gathered_state(self) -> dict[str, Tensor] | None:
        """The objective's tensors where devices hold only a share of them, else ``None``."""
        return self.accelerator.get_state_dict(self._objective) if self._trainee.sharded else None

    def _run(self, outcome: Outcome, report: Report, deadline: float) -> None:
        for update in range(outcome.updates, self.plan.updates):
            measured = self._update(update)
            outcome.updates = update + 1
            outcome.losses.append(measured["loss"])
            outcome.measured |= self._logged(update, measured)
            report(outcome.updates, outcome.measured)
            if self._stop.is_set() or time.monotonic() >= deadline:
                break
            if outcome.updates % self.plan.checkpoint_every == 0:
                self._save(outcome.updates)

    def _update(self, update: int) -> dict[str, float]:
        """One update: its schedule, its micro-batches, and a check that what they gave is finite."""
        plan = self.plan
        share = schedules.learning_rate(update, plan.updates, plan.settings)
        logged = {"learning_rate": set_learning_rate(self._optimizers, share)}
        logged |= self._begin(update) if self._begin is not None else {}
        torch.manual_seed((plan.seed * 1_000_003 + update) * 997 + self.accelerator.process_index)
        sums: dict[str, list[Tensor]] = {}
        with _memory(update):
            for part in range(plan.accumulation):
                with self.accelerator.accumulate(self._objective):
                    found = self._loss(self._objective, update * plan.accumulation + part)
                    self.accelerator.backward(found["loss"])
                    for name, value in found.items():
                        sums.setdefault(name, []).append(torch.as_tensor(value).detach())
                    self._step(update, found["loss"], logged)
        return logged | {name: float(torch.stack(values).float().mean()) for name, values in sums.items()}

    def _step(self, update: int, loss: Tensor, logged: dict[str, float]) -> None:
        if self.accelerator.sync_gradients:
            norm = self.accelerator.clip_grad_norm_(self._parameters, self.plan.settings.clip)
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
        """Give the means since last time to the trackers when it is their turn; returns what is to be shown."""
        done, plan = update + 1, self.plan
        for name, value in measured.items():
            self._since.setdefault(name, []).append(value)
        measured = {name: sum(values) / len(values) for name, values in self._since.items()}
        last = done == plan.updates
        if self._watch is not None and (last or (plan.watch_every and done % plan.watch_every == 0)):
            measured = measured | self._watched()
        elif done % plan.log_every and not last:
            return measured
        self._since.clear()
        self._trackers.log({f"{plan.name}/{name}": value for name, value in measured.items()}, done)
        return measured

    def _watched(self) -> dict[str, float]:
        assert self._watch is not None
        self._objective.eval()
        with torch.no_grad():
            found = dict(self._watch(self._objective))
        self._objective.train()
        return found

    def _save(self, update: int) -> Path:
        return save_checkpoint(self.plan.checkpoints, self._trainee, update, dict(self.plan.identity))

    def _resumed(self) -> int:
        found = checkpoints(self.plan.checkpoints)
        return load_checkpoint(found[-1], self._trainee, dict(self.plan.identity)) if found else 0

    def _diverged(self, update: int, what: str) -> DivergedError:
        found = checkpoints(self.plan.checkpoints)
        return DivergedError(update, what, str(found[-1]) if found else "the start")


@contextmanager
def _memory(update: int) -> Iterator[None]:
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise MemoryExhaustedError(update, str(error) or "no memory left") from error
    except RuntimeError as error:
        if "can't allocate memory" in str(error) or "not enough memory" in str(error):
            raise MemoryExhaustedError(update, str(error)) from error
        raise
