"""The translation recipe from its command line: what it refuses, a whole run, one that goes on, LoRA, and the check."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from seamless_retail.core.errors import ConfigurationError, TranslationError
from seamless_retail.models.translator import CheckpointTranslator
from seamless_retail.training.data.translation_pairs import Pair, languages_of
from seamless_retail.training.recipes.translation import RECIPE
from seamless_retail.training.recipes.translation_batches import IGNORED, Batches, encode, loss_of
from seamless_retail.training.recipes.translation_judging import baselines, chrf, judge, spread
from seamless_retail.training.recipes.translation_settings import Adapter, Shape, TranslationSettings, chosen_sides
from seamless_retail.training.recipes.translation_start import four_bit_possible, new_network, new_tokenizer, start
from seamless_retail.training.recipes.translation_verifying import verify
from seamless_retail.training.run import Optimisation, Run, main
from seamless_retail.training.run.configurations import configurations, read_settings

PAIRS = [
    Pair("eng_Latn", "spa_Latn", "Is there milk?", "¿Hay leche?"),
    Pair("eng_Latn", "spa_Latn", "Is there fresh bread in the shop?", "¿Hay pan fresco en la tienda?"),
    Pair("spa_Latn", "eng_Latn", "¿Hay leche?", "Is there milk?"),
]
SHAPE = Shape(vocabulary=120, width=16, layers=1, heads=2, feed_forward=32, dropout=0, positions=64)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the configuration ``test``."""
    out = tmp_path_factory.mktemp("run") / "out"
    assert main(RECIPE, ["--config", "test", "--out", str(out), "--set", "optimisation.updates=6"]) == 0
    return out


