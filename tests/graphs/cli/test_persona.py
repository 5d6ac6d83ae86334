"""``seamless persona``: dials are shown and set, blends written, answers said and measured."""

import json

import pytest
import yaml

from seamless_retail.core.personality import SPEC, read_spec


def test_the_packaged_dials_are_shown(run, tmp_path):
    shown = run("persona", "show", home=tmp_path).stdout
    assert all(name in shown for name in ("warmth", "playful", "formal", "encouragement", "nutrition", "packaged"))


def test_dials_are_kept_in_the_home_of_the_shop(run, tmp_path):
    assert run("persona", "set", "warmth=0.8", "nutrition=0.5", "--method", "ties", home=tmp_path).exit_code == 0
    spec = read_spec(tmp_path / SPEC)
    assert (spec.personality.warmth, spec.expertise.dial("nutrition"), spec.merge.method) == (0.8, 0.5, "ties")
    assert json.loads(run("persona", "show", "--json", home=tmp_path).stdout)["personality"]["warmth"] == 0.8
    run("persona", "set", "formal=1", "--reset", home=tmp_path)
    assert read_spec(tmp_path / SPEC).personality.warmth == 0.5


@pytest.mark.parametrize(
    "arguments",
    [["warmth=2"], ["warmth"], ["charm=0.5"], ["warmth=0.5.5"], ["--method", "average"], ["--density", "7"]],
)
def test_what_is_no_dial_is_refused(run, tmp_path, arguments):
    found = run("persona", "set", *arguments, home=tmp_path)
    assert found.exit_code == 1
    assert "Error" in found.stderr
    assert not (tmp_path / SPEC).exists()


def test_a_blend_is_written_with_a_recipe_for_mergekit(run, tmp_path):
    found = run("persona", "blend", str(tmp_path / "voice"), "warmth=1", "formal=0.25", home=tmp_path)
    assert found.exit_code == 0, found.stderr
    assert (tmp_path / "voice" / "adapter_model.safetensors").is_file()
    recipe = yaml.safe_load((tmp_path / "voice" / "mergekit.yaml").read_text(encoding="utf-8"))
    assert [model["parameters"]["weight"] for model in recipe["models"]] == [1.0, -0.5]
    neutral = run("persona", "blend", str(tmp_path / "voice"), home=tmp_path)
    assert (neutral.exit_code, "in the middle" in neutral.stderr) == (1, True)


def test_an_answer_is_said_and_measured(run, tmp_path):
    text = "The Trail Runner costs $89.00 [1]."
    found = run("persona", "evaluate", text, "-d", "encouragement=1", "--name", "Trail Runner", home=tmp_path)
    assert found.exit_code == 0, found.stderr
    assert all(fact in found.stdout for fact in ("Trail Runner", "$89.00", "[1]"))
    assert "encouragement" in found.stderr
    assert run("persona", "evaluate", "-", stdin=b"", home=tmp_path).exit_code == 1
