"""``seamless train``: every recipe by its name, the list, and verification with its exit code."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from seamless_retail.graphs.cli import train
from seamless_retail.training.__main__ import main

Run = Callable[..., Result]
WEIGHTS = Path(__file__).parents[3] / "models" / "weights"


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (("list", "--json"), ["list", "--json"]),
        (
            ("verify", "folder", "--max-samples", "4", "--json"),
            ["verify", "folder", "--max-samples", "4", "--json"],
        ),
        (("clara", "--config", "test", "--stages", "1", "--dry-run"), None),
        (("next_item", "--help"), None),
        (("no_such_recipe",), None),
    ],
)
def test_what_is_asked_for_runs_in_a_process_of_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], passed_on: list[str] | None
) -> None:
    started: list[list[str]] = []

    class Done:
        returncode = 3

    def start(command: list[str], check: bool) -> Done:
        started.append(command)
        return Done()

    monkeypatch.setattr(train.subprocess, "run", start)
    assert run("train", *given).exit_code == 3, "its exit code is ours"
    assert started[0][1:3] == ["-m", "seamless_retail.training"]
    assert started[0][3:] == (passed_on or list(given))


def test_every_recipe_is_listed_with_what_it_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    rows = {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    old = {"clara", "demand", "intent_router", "document_compressor", "injection_head", "next_item"}
    assert old | {"language", "code_agent"} <= rows.keys()
    assert all(row["makes"] for row in rows.values())
    assert {"test", "shop", "qwen2.5-7b"} <= set(rows["language"]["configurations"])
    assert rows["language"]["shared"]
    assert not any(name.endswith("_card") for name in rows)


def test_a_name_that_is_none_is_told_with_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["languages"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "There is no recipe 'languages'" in said
    assert "code_agent" in said


def test_shipped_weights_are_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(WEIGHTS / "injection_head"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["passed"]
    assert {"config.json", "weights.safetensors", "loads"} <= {check["name"] for check in found["checks"]}


def test_changed_weights_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "head"
    shutil.copytree(WEIGHTS / "injection_head", copy)
    (copy / "config.json").write_text("{}")
    assert main(["verify", str(copy)]) == 1
    assert "not the file that was written" in " ".join(capsys.readouterr().err.split())


def test_a_folder_that_is_no_result_is_told_with_a_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path)]) == 1
    assert "is no result of a recipe" in " ".join(capsys.readouterr().err.split())