def test_configurations_are_valid() -> None:
    assert configurations("translation") == ["nllb-3.3b-lora", "nllb-600m", "tatoeba", "test"]
    settings = {name: read_settings(TranslationSettings, "translation", name) for name in configurations("translation")}
    lora = settings["nllb-3.3b-lora"]
    assert lora.adapter is not None
    assert set(lora.adapter.targets) == {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"}
    assert (lora.four_bit, lora.optimisation.gradient_checkpointing) == ("auto", True)
    assert settings["nllb-600m"].base
    assert settings["tatoeba"].shape is not None


@pytest.mark.parametrize(
    "values",
    [{}, {"base": "x", "shape": SHAPE}, {"shape": SHAPE, "adapter": Adapter()}, {"base": "x", "four_bit": "auto"}],
)
def test_settings_that_contradict_each_other(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TranslationSettings(**values)


def test_makes_a_folder_that_the_translator_loads(result: Path) -> None:
    translator = CheckpointTranslator.load(result)
    assert translator.languages == {"deu_Latn", "eng_Latn", "hin_Deva", "spa_Latn"}
    figures = json.loads((result / "figures.json").read_text(encoding="utf-8"))
    assert set(figures) == {"copy", "most frequent", "memory", "trained"}
    assert figures["copy"]["from English"] > 0
    card = (result / "README.md").read_text(encoding="utf-8")
    assert "| into English |" in card
    assert "must not translate for customers" in card


def test_dry_run_counts_and_names_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(RECIPE, ["--config", "test", "--out", str(tmp_path / "out"), "--dry-run"]) == 0
    assert "train: 72" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    (tmp_path / "pairs.jsonl").write_text('{"source_lang": "en"}\n', encoding="utf-8")
    arguments = ["--config", "test", "--data", str(tmp_path), "--set", "records={files: [pairs.jsonl]}", "--dry-run"]
    assert main(RECIPE, arguments) == 1
    assert "pairs.jsonl, line 1" in capsys.readouterr().err


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    arguments = ["--config", "test", "--out", str(tmp_path), "--set", "optimisation.updates=3", "--max-samples", "24"]
    assert main(RECIPE, [*arguments, "--max-minutes", "0"]) == 0
    assert not (tmp_path / "model.safetensors").exists()
    assert main(RECIPE, [*arguments, "--resume"]) == 0
    assert (tmp_path / "training.json").is_file()


def test_lora_on_a_checkpoint_and_its_check(result: Path, tmp_path: Path) -> None:
    settings = [f"base={result}", "shape=null", "adapter={rank: 4, alpha: 8}", "four_bit=auto"]
    settings += ["optimisation.updates=4", "optimisation.gradient_checkpointing=true"]
    given = [part for setting in settings for part in ("--set", setting)]
    assert main(RECIPE, ["--config", "test", "--out", str(tmp_path), *given]) == 0
    adapter = json.loads((tmp_path / "adapter_config.json").read_text(encoding="utf-8"))
    assert set(adapter["target_modules"]) == {"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"}
    assert not (tmp_path / "model.safetensors").exists()
    found = verify(tmp_path, Run(out=tmp_path, data=tmp_path))
    checks = {check.name: check.passed for check in found.checks}
    assert checks["loads"]
    assert checks["adapter"]
    assert set(found.figures) == {"chrF into English", "chrF from English"}
    assert all(figure.base is not None for figure in found.figures.values())


def test_four_bits_need_a_gpu() -> None:
    assert four_bit_possible() <= torch.cuda.is_available()


def test_a_lacking_language_is_named() -> None:
    tokenizer = new_tokenizer((pair.source_text for pair in PAIRS), ["eng_Latn", "deu_Latn"], 100)
    with pytest.raises(TranslationError, match="spa_Latn"):
        encode(PAIRS, tokenizer)


def test_batches_are_shifted_padded_and_the_same_for_a_number() -> None:
    tokenizer = new_tokenizer((pair.source_text for pair in PAIRS), languages_of(PAIRS), 120)
    settings = TranslationSettings(shape=SHAPE, word_dropout=0.5, optimisation=Optimisation(batch=2))
    batches = Batches(PAIRS, tokenizer, settings, start=2)
    torch.manual_seed(1)
    batch = batches(3, torch.device("cpu"))
    torch.manual_seed(1)
    again = batches(3, torch.device("cpu"))
    assert all(torch.equal(batch[name], again[name]) for name in batch)
    read, labels = batch["decoder_input_ids"], batch["labels"]
    assert (read[:, 0] == 2).all()
    assert torch.equal(read[:, 1], labels[:, 0])
    assert set(labels[:, 0].tolist()) <= set(tokenizer.convert_tokens_to_ids(["eng_Latn", "spa_Latn"]))
    assert (batch["input_ids"][batch["attention_mask"] == 0] == tokenizer.pad_token_id).all()
    assert torch.equal(read[:, 1:] == tokenizer.pad_token_id, labels[:, :-1] == IGNORED)
    assert (batch["input_ids"] == tokenizer.unk_token_id).any()
    short = Batches(PAIRS, tokenizer, settings.model_copy(update={"max_tokens": 12}), start=2)
    assert short.left_out == len(PAIRS) - len(short.rows) > 0


def test_loss_begins_at_chance() -> None:
    settings = TranslationSettings(shape=SHAPE, optimisation=Optimisation(batch=3))
    checkpoint = start(settings, [pair.source_text for pair in PAIRS], languages_of(PAIRS))
    batches = Batches(PAIRS, checkpoint.tokenizer, settings, start=2)
    network = new_network(SHAPE, checkpoint.tokenizer)
    assert network.lm_head.weight is network.model.shared.weight
    found = loss_of(batches, 0.1, torch.device("cpu"))(network, 0)
    assert math.log(float(found["perplexity"])) == pytest.approx(math.log(len(checkpoint.tokenizer)), rel=0.2)
    assert found["loss"].requires_grad


def test_baselines_and_chrf() -> None:
    assert chrf(["Is there milk?"], ["Is there milk?"]) == pytest.approx(100)
    assert chrf(["xyz"], ["Is there milk?"]) == 0
    answers = baselines(PAIRS)
    asked = [Pair("eng_Latn", "spa_Latn", "Is there milk here?", "¿Hay leche aquí?")]
    assert answers["copy"](asked) == ["Is there milk here?"]
    assert answers["memory"](asked) == ["¿Hay leche?"]
    assert answers["most frequent"](asked)[0] in ("¿Hay leche?", "¿Hay pan fresco en la tienda?")
    figures = judge(answers["memory"], [*PAIRS, *asked])
    assert figures["into English"] == pytest.approx(100)
    assert 50 < figures["from English"] < 100
    assert len(spread(PAIRS * 10, 8)) == 8


def test_data_that_chooses_nothing(tmp_path: Path) -> None:
    settings = TranslationSettings(shape=SHAPE)
    with pytest.raises(ConfigurationError, match="No pairs"):
        chosen_sides(settings, Run(out=tmp_path, data=tmp_path))
