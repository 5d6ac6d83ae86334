"""What each stage trains and what it leaves alone, on gradients and on the files it writes."""

from pathlib import Path
from typing import Any

import pytest
import torch

from seamless_retail.models.clara import ClaraModel
from seamless_retail.models.clara.roles import adapter_of
from seamless_retail.training.clara.collation import Candidates, Collator, Prompts
from seamless_retail.training.clara.journey import Options, run_stages
from seamless_retail.training.clara.loop import Outcome
from seamless_retail.training.clara.objectives import ChooseObjective, ReadObjective
from seamless_retail.training.clara.records import RecordFile
from seamless_retail.training.recipes.clara_stage3 import Stage3Recipe

Trained = tuple[Path, dict[str, Outcome]]
ROLES = ("compressor", "generator", "reasoner")


def part_of(name: str) -> str:
    if not name.startswith("base."):
        return name.partition(".")[0]
    return adapter_of(name) or "base"


def changed(before: ClaraModel, after: ClaraModel) -> set[str]:
    """Parts in which any tensor differs."""
    old = before.state_dict()
    return {
        part_of(name)
        for name, value in after.state_dict().items()
        if name in old and name != "readout.fade" and not torch.equal(value, old[name])
    }


def load(out: Path, stage: str) -> ClaraModel:
    model: ClaraModel = ClaraModel.from_pretrained(out / stage)
    return model


def test_every_stage_runs_all_its_updates(trained: Trained) -> None:
    _, outcomes = trained
    assert {name: (outcome.updates, outcome.complete) for name, outcome in outcomes.items()} == {
        "reader": (4, True), "stage1": (4, True), "stage2": (3, True), "stage3": (3, True),
    }  # fmt: skip


def test_the_reader_trains_the_base_alone(trained: Trained) -> None:
    out, _ = trained
    reader = load(out, "reader")
    for role in ("compressor", "generator"):
        b = [value for name, value in reader.roles.parameters(role) if "lora_B" in name]
        assert b and not any(value.any() for value in b), "an untrained adapter changes nothing"


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("reader", "stage1", {"base", "compressor", "generator", "readout"}),
        ("stage1", "stage2", {"base", "compressor", "generator", "readout"}),
        ("stage2", "stage3", {"generator"}),
    ],
)
def test_what_a_stage_changes(trained: Trained, before: str, after: str, parts: set[str]) -> None:
    out, _ = trained
    assert changed(load(out, before), load(out, after)) == parts


def test_the_reasoner_starts_as_the_compressor_and_learns(trained: Trained) -> None:
    out, _ = trained
    last = load(out, "stage3")
    compressor, reasoner = (dict(last.roles.parameters(role)) for role in ("compressor", "reasoner"))
    pairs = [(value, reasoner[name.replace("compressor", "reasoner")]) for name, value in compressor.items()]
    assert any(not torch.equal(one, other) for one, other in pairs)
    assert all(torch.allclose(one, other, atol=0.01) for one, other in pairs), "three updates of 1e-3 do not lead far"


def test_stage_two_begins_with_all_of_stage_one(trained: Trained, configure: Any, tmp_path: Path) -> None:
    out, _ = trained
    journey = configure("stage2.learning_rate=1e-12", "stage2.updates=1")
    run_stages(journey, ("stage2",), Options(tmp_path, start=out / "stage1"))
    after = load(tmp_path, "stage2").state_dict()
    assert all(
        torch.allclose(value, after[name], atol=1e-9) for name, value in load(out, "stage1").state_dict().items()
    )


@pytest.fixture
def chooser(trained: Trained, configure: Any, data: dict[str, Path]) -> tuple[ChooseObjective, Candidates]:
    """Stage 3 at its beginning, and a batch with one to four candidates per question."""
    model = load(trained[0], "stage2")
    collator = Collator(Prompts(model.tokenizer, "compact"), model.config)
    objective = Stage3Recipe(configure(), model, collator).objective
    return objective, collator.candidates(RecordFile(data["stage3"], "stage3")[:4], 4, seed=1)


def gradients(objective: torch.nn.Module) -> set[str]:
    found = {
        part_of(n.removeprefix("model."))
        for n, p in objective.named_parameters()
        if p.grad is not None and p.grad.any()
    }
    objective.zero_grad()
    return found


def test_the_answers_loss_reaches_the_reasoner_through_the_choice(
    chooser: tuple[ChooseObjective, Candidates],
) -> None:
    objective, batch = chooser
    assert {len(documents) for documents in batch.documents} == {1, 2, 3, 4}, "different counts of candidates"
    found = objective.train()(batch)
    found["loss"].backward()
    assert torch.equal(found["loss"], found["answer"]), "the answer's loss is the only one"
    assert gradients(objective) == {"reasoner", "generator"}


def test_the_warm_start_teaches_the_reasoner_alone(chooser: tuple[ChooseObjective, Candidates]) -> None:
    objective, batch = chooser
    objective.warm_start = True
    objective.train()(batch)["loss"].backward()
    assert gradients(objective) == {"reasoner"}


def test_the_warm_start_learns_to_choose(trained: Trained, configure: Any, tmp_path: Path) -> None:
    journey = configure(
        "stage3.updates=25", "stage3.contrastive_updates=25", "stage3.learning_rate=0.01", "stage3.batch=6"
    )
    outcome = run_stages(journey, ("stage3",), Options(tmp_path, start=trained[0] / "stage2"))["stage3"]
    assert sum(outcome.losses[-5:]) < 0.7 * sum(outcome.losses[:5])


def test_a_frozen_base_leaves_reading_to_the_generator(configure: Any, trained: Trained) -> None:
    model = load(trained[0], "stage1")
    model.config.train_base = False
    model.trainable("stage1")
    collator = Collator(Prompts(model.tokenizer, "compact"), model.config)
    batch = collator.packed(RecordFile(configure().data["stage1"][0], "stage1")[:2], 0)
    objective = ReadObjective(model)
    objective(batch)["loss"].backward()
    assert gradients(objective) == {"generator"}


def test_gradient_checkpointing_changes_no_loss(trained: Trained, configure: Any, tmp_path: Path) -> None:
    losses = []
    for wanted in ("true", "false"):
        journey = configure(f"gradient_checkpointing={wanted}", "stage1.updates=2")
        found = run_stages(journey, ("stage1",), Options(tmp_path / wanted, start=trained[0] / "stage1"))
        losses.append(found["stage1"].losses)
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)
