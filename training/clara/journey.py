"""The journey: each stage checks its records, starts from the stage before, trains, and leaves a model."""

import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.clara.collation import Collator, Prompts
from seamless_retail.training.clara.config import Data, Journey
from seamless_retail.training.clara.feeding import Feed
from seamless_retail.training.clara.loop import StageLoop
from seamless_retail.training.clara.recipe import Recipe
from seamless_retail.training.clara.records import RecordFile
from seamless_retail.training.clara.sources import Source, open_source, record_format
from seamless_retail.training.clara.starting import starting_model
from seamless_retail.training.run.devices import accumulation, build_accelerator, leave_group, processes
from seamless_retail.training.run.errors import RecordError, TrainingError
from seamless_retail.training.run.loop import Outcome
from seamless_retail.training.run.optimising import planned_updates
from seamless_retail.training.run.progress import console

_SHOWN_FAULTS = 20
_RECIPES = {
    "reader": ("clara_reader", "ReaderRecipe"),
    "stage1": ("clara_stage1", "Stage1Recipe"),
    "stage2": ("clara_stage2", "Stage2Recipe"),
    "stage3": ("clara_stage3", "Stage3Recipe"),
}


@dataclass(frozen=True)
class Options:
    """What the command line adds to the settings."""

    out: Path
    start: Path | None = None
    """A model for the first stage to start from."""
    resume: bool = False
    max_samples: int | None = None
    max_minutes: float = math.inf
    """For all stages together."""


def run_stages(journey: Journey, stages: Sequence[str], options: Options) -> dict[str, Outcome]:
    """Train the stages one after another; the model of each lies in ``out/<stage>``.

    A stage that was stopped (by time or by an interrupt) ends the journey; ``resume`` goes on from there and skips the
    stages that are done.

    Raises:
        SeamlessError: What a stage cannot do, with advice.
    """
    deadline = time.monotonic() + options.max_minutes * 60
    outcomes: dict[str, Outcome] = {}
    for number, stage in enumerate(stages):
        if options.resume and _is_done(options.out / stage):
            console.print(f"{stage} is done: {options.out / stage}", soft_wrap=True)
            continue
        start = options.start if number == 0 else None
        outcomes[stage] = run_stage(journey, stage, options, start, deadline)
        if not outcomes[stage].complete:
            break
    leave_group()
    return outcomes


def run_stage(journey: Journey, stage: str, options: Options, start: Path | None, deadline: float) -> Outcome:
    """Train one stage and write its model to ``out/<stage>``; see :func:`run_stages`."""
    settings = journey.stage(stage)
    folder = options.out / stage
    source = _source(journey, stage, options)
    steps, (rank, world) = accumulation(settings.batch, settings.micro_batch), processes()
    accelerator = build_accelerator(journey.precision, steps)
    model = starting_model(journey, stage, options.out, source, start)
    recipe = _recipe(journey, stage, model)
    if journey.gradient_checkpointing:
        model.gradient_checkpointing_enable()
    updates = planned_updates(settings, source.size)
    loop = StageLoop(
        recipe,
        _feed(recipe, source, steps, rank, world),
        updates=updates,
        accumulation=steps,
        folder=folder,
        accelerator=accelerator,
        watch=_watch(recipe, options),
        run=_identity(journey, stage, source, world),
    )
    _announce(stage, model, updates, folder)
    outcome = loop.train(resume=options.resume, deadline=deadline)
    _save(loop, model, folder, outcome)
    return outcome


def check_records(journey: Journey, stages: Sequence[str], options: Options) -> dict[str, int]:
    """Read every record of the stages; returns how many each has, 0 for data without end, of which a window is read.

    Raises:
        TrainingError: Some are not of their format; names file, line and field of each, up to twenty.
    """
    counts, faults = {}, []
    for stage in stages:
        journey.stage(stage)
        data = _data(journey, stage)
        if isinstance(data, tuple):
            found = [RecordFile(path, record_format(stage)) for path in data]
            faults += [fault for part in found for fault in part.faults()]
            counts[stage] = sum(map(len, found))
        else:
            source = _source(journey, stage, options)
            source.window(0, min(64, source.size or 64))
            counts[stage] = source.size or 0
    if faults:
        raise _bad_records(faults)
    return counts


