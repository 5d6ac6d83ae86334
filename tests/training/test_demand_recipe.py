"""The demand recipe: trains, resumes where it stopped, and its weights load."""

import json
from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.forecaster import Forecaster
from seamless_retail.training.data.demand import synthetic_panel
from seamless_retail.training.recipes.demand import Trainer, main, read_panel
from seamless_retail.training.recipes.demand_config import Config


def test_it_writes_weights_that_forecast_and_a_card(tmp_path: Path) -> None:
    assert main(["--config", "test", "--out", str(tmp_path)]) == 0
    found = Forecaster.load(tmp_path).forecast(synthetic_panel(7), 4)
    assert np.isfinite(found.mean).all()
    assert "Weights of step" in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_a_dry_run_trains_nothing(tmp_path: Path) -> None:
    assert main(["--config", "test", "--out", str(tmp_path / "none"), "--dry-run"]) == 0
    assert not (tmp_path / "none").exists()


def test_stopped_and_resumed_it_arrives_where_it_would_have(tmp_path: Path) -> None:
    config = Config.read("test")
    panel = read_panel(config, Path(), 7)
    whole = Trainer(panel, config, 7, tmp_path / "whole")
    first = Trainer(panel, config, 7, tmp_path / "parts")
    losses = [whole.train_step() for _ in range(6)]
    for _ in range(3):
        first.train_step()
    first.save()
    second = Trainer(panel, config, 99, tmp_path / "parts")
    second.resume()
    assert [second.train_step() for _ in range(3)] == pytest.approx(losses[3:], rel=1e-4)
    assert json.loads((tmp_path / "parts" / "checkpoint.json").read_text(encoding="utf-8"))["step"] == 3


def test_no_window_that_is_trained_on_reaches_into_the_validation(tmp_path: Path) -> None:
    config = Config.read("test")
    panel = read_panel(config, Path(), 7)
    _, origins = Trainer(panel, config, 7, tmp_path).sampler.draw(500)
    assert origins.max() + config.horizon <= panel.length - config.horizon
    assert panel.length == synthetic_panel(7).length - config.holdout


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Give shop, weekly, test or a YAML file"):
        Config.read(str(tmp_path / "absent.yaml"))
    assert main(["--config", "test", "--out", str(tmp_path), "--resume"]) == 1
