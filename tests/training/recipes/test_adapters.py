"""The recipes ``language`` and ``code_agent``: really trained on a CPU, stopped, resumed, verified, and used."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.chat import ChatCausalLM
from seamless_retail.training.run import Run, main
from seamless_retail.training.run.configurations import configurations, read_settings
from seamless_retail.training.run.verifying import verify
from seamless_retail.training.tuning.tune import split_file

ADAPTER = "adapter/adapter_model.safetensors"


def recipe(name: str) -> Any:
    from seamless_retail.training.recipes import code_agent, language

    return {"language": language, "code_agent": code_agent}[name].RECIPE


def train(name: str, out: Path, *arguments: str) -> int:
    return main(recipe(name), ["--config", "test", "--out", str(out), *arguments])


@pytest.fixture(scope="module")
def language(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("language")
    assert train("language", out) == 0
    return out


def test_a_result_is_whole_and_names_its_base(language: Path) -> None:
    record = json.loads((language / "training.json").read_text())
    assert record["recipe"] == "language"
    assert ADAPTER in record["sha256"]
    assert not any(name.startswith(("checkpoints", "logs")) for name in record["sha256"])
    assert json.loads((language / "adapter/adapter_config.json").read_text())["base_model_name_or_path"] == "bundled"
    assert list((language / "logs").glob("events.out.tfevents*"))


def test_a_resumed_training_ends_with_the_same_adapter(language: Path, tmp_path: Path) -> None:
    assert train("language", tmp_path, "--max-minutes", "0") == 0
    assert not (tmp_path / "adapter").exists(), "a stopped training has no result"
    assert (tmp_path / "checkpoints/checkpoint-1").is_dir()
    assert train("language", tmp_path, "--resume") == 0
    assert (tmp_path / ADAPTER).read_bytes() == (language / ADAPTER).read_bytes()


def test_verification_compares_with_the_base(language: Path, tmp_path: Path) -> None:
    found = verify(language, Run(out=language, data=tmp_path, max_samples=2))
    checks = {check.name: check for check in found.checks}
    assert checks["loads"].passed
    assert checks["merges"].passed, checks["merges"].detail
    assert checks["generates"].passed
    base, trained = found.figures["perplexity of 2 held-out records"]
    assert base is not None
    assert trained < base
    assert found.passed


def test_a_changed_file_is_found_and_nothing_is_loaded(language: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(language, copy, ignore=shutil.ignore_patterns("checkpoints", "logs"))
    (copy / ADAPTER).write_bytes(b"\0" * 100)
    found = verify(copy, Run(out=copy, data=tmp_path))
    assert [check.name for check in found.checks if not check.passed] == [ADAPTER]
    assert "loads" not in {check.name for check in found.checks}


def test_the_adapter_is_a_chat_model(language: Path) -> None:
    chat = ChatCausalLM.load(str(language / "adapter"), max_tokens=4)
    assert chat.invoke("What is it made of?").response_metadata["model_provider"] == "seamless_retail"


def test_code_is_trained_on_a_file_of_texts(tmp_path: Path) -> None:
    page = tmp_path / "code.jsonl"
    rows = [{"text": f"def price_{n}(cents: int) -> int:\n    return cents * {n}\n"} for n in range(6)]
    page.write_text("".join(json.dumps(row) + "\n" for row in rows))
    given = ("--set", f"data={page}", "--set", "optimisation.updates=1")
    assert train("code_agent", tmp_path / "out", *given) == 0
    found = verify(tmp_path / "out", Run(out=tmp_path / "out", data=tmp_path))
    assert {"loads", "merges", "generates"} <= {check.name for check in found.checks if check.passed}


@pytest.mark.parametrize("name", ["language", "code_agent"])
def test_a_dry_run_counts_records_of_every_configuration(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for config in configurations(name):
        arguments = ["--config", config, "--dry-run", "--max-samples", "3", "--out", str(tmp_path / "out")]
        assert main(recipe(name), [*arguments, "--set", "held_out=2"]) == 0
    assert capsys.readouterr().err.count(": 3\n") == len(configurations(name))
    assert not (tmp_path / "out").exists()


def test_large_configurations_have_the_values_of_the_task() -> None:
    seven = {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}
    for config in ("qwen2.5-7b", "mistral-7b"):
        settings = read_settings(recipe("language").settings, "language", config)
        assert (settings.lora.r, settings.lora.alpha, set(settings.lora.targets)) == (64, 128, seven)
        assert (settings.optimisation.schedule, settings.optimisation.warmup) == ("cosine", 0.03)
    for config in ("qwen2.5-coder-7b", "deepseek-coder-6.7b"):
        settings = read_settings(recipe("code_agent").settings, "code_agent", config)
        assert (settings.lora.r, settings.lora.alpha, settings.lora.targets) == (32, 64, "all-linear")
        assert (settings.max_length, settings.four_bit) == (8192, "auto")


def test_a_file_with_nothing_left_to_train_on_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="too few"):
        split_file([1, 2], 2, Run(out=tmp_path, data=tmp_path))
    assert split_file([1, 2, 3], 1, Run(out=tmp_path, data=tmp_path, max_samples=1)) == ([1], [3])
