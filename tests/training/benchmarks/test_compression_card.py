"""The model card of a CLaRa checkpoint: its figures are of the same weights, its counts those of the model."""

import json
import shutil
from pathlib import Path

import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.training.benchmarks.compression.bench import Bench
from seamless_retail.training.benchmarks.compression.parts import PARTS, measure, write_figures
from seamless_retail.training.clara.config import read_config
from seamless_retail.training.recipes.clara_card import main, write_card


@pytest.fixture(scope="module")
def folder(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to write the card into."""
    copy = tmp_path_factory.mktemp("card") / "model"
    shutil.copytree(checkpoint, copy)
    return copy


def test_card_states_what_the_checkpoint_is(folder: Path, bench: Bench, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    write_figures(figures, folder, {PARTS["f"].name: measure(PARTS["f"], bench)})
    note = "Stage 1 ran for two hours."
    assert main(["--model", str(folder), "--figures", str(figures), "--config", "test", "--note", note]) == 0
    card = (folder / "README.md").read_text(encoding="utf-8")
    total = sum(parameter.numel() for parameter in bench.model.parameters())
    assert f"| all | {total:,} |" in card
    assert "LoRA adapters of rank 2: compressor, generator, reasoner." in card
    assert "seamless train clara --config test" in card
    assert note in card
    assert "| memories 4x |" in card
    assert "Apache-2.0" in card
    assert "\n\n\n" not in card


def test_card_of_a_checkpoint_before_stage_3_does_not_claim_it(folder: Path, tmp_path: Path) -> None:
    from seamless_retail.models.clara import ClaraModel
    from seamless_retail.training.benchmarks.compression.parts import fingerprint

    model = ClaraModel.from_pretrained(folder)
    config = model.config
    config.roles = ("compressor", "generator")
    ClaraModel(config, model.base, model.tokenizer)
    earlier = tmp_path / "earlier"
    ClaraModel.from_pretrained(folder, config=config).save_pretrained(earlier)
    write_card(earlier, {"weights": fingerprint(earlier), "parts": {}}, read_config("test"), "test")
    card = (earlier / "README.md").read_text(encoding="utf-8")
    assert "| stage2 |" in card
    assert "| stage3 |" not in card
    assert "None were measured yet." in card


def test_sets_with_licences_of_their_own_are_named(folder: Path) -> None:
    from seamless_retail.training.benchmarks.compression.parts import fingerprint

    journey = read_config("test", ["data.stage2=[hetpqa_stage2_train.jsonl]"])
    write_card(folder, {"weights": fingerprint(folder), "parts": {}}, journey, "test")
    assert "CDLA-Sharing-1.0" in (folder / "README.md").read_text(encoding="utf-8")


def test_figures_of_other_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not measured on the weights"):
        write_card(folder, {"weights": "of another", "parts": {}}, read_config("test"), "test")
    (tmp_path / "no.json").write_text(json.dumps([]))
    assert main(["--model", str(folder), "--figures", str(tmp_path / "no.json")]) == 1