def _bad_records(faults: Sequence[RecordError]) -> TrainingError:
    listed = "\n".join(fault.message for fault in faults[:_SHOWN_FAULTS])
    return TrainingError(
        f"{len(faults)} records are not of their format:\n{listed}",
        "Correct them; the formats are in training/clara/records.py.",
    )


def _data(journey: Journey, stage: str) -> Data:
    found = journey.data.get(stage)  # type: ignore[call-overload]  # a stage's name is one of the keys
    if found is None and stage == "reader":
        found = journey.data.get("stage1")
    if found is None:
        raise ConfigurationError(
            f"The configuration names no data for {stage}.", f"Pass --set data.{stage}=FILE.jsonl, or write it there."
        )
    data: Data = found
    return data


def _source(journey: Journey, stage: str, options: Options) -> Source:
    settings = journey.stage(stage)
    needed = settings.updates and settings.updates * settings.batch
    return open_source(_data(journey, stage), stage, journey.seed, options.out / "data", options.max_samples, needed)


def _recipe(journey: Journey, stage: str, model: Any) -> Recipe:
    module, name = _RECIPES[stage]
    kind = getattr(import_module(f"seamless_retail.training.recipes.{module}"), name)
    recipe: Recipe = kind(journey, model, _collator(journey, stage, model))
    return recipe


def _collator(journey: Journey, stage: str, model: Any) -> Collator:
    """With a tokenizer of its own, for the thread that uses it."""
    prompts = Prompts(copy.deepcopy(model.tokenizer), model.config.prompt)
    return Collator(prompts, model.config, journey.stage(stage).isolate_questions)


def _feed(recipe: Recipe, source: Source, steps: int, rank: int, world: int) -> Feed:
    settings, seed = recipe.settings, recipe.journey.seed
    return Feed(
        source,
        _collator(recipe.journey, recipe.name, recipe.model),
        recipe.sample,
        lambda collator, records, step: recipe.collate(
            collator, records, recipe.rate(step // steps, step), seed * 1_000_003 + step
        ),
        micro_batch=settings.micro_batch,
        accumulation=steps,
        bucket=settings.bucket,
        seed=seed,
        rank=rank,
        world=world,
    )


def _watch(recipe: Recipe, options: Options) -> Any:
    from seamless_retail.training.clara.watching import Watch

    watch, stage = recipe.journey.watch, recipe.name
    if watch.data is None or stage not in watch.stages:
        return None
    source = open_source(watch.data, stage, recipe.journey.seed, options.out / "data")
    records = source.window(0, min(watch.records, source.size or watch.records))
    return Watch(recipe, _collator(recipe.journey, stage, recipe.model), records, recipe.settings.micro_batch)


def _identity(journey: Journey, stage: str, source: Source, world: int) -> dict[str, Any]:
    """What the order of the data depends on."""
    settings = journey.stage(stage)
    shared = {name: getattr(settings, name) for name in ("batch", "micro_batch", "bucket", "questions_per_document")}
    return {"stage": stage, "seed": journey.seed, "devices": world, "records": source.size, **shared}


def _announce(stage: str, model: Any, updates: int, folder: Path) -> None:
    trained = sum(value.numel() for value in model.parameters() if value.requires_grad)
    total = sum(value.numel() for value in model.parameters())
    console.print(
        f"{stage}: {updates} updates, {trained:,} of {total:,} parameters train, writing to {folder}", soft_wrap=True
    )


def _save(loop: StageLoop, model: Any, folder: Path, outcome: Outcome) -> None:
    """The model, whole only when the stage is; a stopped stage leaves its checkpoint and ``partial``."""
    target = folder if outcome.complete else folder / "partial"
    state = loop.gathered_state()
    model.eval()
    model.save_pretrained(target, is_main_process=loop.accelerator.is_main_process, state_dict=state)
    if not outcome.complete:
        console.print(
            f"Stopped after {outcome.updates} of {outcome.planned} updates. Go on with --resume; "
            f"the model as it is now: {target}",
            soft_wrap=True,
        )


def _is_done(folder: Path) -> bool:
    return (folder / "manifest.json").is_file()
