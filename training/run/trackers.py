"""Figures on the way: TensorBoard files, and Weights & Biases where it is asked for."""

import importlib.util
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seamless_retail.core.errors import MissingExtraError
from seamless_retail.training.run.settings import Tracking

_WANDB_ID = "wandb.id"


class Trackers:
    """What :func:`open_trackers` opened."""

    def __init__(self, writer: Any = None, wandb_run: Any = None) -> None:
        self._writer, self._wandb = writer, wandb_run

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Note figures under the number of updates done."""
        if self._writer is not None:
            for name, value in figures.items():
                self._writer.add_scalar(name, value, step)
        if self._wandb is not None:
            self._wandb.log(dict(figures), step=step)

    def close(self) -> None:
        """Write what is left."""
        if self._writer is not None:
            self._writer.close()
        if self._wandb is not None:
            import wandb

            self._wandb.finish()
            wandb.teardown()  # what is left of an offline run is written only now


def open_trackers(tracking: Tracking, folder: Path, name: str, *, first: int = 0, main: bool = True) -> Trackers:
    """Open what the settings ask for.

    Args:
        tracking: The settings.
        folder: For the files.
        name: Of the run.
        first: The update that a resumed run begins with; what was noted after it is dropped.
        main: Whether this is the main process; others note nothing.

    Raises:
        MissingExtraError: A tracker is not installed.
    """
    for package, wanted, extra in (
        ("tensorboard", tracking.tensorboard, "train"),
        ("wandb", _wandb(tracking), "wandb"),
    ):
        if wanted and importlib.util.find_spec(package) is None:
            raise MissingExtraError(f"Logging to {package}", extra)
    if not main:
        return Trackers()
    writer = None
    if tracking.tensorboard:
        from torch.utils.tensorboard import SummaryWriter

        writer = SummaryWriter(str(folder), purge_step=first + 1 if first else None)
    return Trackers(writer, _open_wandb(tracking, folder, name, first) if _wandb(tracking) else None)


def _wandb(tracking: Tracking) -> bool:
    return tracking.wandb != "off"


def _open_wandb(tracking: Tracking, folder: Path, name: str, first: int) -> Any:
    """A run that goes on under its old id."""
    import wandb

    folder.mkdir(parents=True, exist_ok=True)
    page = folder / _WANDB_ID
    if not (first and page.is_file()):
        page.write_text(uuid.uuid4().hex[:12], encoding="utf-8")
    return wandb.init(
        project=tracking.project,
        name=name,
        id=page.read_text(encoding="utf-8"),
        mode="online" if tracking.wandb == "online" else "offline",
        dir=str(folder),
        resume="allow" if tracking.wandb == "online" else None,
        settings=wandb.Settings(silent=True, x_disable_stats=True, console="off"),
    )
