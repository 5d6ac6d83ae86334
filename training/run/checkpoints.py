"""Checkpoints: trained tensors, buffers, optimiser state and the number of the next update, without pickle.

Everything else of a run (data order, rates, learning rate, random numbers) is a function of that number. A model that
is sharded over devices (FSDP, DeepSpeed) is stored by accelerate, in the formats of those libraries.
"""

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from seamless_retail.training.run.errors import CheckpointError
from seamless_retail.training.run.optimizers import load_state_tensors, state_tensors

WEIGHTS, OPTIMIZER, STATE = "weights.safetensors", "optimizer.safetensors", "state.json"
KEPT = 2
"""Newest checkpoints that are kept."""


class Trainee(NamedTuple):
    """What a checkpoint holds."""

    accelerator: Any
    model: nn.Module
    """Not wrapped."""
    optimizers: list[Any]
    """As accelerate prepared them."""

    @property
    def sharded(self) -> bool:
        """Whether a device holds only a part of the tensors."""
        return str(self.accelerator.distributed_type).rpartition(".")[2] in ("FSDP", "DEEPSPEED", "MEGATRON_LM")

    @property
    def trained(self) -> dict[str, Tensor]:
        """The parameters that are trained."""
        return {name: value for name, value in self.model.named_parameters() if value.requires_grad}

    @property
    def stored(self) -> dict[str, Tensor]:
        """What is trained, and buffers such as running means."""
        return self.trained | {
            f"{path}.{name}" if path else name: buffer
            for path, module in self.model.named_modules()
            for name, buffer in module.named_buffers(recurse=False)
            if name not in module._non_persistent_buffers_set
        }

    @property
    def names(self) -> dict[int, str]:
        """Names of the trained parameters by ``id``."""
        return {id(value): name for name, value in self.trained.items()}


def save_checkpoint(folder: Path, trainee: Trainee, update: int, run: dict[str, Any]) -> Path:
    """Write ``folder/update-<n>`` and drop the oldest; a folder of that name is always whole.

    Args:
        folder: Of the checkpoints.
        trainee: What is stored.
        update: The next update.
        run: What must be the same in a run that goes on from here.
    """
    from safetensors.torch import save_file

    final = folder / f"update-{update:07d}"
    partial = folder / f"{final.name}.partial"
    if trainee.sharded:
        trainee.accelerator.save_state(str(partial))
    if trainee.accelerator.is_main_process:
        partial.mkdir(parents=True, exist_ok=True)
        if not trainee.sharded:
            optimizers = [getattr(optimizer, "optimizer", optimizer) for optimizer in trainee.optimizers]
            save_file(_copied(trainee.stored), partial / WEIGHTS)
            save_file(_copied(state_tensors(optimizers, trainee.names)), partial / OPTIMIZER)
        (partial / STATE).write_text(json.dumps({"update": update, "run": run}, indent=2) + "\n", encoding="utf-8")
        if final.exists():
            shutil.rmtree(final)
        partial.replace(final)
        for old in checkpoints(folder)[:-KEPT]:
            shutil.rmtree(old)
    trainee.accelerator.wait_for_everyone()
    return final


def load_checkpoint(folder: Path, trainee: Trainee, run: dict[str, Any]) -> int:
    """Put a checkpoint's tensors in place and return the number of the next update.

    Args:
        folder: One that :func:`save_checkpoint` returned.
        trainee: What is restored; built as it was when it was stored.
        run: As given to :func:`save_checkpoint`.

    Raises:
        CheckpointError: It is damaged, or another model's or run's; says what differs.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = json.loads((folder / STATE).read_bytes())
        update, stored = int(state["update"]), dict(state["run"])
        if differing := sorted(key for key in run.keys() | stored.keys() if run.get(key) != stored.get(key)):
            key = differing[0]
            raise _unfit(folder, f"it was made with {key} {stored.get(key)!r}, and now it is {run.get(key)!r}")
        if trainee.sharded:
            trainee.accelerator.load_state(str(folder))
            return update
        weights, optimizer = load_file(folder / WEIGHTS), load_file(folder / OPTIMIZER)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise _unfit(folder, f"it cannot be read ({error})") from error
    _put_weights(folder, trainee.stored, weights)
    optimizers = [getattr(optimizer, "optimizer", optimizer) for optimizer in trainee.optimizers]
    load_state_tensors(optimizers, trainee.names, optimizer)
    return update


def checkpoints(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    return sorted(path for path in folder.glob("update-*") if path.suffix != ".partial")


def _put_weights(folder: Path, own: dict[str, Tensor], stored: dict[str, Tensor]) -> None:
    if wrong := sorted(own.keys() ^ stored.keys()):
        raise _unfit(folder, f"{wrong[0]} and {len(wrong) - 1} other tensors are not in both")
    for name, value in own.items():
        if value.shape != stored[name].shape:
            raise _unfit(folder, f"{name} has shape {tuple(stored[name].shape)}, expected {tuple(value.shape)}")
        value.data.copy_(stored[name])


def _copied(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}


def _unfit(folder: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"The checkpoint {folder} does not fit this run: {why}.",
        "Resume with the configuration that it was made with, or start again without --resume.",
    )
