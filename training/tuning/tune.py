"""Train an adapter with TRL's SFTTrainer and save it."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from seamless_retail.core.errors import ConfigurationError, MissingExtraError
from seamless_retail.training.run import Run, run_trainer, trainer_arguments, trainer_callbacks
from seamless_retail.training.run.progress import console
from seamless_retail.training.tuning.bases import Opened, open_base, packs, with_adapter
from seamless_retail.training.tuning.chatml import as_stored
from seamless_retail.training.tuning.settings import TuningSettings

ADAPTER = "adapter"
"""Folder of the adapter and its tokenizer, in PEFT's own format."""


class Tuned(NamedTuple):
    """A base with its trained adapter."""

    model: Any
    tokenizer: Any


def tune(
    run: Run, settings: TuningSettings, records: Sequence[Mapping[str, Any]], *, name: str, answers: bool
) -> Tuned | None:
    """Train and save ``out/adapter``; returns the model with its adapter, or ``None`` when the training was stopped.

    Args:
        run: Of the recipe.
        settings: Of the adapter.
        records: ``{"messages": …}`` or ``{"text": …}``.
        name: Of the training.
        answers: Whether the loss is on what the assistant says alone; for messages.
    """
    opened = open_base(settings, train=True)
    model = with_adapter(opened, settings.lora, settings.optimisation.gradient_checkpointing)
    if run.is_main:
        trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
        console.print(f"{name}: {len(records):,} records, {trained:,} parameters train, writing to {run.out}")
    trainer = _trainer(run, settings, opened, model, records, name, answers)
    run_trainer(trainer, run)
    if run.stopped:
        return None
    tuned = Tuned(trainer.accelerator.unwrap_model(trainer.model), opened.tokenizer)
    if run.is_main:
        save_adapter(run.out / ADAPTER, *tuned, settings)
    return tuned


class Sides(NamedTuple):
    """Records that are trained on, and those that are judged."""

    train: list[dict[str, Any]]
    held_out: list[dict[str, Any]]


def split_file(records: list[dict[str, Any]], held_out: int, run: Run) -> Sides:
    """Records of files: the last ``held_out`` are judged, the others trained on.

    Raises:
        ConfigurationError: Nothing is left to train on.
    """
    if len(records) <= held_out:
        raise ConfigurationError(
            f"{len(records)} records are too few to hold {held_out} out.", "Give more records, or lower held_out."
        )
    return Sides(list(run.limited(records[:-held_out])), records[-held_out:])


def save_adapter(folder: Path, model: Any, tokenizer: Any, settings: TuningSettings) -> None:
    """Write adapter and tokenizer; the base's name is as the settings have it, not a path of this machine."""
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)  # PEFT's card says nothing of this adapter
    page = folder / "adapter_config.json"
    config = json.loads(page.read_text(encoding="utf-8")) | {"base_model_name_or_path": settings.base}
    page.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _trainer(
    run: Run,
    settings: TuningSettings,
    opened: Opened,
    model: Any,
    records: Sequence[Mapping[str, Any]],
    name: str,
    answers: bool,
) -> Any:
    try:
        import datasets
        from trl import SFTConfig, SFTTrainer  # type: ignore[attr-defined]  # exported when asked for
    except ImportError as error:
        raise MissingExtraError("Training with TRL", "train") from error
    datasets.disable_progress_bars()
    if settings.packing and not packs(settings):
        console.print("Records are not packed: that needs a GPU and flash-attn, which keeps them apart.")
    packed = packs(settings)
    arguments = trainer_arguments(
        run,
        settings.optimisation,
        size=None if packed else len(records),
        max_length=settings.max_length,
        packing=packed,
        assistant_only_loss=answers,
    )
    return SFTTrainer(
        model=model,
        args=SFTConfig(**arguments),
        train_dataset=datasets.Dataset.from_list([_as_stored(record, opened.tokenizer) for record in records]),
        processing_class=opened.tokenizer,
        callbacks=trainer_callbacks(run, name),
    )


def _as_stored(record: Mapping[str, Any], tokenizer: Any) -> dict[str, Any]:
    """Texts end their messages as the tokenizer does; messages are written by its template."""
    return {"text": as_stored(record["text"], tokenizer)} if "text" in record else dict(record)
