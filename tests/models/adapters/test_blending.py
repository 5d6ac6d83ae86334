"""Blends are what their formulas say, and are kept as one adapter or one model."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seamless_retail.core.errors import ModelFileError, PersonalityError
from seamless_retail.core.personality import ClaraSpec, Expertise, Merge, Personality
from seamless_retail.models.adapters import (
    BLEND,
    AdapterShelf,
    Saved,
    blend,
    open_model,
    save_adapter,
    save_merged,
)

WEIGHTS = {"warmth": 0.5, "formal": -1.0}


def delta(folder: Path, weights: dict[str, float], merge: Merge) -> Tensor:
    """What a blend adds to the first layer's query projection."""
    model, _ = open_model(str(folder / "base"))
    blended = blend(model, AdapterShelf.open(folder / "adapters"), weights, merge)
    return blended.base_model.model.model.layers[0].self_attn.q_proj.get_delta_weight(BLEND).detach()


@pytest.fixture(scope="module")
def alone(tiny: Path) -> dict[str, Tensor]:
    return {name: delta(tiny, {name: 1.0}, Merge()) for name in ("warmth", "formal")}


def test_linear_is_the_weighted_sum(tiny, alone):
    expected = 0.5 * alone["warmth"] - alone["formal"]
    torch.testing.assert_close(delta(tiny, WEIGHTS, Merge()), expected)


@pytest.mark.parametrize("method", ["ties", "dare", "dare_ties", "slerp"])
def test_one_adapter_is_only_scaled(tiny, alone, method):
    found = delta(tiny, {"formal": -0.7}, Merge(method=method))
    torch.testing.assert_close(found, -0.7 * alone["formal"], atol=1e-5, rtol=1e-4)


def test_slerp_turns_from_one_adapter_to_the_other(tiny, alone):
    found = delta(tiny, WEIGHTS, Merge(method="slerp"))
    one, two = alone["warmth"].flatten(), -alone["formal"].flatten()
    angle = torch.arccos(one @ two / one.norm() / two.norm())
    share = 2 / 3
    near, far = torch.sin((1 - share) * angle) / torch.sin(angle), torch.sin(share * angle) / torch.sin(angle)
    length = ((1 - share) * one.norm() + share * two.norm()) * 1.25**0.5
    expected = (near * one / one.norm() + far * two / two.norm()) * length
    torch.testing.assert_close(found.flatten(), expected, atol=1e-4, rtol=1e-3)


def test_ties_keeps_the_sign_that_weighs_more(tiny, alone):
    found = delta(tiny, {"warmth": 1.0, "formal": -1.0}, Merge(method="ties", density=1.0))
    one, two = alone["warmth"], -alone["formal"]
    elected = torch.where(one + two >= 0, 1.0, -1.0)
    agree = torch.stack([one.sign() == elected, two.sign() == elected]).float()
    expected = (torch.stack([one, two]) * agree).sum(0) / agree.sum(0).clamp(min=1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)


def test_dare_is_the_same_for_the_same_seed(tiny):
    first, again, other = (delta(tiny, WEIGHTS, Merge(method="dare", seed=seed)) for seed in (1, 1, 2))
    torch.testing.assert_close(first, again)
    assert not torch.allclose(first, other)


def test_the_dials_are_weights(tiny):
    shelf = AdapterShelf.open(tiny / "adapters")
    spec = ClaraSpec(
        personality=Personality(warmth=0.75, formal=0.0),
        expertise=Expertise(domains={"nutrition": 1.0, "fashion": 0.0}),
    )
    assert shelf.weights(spec) == {"warmth": 0.5, "formal": -1.0, "nutrition": 1.0}
    assert shelf.weights(ClaraSpec()) == {}
    assert shelf.allowance({"warmth": 1.0, "formal": 1.0}).added == {"warmth", "formal"}
    with pytest.raises(PersonalityError, match="playful"):
        shelf.weights(ClaraSpec(personality=Personality(playful=1.0)))


def test_without_weights_the_base_is_left_as_it_is(tiny):
    model, _ = open_model(str(tiny / "base"))
    assert blend(model, AdapterShelf.open(tiny / "adapters"), {}, Merge()) is model


def test_a_blend_is_kept_as_an_adapter_and_as_a_model(tiny, tmp_path):
    from peft import PeftModel

    spec = ClaraSpec(base_model=str(tiny / "base"), adapters=str(tiny / "adapters"))
    shelf, ids = AdapterShelf.of(spec), torch.tensor([[5, 6, 7, 8]])
    model, tokenizer = open_model(spec.base_model)
    blended = blend(model, shelf, WEIGHTS, spec.merge)
    expected = blended(input_ids=ids).logits
    save_adapter(blended, tmp_path / "adapter", spec, WEIGHTS)
    save_merged(blended, tokenizer, tmp_path / "merged", spec, WEIGHTS)
    base, _ = open_model(spec.base_model)
    loaded = PeftModel.from_pretrained(base, str(tmp_path / "adapter"))
    merged, _ = open_model(str(tmp_path / "merged"))
    for model in (loaded, merged):
        torch.testing.assert_close(model(input_ids=ids).logits, expected, atol=1e-4, rtol=1e-3)
    assert Saved.open(tmp_path / "adapter").weights == WEIGHTS
    assert Saved.open(tmp_path / "merged").form == "merged"
    assert not list(tmp_path.rglob("*.bin"))
    (tmp_path / "merged" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError, match="was changed"):
        Saved.open(tmp_path / "merged")


def test_a_changed_shelf_is_refused(tiny, tmp_path):
    import shutil

    shutil.copytree(tiny / "adapters", tmp_path / "adapters")
    style = tmp_path / "adapters" / "warmth" / "style.json"
    style.write_text(json.dumps({"added": ["free"], "dropped": {}}), encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"style\.json"):
        AdapterShelf.open(tmp_path / "adapters")
    with pytest.raises(ModelFileError, match="no folder of adapters"):
        AdapterShelf.open(tmp_path)


def test_bundled_adapters_are_of_the_bundled_base():
    with pytest.raises(PersonalityError, match="are not of"):
        AdapterShelf.of(ClaraSpec(base_model="another/model"))
    with pytest.raises(ModelFileError, match="cannot be loaded"):
        open_model("/nowhere")
