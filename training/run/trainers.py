"""Hugging Face trainers (TRL, seq2seq, sentence-transformers) under the same settings and options as our own loop."""

import math
import threading
import time
from contextlib import ExitStack
from typing import Any

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.run.devices import accumulation, mixed_precision, processes
from seamless_retail.training.run.interrupts import interrupts
from seamless_retail.training.run.optimising import planned_updates, stop
from seamless_retail.training.run.progress import Report, training_progress
from seamless_retail.training.run.recipe import Run
from seamless_retail.training.run.settings import Optimisation
from seamless_retail.training.run.trackers import Trackers, open_trackers


def trainer_arguments(run: Run, optimisation: Optimisation, *, size: int | None = None, **more: Any) -> dict[str, Any]:
    """Keyword arguments for ``TrainingArguments`` and its kin.

    Args:
        run: Of the recipe.
        optimisation: How; Muon and an epoch's trapezoid of unknown length are not the trainers'.
        size: Records of an epoch, where it is known; without it ``epochs`` are left to the trainer.
        more: Further arguments; they win.

    Raises:
        ConfigurationError: The trainers cannot do what the settings ask for.
    """
    import torch

    if optimisation.optimizer != "adamw":
        raise ConfigurationError("Muon is not among the trainers' optimisers.", "Set optimisation.optimizer: adamw.")
    steps = accumulation(optimisation.batch, optimisation.micro_batch)
    precision = mixed_precision(optimisation.precision)
    known = optimisation.updates is not None or size is not None
    updates = planned_updates(optimisation, size) if known else -1
    cuda = torch.cuda.is_available()
    found = {
        "output_dir": str(run.checkpoints),
        "seed": run.seed,
        "data_seed": run.seed,
        "per_device_train_batch_size": _each(optimisation, steps),
        "gradient_accumulation_steps": steps,
        "max_steps": updates,
        "num_train_epochs": optimisation.epochs,
        "learning_rate": optimisation.learning_rate,
        "adam_beta1": optimisation.betas[0],
        "adam_beta2": optimisation.betas[1],
        "weight_decay": optimisation.weight_decay,
        "max_grad_norm": optimisation.clip,
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": not cuda,
        "dataloader_pin_memory": cuda,
        _checkpointing_field(): optimisation.gradient_checkpointing,
        "logging_steps": min(optimisation.log_every, updates) if updates > 0 else optimisation.log_every,
        "save_steps": optimisation.checkpoint_every,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
    }
    return found | _schedule(optimisation, updates) | more


def trainer_callbacks(run: Run, name: str = "training") -> list[Any]:
    """Progress bar, trackers, time limit and interrupts, as callbacks."""
    from transformers import TrainerCallback

    class RunCallback(TrainerCallback):
        """Hands the trainer's events on; a stop leaves a checkpoint."""

        def __init__(self) -> None:
            self._open, self._stop = ExitStack(), threading.Event()
            self._report: Report = lambda done, measured: None
            self._trackers = Trackers()

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._trackers = open_trackers(
                run.tracking, run.logs, name, first=state.global_step, main=state.is_world_process_zero
            )
            self._open.enter_context(interrupts(self._stop))
            self._report = self._open.enter_context(
                training_progress(name, state.max_steps, state.is_world_process_zero)
            )

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            late = self._stop.is_set() or time.monotonic() >= run.deadline
            if late and state.global_step < state.max_steps:
                run.stopped = control.should_training_stop = control.should_save = True

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            figures = {key: float(value) for key, value in (logs or {}).items() if isinstance(value, int | float)}
            shown = {key: value for key, value in figures.items() if key in ("loss", "eval_loss")}
            self._report(state.global_step, shown)
            self._trackers.log({f"{name}/{key}": value for key, value in figures.items()}, state.global_step)

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self._open.close()
            self._trackers.close()
            if run.stopped:
                stop(run, state.global_step, state.max_steps)

    return [RunCallback()]


def run_trainer(trainer: Any, run: Run) -> int:
    """Train, from the last checkpoint with ``--resume``; returns the updates done.

    ``run.stopped`` is set when the training did not reach its end.
    """
    from transformers import PrinterCallback
    from transformers.trainer_utils import get_last_checkpoint

    trainer.remove_callback(PrinterCallback)  # it prints what the progress bar shows
    find: Any = get_last_checkpoint
    last = find(str(run.checkpoints)) if run.resume and run.checkpoints.is_dir() else None
    trainer.train(resume_from_checkpoint=last)
    done: int = trainer.state.global_step
    return done


def _checkpointing_field() -> str:
    """Transformers 5 renamed it."""
    from transformers import TrainingArguments

    new, old = "activation_checkpointing", "gradient_checkpointing"
    return new if new in TrainingArguments.__dataclass_fields__ else old


def _each(optimisation: Optimisation, steps: int) -> int:
    return optimisation.batch // (steps * processes()[1])


def _schedule(optimisation: Optimisation, updates: int) -> dict[str, Any]:
    warmup = math.ceil(optimisation.warmup * updates) if updates > 0 else optimisation.warmup
    if optimisation.schedule == "constant":
        return {"lr_scheduler_type": "constant_with_warmup", "warmup_steps": warmup}
    if optimisation.schedule == "cosine":
        rate = {"min_lr_rate": optimisation.final_share}
        return {"lr_scheduler_type": "cosine_with_min_lr", "lr_scheduler_kwargs": rate, "warmup_steps": warmup}
    if updates < 0:
        raise ConfigurationError("A trapezoid needs to know its length.", "Set optimisation.updates.")
    falling = {
        "num_decay_steps": math.ceil(optimisation.decay * updates),
        "min_lr_ratio": optimisation.final_share,
        "decay_type": "linear",
    }
    return {"lr_scheduler_type": "warmup_stable_decay", "lr_scheduler_kwargs": falling, "warmup_steps": warmup}
