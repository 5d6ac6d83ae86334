"""One CPU, one GPU, or many by ``accelerate config``: accelerator, precision, and how a batch is shared out."""

import os
from typing import Any

import torch

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.run.settings import Precision

_ACCELERATE = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}


def build_accelerator(precision: Precision, accumulation: int = 1) -> Any:
    """An ``accelerate.Accelerator``.

    Raises:
        ConfigurationError: The precision does not exist on this device.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState
    from accelerate.utils import DistributedDataParallelKwargs

    wanted = mixed_precision(precision)
    # The state is shared by all accelerators of a process, and refuses a second precision.
    AcceleratorState._reset_state()
    try:
        return Accelerator(
            cpu=not torch.cuda.is_available(),
            mixed_precision=wanted,
            gradient_accumulation_steps=accumulation,
            # A micro-batch may leave a part of the network unused.
            kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],
        )
    except ValueError as error:
        if "requires" not in str(error):
            raise
        raise ConfigurationError(f"{error}.", "Set precision: auto.") from error


def mixed_precision(wanted: Precision) -> str | None:
    """In accelerate's words; ``None`` where its own configuration decides."""
    if wanted != "auto":
        return _ACCELERATE[wanted]
    if "ACCELERATE_MIXED_PRECISION" in os.environ:
        return None
    return "bf16" if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else "no"


def processes() -> tuple[int, int]:
    """The number of this process, and of all that train together."""
    from accelerate import PartialState

    # Without a GPU accelerate looks for other processes only when it is told to use the CPU.
    state = PartialState(cpu=not torch.cuda.is_available())
    return state.process_index, state.num_processes


def accumulation(batch: int, micro_batch: int | None) -> int:
    """Micro-batches per update on each device.

    Raises:
        ConfigurationError: The batch cannot be shared out.
    """
    world = processes()[1]
    each = micro_batch or max(1, batch // world)
    steps, rest = divmod(batch, each * world)
    if rest or not steps:
        raise ConfigurationError(
            f"A batch of {batch} cannot be made of micro-batches of {each} on {world} devices.",
            f"Make batch a multiple of {each * world}.",
        )
    return steps


def leave_group() -> None:
    """Processes that train together part in order: one that just ends while its group lives is aborted."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
