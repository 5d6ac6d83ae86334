"""The recipes of the voice run, with both signs of an adapter, and what they write is read again."""

from pathlib import Path

import pytest
import torch

from seamless_retail.models.adapters import AdapterShelf
from seamless_retail.models.style_scorer import StyleScorer
from seamless_retail.training.recipes import personality, personality_base, style_scorer
from seamless_retail.training.recipes.personality import Lesson, PersonalitySettings, _both_ends
from seamless_retail.training.run import Run, main


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("base")
    arguments = ["--config", "test", "--out", str(out), "--max-samples", "40", "--set", "optimisation.updates=1"]
    assert main(personality_base.RECIPE, [*arguments, "--set", "tracking.tensorboard=false"]) == 0
    return out


def test_adapters_are_trained_over_a_base(base, tmp_path):
    arguments = ["--config", "test", "--out", str(tmp_path), "--max-samples", "4", "--set", f"base_model={base}"]
    only = ["--set", "only=[warmth,fashion]", "--set", "tracking.tensorboard=false"]
    assert main(personality.RECIPE, [*arguments, *only]) == 0
    shelf = AdapterShelf.open(tmp_path)
    assert set(shelf.adapters) == {"warmth", "fashion"}
    assert shelf.wording == "numbered"
    assert shelf.adapters["warmth"].allowance.added
    assert not shelf.adapters["fashion"].allowance.added


def test_a_dry_run_counts_the_records(tmp_path, capsys):
    assert main(personality.RECIPE, ["--config", "test", "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    assert not (tmp_path / "out").exists()


def test_low_wordings_are_learned_with_weight_minus_one(base):
    from peft import LoraConfig, get_peft_model

    from seamless_retail.models.adapters import open_model
    from seamless_retail.training.data.persona_records import read_examples

    model, tokenizer = open_model(str(base))
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False))
    settings = PersonalitySettings(wording="numbered", transplants=0.0)
    lesson = Lesson(read_examples().of("warmth", ("dev",)), tokenizer, settings)
    scales = []
    handle = next(personality._lora_layers(adapted)).register_forward_pre_hook(
        lambda layer, _: scales.append(layer.scaling["default"])
    )
    found = _both_ends(adapted, 0, lesson)
    handle.remove()
    assert scales[0] == -scales[1] < 0
    torch.testing.assert_close(found["loss"], (found["low"] + found["high"]) / 2)


def test_a_scorer_of_few_triples_is_written_and_read(tmp_path):
    settings = style_scorer.ScorerSettings(sides=("dev",))
    style_scorer.train(settings, Run(out=tmp_path, data=tmp_path, max_samples=3))
    assert StyleScorer.load(folder=tmp_path).scores(["The dress is here."]).shape == (1, 4)
    assert "held out" in (tmp_path / "README.md").read_text(encoding="utf-8")
