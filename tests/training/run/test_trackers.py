"""Figures are really written: TensorBoard's files are read back, and Weights & Biases' of an offline run."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import MissingExtraError
from seamless_retail.training.run.settings import Tracking
from seamless_retail.training.run.trackers import open_trackers


def scalars(folder: Path, name: str) -> dict[int, float]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder))
    found.Reload()
    return {event.step: event.value for event in found.Scalars(name)}


def test_tensorboard_is_on_by_default_and_a_resumed_run_continues_it(
    train: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    out = tmp_path / "run"
    train("--out", str(out), stop_at=6)
    train("--out", str(out), "--resume")
    written = scalars(out / "logs", "training/loss")
    assert sorted(written) == list(range(1, 9))
    assert sorted(scalars(out / "logs", "training/error")) == [4, 8]


def test_nothing_is_written_where_nothing_is_asked_for(train: Callable[..., tuple[int, Any]], tmp_path: Path) -> None:
    train("--out", str(tmp_path / "run"), "--set", "tracking.tensorboard=false")
    assert not (tmp_path / "run/logs").exists()


def test_wandb_writes_an_offline_run(train: Callable[..., tuple[int, Any]], tmp_path: Path) -> None:
    if find_spec("wandb") is None:
        pytest.skip("wandb is not installed")
    logs = tmp_path / "run/logs"
    assert train("--out", str(logs.parent), "--set", "tracking={tensorboard: false, wandb: offline}")[0] == 0
    (page,) = logs.glob("wandb/offline-run-*/run-*.wandb")
    assert b"training/loss" in page.read_bytes()
    assert (logs / "wandb.id").read_text() in page.name


def test_a_tracker_that_is_not_installed_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"seamless-retail\[wandb\]"):
        open_trackers(Tracking(tensorboard=False, wandb="offline"), tmp_path, "line")
