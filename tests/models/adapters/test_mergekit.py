"""The configuration for mergekit; its own schema reads it where mergekit is installed."""

from pathlib import Path

import pytest
import yaml

from seamless_retail.core.errors import PersonalityError
from seamless_retail.core.personality import MERGE_METHODS, Merge
from seamless_retail.models.adapters import mergekit_yaml

FOLDERS = {"warmth": Path("/voice/warmth"), "formal": Path("/voice/formal")}


def test_each_adapter_is_a_model_over_the_base():
    content = yaml.safe_load(mergekit_yaml("/base", FOLDERS, {"warmth": 0.6, "formal": -0.5}, Merge(method="ties")))
    assert content == {
        "merge_method": "ties",
        "base_model": "/base",
        "models": [
            {"model": "/base+/voice/warmth", "parameters": {"weight": 0.6, "density": 0.5}},
            {"model": "/base+/voice/formal", "parameters": {"weight": -0.5, "density": 0.5}},
        ],
        "parameters": {"normalize": False},
        "dtype": "float32",
        "tokenizer_source": "base",
    }


def test_what_mergekit_cannot_do_is_said():
    slerp = Merge(method="slerp")
    with pytest.raises(PersonalityError, match="negative"):
        mergekit_yaml("/base", FOLDERS, {"warmth": 0.6, "formal": -0.5}, slerp)
    with pytest.raises(PersonalityError, match="nothing to merge"):
        mergekit_yaml("/base", FOLDERS, {}, slerp)
    alone = yaml.safe_load(mergekit_yaml("/base", FOLDERS, {"warmth": -0.6}, slerp))
    assert alone["merge_method"] == "task_arithmetic"


@pytest.mark.parametrize("method", MERGE_METHODS)
def test_mergekits_schema_accepts_it(method):
    config = pytest.importorskip("mergekit.config", reason="mergekit is not installed (its pins exclude ours)")
    text = mergekit_yaml("/base", FOLDERS, {"warmth": 0.6, "formal": 0.5}, Merge(method=method))
    read = config.MergeConfiguration.model_validate(yaml.safe_load(text))
    assert [str(model.model.lora.path) for model in read.models] == ["/voice/warmth", "/voice/formal"]
