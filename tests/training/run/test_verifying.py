"""What is verified of results that have no verifier of their own."""

from pathlib import Path

import numpy as np
import pytest

from seamless_retail.core.errors import ModelFileError
from seamless_retail.models.module import StoredModule, save_module
from seamless_retail.training.run import Run
from seamless_retail.training.run.provenance import read_provenance, settings_of, write_provenance
from seamless_retail.training.run.settings import RecipeSettings
from seamless_retail.training.run.verifying import verify


def stored(folder: Path, weight: float) -> Path:
    save_module(folder, StoredModule("line", {}, {"weight": np.array([1.0, weight], np.float32)}))
    return folder


@pytest.mark.parametrize(("weight", "passed", "told"), [(2.0, True, "2 parameters"), (np.nan, False, "not finite")])
def test_a_module_is_loaded_and_its_numbers_are_looked_at(
    tmp_path: Path, weight: float, passed: bool, told: str
) -> None:
    found = verify(stored(tmp_path, weight), Run(out=tmp_path, data=tmp_path))
    assert found.passed is passed
    assert told in found.checks[-1].detail


def test_provenance_names_every_file_but_cards_and_folders_of_the_run(tmp_path: Path) -> None:
    stored(tmp_path, 2.0)
    for name in ("README.md", "logs/events", "checkpoints/update-1/state.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    write_provenance(tmp_path, "injection_head", "shipped", RecipeSettings(seed=4))
    assert set(read_provenance(tmp_path)["sha256"]) == {"weights.safetensors", "config.json", "manifest.json"}
    assert settings_of(RecipeSettings, tmp_path).seed == 4
    found = verify(tmp_path, Run(out=tmp_path, data=tmp_path))
    assert (found.recipe, found.passed, found.checks[-1].name) == ("injection_head", True, "loads")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_provenance(stored(tmp_path, 2.0), "injection_head", "shipped", RecipeSettings())
    (tmp_path / "config.json").unlink()
    found = verify(tmp_path, Run(out=tmp_path, data=tmp_path))
    assert [(check.name, check.detail) for check in found.checks if not check.passed] == [("config.json", "missing")]
    assert found.as_json()["passed"] is False


def test_a_damaged_page_is_told(tmp_path: Path) -> None:
    (tmp_path / "training.json").write_text("{}")
    with pytest.raises(ModelFileError, match="no result of a recipe"):
        verify(tmp_path, Run(out=tmp_path, data=tmp_path))
