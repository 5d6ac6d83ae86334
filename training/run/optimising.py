"""``optimise``: a recipe's model through the loop, with everything that its settings ask for."""

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.run.devices import accumulation, processes
from seamless_retail.training.run.loop import Loop, Plan, Watch
from seamless_retail.training.run.progress import console
from seamless_retail.training.run.recipe import Run
from seamless_retail.training.run.settings import Descent, Optimisation


def optimise(
    run: Run,
    optimisation: Optimisation,
    model: nn.Module,
    batch_loss: Callable[[nn.Module, int], Mapping[str, Tensor]],
    *,
    name: str = "training",
    size: int | None = None,
    watch: Watch | None = None,
    watch_every: int = 0,
    optimizers: Sequence[torch.optim.Optimizer] | None = None,
) -> int:
    """Train what of ``model`` requires a gradient; it is moved to the device, and stays there.

    Progress bar, trackers (``out/logs``), checkpoints without pickle (``out/checkpoints/<name>``), exact ``--resume``,
    precision, accumulation, clipping, schedule, time limit and several devices are taken care of.

    Args:
        run: Of the recipe.
        optimisation: How.
        model: What is trained. With several devices the loss calls it as a module (``model(…)``).
        batch_loss: The model and the number of a micro-batch → ``{"loss": scalar, …figures}``. It draws its
            ``micro_batch`` records as a function of the number alone; numbers count over all devices, and with one
            micro-batch per update on one device they are the updates' numbers.
        name: Of the training, where a recipe has several.
        size: Records of an epoch; needed when ``optimisation.updates`` is not given.
        watch: Figures on other records, computed in ``eval()`` and without gradients.
        watch_every: Updates; 0 for the end only.
        optimizers: Instead of AdamW or Muon.

    Returns:
        Updates done, those before a resume included; fewer than planned when ``run.stopped`` is set.

    Raises:
        TrainingError: No memory, a loss that is not finite, or a checkpoint that does not fit.
        ConfigurationError: The settings do not fit together.
    """
    rank, world = processes()
    run.precision = optimisation.precision
    accelerator = run.accelerator

    def loss(module: nn.Module, step: int) -> Mapping[str, Tensor]:
        with accelerator.autocast():
            return batch_loss(module, step * world + rank)

    plan = Plan(
        name=name,
        settings=optimisation,
        updates=planned_updates(optimisation, size),
        accumulation=accumulation(optimisation.batch, optimisation.micro_batch),
        checkpoints=run.checkpoints / name,
        logs=run.logs,
        seed=run.seed,
        tracking=run.tracking,
        log_every=optimisation.log_every,
        checkpoint_every=optimisation.checkpoint_every,
        watch_every=watch_every,
        identity=_identity(run, optimisation, name, size, world),
    )
    loop = Loop(plan, model, model, loss, accelerator, watch=watch, optimizers=optimizers)
    outcome = loop.train(resume=run.resume, deadline=run.deadline)
    if not outcome.complete:
        stop(run, outcome.updates, outcome.planned)
    return outcome.updates


def planned_updates(settings: Descent, size: int | None) -> int:
    """How many updates the settings ask for.

    Raises:
        ConfigurationError: Neither they nor the data say.
    """
    if settings.updates is not None:
        return settings.updates
    if size is None:
        raise ConfigurationError("The data has no end.", "Say how many updates: optimisation.updates.")
    return max(1, math.ceil(size * settings.epochs / settings.batch))


def stop(run: Run, done: int, planned: int) -> None:
    """Note that the training was stopped, and say how to go on."""
    run.stopped = True
    if run.is_main:
        console.print(
            f"Stopped after {done} of {planned} updates. Go on with the same command and --resume "
            f"(checkpoint in {run.checkpoints}).",
            soft_wrap=True,
        )


def _identity(run: Run, optimisation: Optimisation, name: str, size: int | None, world: int) -> dict[str, object]:
    """What the order of the data depends on."""
    shared = {"batch": optimisation.batch, "micro_batch": optimisation.micro_batch}
    return {"training": name, "seed": run.seed, "devices": world, "records": size, **shared}
