"""Stopping, going on, and what is said when a run cannot go on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from seamless_retail.core.errors import ConfigurationError, ModelFileError
from seamless_retail.training.clara.command import main
from seamless_retail.training.clara.journey import Options, run_stages
from seamless_retail.training.clara.objectives import ReadObjective
from seamless_retail.training.run.checkpoints import checkpoints
from seamless_retail.training.run.errors import CheckpointError, DivergedError, MemoryExhaustedError

LONGER = ("stage1.updates=6", "stage1.optimizer=muon", "stage1.text_share=0.3", "model.lora_dropout=0.1")


def stop_after(monkeypatch: pytest.MonkeyPatch, updates: int) -> None:
    """As Ctrl-C does, after so many updates of this process."""
    from seamless_retail.training.run.loop import Loop

    original, done = Loop._update, []

    def update(self: Loop, *arguments: Any) -> Any:
        done.append(1)
        if len(done) == updates:
            self._stop.set()
        return original(self, *arguments)

    monkeypatch.setattr(Loop, "_update", update)


def test_a_resumed_run_has_the_losses_of_an_uninterrupted_one(
    trained: Any, configure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey, start = configure(*LONGER), trained[0] / "reader"
    whole = run_stages(journey, ("stage1",), Options(tmp_path / "whole", start=start))["stage1"]
    with monkeypatch.context() as patch:
        stop_after(patch, 3)
        first = run_stages(journey, ("stage1",), Options(tmp_path / "parts", start=start))["stage1"]
    assert (first.updates, first.complete) == (3, False)
    assert not (tmp_path / "parts/stage1/manifest.json").exists(), "a stopped stage is not taken for a whole one"
    rest = run_stages(journey, ("stage1",), Options(tmp_path / "parts", start=start, resume=True))["stage1"]
    assert first.losses + rest.losses == whole.losses
    one, other = ((tmp_path / name / "stage1/readout.safetensors").read_bytes() for name in ("whole", "parts"))
    assert one == other


def test_no_time_left_means_one_update_and_a_checkpoint(trained: Any, configure: Any, tmp_path: Path) -> None:
    options = Options(tmp_path, start=trained[0] / "reader", max_minutes=0)
    outcomes = run_stages(configure(), ("stage1", "stage2"), options)
    assert {name: outcome.updates for name, outcome in outcomes.items()} == {"stage1": 1}, "stage 2 waits"
    assert [path.name for path in checkpoints(tmp_path / "stage1/checkpoints")] == ["update-0000001"]


def test_stages_that_are_done_are_skipped_on_resume(trained: Any, configure: Any) -> None:
    assert run_stages(configure(), ("reader", "stage1", "stage2", "stage3"), Options(trained[0], resume=True)) == {}


def test_checkpoints_hold_tensors_and_numbers_only(trained: Any) -> None:
    found = checkpoints(trained[0] / "stage1/checkpoints")
    assert [path.name for path in found] == ["update-0000002", "update-0000004"]
    assert {path.suffix for folder in found for path in folder.iterdir()} == {".safetensors", ".json"}
    assert json.loads((found[-1] / "state.json").read_text())["update"] == 4


def test_a_checkpoint_of_another_run_is_refused(trained: Any, configure: Any, tmp_path: Path) -> None:
    options = Options(tmp_path, start=trained[0] / "reader", max_minutes=0)
    run_stages(configure(), ("stage1",), options)
    with pytest.raises(CheckpointError, match="seed 7, and now it is 8"):
        run_stages(configure("seed=8"), ("stage1",), Options(tmp_path, options.start, resume=True))


def test_a_loss_that_is_not_finite_ends_with_advice(
    trained: Any, configure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = ReadObjective.forward
    monkeypatch.setattr(
        ReadObjective, "forward", lambda self, batch: {k: v * float("nan") for k, v in original(self, batch).items()}
    )
    with pytest.raises(DivergedError, match="learning_rate"):
        run_stages(configure(), ("stage1",), Options(tmp_path, start=trained[0] / "reader"))
    assert not checkpoints(tmp_path / "stage1/checkpoints"), "broken weights are not stored"


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory."), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_no_memory_ends_with_advice(
    trained: Any, configure: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def forward(self: Any, batch: Any) -> Any:
        raise error

    monkeypatch.setattr(ReadObjective, "forward", forward)
    with pytest.raises(MemoryExhaustedError, match="Halve micro_batch"):
        run_stages(configure(), ("stage1",), Options(tmp_path, start=trained[0] / "reader"))


def test_a_stage_without_the_one_before_says_so(configure: Any, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="stage2 goes on from stage1"):
        run_stages(configure(), ("stage2",), Options(tmp_path))


def test_a_batch_that_cannot_be_shared_out_is_refused(configure: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="multiple of 3"):
        run_stages(configure("reader.micro_batch=3"), ("reader",), Options(tmp_path))


def test_figures_reach_tensorboard(trained: Any, configure: Any, tmp_path: Path) -> None:
    journey = configure("tracking.tensorboard=true", "stage1.updates=2", f"watch.data={configure().data['stage1'][0]}")
    outcome = run_stages(journey, ("stage1",), Options(tmp_path, start=trained[0] / "reader"))["stage1"]
    assert "watched exact@4" in outcome.measured
    assert list((tmp_path / "stage1/logs").rglob("events.out.tfevents*"))


def test_a_dry_run_lists_every_bad_record_and_trains_nothing(
    data: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"data_type": "qa", "question": ["?"], "answers": [], "docs": ["a"]}\nnonsense\n', encoding="utf-8")
    common = ["--config", "test", "--out", str(tmp_path / "run"), "--dry-run", "--stages", "1,2"]
    both = ["--set", f"data.stage2={data['stage2']}", "--set"]
    assert main([*common, *both, f"data.stage1={bad}"]) == 1
    said = capsys.readouterr().err
    assert f"{bad}, line 1, field 'answers'" in said
    assert f"{bad}, line 2, field '(whole line)'" in said
    assert main([*common, *both, f"data.stage1={data['stage1']}"]) == 0
    assert not (tmp_path / "run").exists()


def test_each_stage_runs_alone_and_through_seamless(trained: Any, data: dict[str, Path], tmp_path: Path) -> None:
    options = ["--config", "test", "--out", str(tmp_path / "a"), "--set", f"data.stage1={data['stage1']}", "--dry-run"]
    for command in (
        ["-m", "seamless_retail.training.recipes.clara_stage1"],
        ["-m", "seamless_retail.graphs.cli", "train", "clara", "--stages", "1"],
    ):
        done = subprocess.run([sys.executable, *command, *options], capture_output=True, text=True, check=False)
        assert (done.returncode, "stage1: 24 records" in done.stderr) == (0, True), done.stderr
