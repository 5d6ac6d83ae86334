"""A recipe small enough to train in a blink: a line through points, with noise in its dropout and a running mean."""

import json
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from seamless_retail.training.run import Optimisation, Order, Recipe, RecipeSettings, Run, main, optimise


class LineSettings(RecipeSettings):
    slope: float = 2.0
    optimisation: Optimisation


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.BatchNorm1d(1), nn.Dropout(0.3), nn.Linear(1, 1))

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.layers(x)
        self.seen = found.dtype
        return found


CONFIG = """
slope: 2.0
optimisation: {updates: 8, batch: 8, micro_batch: 4, learning_rate: 0.05, checkpoint_every: 3, log_every: 1}
"""


@dataclass
class Diary:
    """What a run did."""

    losses: list[float] = field(default_factory=list)
    dtypes: set[torch.dtype] = field(default_factory=set)
    watched: int = 0
    stop_at: int | None = None


def line_recipe(diary: Diary) -> Recipe[LineSettings]:
    def records(settings: LineSettings, run: Run) -> list[tuple[float, float]]:
        return [(x / 10, settings.slope * x / 10) for x in range(len(run.limited(range(24))))]

    def check(settings: LineSettings, run: Run) -> Mapping[str, int]:
        return {"points": len(records(settings, run))}

    def train(settings: LineSettings, run: Run) -> None:
        torch.manual_seed(run.seed)
        model, points = Line(), torch.tensor(records(settings, run))
        order = Order(len(points), run.seed)

        def batch_loss(module: nn.Module, number: int) -> Mapping[str, Tensor]:
            if number == diary.stop_at:
                signal.raise_signal(signal.SIGINT)  # as Ctrl-C
            x, y = points[order.draw(number, 4)].T[:, :, None]
            found = module(x)
            diary.dtypes.add(model.seen)
            loss = (found.float() - y).square().mean()
            diary.losses.append(float(loss.detach()))
            return {"loss": loss, "off": (found.float() - y).abs().mean()}

        def watch(module: nn.Module) -> Mapping[str, float]:
            assert not module.training
            diary.watched += 1
            return {"error": float((module(points[:, :1]) - points[:, 1:]).abs().mean())}

        done = optimise(run, settings.optimisation, model, batch_loss, size=len(points), watch=watch, watch_every=4)
        if not run.stopped:
            text = {name: value.tolist() for name, value in model.state_dict().items()} | {"updates": done}
            (run.out / "line.json").write_text(json.dumps(text), encoding="utf-8")

    return Recipe("line", LineSettings, check, train)


Train = Callable[..., tuple[int, Diary]]


@pytest.fixture
def train(tmp_path: Path) -> Train:
    """Runs the recipe with the arguments of a command line; returns exit code and diary."""
    config = tmp_path / "line.yaml"
    config.write_text(CONFIG, encoding="utf-8")

    def run(*arguments: str, stop_at: int | None = None) -> tuple[int, Diary]:
        diary = Diary(stop_at=stop_at)
        return main(line_recipe(diary), ["--config", str(config), "--data", str(tmp_path), *arguments]), diary

    return run
