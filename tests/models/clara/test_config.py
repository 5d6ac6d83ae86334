import json
from pathlib import Path

import pytest
from transformers import AutoConfig

from seamless_retail.core.errors import ConfigurationError
from seamless_retail.models.clara import ClaraConfig


def test_defaults_are_the_papers() -> None:
    config = ClaraConfig()
    assert (config.rates, config.lora_r, config.lora_alpha, config.lora_dropout) == (
        (4, 8, 16, 32, 64, 128),
        16,
        32,
        0.1,
    )
    assert (config.span_tokens, config.top_k, config.candidates, config.topk_temperature) == (256, 5, 20, 0.02)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        ClaraConfig(rate=0, readout="magic", rates=(4, -1), lora_dropout=1.0, topk_temperature=0, count="some")
    for field in ("rate is 0", "readout is 'magic'", "rates is", "lora_dropout", "topk_temperature", "count is 'some'"):
        assert field in caught.value.message
    assert caught.value.remedy


def test_a_quantised_base_is_never_trained() -> None:
    with pytest.raises(ConfigurationError, match="exclude each other"):
        ClaraConfig(train_base=True, quantization="int4")


def test_a_fixed_count_above_the_cap_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="above max_memory"):
        ClaraConfig(count="fixed", fixed_count=300)


def test_the_file_holds_every_field_and_no_setting_is_lost(tmp_path: Path) -> None:
    """JSON turns tuples into lists; the fields come back as they were."""
    config = ClaraConfig(
        rates=(2, 4), rate=2, target_modules=("q_proj",), base={"model_type": "llama", "hidden_size": 32}
    )
    config.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["model_type"] == "clara"
    again = AutoConfig.from_pretrained(tmp_path)
    assert isinstance(again, ClaraConfig)
    assert (again.rates, again.rate, again.target_modules) == ((2, 4), 2, ("q_proj",))
    assert again.base_config().hidden_size == 32


def test_a_configuration_without_a_base_says_so() -> None:
    with pytest.raises(ConfigurationError, match="unknown kind"):
        ClaraConfig().base_config()


@pytest.mark.parametrize(
    ("tokens", "rate", "count"), [(0, 4, 0), (1, 4, 1), (4, 4, 1), (5, 4, 2), (70, 16, 5), (70, 128, 1)]
)
def test_the_proportional_count_is_rounded_up(tokens: int, rate: int, count: int) -> None:
    assert ClaraConfig().memory_count(tokens, rate) == count


def test_the_fixed_count_is_the_papers_unless_given() -> None:
    """256 / 16 vectors whatever the length; an explicit number wins."""
    assert ClaraConfig(count="fixed").memory_count(10, 16) == 16
    assert ClaraConfig(count="fixed", fixed_count=3).memory_count(10, 16) == 3
