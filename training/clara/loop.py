"""The loop of a stage: batches of its feed through the loop that all recipes share."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from seamless_retail.training.clara.collation import FULL_TEXT
from seamless_retail.training.clara.feeding import Feed
from seamless_retail.training.clara.recipe import Recipe
from seamless_retail.training.clara.watching import Watch
from seamless_retail.training.run.loop import CHECKPOINTS, LOGS, Loop, Outcome, Plan


class FedLoss:
    """The objective on the next batch of a feed.

    Args:
        feed: Opened at the first number that is asked for.
        device: Of the model.
    """

    def __init__(self, feed: Feed, device: Any) -> None:
        self._feed, self._device = feed, device
        self._batches: Iterator[Any] | None = None

    def __call__(self, objective: nn.Module, step: int) -> Mapping[str, Tensor]:
        """The loss and the figures of micro-batch ``step``; they are asked for in order."""
        if self._batches is None:
            self._batches = self._feed.batches(step)
        batch = next(self._batches).to(self._device)
        return _by_rate(objective(batch), batch.rate)

    def close(self) -> None:
        """End the feed's thread."""
        if self._batches is not None:
            self._batches.close()  # type: ignore[attr-defined]  # it is a generator


class StageLoop:
    """Runs one stage's recipe.

    Args:
        recipe: What is trained and by what.
        feed: Its batches.
        updates: How many.
        accumulation: Micro-batches per update.
        folder: Of the stage; checkpoints and logs go there.
        accelerator: As :func:`~seamless_retail.training.run.devices.build_accelerator` makes it.
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
        journey = recipe.journey
        plan = Plan(
            name=recipe.name,
            settings=recipe.settings,
            updates=updates,
            accumulation=accumulation,
            checkpoints=folder / CHECKPOINTS,
            logs=folder / LOGS,
            seed=journey.seed,
            tracking=journey.tracking,
            log_every=journey.log_every,
            checkpoint_every=journey.checkpoint_every,
            watch_every=journey.watch.every,
            identity=run or {},
        )
        self.accelerator, self._loss = accelerator, FedLoss(feed, accelerator.device)
        look = None if watch is None else lambda objective: watch.look(objective, accelerator.device)
        self._loop = Loop(plan, recipe.objective, recipe.model, self._loss, accelerator, begin=recipe.begin, watch=look)

    def train(self, *, resume: bool, deadline: float) -> Outcome:
        """As :meth:`Loop.train` does."""
        with closing(self._loss):
            return self._loop.train(resume=resume, deadline=deadline)

    def gathered_state(self) -> dict[str, Tensor] | None:
        """The model's tensors where devices hold only a share of them, else ``None``."""
        state = self._loop.gathered_state()
        return None if state is None else {name.removeprefix("model."): value for name, value in state.items()}


def _by_rate(measured: dict[str, Tensor], rate: int) -> dict[str, Tensor]:
    """With the share of exact answers also under the rate's own name."""
    if "exact" not in measured:
        return measured
    return measured | {f"exact@{'text' if rate == FULL_TEXT else rate}": measured["exact"]}
