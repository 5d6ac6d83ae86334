"""What Hugging Face's trainers are told, and what they cannot do."""

from pathlib import Path

import pytest
from transformers import TrainingArguments
from transformers.optimization import get_scheduler

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.run import Optimisation, Run, trainer_arguments


def arguments(tmp_path: Path, size: int | None = 80, **options: object) -> TrainingArguments:
    optimisation = Optimisation.model_validate({"batch": 8, "micro_batch": 2, **options})
    run = Run(out=tmp_path, data=tmp_path, seed=3)
    return TrainingArguments(**trainer_arguments(run, optimisation, size=size))


def rates(given: TrainingArguments) -> list[float]:
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    steps = given.max_steps
    schedule = get_scheduler(
        given.lr_scheduler_type, optimizer, given.get_warmup_steps(steps), steps, dict(given.lr_scheduler_kwargs or {})
    )
    found = []
    for _ in range(steps):
        found.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return found


def test_batches_updates_and_seeds_are_ours(tmp_path: Path) -> None:
    given = arguments(tmp_path, epochs=3, precision="float32")
    assert (given.per_device_train_batch_size, given.gradient_accumulation_steps, given.max_steps) == (2, 4, 30)
    assert (given.seed, given.data_seed, given.bf16) == (3, 3, False)
    assert Path(given.output_dir or "") == tmp_path / "checkpoints"


def test_epochs_of_unknown_length_are_left_to_the_trainer(tmp_path: Path) -> None:
    given = arguments(tmp_path, size=None, epochs=2)
    assert (given.max_steps, given.num_train_epochs) == (-1, 2)


@pytest.mark.parametrize("schedule", ["cosine", "trapezoid", "constant"])
def test_rates_rise_stay_and_fall_as_in_our_own_loop(tmp_path: Path, schedule: str) -> None:
    found = rates(arguments(tmp_path, updates=50, schedule=schedule, warmup=0.1, decay=0.4, final_share=0.1))
    assert max(found) == pytest.approx(1.0)
    assert found.index(max(found)) == 5
    assert found[28] == (pytest.approx(1.0) if schedule != "cosine" else pytest.approx(0.55, abs=0.05))
    assert found[-1] == pytest.approx(1.0 if schedule == "constant" else 0.1, abs=0.05)


@pytest.mark.parametrize(
    ("size", "options", "told"),
    [(80, {"optimizer": "muon"}, "Muon"), (None, {"schedule": "trapezoid"}, "length")],
)
def test_what_they_cannot_do_is_told(tmp_path: Path, size: int | None, options: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        arguments(tmp_path, size, **options)
