"""The shared loop through a recipe: resume is exact, a stop leaves a checkpoint, and what is asked for is done."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from seamless_retail.training.run import Order
from seamless_retail.training.run.checkpoints import checkpoints

Train = Callable[..., tuple[int, Any]]


def test_a_resumed_run_is_the_uninterrupted_one(train: Train, tmp_path: Path) -> None:
    code, whole = train("--out", str(tmp_path / "whole"))
    assert (code, len(whole.losses)) == (0, 16), "two micro-batches per update"
    code, first = train("--out", str(tmp_path / "parts"), stop_at=8)
    assert code == 0
    assert not (tmp_path / "parts/training.json").exists(), "a stopped run is not taken for a result"
    code, rest = train("--out", str(tmp_path / "parts"), "--resume")
    assert first.losses + rest.losses == whole.losses
    assert 0 < len(first.losses) < 16
    one, other = (json.loads((tmp_path / name / "line.json").read_text()) for name in ("whole", "parts"))
    assert one == other, "weights and running means alike"


def test_a_stop_says_how_to_go_on(train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, diary = train("--out", str(tmp_path / "run"), "--max-minutes", "0")
    assert (code, len(diary.losses)) == (0, 2), "one update"
    assert "Stopped after 1 of 8 updates. Go on with the same command and --resume" in capsys.readouterr().err
    assert [path.name for path in checkpoints(tmp_path / "run/checkpoints/training")] == ["update-0000001"]


def test_checkpoints_hold_no_pickle(train: Train, tmp_path: Path) -> None:
    train("--out", str(tmp_path / "run"))
    found = checkpoints(tmp_path / "run/checkpoints/training")
    assert [path.name for path in found] == ["update-0000006", "update-0000008"]
    assert {path.suffix for folder in found for path in folder.iterdir()} == {".safetensors", ".json"}


def test_a_checkpoint_of_another_seed_is_refused(
    train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train("--out", str(tmp_path / "run"), "--max-minutes", "0")
    code, _ = train("--out", str(tmp_path / "run"), "--resume", "--set", "seed=5")
    assert code == 1
    assert "seed 0, and now it is 5" in capsys.readouterr().err


def test_a_dry_run_checks_and_writes_nothing(train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, diary = train("--out", str(tmp_path / "run"), "--dry-run", "--max-samples", "5")
    assert (code, diary.losses) == (0, [])
    assert "points: 5" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_bfloat16_reaches_the_model(train: Train, tmp_path: Path) -> None:
    _, diary = train("--out", str(tmp_path / "run"), "--set", "optimisation.precision=bfloat16")
    assert torch.bfloat16 in diary.dtypes


def test_the_model_is_watched_on_the_way_and_at_the_end(train: Train, tmp_path: Path) -> None:
    _, diary = train("--out", str(tmp_path / "run"))
    assert diary.watched == 2


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("optimisation.micro_batch=3", "multiple of 3"),
        ("optimisation.updatez=3", "optimisation.updatez"),
        ("slope", "sets nothing"),
        ("optimisation.learning_rate=1.0e+38", "is not finite"),
    ],
)
def test_what_cannot_be_is_told_with_advice(
    train: Train, tmp_path: Path, capsys: pytest.CaptureFixture[str], override: str, told: str
) -> None:
    assert train("--out", str(tmp_path / "run"), "--set", override)[0] == 1
    assert told in capsys.readouterr().err


def test_every_record_comes_once_an_epoch_in_another_order_each_time() -> None:
    order = Order(10, seed=3)
    drawn = [int(row) for number in range(5) for row in order.draw(number, 4)]
    assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(10))
    assert drawn[:10] != drawn[10:]
    assert list(Order(10, seed=3).draw(3, 4)) == drawn[12:16]
