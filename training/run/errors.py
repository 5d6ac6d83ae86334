"""What can go wrong in a training run, each with advice."""

from seamless_retail.core.errors import SeamlessError


class TrainingError(SeamlessError):
    """Base of the errors of training."""


class RecordError(TrainingError, ValueError):
    """A record is not of its format; the message names file, line and field."""

    def __init__(self, place: str, field: str, fault: str) -> None:
        self.place, self.field = place, field
        super().__init__(
            f"{place}, field {field!r}: {fault}.",
            "Correct the record; --dry-run names what is wrong. The recipe says how its records look.",
        )


class MemoryExhaustedError(TrainingError):
    """The device or the machine has no memory left for a batch."""

    def __init__(self, update: int, detail: str) -> None:
        super().__init__(
            f"Out of memory at update {update}: {detail.strip().splitlines()[0]}",
            "Halve micro_batch (batch stays, the gradients are accumulated), set gradient_checkpointing: true, use "
            "shorter records, or spread the model with accelerate (FSDP, DeepSpeed).",
        )


class DivergedError(TrainingError):
    """The loss or the gradient is not a finite number."""

    def __init__(self, update: int, what: str, checkpoint: str) -> None:
        super().__init__(
            f"At update {update} the {what} is not finite; nothing was saved after it.",
            f"Lower learning_rate or lengthen warmup, then go on from {checkpoint} with --resume; prefer bfloat16 to "
            "float16.",
        )


class CheckpointError(TrainingError):
    """A checkpoint is missing, damaged, or belongs to another model or run."""
